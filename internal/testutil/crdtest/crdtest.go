// Package crdtest answers in process what an API server would answer to an object
// of a custom kind: it decodes, prunes, defaults and validates with the API
// server's own code and the generated CRDs, in a millisecond and with no server.
//
// It is for tests only.
package crdtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured/unstructuredscheme"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"sigs.k8s.io/yaml"
)

// Server knows the kinds of the CRDs that it was loaded with. It stores nothing.
// It may be used by several tests at once.
type Server struct {
	kinds map[schema.GroupVersionKind]*kind
}

// kind is one served version of one CRD.
type kind struct {
	schema *structuralschema.Structural
	create rest.RESTCreateUpdateStrategy
	status rest.RESTUpdateStrategy
}

// Load reads every CRD in a directory and checks it as the API server does when it
// is applied, the estimated cost of its rules included.
func Load(dir string) (*Server, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no CRDs in %s", dir)
	}
	scheme := runtime.NewScheme()
	apiextensionsinstall.Install(scheme)

	s := &Server{kinds: map[schema.GroupVersionKind]*kind{}}
	for _, path := range paths {
		if err := s.add(scheme, path); err != nil {
			return nil, fmt.Errorf("loading %s: %w", path, err)
		}
	}
	return s, nil
}

func (s *Server) add(scheme *runtime.Scheme, path string) error {
	data, err := os.ReadFile(path) //nolint:gosec // for tests, which name the file
	if err != nil {
		return err
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(data, &crd); err != nil {
		return err
	}
	scheme.Default(&crd)
	var internal apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&crd, &internal, nil); err != nil {
		return err
	}
	internal.Status.StoredVersions = []string{crd.Spec.Versions[0].Name} // the API server fills it in
	if errs := crdvalidation.ValidateCustomResourceDefinition(context.Background(), &internal); len(errs) > 0 {
		return errs.ToAggregate()
	}
	for i, v := range crd.Spec.Versions {
		gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: v.Name, Kind: crd.Spec.Names.Kind}
		k, err := newKind(gvk, &internal, &internal.Spec.Versions[i], v.SelectableFields)
		if err != nil {
			return fmt.Errorf("version %s: %w", v.Name, err)
		}
		s.kinds[gvk] = k
	}
	return nil
}

func newKind(gvk schema.GroupVersionKind, crd *apiextensions.CustomResourceDefinition, version *apiextensions.CustomResourceDefinitionVersion, selectable []apiextensionsv1.SelectableField) (*kind, error) {
	// Conversion to the internal type moves a schema that all versions share to
	// the top.
	openAPI := version.Schema
	if openAPI == nil {
		openAPI = crd.Spec.Validation
	}
	structural, err := structuralschema.NewStructural(openAPI.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	whole, _, err := validation.NewSchemaValidator(openAPI.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	statusSchema := openAPI.OpenAPIV3Schema.Properties["status"]
	status, _, err := validation.NewSchemaValidator(&statusSchema)
	if err != nil {
		return nil, err
	}
	strategy := customresource.NewStrategy(
		unstructuredscheme.NewUnstructuredObjectTyper(),
		crd.Spec.Scope == apiextensions.NamespaceScoped,
		gvk, whole, status, structural,
		&apiextensions.CustomResourceSubresourceStatus{}, nil, selectable,
	)
	return &kind{
		schema: structural,
		create: strategy,
		status: customresource.NewStatusStrategy(strategy),
	}, nil
}

// Create answers a create of the object that the manifest describes, in the
// namespace that it names or else in "default". Unknown and duplicate fields are
// errors, as they are for kubectl apply. The result is what would be stored.
func (s *Server) Create(manifest []byte) (*unstructured.Unstructured, error) {
	k, obj, err := s.decode(manifest)
	if err != nil {
		return nil, err
	}
	rest.FillObjectMetaSystemFields(obj)
	if err := rest.BeforeCreate(k.create, in(obj), obj); err != nil {
		return nil, err
	}
	return obj, nil
}

// Update answers the replacement of old, which is a result of Create, by the object
// that the manifest describes.
func (s *Server) Update(old *unstructured.Unstructured, manifest []byte) (*unstructured.Unstructured, error) {
	k, obj, err := s.decode(manifest)
	if err != nil {
		return nil, err
	}
	return s.update(k.create, old, obj)
}

// UpdateStatus answers the replacement of the status of old by that of the object
// that the manifest describes.
func (s *Server) UpdateStatus(old *unstructured.Unstructured, manifest []byte) (*unstructured.Unstructured, error) {
	k, obj, err := s.decode(manifest)
	if err != nil {
		return nil, err
	}
	return s.update(k.status, old, obj)
}

func (s *Server) update(strategy rest.RESTUpdateStrategy, old, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	old = old.DeepCopy()
	old.SetResourceVersion("1")
	obj.SetResourceVersion("1")
	if err := rest.BeforeUpdate(strategy, in(obj), obj, old); err != nil {
		return nil, err
	}
	return obj, nil
}

// in returns the context of a request for an object.
func in(obj *unstructured.Unstructured) context.Context {
	return request.WithNamespace(context.Background(), obj.GetNamespace())
}

// decode reads a manifest strictly, prunes it and sets the schema's defaults.
func (s *Server) decode(manifest []byte) (*kind, *unstructured.Unstructured, error) {
	data, err := yaml.YAMLToJSONStrict(manifest)
	if err != nil {
		return nil, nil, apierrors.NewBadRequest("strict decoding error: " + err.Error())
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(data); err != nil {
		return nil, nil, apierrors.NewBadRequest(err.Error())
	}
	k, ok := s.kinds[obj.GroupVersionKind()]
	if !ok {
		return nil, nil, fmt.Errorf("no CRD for %s", obj.GroupVersionKind())
	}
	if obj.GetNamespace() == "" {
		obj.SetNamespace(metav1.NamespaceDefault)
	}
	unknown := pruning.PruneWithOptions(obj.Object, k.schema, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	if len(unknown) > 0 {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("strict decoding error: unknown field %q", strings.Join(unknown, `", "`)))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(obj.Object, k.schema)
	defaulting.Default(obj.Object, k.schema)
	return k, obj, nil
}
