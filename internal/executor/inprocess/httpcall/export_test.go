package httpcall

// Hide returns a text without secrets.
func Hide(secrets []string, text string) string { return secretValues(secrets).replace(text) }

// MaxTransports is how many transports are kept.
const MaxTransports = maxTransports

// Kept returns how many transports are kept.
func (c *Caller) Kept() int {
	c.transports.mu.Lock()
	defer c.transports.mu.Unlock()
	return len(c.transports.pool.byRoute)
}
