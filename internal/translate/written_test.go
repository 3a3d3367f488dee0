package translate

import (
	"encoding/json"
	"testing"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
)

// asWritten returns a status as it is read back after it was written.
func asWritten(tb testing.TB, task model.Task, rec model.Record) v1alpha1.TaskStatus {
	tb.Helper()
	raw, err := json.Marshal(status.Encode(task, rec))
	if err != nil {
		tb.Fatalf("marshalling: %v", err)
	}
	var status v1alpha1.TaskStatus
	if err := json.Unmarshal(raw, &status); err != nil {
		tb.Fatalf("unmarshalling: %v", err)
	}
	return status
}
