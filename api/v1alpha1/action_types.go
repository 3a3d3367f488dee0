package v1alpha1

import corev1 "k8s.io/api/core/v1"

// Action is what a run does: exactly one of pod, http and handler.
//
// +kubebuilder:validation:XValidation:rule="[has(self.pod), has(self.http), has(self.handler)].filter(set, set).size() == 1",message="write exactly one of pod, http or handler"
type Action struct {
	// pod runs a Pod in the Task's namespace, to its end.
	// +optional
	Pod *PodAction `json:"pod,omitempty"`

	// http sends one request from the manager.
	// +optional
	HTTP *HTTPAction `json:"http,omitempty"`

	// handler calls a function that is registered in the manager.
	// +optional
	Handler *HandlerAction `json:"handler,omitempty"`
}

// PodAction runs a Pod.
type PodAction struct {
	// template is the Pod to create for each run. Its restartPolicy defaults
	// to Never; Always is rejected, as such a Pod never ends. Carillon names the
	// Pod, adds its labels and annotations, and sets the CARILLON_ variables in
	// every container.
	// +required
	// +kubebuilder:validation:XValidation:rule="has(self.spec) && self.spec.containers.size() > 0",message="a Pod needs a container: write spec.containers with at least one"
	// +kubebuilder:validation:XValidation:rule="!has(self.spec) || !has(self.spec.restartPolicy) || dyn(self.spec.restartPolicy) == null || self.spec.restartPolicy in ['', 'Never', 'OnFailure']",message="a run must end: write restartPolicy Never or OnFailure, or leave it out for Never"
	Template corev1.PodTemplateSpec `json:"template"`
}

// HTTPMethod is the method of a request.
//
// +kubebuilder:validation:Enum=GET;HEAD;POST;PUT;PATCH;DELETE;OPTIONS
type HTTPMethod string

// HTTPAction sends a request. The run succeeds when the response has an expected
// status.
//
// +kubebuilder:validation:XValidation:rule="!has(self.auth) || !has(self.headers) || !self.headers.exists(h, h.name.lowerAscii() == 'authorization')",message="auth sets the header Authorization: leave auth out, or leave that header out",fieldPath=".headers"
type HTTPAction struct {
	// method is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, with the meaning
	// that HTTP gives them.
	// Default: POST with a body, GET without.
	// +optional
	Method HTTPMethod `json:"method,omitempty"`

	// url is where the request goes: http or https, with a host, and without a user name
	// and a password.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",message="url must begin with http:// or https:// and name a host, such as https://hooks.example/run"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[^/?#]*//[^/?#]*@')",message="url must not hold a user name or a password, which everybody sees who may read the Task: write a header Authorization with valueFrom.secretKeyRef instead"
	URL string `json:"url,omitempty"`

	// headers are sent with the request, besides those that inform the server about
	// the run (Carillon-*, Idempotency-Key).
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Headers []HTTPHeader `json:"headers,omitempty"`

	// auth is how the request says who sends it.
	// Default: not at all, but for what headers say.
	// +optional
	Auth HTTPAuth `json:"auth,omitzero"`

	// body is sent, with $(CARILLON_SCHEDULED_TIME) and the other variables of a run
	// in it replaced by their values. None of their values has a character
	// that JSON, XML or a form would have to escape. $$(CARILLON_TASK) is written for
	// $(CARILLON_TASK) itself; whatever else there is stays as it is.
	// Default: no body.
	// +optional
	// +kubebuilder:validation:MaxLength=65536
	Body string `json:"body,omitempty"`

	// expectedStatus is what counts as success: status codes and ranges of them,
	// such as 200-299 or 200,204.
	// Default: 200-299.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[2-5][0-9]{2}(-[2-5][0-9]{2})?(,[2-5][0-9]{2}(-[2-5][0-9]{2})?)*$') && self.split(',').all(part, part.size() == 3 || part.substring(0, 3) <= part.substring(4))",message="expectedStatus must be status codes from 200 to 599 and ranges of them, written like 200-299 or 200,204"
	ExpectedStatus string `json:"expectedStatus,omitempty"`
}

