{{/* How Prometheus finds the pods, once nothing is automatic. A chart knows no cluster, so that auto means annotations. */}}
{{- define "tf-serving.scrape" -}}
{{- $said := .Values.monitoring.scrape -}}
{{- if ne $said "auto" -}}
{{- $said -}}
{{- else if .Values.serving.podMonitoring -}}
podMonitoring
{{- else if .Values.serving.monitoring -}}
annotations
{{- else -}}
none
{{- end -}}
{{- end -}}

{{/* What a Prometheus that goes by annotations looks for on the pods, as JSON. */}}
{{- define "tf-serving.scrapeAnnotations" -}}
{{- $found := dict -}}
{{- if eq (include "tf-serving.scrape" .) "annotations" -}}
{{- $found = dict
  "prometheus.io/scrape" "true"
  "prometheus.io/path" (include "tf-serving.constants" . | fromJson).metricsPath
  "prometheus.io/port" (include "tf-serving.serverPort" (dict "root" . "port" "rest")) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Collection of metrics that there are not, and rules that the chart cannot compute. */}}
{{- define "tf-serving.wrongMonitoring" -}}
{{- $wrong := list -}}
{{- $scrape := include "tf-serving.scrape" . -}}
{{- if and .Values.serving.podMonitoring (ne $scrape "podMonitoring") -}}
{{- $wrong = append $wrong (printf "monitoring.scrape: is %s, and serving.podMonitoring is true; leave one of the two out" $scrape) -}}
{{- end -}}
{{- if and (ne $scrape "none") (not .Values.serving.monitoring) -}}
{{- $wrong = append $wrong (printf "%s: needs monitoring: true, without which the server has no metrics" (ternary "serving.podMonitoring" "monitoring.scrape" (eq .Values.monitoring.scrape "auto"))) -}}
{{- end -}}
{{- if and (eq $scrape "serviceMonitor") (not (has "rest" .Values.expose.ports)) -}}
{{- $wrong = append $wrong "monitoring.scrape: serviceMonitor needs rest in expose.ports, where the server has its metrics; podMonitor does without" -}}
{{- end -}}
{{- $applies := and .Values.monitoring.alerts (has $scrape (list "podMonitor" "serviceMonitor" "podMonitoring")) -}}
{{- if and .Values.monitoring.objective $applies (not .Values.monitoring.ruleGroups) -}}
{{- $wrong = append $wrong "monitoring.ruleGroups: is missing; a chart does not compute the rules of an objective: tfk8s render --format helm writes them, or leave objective out" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
