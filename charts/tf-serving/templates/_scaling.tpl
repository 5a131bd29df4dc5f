{{/* Who knows the server's metrics: keda, prometheus-adapter or gke; empty where nobody is asked for them. */}}
{{- define "tf-serving.sourceKind" -}}
{{- if .Values.scaling.max -}}{{- (.Values.scaling.source | default dict).kind | default "" -}}{{- end -}}
{{- end -}}

{{/* The metrics with CPU last, where the API server keeps it: another order would never be in sync; as JSON. */}}
{{- define "tf-serving.orderedMetrics" -}}
{{- $first := list -}}
{{- $last := list -}}
{{- range .Values.scaling.metrics -}}
{{- if .cpu -}}
{{- $last = append $last . -}}
{{- else -}}
{{- $first = append $first . -}}
{{- end -}}
{{- end -}}
{{- concat $first $last | toJson -}}
{{- end -}}

{{/* Which of the metrics of the server it is; empty for another metric. */}}
{{- define "tf-serving.serverMetric" -}}
{{- range $kind := list "requestsPerSecond" "inFlight" "latencyMilliseconds" -}}
{{- if hasKey $ $kind -}}{{- $kind -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Thousandths that an amount such as 0.5, 500m or 2k has. */}}
{{- define "tf-serving.thousandths" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $text := include "tf-serving.text" . -}}
{{- $number := regexFind "^[0-9.]+" $text | float64 -}}
{{- $factor := get $constants.quantityFactors (regexFind "[A-Za-z]*$" $text) -}}
{{- round (mulf $number $factor 1000) 0 | printf "%.0f" -}}
{{- end -}}

{{/* An amount as the API server writes it: 2500m and not 2.5. Text stays as it is. */}}
{{- define "tf-serving.amount" -}}
{{- if kindIs "string" . -}}
{{- . -}}
{{- else -}}
{{- $thousandths := include "tf-serving.thousandths" . | int64 -}}
{{- if mod $thousandths 1000 -}}
{{- printf "%dm" $thousandths -}}
{{- else if mod $thousandths 1000000 -}}
{{- printf "%d" (div $thousandths 1000) -}}
{{- else -}}
{{- printf "%dk" (div $thousandths 1000000) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* An amount as a plain number, which KEDA reads: 2.5 and not 2500m. */}}
{{- define "tf-serving.plainAmount" -}}
{{- $thousandths := include "tf-serving.thousandths" . | int64 -}}
{{- printf "%d.%03d" (div $thousandths 1000) (mod $thousandths 1000) | trimSuffix "0" | trimSuffix "0" | trimSuffix "0" | trimSuffix "." -}}
{{- end -}}

{{/* How fast, in one direction, as JSON. Takes a dict: root, key (scaleUp or scaleDown), usual (policies). */}}
{{- define "tf-serving.pace" -}}
{{- $behavior := .root.Values.scaling.behavior -}}
{{- $pace := get $behavior .key | default dict -}}
{{- $policies := list -}}
{{- range $pace.policies -}}
{{- $type := ternary "Pods" "Percent" (hasKey . "pods") -}}
{{- $policies = append $policies (dict "type" $type "value" (.pods | default .percent | int64) "periodSeconds" (int64 .seconds)) -}}
{{- end -}}
{{- $found := dict
  "stabilizationWindowSeconds" (get $behavior (printf "%sWindowSeconds" .key) | int64)
  "selectPolicy" ($pace.select | default "max" | title)
  "policies" ($policies | default .usual) -}}
{{- /* Off by default before 1.35; the API server would drop it, and the objects would never be in sync. */ -}}
{{- if and (hasKey $pace "tolerancePercent") (semverCompare ">=1.35-0" .root.Capabilities.KubeVersion.Version) -}}
{{- $percent := int64 $pace.tolerancePercent -}}
{{- $_ := set $found "tolerance" (ternary (div $percent 100 | toString) (printf "%dm" (mul $percent 10)) (or (eq $percent 0) (eq $percent 100))) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Both directions. */}}
{{- define "tf-serving.behavior" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $up := int64 $constants.scaleUpPeriodSeconds -}}
{{- $down := int64 $constants.scaleDownPeriodSeconds -}}
{{- $usualUp := list (dict "type" "Pods" "value" 2 "periodSeconds" $up) (dict "type" "Percent" "value" 100 "periodSeconds" $up) -}}
{{- $usualDown := list (dict "type" "Pods" "value" 1 "periodSeconds" $down) (dict "type" "Percent" "value" 50 "periodSeconds" $down) -}}
# At most double, or two pods more, at a time unless said otherwise: pods burn CPU while they start, which must not call
# for still more.
scaleUp:
  {{- include "tf-serving.pace" (dict "root" . "key" "scaleUp" "usual" $usualUp) | fromJson | toYaml | nindent 2 }}
