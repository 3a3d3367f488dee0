package trigger

import (
	"strings"
	"testing"
	"time"
)

// TestT10_ZoneNames has names that are none of zones, and what is said to write for them.
func TestT10_ZoneNames(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		// Places without a zone of their own name.
		`write "Asia/Shanghai"`:       {"Asia/Beijing", "asia/beijing", "Beijing", "Asia/Shenzhen", "Asia/Guangzhou"},
		`write "Asia/Kolkata"`:        {"Asia/Bangalore", "Asia/Mumbai", "Asia/New Delhi", "India", "India Standard Time"},
		`write "America/Los_Angeles"`: {"America/San_Francisco", "America/San Francisco", "US/San_Francisco", "Pacific Standard Time", "Pacific Time (US & Canada)"},
		`write "America/New_York"`:    {"America/Washington", "America/Washington_DC", "America/Boston", "Eastern Standard Time", "Eastern Time"},
		`write "Europe/Berlin"`:       {"Europe/Munich", "Europe/München", "Germany", "W. Europe Standard Time"},
		`write "Europe/Paris"`:        {"Romance Standard Time", "Europe/Lyon"},
		`write "Europe/London"`:       {"GMT Standard Time", "Europe/Manchester"},
		`write "America/Chicago"`:     {"Central Standard Time", "America/Dallas", "America/Houston"},
		`write "Australia/Sydney"`:    {"AUS Eastern Standard Time"},
		`write "Asia/Tokyo"`:          {"Tokyo Standard Time", "Asia/Osaka"},
		// Another spelling, or another continent.
		`did you mean "Europe/Berlin"?`:       {"europe/berlin", "EUROPE/BERLIN", "America/Berlin", "Berlin", "Europe/Berln", "Europe/Belrin", "Eurpoe/Berlin", " Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"},
		`did you mean "America/New_York"?`:    {"America/New York", "America/NewYork", "America/New-York", "New York", "Europe/New_York"},
		`did you mean "America/Sao_Paulo"?`:   {"America/São_Paulo", "America/Sao Paulo", "Sao Paulo"},
		`did you mean "Europe/Moscow"?`:       {"Asia/Moscow"},
		`did you mean "Australia/Sydney"?`:    {"Pacific/Sydney"},
		`did you mean "Asia/Ho_Chi_Minh"?`:    {"Asia/Ho Chi Minh"},
		`did you mean "Asia/Shanghai"?`:       {"Asia/Shanghia", "Asia/Sanghai"},
		`did you mean "UTC"?`:                 {"utc", "Utc"},
		`did you mean "Asia/Kuala_Lumpur"?`:   {"Asia/Kuala_Lampur", "Asia/Kualalumpur"},
		`did you mean "America/Los_Angeles"?`: {"America/Los_Angelos"},
		// Abbreviations, which may have several meanings.
		`such as "America/Los_Angeles" or "Asia/Manila"`:                     {"PST", "pst"},
		`such as "Asia/Kolkata", "Asia/Jerusalem" or "Europe/Dublin"`:        {"IST"},
		`such as "America/Chicago", "Asia/Shanghai" or "America/Havana"`:     {"CST"},
		`an abbreviation names no place: write a place that uses it`:         {"CEST", "EDT", "JST", "MESZ"},
		`write a place like "Europe/Berlin", or "Etc/GMT-2" for a fixed`:     {"UTC+2", "UTC+02", "+02:00", "GMT+2", "UTC+0200", "Etc/UTC+2", "UTC +2"},
		`or "Etc/GMT+5" for a fixed offset: the sign of these names is rev`:  {"UTC-5", "-05:00"},
		`write a place with that offset, such as "Asia/Kolkata"`:             {"+05:30", "UTC+5:30", "GMT+0530"},
		`write an IANA name like "Europe/Berlin": there is no such offset`:   {"UTC+15", "UTC-13"},
		`write an IANA name like "Europe/Berlin": there is no zone for an o`: {"UTC+1:15"},
		`write "UTC"`: {"Z", "UTC+0", "+00:00"},
	} {
		for _, name := range names {
			_, err := Compile(Spec{Schedule: "@daily", TimeZone: name}, Options{})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	}
}

// TestT10_NoGuessedZones has names for which a suggestion by letters alone would be wrong.
func TestT10_NoGuessedZones(t *testing.T) {
	t.Parallel()
	const want = `; write an IANA name like "Europe/Berlin"`
	for _, name := range []string{
		"Asia/Foo", "Mars", "Local", "XYZ", "PSQ", "Europe/Bonnn", "Asia/Beirutt/x", "America/Springfield", "US/Springfield", "Etc/GMT+99", "Europe/Pariss/Nord",
		"Asia/Berut2", "Brazil/Berlim", "localtime", "Asia/B", "/etc/localtime", "Europe", "America/", "/", "Etc/Berlim", "123",
	} {
		_, err := Compile(Spec{Schedule: "@daily", TimeZone: name}, Options{})
		if err == nil || !strings.HasSuffix(err.Error(), want) && !strings.HasSuffix(err.Error(), want+": there is no such offset") {
			t.Errorf("error %v, want no suggestion", err)
		}
	}
}

// TestT10_ZoneTables checks that the tables lead from names that are none of zones to zones.
func TestT10_ZoneTables(t *testing.T) {
	t.Parallel()
	check := func(name, zone string) {
		if _, ok := loadZone(zone); !ok {
			t.Errorf("%s leads to %q, which is not a zone", name, zone)
		}
		if _, ok := loadZone(name); ok {
			t.Errorf("%q is a zone", name)
		}
	}
	for name, zone := range windowsZones {
		check(name, zone)
	}
	for name, zone := range placeZones {
		check(name, zone)
		if spelled := spelledZone(name); spelled != "" {
			t.Errorf("%s leads to %s, and is the place of %s", name, zone, spelled)
		}
	}
	for name, zones := range zoneAbbreviations {
		for _, zone := range zones {
			check(name, zone)
		}
	}
	for offset, zone := range partOffsets {
		check(offset, zone)
		z, _ := loadZone(zone)
		for year := 2026; year < 2030; year++ {
			for _, month := range []time.Month{time.January, time.July} {
				if got := time.Date(year, month, 1, 0, 0, 0, 0, z.location).Format("-07:00"); got != offset {
					t.Errorf("%s is at %s in %s %d, want %s", zone, got, month, year, offset)
				}
			}
		}
	}
}
