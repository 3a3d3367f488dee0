package payload

// Verdict is what the API server says of a Pod template. One field is set; in the zero
// value, which says that nothing is known, none is.
type Verdict struct {
	// Accepted says that the Pod can be created.
	Accepted bool
	// Refused is why it cannot be, in the API server's words, until somebody changes
	// something.
	Refused string
	// Delayed is why it cannot be at the moment, in the API server's words.
	Delayed string
}
