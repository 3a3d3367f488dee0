package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// withPod returns the spec of a Task whose Pod template has a container with the given
// fields and a spec with the given fields.
func withPod(container, spec string) string {
	return withAction(`{pod: {template: {spec: {containers: [{name: main, image: "busybox:1.37"` + container + `}]` + spec + `}}}}`)
}

// A2: whatever the API server accepts of a Pod, it stores of a Task, unchanged.
func TestA2_PodTemplatesAreStoredAsWritten(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{
		"a variable twice":              withPod(`, env: [{name: X, value: one}, {name: X, value: two}]`, ""),
		"a port without protocol":       withPod(`, ports: [{containerPort: 8080}]`, ""),
		"a port by TCP and UDP":         withPod(`, ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]`, ""),
		"a port twice":                  withPod(`, ports: [{containerPort: 80}, {containerPort: 80}]`, ""),
		"a pull secret twice":           withPod("", `, imagePullSecrets: [{name: a}, {name: a}]`),
		"an address twice":              withPod("", `, hostAliases: [{ip: 10.0.0.1, hostnames: [a]}, {ip: 10.0.0.1, hostnames: [b]}]`),
		"a probe without scheme":        withPod(`, livenessProbe: {httpGet: {port: 80}}`, ""),
		"a gRPC probe without service":  withPod(`, livenessProbe: {grpc: {port: 80}}`, ""),
		"a reference without name":      withPod(`, envFrom: [{configMapRef: {}}, {secretRef: {optional: true}}]`, ""),
		"a disk without file system":    withPod("", `, volumes: [{name: d, azureDisk: {diskName: a, diskURI: b}}]`),
		"an iSCSI volume without LUN":   withPod("", `, volumes: [{name: d, iscsi: {targetPortal: a, iqn: b}}]`),
		"a fraction of a processor":     withPod(`, resources: {limits: {cpu: 0.5, memory: 1073741824}}`, ""),
		"a quantity with spaces":        withPod(`, resources: {limits: {cpu: " 1 "}}`, ""),
		"an argument that is null":      withPod(`, args: [a, null]`, ""),
		"a node label that is null":     withPod("", `, nodeSelector: {disk: null}`),
		"fields that are null":          withPod(`, command: null, resources: null`, `, nodeSelector: null, restartPolicy: null, ephemeralContainers: null`),
		"an empty restart policy":       withPod("", `, restartPolicy: ""`),
		"metadata that is null":         withAction(`{pod: {template: {metadata: null, spec: {containers: [{name: a}]}}}}`),
		"metadata that a program wrote": withAction(`{pod: {template: {metadata: {creationTimestamp: null, generateName: a-}, spec: {containers: [{name: a}]}}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := &unstructured.Unstructured{}
			data, err := yaml.YAMLToJSON(taskManifest(spec))
			if err != nil {
				t.Fatal(err)
			}
			if err := sent.UnmarshalJSON(data); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sent.Object["spec"], created(t, spec).Object["spec"]); diff != "" {
				t.Errorf("stored spec (-sent +stored):\n%s", diff)
			}
		})
	}
}

func TestA1_EphemeralContainersAreRejected(t *testing.T) {
	t.Parallel()
	const path = "spec.action.pod.template.spec.ephemeralContainers: Invalid value: "
	rejected(t, map[string]rejection{
		"one": {
			withPod("", `, ephemeralContainers: [{name: debug, image: "busybox:1.37"}]`),
			path + `a new Pod has no ephemeral containers: leave ephemeralContainers out, or write initContainers`,
		},
	})
	accepted(t, map[string]string{"none": withPod("", `, ephemeralContainers: []`)})
}
