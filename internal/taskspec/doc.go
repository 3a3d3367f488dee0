// Package taskspec reads the trigger of a Task. The manager and the command line
// tool share it, so that what the one foretells is what the other does.
package taskspec
