package translate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// hashed is everything that the runs of a Task are made from.
type hashed struct {
	*v1alpha1.Action
	// ServiceAccount is what they act as, also if that is the manager's default.
	ServiceAccount string `json:"serviceAccount,omitempty"`
}

// actionHash returns a hash of an action, and of the ServiceAccount that it is done as.
// It is a hash of the JSON form, in which a field that is added to the API later is
// absent from the Tasks that do not use it: an upgrade does not look like an edit.
// It is empty for an action that cannot be encoded, which none that was decoded is.
func actionHash(act *v1alpha1.Action, account string) string {
	encoded, err := json.Marshal(hashed{act, account})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(encoded)
	const length = 10 // bytes; what is compared are the versions of one Task's action
	return "v1-" + hex.EncodeToString(sum[:length])
}
