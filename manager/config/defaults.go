package config

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Default returns the configuration of a manager without flags and file.
func Default() *ManagerConfiguration {
	return &ManagerConfiguration{
		TypeMeta: metav1.TypeMeta{APIVersion: GroupVersion.String(), Kind: Kind},
		Metrics:  Metrics{BindAddress: ":8443", Secure: true},
		Health:   Health{BindAddress: ":8081"},
		LeaderElection: LeaderElection{
			Enabled:       true,
			LeaseDuration: metav1.Duration{Duration: 15 * time.Second},
			RenewDeadline: metav1.Duration{Duration: 10 * time.Second},
			RetryPeriod:   metav1.Duration{Duration: 500 * time.Millisecond},
		},
		ShutdownTimeout:  metav1.Duration{Duration: 30 * time.Second},
		MaxWorkers:       20,
		MaxInProcessRuns: 1000,
		HTTP:             HTTP{ResponseExcerpt: "failures"},
		Log:              Log{Level: "info"},
		Tracing:          Tracing{SamplingRatio: 1},
	}
}
