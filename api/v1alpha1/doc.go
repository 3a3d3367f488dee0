// Package v1alpha1 is the API of Carillon: the kinds Scheduler and Task, their
// validation, and the names that a user meets on objects and in a run.
//
// It is a leaf: it imports the standard library, k8s.io/api and
// k8s.io/apimachinery, and nothing else, so that a program can use the types
// without taking a controller along.
//
// An optional field that is left out is never filled in on the object. What it
// means is resolved when it is used and shown in status.effective, so that what
// a user applied stays what is stored.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package="applyconfiguration"
// +groupName=carillon.dev
package v1alpha1
