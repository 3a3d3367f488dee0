package v1alpha1_test

import (
	"strings"
	"testing"
)

func TestActionAccepted(t *testing.T) {
	t.Parallel()
	specs := map[string]string{
		"a pod":                     `{pod: {template: {spec: {containers: [{name: a, image: i}]}}}}`,
		"a pod with metadata":       `{pod: {template: {metadata: {labels: {a: b}, annotations: {c: d}}, spec: {containers: [{name: a}]}}}}`,
		"restartPolicy Never":       `{pod: {template: {spec: {restartPolicy: Never, containers: [{name: a}]}}}}`,
		"restartPolicy OnFailure":   `{pod: {template: {spec: {restartPolicy: OnFailure, containers: [{name: a}]}}}}`,
		"a sidecar":                 `{pod: {template: {spec: {initContainers: [{name: s, restartPolicy: Always}], containers: [{name: a}]}}}}`,
		"quantities and ports":      `{pod: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: 100m, memory: 1.5Gi, nvidia.com/gpu: 1}}, livenessProbe: {httpGet: {port: 8080}}, readinessProbe: {httpGet: {port: web}}}]}}}}`,
		"http":                      `{http: {method: POST, url: "https://hooks.example/run?a=b", headers: [{name: X-Team, value: "a, b"}], body: "{}", expectedStatus: "200-299"}}`,
		"http to an address":        `{http: {url: "http://10.0.0.1:8080/"}}`,
		"http to an IPv6 address":   `{http: {url: "http://[::1]:8080/"}}`,
		"an @ behind the host":      `{http: {url: "https://a/@b?c=d@e#f@g"}}`,
		"headers that are alike":    `{http: {url: "http://a", headers: [{name: X-Forward, value: a}, {name: Viable, value: a}, {name: Hosts, value: a}]}}`,
		"statuses":                  `{http: {url: "http://a", expectedStatus: "200,204,300-399"}}`,
		"one status":                `{http: {url: "http://a", expectedStatus: "204"}}`,
		"a header with a prefix":    `{http: {url: "http://a", headers: [{name: Authorization, valueFrom: {prefix: "Bearer ", secretKeyRef: {name: hook, key: token}}}]}}`,
		"a header from a Secret":    `{http: {url: "http://a", headers: [{name: Authorization, valueFrom: {secretKeyRef: {name: hook, key: token}}}]}}`,
		"an empty header value":     `{http: {url: "http://a", headers: [{name: X-Team, value: ""}]}}`,
		"a header value with a tab": `{http: {url: "http://a", headers: [{name: X-Team, value: "a\tb"}]}}`,
		"handler":                   `{handler: {name: log, args: {message: hello}}}`,
		"a handler not known here":  `{handler: {name: MyHandler.v2}}`,
	}
	const auth = `auth: {serviceAccountToken: {audience: "https://a"}}`
	for name, audience := range map[string]string{
		"a URL": "https://hooks.example", "a word": "hooks", "another cluster": "https://kubernetes.example", "a Service": "https://kubernetes-hooks.default.svc",
	} {
		specs["a token for "+name] = `{http: {url: "http://a", auth: {serviceAccountToken: {audience: "` + audience + `"}}}}, serviceAccountName: reports`
	}
	specs["a token and another header"] = `{http: {url: "http://a", ` + auth + `, headers: [{name: X-Authorization, value: a}]}}, serviceAccountName: reports`
	for name, action := range specs {
		specs[name] = withAction(action)
	}
	accepted(t, specs)
}

