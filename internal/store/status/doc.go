// Package status is the record store that needs nothing besides Kubernetes: it keeps the record
// of a Task in the Task's status. Encode writes a record as a status, Decode reads it back, and
// Store saves it by compare-and-swap on the resourceVersion.
package status