# At most half of the pods at a time unless said otherwise: a new pod has to load its model again.
scaleDown:
  {{- include "tf-serving.pace" (dict "root" . "key" "scaleDown" "usual" $usualDown) | fromJson | toYaml | nindent 2 }}
{{- end -}}

{{/* One metric of a HorizontalPodAutoscaler, as JSON. Takes a dict: root, metric. */}}
{{- define "tf-serving.metric" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $metric := .metric -}}
{{- $server := include "tf-serving.serverMetric" $metric -}}
{{- $found := dict -}}
{{- if or $metric.cpu $metric.memory -}}
{{- $target := dict "type" "Utilization" "averageUtilization" ($metric.cpu | default $metric.memory | int64) -}}
{{- $found = dict "type" "Resource" "resource" (dict "name" (ternary "cpu" "memory" (hasKey $metric "cpu")) "target" $target) -}}
{{- else if or $metric.containerCpu $metric.containerMemory -}}
{{- $target := dict "type" "Utilization" "averageUtilization" ($metric.containerCpu | default $metric.containerMemory | int64) -}}
{{- $name := ternary "cpu" "memory" (hasKey $metric "containerCpu") -}}
{{- $found = dict "type" "ContainerResource" "containerResource" (dict "name" $name "container" ($metric.container | default $constants.serverContainer) "target" $target) -}}
{{- else if $server -}}
{{- $amount := include "tf-serving.amount" (get $metric $server) -}}
{{- $target := dict "type" "AverageValue" "averageValue" $amount -}}
{{- if eq $server "latencyMilliseconds" -}}
{{- $target = dict "type" "Value" "value" (get $metric $server | int64 | toString) -}}
{{- end -}}
{{- $named := include "tf-serving.recordedMetric" . | fromJson -}}
{{- $found = dict "type" "External" "external" (dict "metric" $named "target" $target) -}}
{{- else -}}
{{- $external := $metric.external -}}
{{- $named := dict "name" $external.name -}}
{{- with $external.selector -}}
{{- $_ := set $named "selector" (dict "matchLabels" (include "tf-serving.texts" . | fromJson)) -}}
{{- end -}}
{{- $target := dict "type" "Value" "value" (include "tf-serving.amount" $external.value) -}}
{{- if hasKey $external "averageValue" -}}
{{- $target = dict "type" "AverageValue" "averageValue" (include "tf-serving.amount" $external.averageValue) -}}
{{- end -}}
{{- $found = dict "type" "External" "external" (dict "metric" $named "target" $target) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Name and labels of a metric of the server, as its source gives it, as JSON. Takes a dict: root, metric. */}}
{{- define "tf-serving.recordedMetric" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $server := include "tf-serving.serverMetric" .metric -}}
{{- $recorded := get $constants.scaling.recorded $server -}}
{{- $source := .root.Values.scaling.source -}}
{{- $release := .root.Release -}}
{{- if eq $source.kind "gke" -}}
{{- $labels := dict "metric.labels.service" $release.Name "resource.labels.namespace" $release.Namespace -}}
{{- with $source.cluster -}}
{{- $_ := set $labels "resource.labels.cluster" .name -}}
{{- $_ := set $labels "resource.labels.location" .location -}}
{{- end -}}
{{- dict "name" (printf "prometheus.googleapis.com|%s|gauge" $recorded) "selector" (dict "matchLabels" $labels) | toJson -}}
{{- else -}}
{{- $scope := include "tf-serving.queryScope" .root | fromJson -}}
{{- $labels := dict "namespace" $release.Namespace "service" (include "tf-serving.deploymentName" .root) "window" $scope.window -}}
{{- if eq $server "latencyMilliseconds" -}}
{{- $_ := set $labels "percentile" (.metric.percentile | default 95 | int64 | toString) -}}
{{- end -}}
{{- $models := list -}}
{{- range include "tf-serving.models" .root | fromJsonArray -}}
{{- $models = append $models .name -}}
{{- end -}}
{{- $selector := dict "matchLabels" $labels "matchExpressions" (list (dict "key" "model" "operator" "In" "values" $models)) -}}
{{- dict "name" $recorded "selector" $selector | toJson -}}
{{- end -}}
{{- end -}}

