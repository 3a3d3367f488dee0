package trigger

import (
	"strconv"
	"strings"
	"sync"
)

// maxCacheWeight is how many triggers, those inside anyOf and allOf included, each half of a Cache holds: some megabytes.
const maxCacheWeight = 4096

// A Cache compiles triggers, and remembers those that it has compiled last. As a compiled trigger never changes, the cache shows in nothing but speed and memory: Tasks with
// the same trigger share one. The zero value is ready for use, from any goroutine.
type Cache struct {
	mu sync.Mutex
	// current and previous hold what was asked for since current was last emptied, and in the time before. weight is that of current.
	current, previous map[string]*Trigger
	weight            int
}

// Compile is the function Compile. It does not remember what cannot be compiled.
func (c *Cache) Compile(spec Spec, env Options) (*Trigger, error) {
	key := cacheKey(&spec, env)
	if compiled := c.get(key); compiled != nil {
		return compiled, nil
	}
	compiled, err := Compile(spec, env)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.put(key, compiled)
	}
	return compiled, err
}

func (c *Cache) get(key string) *Trigger {
	c.mu.Lock()
	defer c.mu.Unlock()
	if compiled := c.current[key]; compiled != nil {
		return compiled
	}
	compiled := c.previous[key]
	if compiled != nil {
		c.put(key, compiled)
	}
	return compiled
}

// put adds a trigger. The mutex is held.
func (c *Cache) put(key string, compiled *Trigger) {
	weight := 1 + len(compiled.children) + len(key)/1024
	if c.current == nil || c.weight+weight > maxCacheWeight {
		c.current, c.previous, c.weight = map[string]*Trigger{}, c.current, 0
	}
	c.current[key] = compiled
	c.weight += weight
}

// cacheKey renders everything that a compiled trigger depends on. The creation time is left out where it makes no difference.
func cacheKey(spec *Spec, env Options) string {
	var key strings.Builder
	writeText(&key, env.TimeZone)
	if spec.countsFromCreation() {
		writeNumber(&key, env.Created.Unix())
	}
	spec.writeKey(&key)
	return key.String()
}

// countsFromCreation reports whether an interval counts from the creation of the Task.
func (s *Spec) countsFromCreation() bool {
	if s.StartAt == "" && (s.Interval != nil || strings.HasPrefix(s.Schedule, everyPrefix)) {
		return true
	}
	for _, children := range [][]Spec{s.AnyOf, s.AllOf} {
		for i := range children {
			if children[i].countsFromCreation() {
				return true
			}
		}
	}
	return false
}

func (s *Spec) writeKey(key *strings.Builder) {
	for _, text := range []string{s.Schedule, s.TimeZone, s.StartAt, s.EndAt} {
		writeText(key, text)
	}
	writeNumber(key, int64(s.Jitter))
	if s.Shutdown {
		key.WriteByte('s')
	}
	if s.Cron != nil {
		key.WriteByte('c')
		for _, text := range s.Cron.texts() {
			writeText(key, text)
		}
	}
	if s.Interval != nil {
		key.WriteByte('i')
		for _, n := range []int64{s.Interval.Weeks, s.Interval.Days, s.Interval.Hours, s.Interval.Minutes, s.Interval.Seconds} {
			writeNumber(key, n)
		}
	}
	if s.Date != nil {
		key.WriteByte('d')
		writeText(key, s.Date.RunAt)
	}
	writeChildren(key, 'o', s.AnyOf)
	writeChildren(key, 'a', s.AllOf)
}

func writeChildren(key *strings.Builder, kind byte, children []Spec) {
	if children == nil {
		return
	}
	key.WriteByte(kind)
	writeNumber(key, int64(len(children)))
	for i := range children {
		children[i].writeKey(key)
	}
}

// writeText writes a text so that it cannot be taken for another one together with what follows.
func writeText(key *strings.Builder, text string) {
	writeNumber(key, int64(len(text)))
	key.WriteString(text)
}

func writeNumber(key *strings.Builder, n int64) {
	key.WriteString(strconv.FormatInt(n, 36))
	key.WriteByte(',')
}
