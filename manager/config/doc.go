// Package config is the configuration of a manager, by a file and by flags.
//
// The file is of the versioned kind ManagerConfiguration, decoded strictly over the
// defaults. Flags override it. There is one list of options, from which flags,
// error messages and the reference are made.
//
// +kubebuilder:object:generate=true
// +groupName=config.carillon.dev
package config
