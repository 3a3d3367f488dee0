package translate

import (
	"cmp"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// ServiceAccounts says which Tasks act as a ServiceAccount.
type ServiceAccounts struct {
	// Default is what Tasks act as that name none; empty: as the manager.
	Default string
	// Require stalls Tasks that would act as the manager.
	Require bool
}

// of returns the name of the ServiceAccount that a Task acts as, empty for the manager.
func (s ServiceAccounts) of(task *v1alpha1.Task) string {
	return cmp.Or(task.Spec.ServiceAccountName, s.Default)
}

// problem says that a Task needs a ServiceAccount and has none. Its slots wait.
func (s ServiceAccounts) problem(task *v1alpha1.Task) *model.Problem {
	if !s.Require || s.of(task) != "" {
		return nil
	}
	return &model.Problem{
		Reason:  v1alpha1.ReasonServiceAccountRequired,
		Message: "spec.serviceAccountName: write the ServiceAccount that the Task acts as: in this cluster, none acts as the manager.",
	}
}
