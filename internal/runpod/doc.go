// Package runpod reads the Pods of runs: which attempt a Pod belongs to, and what its status
// says about the attempt. The executor that creates Pods and the controller that watches them
// share it.
package runpod
