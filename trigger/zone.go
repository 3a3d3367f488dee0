package trigger

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:generate go run ./tzdata/update.go

//go:embed tzdata/zoneinfo.zip
var zoneFiles string

//go:embed tzdata/RELEASE
var zoneRelease string

// ZoneData names the zone rules in use, for example "2025c (embedded)". They are always the embedded ones: time.LoadLocation would prefer whatever
// files the machine has, and then one trigger could have different slots in the manager and in the command line tool (T8).
func ZoneData() string { return strings.TrimSpace(zoneRelease) + " (embedded)" }

// ZoneNames returns the names of all zones, sorted.
func ZoneNames() []string {
	names := make([]string, 0, len(zoneArchive()))
	for name := range zoneArchive() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// zoneArchive indexes the embedded zone files by zone name.
var zoneArchive = sync.OnceValue(func() map[string]*zip.File {
	reader, err := zip.NewReader(strings.NewReader(zoneFiles), int64(len(zoneFiles)))
	if err != nil {
		panic(fmt.Sprintf("the embedded zone files are damaged: %v", err))
	}
	files := make(map[string]*zip.File, len(reader.File))
	for _, file := range reader.File {
		files[file.Name] = file
	}
	return files
})

// zones caches the zones that have been asked for, by name. A zone never changes, so the cache shows in nothing but speed.
var zones sync.Map

// loadZone returns the zone of an IANA name. "Local", paths and the empty string name no zone.
func loadZone(name string) (*zone, bool) {
	if cached, ok := zones.Load(name); ok {
		return cached.(*zone), true
	}
	file, ok := zoneArchive()[name]
	if !ok {
		return nil, false
	}
	loaded := newZone(name, readLocation(file))
	cached, _ := zones.LoadOrStore(name, loaded)
	return cached.(*zone), true
}

// readLocation parses one embedded zone file.
func readLocation(file *zip.File) *time.Location {
	if file.Name == "UTC" {
		return time.UTC
	}
	data, err := readFile(file)
	if err == nil {
		var location *time.Location
		if location, err = time.LoadLocationFromTZData(file.Name, data); err == nil {
			return location
		}
	}
	panic(fmt.Sprintf("the embedded zone file %s is damaged: %v", file.Name, err))
}

func readFile(file *zip.File) ([]byte, error) {
	content, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }() // it is in memory
	return io.ReadAll(content)
}
