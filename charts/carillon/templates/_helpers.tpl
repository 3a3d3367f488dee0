{{/*
The name that those of all objects begin with: carillon, or the release's if it is called otherwise.
*/}}
{{- define "carillon.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
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
{{- $_ := set . "name" (include "carillon.rename" (dict "root" $root "name" .name)) }}
{{- $_ := set . "namespace" $root.Release.Namespace }}
{{- end }}
{{- toYaml $object }}
{{- end }}

{{- define "carillon.rename" -}}
{{ regexReplaceAll "^carillon-" .name (printf "%s-" (include "carillon.name" .root)) }}
{{- end }}
