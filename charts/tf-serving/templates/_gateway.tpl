{{/* Whether the release has a Gateway or routes; whether the Gateway is its own. Empty for no. */}}
{{- define "tf-serving.hasGateway" -}}
{{- if eq .Values.expose.type "Gateway" -}}yes{{- end -}}
{{- end -}}

{{- define "tf-serving.makesGateway" -}}
{{- if and (eq .Values.expose.type "Gateway") (not .Values.expose.gateway.name) -}}yes{{- end -}}
{{- end -}}

{{/* The Gateway, and its listener, that a route joins. */}}
{{- define "tf-serving.parentRef" -}}
{{- $gateway := .Values.expose.gateway -}}
{{- if $gateway.name -}}
name: {{ $gateway.name | quote }}
{{- with $gateway.namespace }}
namespace: {{ . | quote }}
{{- end }}
{{- with $gateway.sectionName }}
sectionName: {{ . | quote }}
{{- end }}
{{- else -}}
name: {{ .Release.Name | quote }}
sectionName: {{ ternary "https" "http" (not (empty (include "tf-serving.certificate" . | fromJson))) }}
{{- end -}}
{{- end -}}

{{/* TLS of the HTTPS listener; empty where an annotation names the certificate. */}}
{{- define "tf-serving.listenerTls" -}}
{{- $certificate := include "tf-serving.certificate" . | fromJson -}}
{{- if not $certificate.certificateMap -}}
mode: Terminate
{{- with $certificate.secretName }}
certificateRefs:
  - kind: Secret
    name: {{ . | quote }}
{{- end }}
{{- with $certificate.preSharedCertificates }}
options:
  networking.gke.io/pre-shared-certs: {{ join "," . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Names for gRPC, a JSON list. */}}
{{- define "tf-serving.grpcHosts" -}}
{{- if .Values.expose.grpcHost -}}
{{- list .Values.expose.grpcHost | toJson -}}
{{- else -}}
{{- include "tf-serving.hosts" . -}}
{{- end -}}
{{- end -}}

{{/* Paths of REST requests, as matches: each model by its name; all of them when a rule cannot take so many. */}}
{{- define "tf-serving.restMatches" -}}
{{- $models := include "tf-serving.models" . | fromJsonArray -}}
{{- if gt (mul 4 (len $models)) 64 -}}
- path:
    type: PathPrefix
    value: /v1/models
{{- else -}}
{{- range $model := $models }}
- path:
    type: PathPrefix
    value: {{ printf "/v1/models/%s" $model.name | quote }}
{{- /* A prefix ends at a slash, so the calls on the model itself need their own. */}}
{{- range $call := list "predict" "classify" "regress" }}
- path:
    type: Exact
    value: {{ printf "/v1/models/%s:%s" $model.name $call | quote }}
{{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Whether Envoy Gateway serves the Gateway, by the name of its class. Empty for no. */}}
{{- define "tf-serving.isEnvoyGateway" -}}
{{- $envoy := (include "tf-serving.constants" . | fromJson).envoyGateway -}}
{{- $class := .Values.expose.gateway.className | default "" -}}
{{- if and (include "tf-serving.hasGateway" .) (or (eq $class $envoy.class) (contains $envoy.word $class)) -}}yes{{- end -}}
{{- end -}}

{{/* What clients must show, as JSON; empty for nothing. */}}
{{- define "tf-serving.auth" -}}
{{- if kindIs "map" .Values.expose.auth -}}
{{- .Values.expose.auth | toJson -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{/* The routes of predictions, as a policy of Envoy Gateway names them. */}}
{{- define "tf-serving.routeRefs" -}}
{{- if has "rest" .Values.expose.ports }}
- group: gateway.networking.k8s.io
  kind: HTTPRoute
  name: {{ .Release.Name | quote }}
{{- end }}
{{- if has "grpc" .Values.expose.ports }}
- group: gateway.networking.k8s.io
  kind: GRPCRoute
  name: {{ .Release.Name | quote }}
{{- end }}
{{- end -}}
