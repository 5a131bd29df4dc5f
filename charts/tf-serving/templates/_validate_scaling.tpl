{{/* Scaling that the API server or KEDA would refuse, or that would do nothing. */}}
{{- define "tf-serving.wrongScaling" -}}
{{- $wrong := list -}}
{{- $scaling := .Values.scaling -}}
{{- $kind := ($scaling.source | default dict).kind -}}
{{- $isOfKeda := eq (toString $kind) "keda" -}}
{{- if and $scaling.max (gt (int64 $scaling.min) (int64 $scaling.max)) -}}
{{- $wrong = append $wrong "scaling.min: is more than scaling.max" -}}
{{- end -}}
{{- $names := list -}}
{{- $hasExternal := false -}}
{{- range $scaling.metrics -}}
{{- $kinds := omit . "container" "percentile" | keys | sortAlpha | join "" -}}
{{- if .external -}}
{{- $hasExternal = true -}}
{{- $kinds = printf "external %s" .external.name -}}
{{- else if or .containerCpu .containerMemory -}}
{{- $kinds = printf "%s of %s" $kinds (.container | default "model-server") -}}
{{- end -}}
{{- $names = append $names $kinds -}}
{{- end -}}
{{- if ne (len $names) (len (uniq $names)) -}}
{{- $wrong = append $wrong "scaling.metrics: each kind once" -}}
{{- end -}}
{{- if and $scaling.wake (or (not $isOfKeda) (gt (int64 $scaling.min) 0)) -}}
{{- $wrong = append $wrong "scaling.wake: needs scaling.source.kind keda, and min: 0" -}}
{{- end -}}
{{- if and $scaling.max (eq (int64 $scaling.min) 0) -}}
{{- if not (or $scaling.wake $hasExternal) -}}
{{- $wrong = append $wrong "scaling.min: is 0, and nothing could start the first pod; give wake (with source.kind keda) or an external metric, or write at least 1" -}}
{{- else if and (not $isOfKeda) (semverCompare "<1.37-0" .Capabilities.KubeVersion.Version) -}}
{{- $wrong = append $wrong "scaling.min: is 0, which a HorizontalPodAutoscaler takes since Kubernetes 1.37; write 1, or take source.kind keda" -}}
{{- end -}}
{{- end -}}
{{- if and $scaling.schedules (not $isOfKeda) -}}
{{- $wrong = append $wrong "scaling.schedules: needs scaling.source.kind keda; a HorizontalPodAutoscaler does not know the time" -}}
{{- end -}}
{{- range $scaling.schedules -}}
{{- if eq .start .end -}}
{{- $wrong = append $wrong "scaling.schedules: one ends when it starts; KEDA refuses a schedule of no length" -}}
{{- end -}}
{{- if le (int64 .min) (int64 $scaling.min) -}}
{{- $wrong = append $wrong "scaling.schedules: min is no more than scaling.min, so that it would do nothing" -}}
{{- end -}}
{{- if and $scaling.max (gt (int64 .min) (int64 $scaling.max)) -}}
{{- $wrong = append $wrong "scaling.schedules: min is more than scaling.max" -}}
{{- end -}}
{{- end -}}
{{- range $key := list "scaleUp" "scaleDown" -}}
{{- $pace := get $scaling.behavior $key | default dict -}}
{{- range $pace.policies -}}
{{- if eq (hasKey . "pods") (hasKey . "percent") -}}
{{- $wrong = append $wrong (printf "scaling.behavior.%s: each policy has either pods or percent" $key) -}}
{{- end -}}
{{- end -}}
{{- if and (eq (toString $pace.select) "disabled") (or $pace.policies (hasKey $pace "tolerancePercent")) -}}
{{- $wrong = append $wrong (printf "scaling.behavior.%s: is disabled; policies and tolerancePercent have no effect" $key) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Metrics that nobody could answer for, and a source that does not have what it needs. */}}
{{- define "tf-serving.wrongSource" -}}
{{- $wrong := list -}}
{{- $scaling := .Values.scaling -}}
{{- $source := $scaling.source | default dict -}}
{{- $kind := toString $source.kind -}}
{{- $asks := not (empty $scaling.wake) -}}
{{- $counted := false -}}
{{- range $scaling.metrics -}}
{{- if include "tf-serving.serverMetric" . -}}
{{- $counted = true -}}
{{- end -}}
{{- with .external -}}
{{- $asks = true -}}
{{- if eq (hasKey . "averageValue") (hasKey . "value") -}}
{{- $wrong = append $wrong (printf "scaling.metrics: external %s needs either averageValue (for each pod) or value (as a whole)" .name) -}}
{{- end -}}
{{- if and (eq $kind "keda") (not .query) -}}
{{- $wrong = append $wrong (printf "scaling.metrics: external %s needs a query; keda asks Prometheus" .name) -}}
{{- else if and (eq $kind "keda") .selector -}}
{{- $wrong = append $wrong (printf "scaling.metrics: external %s takes no selector with keda; write it into the query" .name) -}}
{{- else if and (ne $kind "keda") .query -}}
{{- $wrong = append $wrong (printf "scaling.metrics: external %s takes a query with scaling.source.kind keda alone" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $asks = or $asks $counted -}}
{{- if and $counted (not $scaling.source) -}}
{{- $wrong = append $wrong "scaling.source: is missing; say who collects what the server counts, as {kind: keda, server: http://prometheus.monitoring:9090}" -}}
{{- end -}}
{{- if and $counted (not .Values.serving.monitoring) -}}
{{- $wrong = append $wrong "serving.monitoring: must be true; scaling.metrics has what the server counts" -}}
{{- end -}}
{{- if $scaling.source -}}
{{- if and (ne $kind "keda") (or $source.server $source.project) -}}
{{- $wrong = append $wrong (printf "scaling.source: server and project need kind keda; %s says itself whom it asks" $kind) -}}
{{- end -}}
{{- if and (ne $kind "keda") (not $asks) -}}
{{- $wrong = append $wrong (printf "scaling.source: has no effect; no metric needs %s" $kind) -}}
{{- end -}}
{{- if and $source.server $source.project -}}
{{- $wrong = append $wrong "scaling.source: takes server or project, not both" -}}
{{- end -}}
{{- if and (eq $kind "keda") $asks (not (or $source.server $source.project)) -}}
{{- $wrong = append $wrong "scaling.source: needs server, the address of a Prometheus, or project, whose managed one is asked" -}}
{{- end -}}
{{- if and (eq $kind "prometheus-adapter") $source.intervalSeconds -}}
{{- $wrong = append $wrong "scaling.source.intervalSeconds: has no effect with prometheus-adapter; it asks when the autoscaler does" -}}
{{- end -}}
{{- if and $source.cluster (ne $kind "gke") -}}
{{- $wrong = append $wrong "scaling.source.cluster: needs kind gke" -}}
{{- end -}}
{{- if and $counted (or (eq $kind "gke") $source.project) (ne (include "tf-serving.scrape" .) "podMonitoring") -}}
{{- $wrong = append $wrong "serving.podMonitoring: must be true; managed Prometheus collects nothing without it" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
