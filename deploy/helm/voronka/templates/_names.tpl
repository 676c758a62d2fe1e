{{- define "voronka.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "voronka.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "voronka.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "voronka.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What selects every pod of this release; never changes. */}}
{{- define "voronka.selector" -}}
app.kubernetes.io/name: {{ include "voronka.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "voronka.labels" -}}
{{ include "voronka.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: voronka
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "voronka.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* Whether objects of an operator's kind are made: (list . "auto|always|never" "group/version"). */}}
{{- define "voronka.made" -}}
{{- $root := index . 0 }}
{{- if or (eq (index . 1) "always") (and (eq (index . 1) "auto") ($root.Capabilities.APIVersions.Has (index . 2))) }}yes{{ end }}
{{- end }}

{{/*
Every process of every service as a list: what `processes` says of it and what the service says otherwise, with
`service`, `process` and `name`.
*/}}
{{- define "voronka.processes" -}}
{{- $root := . }}
{{- range $service, $of := .Values.services }}
{{- if $of.enabled }}
{{- range $process, $said := mergeOverwrite (deepCopy $root.Values.processes) (deepCopy $of.processes) }}
{{- $base := dict "enabled" true "roles" list "replicas" 1 "settings" dict "hpa" (dict "enabled" false) "keda" (dict "enabled" false) }}
{{- $whole := mergeOverwrite $base $said (dict "service" $service "process" $process "name" (printf "%s-%s-%s" (include "voronka.fullname" $root) $service $process)) }}
{{- if $whole.enabled }}
- {{ toJson $whole }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* How many replicas there are at least. */}}
{{- define "voronka.leastReplicas" -}}
{{- if .hpa.enabled }}{{ .hpa.minReplicas }}{{ else if .keda.enabled }}{{ .keda.minReplicas }}{{ else }}{{ .replicas }}{{ end }}
{{- end }}

{{/* A setting as the text of an environment variable; numbers without exponents. */}}
{{- define "voronka.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end }}
{{- end }}
