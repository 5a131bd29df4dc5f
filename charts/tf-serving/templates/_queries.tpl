{{/*
What autoscalers ask Prometheus: PromQL over the metrics that the model server counts. Only predictions count, not the
probes that the server counts with them; failed ones count too, as long as they were not for a version that is not there.
A query gives a number while Prometheus collects from the pods, and nothing otherwise: pods do not go because Prometheus
cannot reach them.
*/}}

{{/* Whom the queries are about, as JSON: namespace, pods, models (expressions), window, demand (conditions). */}}
{{- define "tf-serving.queryScope" -}}
{{- $scaling := .Values.scaling -}}
{{- $names := list -}}
{{- range include "tf-serving.models" . | fromJsonArray -}}
{{- $names = append $names (replace "." "[.]" .name) -}}
{{- end -}}
{{- $demand := list -}}
{{- if eq (int64 $scaling.min) 0 -}}
{{- with $scaling.wake -}}
{{- $demand = append $demand (printf "(%s) > %d" .query (int64 .above)) -}}
{{- end -}}
{{- range $scaling.metrics -}}
{{- with .external -}}
{{- if .query -}}
{{- $demand = append $demand (printf "(%s) > 0" .query) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- /* Names of pods are cut to 58 characters before their random ending. */ -}}
{{- $deployment := include "tf-serving.deploymentName" . -}}
{{- $pods := printf "%s-[a-z0-9]+(-[a-z0-9]{5})?" (replace "." "[.]" $deployment) -}}
{{- if ge (len $deployment) 58 -}}
{{- $pods = printf "%s[a-z0-9]{5}" (trunc 58 $deployment | replace "." "[.]") -}}
{{- end -}}
{{- dict
  "namespace" .Release.Namespace
  "pods" $pods
  "models" (join "|" $names)
  "window" (printf "%ds" (include "tf-serving.windowSeconds" . | int64))
  "demand" $demand
  | toJson -}}
{{- end -}}

{{/* Seconds over which rates are taken. */}}
{{- define "tf-serving.windowSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- (.Values.scaling.source | default dict).windowSeconds | default $constants.scaling.windowSeconds | int64 -}}
{{- end -}}

{{/* Seconds between two looks of KEDA with no pod, and of Google's rules. */}}
{{- define "tf-serving.intervalSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- (.Values.scaling.source | default dict).intervalSeconds | default $constants.scaling.intervalSeconds | int64 -}}
{{- end -}}

{{/* Seconds between two collections by managed Prometheus: short enough for the rates that an autoscaler follows. */}}
{{- define "tf-serving.collectionSeconds" -}}
{{- $collection := (include "tf-serving.constants" . | fromJson).collection -}}
{{- $seconds := int64 $collection.seconds -}}
{{- if include "tf-serving.sourceKind" . -}}
{{- $needed := div (include "tf-serving.windowSeconds" . | int64) (int64 $collection.samples) -}}
{{- $seconds = max (int64 $collection.leastSeconds) (min $seconds $needed) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}

{{/* A series of the server. Takes a dict: scope, name, label. */}}
{{- define "tf-serving.series" -}}
{{- printf "{__name__=%q,namespace=%q,pod=~%q,model_name=~%q,%s}" .name .scope.namespace .scope.pods .scope.models .label -}}
{{- end -}}

{{/* Predictions that were answered: a part of the histogram. Takes a dict: scope, part. */}}
{{- define "tf-serving.answered" -}}
{{- include "tf-serving.series" (dict "scope" .scope "name" (printf ":tensorflow:serving:request_latency_%s" .part) "label" "API!=\"\"") -}}
{{- end -}}

{{/* A query with 0 in place of nothing, where nothing is known to mean that. Takes a dict: scope, query, counted. */}}
{{- define "tf-serving.orZero" -}}
{{- $collected := printf "up{namespace=%q,pod=~%q} == 1" .scope.namespace .scope.pods -}}
{{- $lines := list .query (printf "or\n(0 * count(%s) unless sum(%s))" $collected .counted) -}}
{{- if .scope.demand -}}
{{- $lines = append $lines (printf "or\n(vector(0) unless on() (%s))" (join " or " .scope.demand)) -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{/* The query of a metric of the server. Takes a dict: root, metric. */}}
{{- define "tf-serving.serverQuery" -}}
{{- $scope := include "tf-serving.queryScope" .root | fromJson -}}
{{- $count := include "tf-serving.answered" (dict "scope" $scope "part" "count") -}}
{{- $sum := include "tf-serving.answered" (dict "scope" $scope "part" "sum") -}}
{{- $bucket := include "tf-serving.answered" (dict "scope" $scope "part" "bucket") -}}
{{- $query := "" -}}
{{- $counted := $count -}}
{{- if .metric.requestsPerSecond -}}
{{- $failed := include "tf-serving.series" (dict "scope" $scope "name" ":tensorflow:serving:request_count" "label" "status!~\"OK|NOT_FOUND\"") -}}
{{- $query = printf "sum(\n  rate(%s[%s])\n  or\n  rate(%s[%s])\n)" $count $scope.window $failed $scope.window -}}
{{- $counted = printf "%s or %s" $count $failed -}}
{{- else if .metric.inFlight -}}
{{- $query = printf "sum(rate(%s[%s])) / 1000000" $sum $scope.window -}}
{{- else -}}
{{- $buckets := printf "sum by (le) (rate(%s[%s]))" $bucket $scope.window -}}
{{- $quantile := printf "histogram_quantile(%d / 100, %s)" (.metric.percentile | default 95 | int64) $buckets -}}
{{- $query = printf "(%s >= 0) / 1000\nor\n0 * sum(rate(%s[%s]))" $quantile $count $scope.window -}}
{{- end -}}
{{- include "tf-serving.orZero" (dict "scope" $scope "query" $query "counted" $counted) -}}
{{- end -}}
