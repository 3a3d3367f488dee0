package v1alpha1

// Executor is where runs are carried out: exactly one of pod, pool and async.
//
// +kubebuilder:validation:ExactlyOneOf=pod;pool;async
// +kubebuilder:validation:XValidation:rule="!has(self.name) || self.name != 'pods' || has(self.pod)",message="the executor named pods must be a pod one: write pod, or choose another name",fieldPath=".name"
// +kubebuilder:validation:XValidation:rule="!has(self.name) || self.name != 'workers' || !has(self.pod)",message="the executor named workers must be a pool or async one, or have another name",fieldPath=".name"
type Executor struct {
	// name is what Tasks call it in their executor field. pods and workers are the
	// ones that Tasks use which name none; they exist even when they are not listed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="name must have lower case letters, digits and hyphens, and begin and end with a letter or digit"
	Name string `json:"name,omitempty"`

	// pod carries out each run as a Pod.
	// +optional
	Pod *PodExecutor `json:"pod,omitempty"`

	// pool makes calls inside the manager, a number at a time.
	// +optional
	Pool *PoolExecutor `json:"pool,omitempty"`

	// async starts each run inside the manager at once.
	// +optional
	Async *AsyncExecutor `json:"async,omitempty"`
}

// PodExecutor carries out each run as a Pod.
type PodExecutor struct {
	// maxConcurrent is how many runs may be unfinished at a time. Others wait.
	// Capacity that becomes free goes to the Task that was served least recently.
	// Default: no bound.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	MaxConcurrent int32 `json:"maxConcurrent,omitempty"`
}

// PoolExecutor makes calls inside the manager, a number at a time.
type PoolExecutor struct {
	// maxWorkers is how many calls are under way at a time. Others wait.
	// Capacity that becomes free goes to the Task that was served least recently.
	// Default: what the manager's flag --max-workers says, 20 by default.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	MaxWorkers int32 `json:"maxWorkers,omitempty"`
}

// AsyncExecutor makes calls inside the manager, each at once. There is nothing to
// set.
type AsyncExecutor struct{}
