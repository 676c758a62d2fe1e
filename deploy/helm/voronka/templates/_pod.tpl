{{/* What every pod of the chart has in common, under `spec`: the "restricted" standard of Kubernetes. */}}
{{- define "voronka.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ int64 .Values.pods.runAsUser }}
  runAsGroup: {{ int64 .Values.pods.runAsUser }}
  fsGroup: {{ int64 .Values.pods.runAsUser }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.pods.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pods.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pods.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "voronka.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Plain settings of a process, JSON by setting: (dict "root" $ "of" process). */}}
{{- define "voronka.settings" -}}
{{- $root := .root }}{{ $of := .of }}{{ $service := index $root.Values.services $of.service }}
{{- $settings := dict "stop_seconds" 25 }}
{{- if has "api" $of.roles }}{{ $_ := set $settings "drain_seconds" 5 }}{{ end }}
{{- if and $root.Values.services.leads.enabled (has $of.service (list "deals" "automation")) }}
{{- $_ := set $settings "leads_url" (printf "http://%s-leads:%v" (include "voronka.fullname" $root) $root.Values.service.port) }}
{{- end }}
{{- $settings = mergeOverwrite $settings (deepCopy $root.Values.settings) (deepCopy $service.settings) (deepCopy $of.settings) }}
{{- $kafka := $root.Values.kafka }}
{{- $owned := dict "environment" $root.Values.environment "host" "0.0.0.0" "port" 8000 "metrics_port" 9000 "roles" (join "," $of.roles)
      "kafka_bootstrap" $kafka.bootstrapServers "kafka_security_protocol" $kafka.securityProtocol "kafka_replication_factor" $kafka.replicationFactor }}
{{- if hasPrefix "SASL" $kafka.securityProtocol }}
{{- $_ := set $owned "kafka_sasl_mechanism" $kafka.saslMechanism }}
{{- $_ := set $owned "kafka_sasl_username" ($service.kafka.username | default (printf "%s-%s" (include "voronka.fullname" $root) $of.service)) }}
{{- end }}
{{- if $kafka.caSecret }}{{ $_ := set $owned "kafka_ssl_cafile" "/etc/voronka/secrets/kafka_ca.crt" }}{{ end }}
{{- range $setting, $from := $service.files }}
{{- $_ := set $owned $setting (printf "/etc/voronka/files/%s%s" $setting (empty $from.key | ternary "" (printf "/%s" $from.key))) }}
{{- end }}
{{- mergeOverwrite $settings $owned | toJson }}
{{- end }}

{{/* Settings that are secret, each with the Secret and the key it lies under: (dict "root" $ "service" name). */}}
{{- define "voronka.secrets" -}}
{{- $service := index .root.Values.services .service }}
{{- $secrets := deepCopy $service.secrets }}
{{- $_ := set $secrets "database_url" $service.database }}
{{- if hasPrefix "SASL" .root.Values.kafka.securityProtocol }}
{{- $_ := set $secrets "kafka_sasl_password" (dict "existingSecret" $service.kafka.existingSecret "key" $service.kafka.key) }}
{{- end }}
{{- $secrets | toJson }}
{{- end }}

{{/* OpenTelemetry's own variables; without them nothing of it is loaded. */}}
{{- define "voronka.otel" -}}
{{- $otel := .root.Values.otel }}
- {name: OTEL_SERVICE_NAME, value: voronka-{{ .of.service }}}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ $otel.endpoint | quote }}}
- {name: OTEL_EXPORTER_OTLP_PROTOCOL, value: http/protobuf}
- {name: OTEL_TRACES_SAMPLER, value: {{ $otel.sampler }}}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ $otel.samplerArg | quote }}}
- {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME),k8s.deployment.name={{ .of.name }}
    {{- range $name, $value := $otel.resourceAttributes }},{{ $name }}={{ $value }}{{ end }}
{{- with $otel.headers.existingSecret }}
- {name: OTEL_EXPORTER_OTLP_HEADERS, valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $otel.headers.key }}}}}
{{- end }}
{{- end }}
