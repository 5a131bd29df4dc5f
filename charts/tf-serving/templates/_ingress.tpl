{{/* What the controller of the Ingress needs to be told, as JSON; controllers are known by a word in the class. */}}
{{- define "tf-serving.ingressAnnotations" -}}
{{- $class := .Values.expose.ingress.className | default "" -}}
{{- if (include "tf-serving.front" . | fromJson).isGkeIngress -}}
{{- include "tf-serving.gkeIngressAnnotations" . -}}
{{- else if contains "nginx" $class -}}
{{- include "tf-serving.nginxAnnotations" . -}}
{{- else if contains "contour" $class -}}
{{- include "tf-serving.contourAnnotations" . -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{/* Limits that fit the model; the controller's own are 1 MB of body and 60 s. */}}
{{- define "tf-serving.nginxAnnotations" -}}
{{- $timeout := include "tf-serving.frontTimeoutSeconds" . -}}
{{- $bytes := include "tf-serving.units" (dict "quantity" .Values.expose.maxRequestSize "times" 1) | int64 -}}
{{- $annotations := dict
  "nginx.ingress.kubernetes.io/proxy-body-size" (printf "%dm" (div (add $bytes 1048575) 1048576))
  "nginx.ingress.kubernetes.io/proxy-read-timeout" $timeout
  "nginx.ingress.kubernetes.io/proxy-send-timeout" $timeout -}}
{{- if include "tf-serving.certificate" . | fromJson -}}
{{- $_ := set $annotations "nginx.ingress.kubernetes.io/ssl-redirect" "true" -}}
{{- end -}}
{{- toJson $annotations -}}
{{- end -}}

{{/* Plain HTTP is served beside HTTPS, and answers are cut after 15 s, unless it is told otherwise. */}}
{{- define "tf-serving.contourAnnotations" -}}
{{- $annotations := dict "projectcontour.io/response-timeout" (printf "%ss" (include "tf-serving.frontTimeoutSeconds" .)) -}}
{{- if include "tf-serving.certificate" . | fromJson -}}
{{- $_ := set $annotations "ingress.kubernetes.io/force-ssl-redirect" "true" -}}
{{- end -}}
{{- toJson $annotations -}}
{{- end -}}

{{/* GKE reads the class from an annotation and not from the field; its internal balancers cannot redirect. */}}
{{- define "tf-serving.gkeIngressAnnotations" -}}
{{- $expose := .Values.expose -}}
{{- $certificate := include "tf-serving.certificate" . | fromJson -}}
{{- $isExternal := eq $expose.ingress.className "gce" -}}
{{- $annotations := dict "kubernetes.io/ingress.class" $expose.ingress.className -}}
{{- if $certificate.managed -}}
{{- $_ := set $annotations "networking.gke.io/managed-certificates" .Release.Name -}}
{{- end -}}
{{- with $certificate.preSharedCertificates -}}
{{- $_ := set $annotations "ingress.gcp.kubernetes.io/pre-shared-cert" (join "," .) -}}
{{- end -}}
{{- if and $certificate $isExternal -}}
{{- $_ := set $annotations "networking.gke.io/v1beta1.FrontendConfig" .Release.Name -}}
{{- else if $certificate -}}
{{- $_ := set $annotations "kubernetes.io/ingress.allow-http" "false" -}}
{{- end -}}
{{- with $expose.addressName -}}
{{- $_ := set $annotations (printf "kubernetes.io/ingress.%s-static-ip-name" (ternary "global" "regional" $isExternal)) . -}}
{{- end -}}
{{- toJson $annotations -}}
{{- end -}}

{{/* How often a load balancer of GKE asks: as often as the readiness probe, and as patiently. */}}
{{- define "tf-serving.gkeHealthCheckTimes" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
checkIntervalSec: {{ $constants.readinessPeriodSeconds }}
timeoutSec: {{ $constants.probeTimeoutSeconds }}
healthyThreshold: 1
unhealthyThreshold: {{ $constants.readinessFailures }}
{{- end -}}

{{/* What a BackendConfig says of Identity-Aware Proxy, as JSON; empty for nothing, which leaves it as it is. */}}
{{- define "tf-serving.ingressIap" -}}
{{- $auth := include "tf-serving.auth" . | fromJson -}}
{{- if hasKey $auth "iap" -}}
{{- $iap := dict "enabled" true -}}
{{- with ($auth.iap | default dict).secretName -}}
{{- $_ := set $iap "oauthclientCredentials" (dict "secretName" .) -}}
{{- end -}}
{{- toJson $iap -}}
{{- else if and (eq (toString .Values.expose.auth) "none") (eq (.Values.expose.ingress.className | default "") "gce") -}}
{{- dict "enabled" false | toJson -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}
