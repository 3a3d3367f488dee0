package crd_test

import "testing"

// A2: what a list may have twice in a Pod it may have twice in a Task. What the Pod may
// not have twice is found when the Pod is created.
func TestA2_RepeatedItems(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		container string // fields of the container
		spec      string // fields of the spec
		metadata  string
		// podRejected: the API server rejects the Pod.
		podRejected bool
	}{
		"env":                       {container: `env: [{name: X, value: one}, {name: X, value: two}]`},
		"envFrom":                   {container: `envFrom: [{configMapRef: {name: a}}, {configMapRef: {name: a}}]`},
		"ports, TCP and UDP":        {container: `ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]`},
		"ports, the same":           {container: `ports: [{containerPort: 80}, {containerPort: 80}]`},
		"ports, the same on a host": {container: `ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]`, podRejected: true},
		"volumeMounts, other path":  {container: `volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]`, spec: `volumes: [{name: v}]`},
		"volumeMounts, same path":   {container: `volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /a}]`, spec: `volumes: [{name: v}]`, podRejected: true},
		"volumes":                   {spec: `volumes: [{name: v}, {name: v}]`, podRejected: true},
		"initContainers":            {spec: `initContainers: [{name: main, image: a}]`, podRejected: true},
		"imagePullSecrets":          {spec: `imagePullSecrets: [{name: a}, {name: a}]`},
		"hostAliases":               {spec: `hostAliases: [{ip: 10.0.0.1, hostnames: [a]}, {ip: 10.0.0.1, hostnames: [b]}]`},
		"tolerations":               {spec: `tolerations: [{operator: Exists}, {operator: Exists}]`},
		"schedulingGates":           {spec: `schedulingGates: [{name: example.com/a}, {name: example.com/a}]`, podRejected: true},
		"resourceClaims":            {spec: `resourceClaims: [{name: a, resourceClaimName: b}, {name: a, resourceClaimName: b}]`, podRejected: true},
		"resourceClaims, other name": {
			spec: `resourceClaims: [{name: a, resourceClaimName: b}, {name: c, resourceClaimName: b}]`,
		},
		"topologySpreadConstraints": {
			spec:        `topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]`,
			podRejected: true,
		},
		"readinessGates":     {spec: `readinessGates: [{conditionType: a}, {conditionType: a}]`},
		"finalizers":         {metadata: `finalizers: [example.com/a, example.com/a]`},
		"searches":           {spec: `dnsConfig: {searches: [a, a]}`},
		"supplementalGroups": {spec: `securityContext: {supplementalGroups: [1, 1]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "metadata: {" + tc.metadata + "}\nspec: {containers: [{name: main, image: 'busybox:1.37', " + tc.container + "}], " + tc.spec + "}"
			template := parse(t, []byte(text))
			if accepted := compare(t, name, template); accepted == tc.podRejected {
				t.Errorf("a Pod is accepted: %t, want %t", accepted, !tc.podRejected)
			}
			if _, err := try(t, tasks, taskOf(template)); err != nil {
				t.Errorf("the Task is rejected: %v", err)
			}
		})
	}
}

// A2: a Task has the same verdict as a Pod on metadata that a program wrote or that was
// read from a cluster.
func TestA2_MetadataOfATemplate(t *testing.T) {
	t.Parallel()
	for name, metadata := range map[string]string{
		"written by a program": `{creationTimestamp: null}`,
		"read from a cluster": `{creationTimestamp: "2026-11-20T13:30:00Z", generateName: a-, namespace: default, uid: a, generation: 1, labels: {a: b},
			ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: b, controller: true, blockOwnerDeletion: true}],
			managedFields: [{manager: a, operation: Update, apiVersion: v1, time: "2026-11-20T13:30:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {}}}]}`,
		"a label that is null":      `{labels: {a: null}}`,
		"an annotation with a type": `{annotations: {a: true}}`,
		"an unknown field":          `{label: {a: b}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, name, parse(t, []byte("metadata: "+metadata+"\nspec: {containers: [{name: main, image: a}]}")))
		})
	}
}
