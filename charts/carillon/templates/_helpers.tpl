{{/*
The name that those of all objects begin with: carillon, or the release's if it is called otherwise.
The Service NAME-manager-metrics may have 63 characters.
*/}}
{{- define "carillon.name" -}}
{{- $chart := .Values.nameOverride | default .Chart.Name }}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) }}
{{- .Values.fullnameOverride | default $name | trunc 47 | trimSuffix "-" }}
{{- end }}

{{/*
The name of the managers' ServiceAccount.
*/}}
{{- define "carillon.account" -}}
{{- .Values.serviceAccount.name | default (printf "%s-manager" (include "carillon.name" .)) }}
{{- end }}

{{/*
The managers' image.
*/}}
{{- define "carillon.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/*
What Pods of the manager are selected by.
*/}}
{{- define "carillon.selector" -}}
app.kubernetes.io/name: carillon
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: manager
{{- end }}

{{/*
Labels that every object has, besides its own.
*/}}
{{- define "carillon.labels" -}}
app.kubernetes.io/name: carillon
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{/*
Whether a part is installed that lockdown includes: "true" or nothing. It is given the root
context and the name of the value.
*/}}
{{- define "carillon.locked" -}}
{{- if or .root.Values.lockdown (index .root.Values .part).enabled }}true{{ end -}}
{{- end }}

{{/*
The limits of the admission policy, given its values.
*/}}
{{- define "carillon.limits" -}}
{'minimumInterval': '{{ .minimumInterval }}', 'minimumBackoff': '{{ .minimumBackoff }}', 'maximumInstances': '{{ .maximumInstances }}', 'maximumTriggers': '{{ .maximumTriggers }}', 'maximumWorkers': '{{ .maximumWorkers }}',
'actions': '{{ join " " .actions }}', 'executors': '{{ join " " .executors }}'}
{{- end }}

{{/*
The policies in a folder of components, and their bindings, for the manager of this release.
It is given a dictionary of
  root: the root context
  folder: the folder
  watched: the part of the names of bindings that hold in the watched namespaces alone
*/}}
{{- define "carillon.policies" -}}
{{- $root := .root }}
{{- $watched := .watched }}
{{- $manager := printf "system:serviceaccount:%s:%s" $root.Release.Namespace (include "carillon.account" $root) }}
{{- range $file := list "policy.yaml" "binding.yaml" }}
{{- $text := $root.Files.Get (printf "files/components/%s/%s" $.folder $file) }}
{{- $text = $text | replace "system:serviceaccount:carillon-system:carillon-manager" $manager | replace "'carillon-system'" (squote $root.Release.Namespace) }}
{{- range $document := regexSplit "(?m)^---$" $text -1 }}
{{- $object := fromYaml $document }}
{{- with $object.spec.policyName }}
{{- if and $root.Values.watchNamespaces (contains $watched .) }}
{{- $in := list (dict "key" "kubernetes.io/metadata.name" "operator" "In" "values" $root.Values.watchNamespaces) }}
{{- $_ := set $object.spec "matchResources" (dict "namespaceSelector" (dict "matchExpressions" $in)) }}
{{- end }}
{{- $_ := set $object.spec "policyName" (include "carillon.rename" (dict "root" $root "name" .)) }}
{{- end }}
{{- range $object.spec.variables }}
{{- if eq .name "limits" }}
{{- $_ := set . "expression" (include "carillon.limits" $root.Values.admissionPolicy) }}
{{- end }}
{{- end }}
---
{{ include "carillon.adopt" (dict "root" $root "object" $object) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The objects in a file of config/, of which there is a copy in files/, with the names, the
namespace and the labels of this release. It is given a dictionary of
  root: the root context
  file: the path in files/
  kinds: the kinds that are wanted; left out, all
*/}}
{{- define "carillon.objects" -}}
{{- $root := .root }}
{{- $kinds := .kinds }}
{{- range $text := regexSplit "(?m)^---$" ($root.Files.Get (printf "files/%s" .file)) -1 }}
{{- $object := fromYaml $text }}
{{- if and $object.kind (or (not $kinds) (has $object.kind $kinds)) }}
---
{{ include "carillon.adopt" (dict "root" $root "object" $object) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
An object of config/ as one of this release.
*/}}
{{- define "carillon.adopt" -}}
{{- $root := .root }}
{{- $object := .object }}
{{- $labels := merge (include "carillon.labels" $root | fromYaml) ($object.metadata.labels | default dict) }}
{{- $_ := set $object.metadata "labels" $labels }}
{{- $_ := set $object.metadata "name" (include "carillon.rename" (dict "root" $root "name" $object.metadata.name)) }}
{{- if eq ($object.metadata.namespace | default "") "carillon-system" }}
{{- $_ := set $object.metadata "namespace" $root.Release.Namespace }}
{{- end }}
{{- with $object.roleRef }}
{{- $_ := set . "name" (include "carillon.rename" (dict "root" $root "name" .name)) }}
{{- end }}
{{- range $object.subjects }}
{{- $_ := set . "name" (include "carillon.account" $root) }}
{{- $_ := set . "namespace" $root.Release.Namespace }}
{{- end }}
{{- toYaml $object }}
{{- end }}

{{- define "carillon.rename" -}}
{{ regexReplaceAll "^carillon-" .name (printf "%s-" (include "carillon.name" .root)) }}
{{- end }}
