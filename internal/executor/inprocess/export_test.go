package inprocess

// TimeoutOf is timeoutOf: a timeout of a request cannot be waited for under a
// simulated clock, which stands still while the network is used.
var TimeoutOf = timeoutOf