{{/* Seconds without demand before the last pod goes; no less than one may take to start. */}}
{{- define "tf-serving.idleSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $idle := (.Values.scaling.wake | default dict).idleSeconds | default "auto" -}}
{{- if include "tf-serving.isAuto" $idle -}}
{{- max $constants.scaling.leastIdleSeconds (include "tf-serving.startupSeconds" . | int64) -}}
{{- else -}}
{{- int64 $idle -}}
{{- end -}}
{{- end -}}

{{/* The triggers of a ScaledObject, as a JSON list: what wakes the service, floors by the time, and the metrics. */}}
{{- define "tf-serving.triggers" -}}
{{- $root := . -}}
{{- $scaling := .Values.scaling -}}
{{- $triggers := list -}}
{{- with $scaling.wake -}}
{{- $asked := dict "root" $root "name" "wake" "query" .query "threshold" "1000000000" "above" (int64 .above) "nothingIsZero" "true" -}}
{{- $triggers = append $triggers (include "tf-serving.prometheusTrigger" $asked | fromJson) -}}
{{- end -}}
{{- range $scaling.schedules -}}
{{- $metadata := dict
  "timezone" (.timezone | default "Etc/UTC")
  "start" (regexReplaceAll "\\s+" .start " " | trim)
  "end" (regexReplaceAll "\\s+" .end " " | trim)
  "desiredReplicas" (.min | int64 | toString) -}}
{{- $triggers = append $triggers (dict "type" "cron" "metadata" $metadata) -}}
{{- end -}}
{{- range include "tf-serving.orderedMetrics" . | fromJsonArray -}}
{{- $triggers = append $triggers (include "tf-serving.metricTrigger" (dict "root" $root "metric" .) | fromJson) -}}
{{- end -}}
{{- toJson $triggers -}}
{{- end -}}

{{/* The trigger of one metric, as JSON. Takes a dict: root, metric. */}}
{{- define "tf-serving.metricTrigger" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $metric := .metric -}}
{{- $server := include "tf-serving.serverMetric" $metric -}}
{{- if $server -}}
{{- $query := include "tf-serving.serverQuery" . -}}
{{- $name := get $constants.scaling.triggers $server -}}
{{- $isLatency := eq $server "latencyMilliseconds" -}}
{{- $threshold := ternary (get $metric $server | include "tf-serving.text") (get $metric $server | include "tf-serving.plainAmount") $isLatency -}}
{{- $type := ternary "Value" "AverageValue" $isLatency -}}
{{- include "tf-serving.prometheusTrigger" (dict "root" .root "name" $name "query" $query "threshold" $threshold "type" $type) -}}
{{- else if $metric.external -}}
{{- $external := $metric.external -}}
{{- $isAverage := hasKey $external "averageValue" -}}
{{- $threshold := include "tf-serving.plainAmount" (ternary $external.averageValue $external.value $isAverage) -}}
{{- $type := ternary "AverageValue" "Value" $isAverage -}}
{{- include "tf-serving.prometheusTrigger" (dict "root" .root "name" (printf "external-%s" $external.name) "query" $external.query "threshold" $threshold "type" $type) -}}
{{- else -}}
{{- $isCpu := or $metric.cpu $metric.containerCpu -}}
{{- $percent := $metric.cpu | default $metric.memory | default $metric.containerCpu | default $metric.containerMemory -}}
{{- $metadata := dict "value" ($percent | int64 | toString) -}}
{{- if or $metric.containerCpu $metric.containerMemory -}}
{{- $_ := set $metadata "containerName" ($metric.container | default $constants.serverContainer) -}}
{{- end -}}
{{- dict "type" (ternary "cpu" "memory" (not (empty $isCpu))) "metricType" "Utilization" "metadata" $metadata | toJson -}}
{{- end -}}
{{- end -}}

{{/* A question to Prometheus, as JSON. Takes a dict: root, name, query, threshold; type, above, nothingIsZero. */}}
{{- define "tf-serving.prometheusTrigger" -}}
{{- $source := .root.Values.scaling.source -}}
{{- $address := $source.server -}}
{{- if not $address -}}
{{- $address = printf "https://monitoring.googleapis.com/v1/projects/%s/location/global/prometheus" $source.project -}}
{{- end -}}
{{- $trigger := dict
  "type" "prometheus"
  "name" .name
  "metricType" (.type | default "AverageValue")
  "metadata" (dict
    "serverAddress" $address
    "query" .query
    "threshold" .threshold
    "activationThreshold" (.above | default 0 | toString)
    "ignoreNullValues" (.nothingIsZero | default "false")) -}}
{{- if $source.project -}}
{{- $_ := set $trigger "authenticationRef" (dict "name" (include "tf-serving.authenticationName" .root)) -}}
{{- end -}}
{{- toJson $trigger -}}
{{- end -}}
