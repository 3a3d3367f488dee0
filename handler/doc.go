// Package handler holds the functions that Tasks can call, and what they may say of
// how it went.
//
// A function is registered under a name in the main of a custom manager; see
// the package manager. A Task calls it by that name:
//
//	action:
//	  handler:
//	    name: archive
//	    args: {bucket: old-orders}
package handler