// HTTPAuth is how a request says who sends it.
type HTTPAuth struct {
	// serviceAccountToken sends the header Authorization with a token of the Task's
	// serviceAccountName, as Bearer, to the origin of the URL and nowhere else.
	// +required
	ServiceAccountToken ServiceAccountToken `json:"serviceAccountToken,omitzero"`
}

// ServiceAccountToken is a token of the Task's serviceAccountName that is valid for ten
// minutes.
type ServiceAccountToken struct {
	// audience is whom the token is for: the server at the URL must accept tokens for it
	// alone. It cannot be an audience of the cluster's API server.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\x00-\\x20\\x7f]+$')",message="audience must have no blanks and no control characters, such as https://hooks.example"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(https?://)?kubernetes([.]default([.]svc([.].*)?)?)?(:[0-9]+)?/?$')",message="audience must not be one of the cluster's API server, where the token would act as the ServiceAccount: write the server's own, such as https://hooks.example"
	Audience string `json:"audience,omitempty"`
}

// HTTPHeader is one header of a request, with a value that is written here or one that
// is in a Secret.
//
// +kubebuilder:validation:ExactlyOneOf=value;valueFrom
type HTTPHeader struct {
	// name of the header. Those that the connection or Carillon itself sets cannot
	// be given, nor those that say where a request comes from or on whose behalf it is
	// sent, such as X-Forwarded-For, Forwarded and Impersonate-User.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-A-Za-z0-9!#$%&\\'*+.^_`|~]+$')",message="a header name has letters, digits and dashes, such as X-Team"
	// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii().replace('_', '-') in ['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'te', 'trailer', 'keep-alive', 'expect', 'http2-settings', 'traceparent', 'tracestate', 'idempotency-key']) && !self.lowerAscii().matches('^(carillon|proxy)[-_]')",message="this header is set by the connection or by Carillon: leave it out"
	// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii().replace('_', '-') in ['forwarded', 'via', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'true-client-ip', 'cf-connecting-ip']) && !self.lowerAscii().matches('^(x[-_](forwarded|original|remote)[-_]|impersonate[-_]|client[-_]cert)')",message="this header says where a request comes from or on whose behalf it is sent, which servers believe of the manager: leave it out"
	Name string `json:"name,omitempty"`

	// value of the header. $(CARILLON_SCHEDULED_TIME) and the other variables of a
	// run stand for their values; $$(CARILLON_TASK) is written for
	// $(CARILLON_TASK) itself.
	// Give either value or valueFrom.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\x00-\\\\x08\\\\x0a-\\\\x1f\\\\x7f]*$')",message="a header value is one line without control characters"
	Value *string `json:"value,omitempty"`

	// valueFrom says where the value is. It is read for each request, if the manager
	// may: see its flag --http-secret-headers.
	// Give either value or valueFrom.
	// +optional
	ValueFrom HeaderValueSource `json:"valueFrom,omitzero"`
}

// HeaderValueSource says where the value of a header is.
type HeaderValueSource struct {
	// prefix stands before what the Secret holds, such as "Bearer " with the blank.
	// Default: nothing does.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\x00-\\\\x08\\\\x0a-\\\\x1f\\\\x7f]*$')",message="a header value is one line without control characters"
	Prefix string `json:"prefix,omitempty"`

	// secretKeyRef is an entry of a Secret in the Task's namespace.
	// +required
	SecretKeyRef SecretKeyRef `json:"secretKeyRef,omitzero"`
}

// SecretKeyRef is an entry of a Secret in the Task's namespace.
type SecretKeyRef struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// key of the entry.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`
}

// HandlerAction calls a function of the manager.
type HandlerAction struct {
	// name under which the function is registered, such as log.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// args are given to the function. What they mean is the function's own.
	// Default: none.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Args map[string]string `json:"args,omitempty"`
}
