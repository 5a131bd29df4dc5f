{{/*
What stands in front of the Service, and what it asks of the objects behind it, as JSON: isGkeIngress, isGkeGateway,
annotations of the Service, protocols of its ports, ranges that the front calls from, drainSeconds until it has
forgotten a pod that is deleted.
*/}}
{{- define "tf-serving.front" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $expose := .Values.expose -}}
{{- $isGkeIngress := and (eq $expose.type "Ingress") (has $expose.ingress.className $constants.gke.ingressClasses) -}}
{{- $isGkeGateway := and (eq $expose.type "Gateway") (hasPrefix $constants.gke.gatewayPrefix ($expose.gateway.className | default "")) -}}
{{- $front := dict "isGkeIngress" $isGkeIngress "isGkeGateway" $isGkeGateway "annotations" dict "protocols" dict "ranges" list "drainSeconds" 0 -}}
{{- if or $isGkeIngress $isGkeGateway -}}
{{- $_ := set $front "ranges" $constants.gke.proxyRanges -}}
{{- $_ := set $front "drainSeconds" $constants.gke.drainSeconds -}}
{{- end -}}
{{- if $isGkeIngress -}}
{{- $_ := set $front "annotations" (dict
  "cloud.google.com/neg" "{\"ingress\": true}"
  "cloud.google.com/backend-config" (printf "{\"default\": %q}" .Release.Name)) -}}
{{- else if eq $expose.type "Gateway" -}}
{{- $_ := set $front "protocols" (dict "grpc" "kubernetes.io/h2c") -}}
{{- else if and (eq $expose.type "LoadBalancer") $expose.addressName -}}
{{- $_ := set $front "annotations" (dict "networking.gke.io/load-balancer-ip-addresses" $expose.addressName) -}}
{{- end -}}
{{- toJson $front -}}
{{- end -}}

{{/* Names under which REST is reached, a JSON list; empty for every name. */}}
{{- define "tf-serving.hosts" -}}
{{- if .Values.expose.host -}}
{{- list .Values.expose.host | toJson -}}
{{- else -}}
{{- .Values.expose.hosts | toJson -}}
{{- end -}}
{{- end -}}

{{/* Where the certificate comes from, as JSON; empty for plain HTTP. */}}
{{- define "tf-serving.certificate" -}}
{{- if kindIs "map" .Values.expose.tls -}}
{{- .Values.expose.tls | toJson -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{/* Ports that the Service offers, sorted. A JSON list. */}}
{{- define "tf-serving.ports" -}}
{{- .Values.expose.ports | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* Where the server in the pods listens. Takes a dict: root, port. */}}
{{- define "tf-serving.serverPort" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- get .root.Values.existing.serverPorts .port | default (get $constants.ports .port) | int64 -}}
{{- end -}}

{{/* The number that clients of the Service use. Takes a dict: root, port. */}}
{{- define "tf-serving.servicePort" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- get .root.Values.expose.servicePorts .port | default (get $constants.ports .port) | int64 -}}
{{- end -}}

{{/* The name of the Service's port, empty for none. Takes a dict: root, port. */}}
{{- define "tf-serving.servicePortName" -}}
{{- $names := .root.Values.existing.portNames -}}
{{- ternary (get $names .port) .port (hasKey $names .port) -}}
{{- end -}}

{{/* A peer of the NetworkPolicy. */}}
{{- define "tf-serving.peer" -}}
{{- if .cidr -}}
{{- dict "ipBlock" (dict "cidr" .cidr) | toJson -}}
{{- else -}}
{{- $peer := dict -}}
{{- with .namespace -}}
{{- $_ := set $peer "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .)) -}}
{{- end -}}
{{- if or .podLabels (not .namespace) -}}
{{- $_ := set $peer "podSelector" (dict "matchLabels" (include "tf-serving.texts" .podLabels | fromJson)) -}}
{{- end -}}
{{- toJson $peer -}}
{{- end -}}
{{- end -}}