func TestActionRejected(t *testing.T) {
	t.Parallel()
	const (
		oneOf     = "spec.action: Invalid value: write exactly one of pod, http or handler"
		template  = "spec.action.pod.template: Invalid value: "
		container = template + "a Pod needs a container: write spec.containers with at least one"
		url       = ": url must begin with http:// or https:// and name a host, such as https://hooks.example/run"
		status    = ": expectedStatus must be status codes from 200 to 599 and ranges of them, written like 200-299 or 200,204"
		header    = "spec.action.http.headers[0]"
		password  = ": url must not hold a user name or a password, which everybody sees who may read the Task: write a header Authorization with valueFrom.secretKeyRef instead"
		origin    = ": this header says where a request comes from or on whose behalf it is sent, which servers believe of the manager: leave it out"
		audience  = "spec.action.http.auth.serviceAccountToken.audience"
		cluster   = ": audience must not be one of the cluster's API server, where the token would act as the ServiceAccount: write the server's own, such as https://hooks.example"
		reserved  = ": this header is set by the connection or by Carillon: leave it out"
	)
	tcs := map[string]rejection{
		"an empty action": {"{}", oneOf},
		"two actions":     {`{http: {url: "http://a"}, handler: {name: log}}`, oneOf},
		"the job action":  {"{job: {}}", `strict decoding error: unknown field "spec.action.job"`},

		"no template":            {"{pod: {}}", "spec.action.pod.template: Required value"},
		"an empty template":      {"{pod: {template: {}}}", container},
		"no containers":          {"{pod: {template: {spec: {containers: []}}}}", container},
		"restartPolicy Always":   {"{pod: {template: {spec: {restartPolicy: Always, containers: [{name: a}]}}}}", template + "a run must end: write restartPolicy Never or OnFailure, or leave it out for Never"},
		"an unknown field in it": {"{pod: {template: {spec: {containers: [{name: a, img: i}]}}}}", `strict decoding error: unknown field "spec.action.pod.template.spec.containers[0].img"`},

		"no URL":                {"{http: {}}", "spec.action.http.url: Required value"},
		"an empty URL":          {`{http: {url: ""}}`, `spec.action.http.url: Invalid value: "": spec.action.http.url in body should be at least 1 chars long, spec.action.http.url: Invalid value: ""` + url},
		"another scheme":        {`{http: {url: "ftp://a/b"}}`, `spec.action.http.url: Invalid value: "ftp://a/b"` + url},
		"no scheme":             {`{http: {url: "hooks.example/run"}}`, `spec.action.http.url: Invalid value: "hooks.example/run"` + url},
		"a URL with no host":    {`{http: {url: "http:///run"}}`, `spec.action.http.url: Invalid value: "http:///run"` + url},
		"a URL with a space":    {`{http: {url: "http://a b/"}}`, `spec.action.http.url: Invalid value: "http://a b/"` + url},
		"a URL with a password": {`{http: {url: "https://me:s3cret@a/b"}}`, `spec.action.http.url: Invalid value: "https://me:s3cret@a/b"` + password},
		"a URL with a user":     {`{http: {url: "http://token@a"}}`, `spec.action.http.url: Invalid value: "http://token@a"` + password},
		"a long URL":            {`{http: {url: "http://` + strings.Repeat("a", 2048) + `"}}`, "spec.action.http.url: Too long: may not be more than 2048 bytes"},
		"another method":        {`{http: {url: "http://a", method: FETCH}}`, `spec.action.http.method: Unsupported value: "FETCH": supported values: "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"`},

		"a status of words":    {`{http: {url: "http://a", expectedStatus: "2xx"}}`, `spec.action.http.expectedStatus: Invalid value: "2xx"` + status},
		"statuses with blanks": {`{http: {url: "http://a", expectedStatus: "200, 204"}}`, `spec.action.http.expectedStatus: Invalid value: "200, 204"` + status},
		"a backward range":     {`{http: {url: "http://a", expectedStatus: "200,299-200"}}`, `spec.action.http.expectedStatus: Invalid value: "200,299-200"` + status},
		"a status too high":    {`{http: {url: "http://a", expectedStatus: "600"}}`, `spec.action.http.expectedStatus: Invalid value: "600"` + status},

		"a header name with a blank": {`{http: {url: "http://a", headers: [{name: "X Team", value: a}]}}`, header + `.name: Invalid value: "X Team": a header name has letters, digits and dashes, such as X-Team`},
		"a header of the connection": {`{http: {url: "http://a", headers: [{name: content-Length, value: "1"}]}}`, header + `.name: Invalid value: "content-Length"` + reserved},
		"the idempotency key":        {`{http: {url: "http://a", headers: [{name: Idempotency-Key, value: "1"}]}}`, header + `.name: Invalid value: "Idempotency-Key"` + reserved},
		"a header of our own":        {`{http: {url: "http://a", headers: [{name: carillon-task, value: a}]}}`, header + `.name: Invalid value: "carillon-task"` + reserved},
		"a header of two lines":      {`{http: {url: "http://a", headers: [{name: X-Team, value: "a\r\nHost: b"}]}}`, header + `.value: Invalid value: "a\r\nHost: b": a header value is one line without control characters`},
		"a header twice":             {`{http: {url: "http://a", headers: [{name: X-Team, value: a}, {name: X-Team, value: b}]}}`, `spec.action.http.headers[1]: Duplicate value: {"name":"X-Team"}`},
		"a header with no value":     {`{http: {url: "http://a", headers: [{name: X-Team}]}}`, header + ": Invalid value: exactly one of the fields in [value valueFrom] must be set"},
		"a header with two values":   {`{http: {url: "http://a", headers: [{name: X-Team, value: a, valueFrom: {secretKeyRef: {name: a, key: b}}}]}}`, header + ": Invalid value: exactly one of the fields in [value valueFrom] must be set"},
		"a prefix of two lines":      {`{http: {url: "http://a", headers: [{name: X-Team, valueFrom: {prefix: "a\nb", secretKeyRef: {name: a, key: b}}}]}}`, header + ".valueFrom.prefix: Invalid value: \"a\\nb\": a header value is one line without control characters"},
		"a header from no key":       {`{http: {url: "http://a", headers: [{name: X-Team, valueFrom: {secretKeyRef: {name: a}}}]}}`, header + ".valueFrom.secretKeyRef.key: Required value"},

		"auth with nothing":         {`{http: {url: "http://a", auth: {}}}, serviceAccountName: a`, "spec.action.http.auth.serviceAccountToken: Required value"},
		"a token for nobody":        {`{http: {url: "http://a", auth: {serviceAccountToken: {}}}}, serviceAccountName: a`, audience + ": Required value"},
		"a token for an empty name": {`{http: {url: "http://a", auth: {serviceAccountToken: {audience: ""}}}}, serviceAccountName: a`, audience + `: Invalid value: "": ` + audience + ` in body should be at least 1 chars long, ` + audience + `: Invalid value: "": audience must have no blanks and no control characters, such as https://hooks.example`},
		"a token for two":           {`{http: {url: "http://a", auth: {serviceAccountToken: {audience: "a b"}}}}, serviceAccountName: a`, audience + `: Invalid value: "a b": audience must have no blanks and no control characters, such as https://hooks.example`},
		"a token of no account":     {`{http: {url: "http://a", auth: {serviceAccountToken: {audience: a}}}}`, "spec.serviceAccountName: Required value: action.http.auth sends a token of a ServiceAccount: write serviceAccountName"},

		"a handler with no name": {"{handler: {}}", "spec.action.handler.name: Required value"},
		"an empty handler name":  {`{handler: {name: ""}}`, `spec.action.handler.name: Invalid value: "": spec.action.handler.name in body should be at least 1 chars long`},
		"args that are no text":  {"{handler: {name: log, args: {count: 1}}}", `spec.action.handler.args.count: Invalid value: "integer": spec.action.handler.args.count in body must be of type string: "integer"`},
	}
	for name, header := range map[string]string{"Authorization": "value: a", "authorization": "valueFrom: {secretKeyRef: {name: a, key: b}}"} {
		tcs["a token and the header "+name] = rejection{
			`{http: {url: "http://a", auth: {serviceAccountToken: {audience: a}}, headers: [{name: ` + name + `, ` + header + `}]}}, serviceAccountName: a`,
			"spec.action.http.headers: Invalid value: auth sets the header Authorization: leave auth out, or leave that header out",
		}
	}
	for _, text := range []string{"https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local", "kubernetes.default", "https://kubernetes.default.svc:443/"} {
		tcs["a token for "+text] = rejection{
			`{http: {url: "http://a", auth: {serviceAccountToken: {audience: "` + text + `"}}}}, serviceAccountName: a`, audience + `: Invalid value: "` + text + `"` + cluster,
		}
	}
	for _, name := range []string{"Keep-Alive", "Expect", "Proxy-Authorization", "Proxy_Connection", "traceparent", "Tracestate", "TE", "HTTP2-Settings", "Carillon_Task"} {
		tcs["the header "+name] = rejection{`{http: {url: "http://a", headers: [{name: ` + name + `, value: a}]}}`, header + `.name: Invalid value: "` + name + `"` + reserved}
	}
	for _, name := range []string{
		"Forwarded", "X-Forwarded-For", "x-forwarded-host", "X_Forwarded_For", "X-Real-IP", "Via", "True-Client-IP", "Impersonate-User",
		"X-Remote-User", "X-Original-URL", "Client-Cert",
	} {
		tcs["the header "+name] = rejection{`{http: {url: "http://a", headers: [{name: ` + name + `, value: a}]}}`, header + `.name: Invalid value: "` + name + `"` + origin}
	}
	for name, tc := range tcs {
		tcs[name] = rejection{withAction(tc.spec), tc.wantErr}
	}
	rejected(t, tcs)
}
