// Package cli holds the commands of kubectl-carillon. A command reads its
// arguments, works out a result, and prints it: each in a file of its own, so that
// everything but the printing can be tested without parsing text.
package cli
