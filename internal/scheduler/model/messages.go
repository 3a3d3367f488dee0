package model

import (
	"fmt"
	"time"
)

// GraceMessage says how a run was too late to start (R3).
func GraceMessage(late, grace time.Duration) string {
	return fmt.Sprintf("It was %s late, more than the misfireGracePeriod of %s.", late.Round(time.Second), grace)
}
