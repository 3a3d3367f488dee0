// Package policies evaluates the project's ValidatingAdmissionPolicies with the
// expression language of the API server, without an API server.
//
// It is for tests only.
package policies

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
)

// Policy is a compiled policy, with limits in its variable of that name.
type Policy struct {
	variables   []variable
	validations []validation
}

type variable struct {
	name    string
	program cel.Program
}

type validation struct {
	expression, message cel.Program
}

// Load compiles the policy of a name in a file.
func Load(tb testing.TB, file, name string) *Policy {
	tb.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // for tests, which name the file
	if err != nil {
		tb.Fatal(err)
	}
	for _, document := range manifests.Split(tb, text) {
		var policy admissionv1.ValidatingAdmissionPolicy
		if err := yaml.UnmarshalStrict(document, &policy); err != nil {
			tb.Fatal(err)
		}
		if policy.Name == name {
			return compile(tb, &policy.Spec)
		}
	}
	tb.Fatalf("%s has no policy %s", file, name)
	return nil
}

func compile(tb testing.TB, spec *admissionv1.ValidatingAdmissionPolicySpec) *Policy {
	tb.Helper()
	env := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).StoredExpressionsEnv()
	env, err := env.Extend(
		cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType),
		cel.Variable("variables", cel.MapType(cel.StringType, cel.DynType)),
	)
	if err != nil {
		tb.Fatal(err)
	}
	program := func(expression string) cel.Program {
		ast, issues := env.Compile(expression)
		if issues.Err() != nil {
			tb.Fatalf("%v", issues.Err())
		}
		compiled, err := env.Program(ast)
		if err != nil {
			tb.Fatal(err)
		}
		return compiled
	}
	policy := &Policy{}
	for _, v := range spec.Variables {
		policy.variables = append(policy.variables, variable{v.Name, program(v.Expression)})
	}
	for _, v := range spec.Validations {
		policy.validations = append(policy.validations, validation{program(v.Expression), program(v.MessageExpression)})
	}
	return policy
}

// Refusal returns with which message the creation of an object is refused under other
// limits than the policy's own; an empty string if it is not.
func (p *Policy) Refusal(object any, limits map[string]string) (string, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return "", fmt.Errorf("converting the object: %w", err)
	}
	variables := map[string]any{}
	input := map[string]any{"object": content, "oldObject": nil, "variables": variables}
	for _, v := range p.variables {
		value, _, err := v.program.Eval(input)
		if err != nil {
			return "", fmt.Errorf("variable %s: %w", v.name, err)
		}
		if variables[v.name] = value; v.name == "limits" {
			variables[v.name] = limits
		}
	}
	for i, v := range p.validations {
		kept, _, err := v.expression.Eval(input)
		if err != nil {
			return "", fmt.Errorf("validation %d: %w", i, err)
		}
		if kept.Value() == true {
			continue
		}
		message, _, err := v.message.Eval(input)
		if err != nil {
			return "", fmt.Errorf("message %d: %w", i, err)
		}
		return fmt.Sprint(message.Value()), nil
	}
	return "", nil
}
