package trigger

import "strings"

// placeZones are the zones of places that have no zone of their own name: large cities, and countries with one zone.
// A name that several large places share is left out.
var placeZones = placesOf(map[string]string{
	"Africa/Cairo":        "alexandria giza",
	"Africa/Casablanca":   "rabat marrakesh marrakech fez morocco",
	"Africa/Johannesburg": "cape_town capetown pretoria durban south_africa soweto",
	"Africa/Lagos":        "abuja kano ibadan nigeria",
	"Africa/Nairobi":      "mombasa kenya",
	"Africa/Accra":        "kumasi ghana",

	"America/Argentina/Buenos_Aires": "argentina",
	"America/Bogota":                 "medellin cali cartagena colombia",
	"America/Caracas":                "maracaibo venezuela",
	"America/Chicago":                "dallas houston austin san_antonio fort_worth minneapolis milwaukee new_orleans memphis nashville st_louis kansas_city omaha oklahoma_city",
	"America/Denver":                 "salt_lake_city albuquerque colorado_springs santa_fe",
	"America/Edmonton":               "calgary",
	"America/Guayaquil":              "quito ecuador",
	"America/Lima":                   "arequipa cusco peru",
	"America/Los_Angeles":            "san_francisco seattle san_diego las_vegas sacramento oakland palo_alto mountain_view california silicon_valley",
	"America/Mexico_City":            "guadalajara puebla ciudad_de_mexico",
	"America/Monterrey":              "saltillo",
	"America/New_York":               "washington washington_dc washington_d_c boston miami atlanta philadelphia baltimore pittsburgh cleveland charlotte orlando tampa new_york_city nyc brooklyn manhattan buffalo cincinnati jacksonville",
	"America/Sao_Paulo":              "rio_de_janeiro rio brasilia belo_horizonte curitiba porto_alegre campinas",
	"America/Toronto":                "ottawa quebec quebec_city hamilton",
	"America/Winnipeg":               "manitoba",

	"Asia/Almaty":           "astana nur-sultan nursultan",
	"Asia/Bangkok":          "chiang_mai phuket thailand",
	"Asia/Dhaka":            "chittagong bangladesh",
	"Asia/Dubai":            "abu_dhabi sharjah uae",
	"Asia/Ho_Chi_Minh":      "hanoi da_nang danang vietnam ho_chi_minh_city",
	"Asia/Jakarta":          "bandung surabaya medan",
	"Asia/Jerusalem":        "haifa",
	"Asia/Karachi":          "islamabad lahore rawalpindi pakistan",
	"Asia/Kathmandu":        "nepal",
	"Asia/Kolkata":          "bangalore bengaluru mumbai bombay delhi new_delhi chennai madras pune ahmedabad jaipur lucknow kanpur nagpur india gurgaon noida kochi",
	"Asia/Makassar":         "bali denpasar",
	"Asia/Manila":           "quezon_city cebu davao philippines",
	"Asia/Qatar":            "doha",
	"Asia/Riyadh":           "jeddah mecca medina dammam saudi_arabia",
	"Asia/Seoul":            "busan incheon daegu korea south_korea",
	"Asia/Shanghai":         "beijing peking shenzhen guangzhou canton hangzhou chengdu wuhan nanjing tianjin xian suzhou qingdao dalian shenyang china",
	"Asia/Taipei":           "kaohsiung taichung taiwan",
	"Asia/Tashkent":         "uzbekistan",
	"Asia/Tokyo":            "osaka kyoto yokohama nagoya sapporo fukuoka kobe",
	"Asia/Yangon":           "naypyidaw mandalay myanmar",
	"Australia/Brisbane":    "gold_coast cairns",
	"Australia/Melbourne":   "geelong",
	"Australia/Sydney":      "wollongong",
	"Pacific/Auckland":      "wellington christchurch new_zealand",
	"Pacific/Honolulu":      "hawaii",
	"Atlantic/Canary":       "las_palmas tenerife",
	"Europe/Amsterdam":      "rotterdam the_hague den_haag utrecht eindhoven netherlands holland",
	"Europe/Athens":         "thessaloniki greece",
	"Europe/Belgrade":       "novi_sad serbia",
	"Europe/Berlin":         "munich muenchen munchen hamburg frankfurt cologne koln koeln stuttgart dusseldorf duesseldorf leipzig dresden bonn hannover hanover bremen nuremberg nurnberg germany deutschland",
	"Europe/Brussels":       "antwerp ghent bruges belgium",
	"Europe/Bucharest":      "cluj cluj-napoca romania",
	"Europe/Budapest":       "debrecen hungary",
	"Europe/Copenhagen":     "aarhus denmark",
	"Europe/Dublin":         "cork galway ireland",
	"Europe/Helsinki":       "espoo tampere finland",
	"Europe/Istanbul":       "ankara izmir antalya",
	"Europe/Kyiv":           "kharkiv odessa odesa lviv dnipro ukraine",
	"Europe/Lisbon":         "porto",
	"Europe/London":         "manchester liverpool edinburgh glasgow leeds bristol sheffield cardiff oxford great_britain united_kingdom uk england scotland wales",
	"Europe/Madrid":         "barcelona seville sevilla bilbao malaga zaragoza",
	"Europe/Moscow":         "st_petersburg saint_petersburg sankt_petersburg kazan nizhny_novgorod",
	"Europe/Oslo":           "bergen trondheim norway",
	"Europe/Paris":          "lyon marseille toulouse nice bordeaux lille nantes strasbourg france",
	"Europe/Prague":         "brno ostrava czechia czech_republic",
	"Europe/Rome":           "milan milano naples napoli turin torino florence firenze venice venezia bologna genoa palermo italy italia roma",
	"Europe/Sofia":          "plovdiv bulgaria",
	"Europe/Stockholm":      "gothenburg goteborg malmo uppsala sweden",
	"Europe/Vienna":         "graz linz salzburg innsbruck wien austria",
	"Europe/Warsaw":         "krakow cracow wroclaw gdansk poznan lodz warszawa",
	"Europe/Zurich":         "geneva bern basel lausanne lucerne switzerland",
	"Africa/Tunis":          "tunisia",
	"Africa/Algiers":        "algeria oran",
	"Africa/Addis_Ababa":    "ethiopia",
	"Asia/Colombo":          "sri_lanka",
	"Asia/Kuala_Lumpur":     "penang george_town johor_bahru malaysia",
	"Atlantic/Reykjavik":    "iceland_time reykjavic",
	"America/Panama":        "panama_city",
	"America/Costa_Rica":    "san_jose_costa_rica",
	"America/Santo_Domingo": "dominican_republic",
})

// placesOf turns lists of places by zone into the zone of each place.
func placesOf(byZone map[string]string) map[string]string {
	zones := map[string]string{}
	for zone, places := range byZone {
		for place := range strings.FieldsSeq(places) {
			zones[place] = zone
		}
	}
	return zones
}
