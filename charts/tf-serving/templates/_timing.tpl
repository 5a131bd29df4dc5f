{{/* Seconds from the start of the process to open ports, at most. auto: boot, reading the models, and the retries. */}}
{{- define "tf-serving.startupSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- if include "tf-serving.isAuto" .Values.lifecycle.startupSeconds -}}
{{- $bytes := 0 -}}
{{- $size := include "tf-serving.modelBytes" . | int64 -}}
{{- range include "tf-serving.models" . | fromJsonArray -}}
{{- $bytes = add $bytes (mul .served $size) -}}
{{- end -}}
{{- $speed := int64 $constants.slowestReadBytesPerSecond -}}
{{- $load := div (add $bytes (sub $speed 1)) $speed -}}
{{- $boot := add $constants.bootSeconds (ternary $constants.gpuBootSeconds 0 (gt (int64 .Values.resources.gpu) 0)) -}}
{{- $retries := int64 .Values.serving.loadRetries -}}
{{- $needed := add $boot (mul (add $retries 1) $load) (mul $retries (int64 .Values.serving.loadRetrySeconds)) -}}
{{- max $constants.leastStartupSeconds $needed -}}
{{- else -}}
{{- int64 .Values.lifecycle.startupSeconds -}}
{{- end -}}
{{- end -}}

{{- define "tf-serving.startupFailures" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $period := int64 $constants.startupPeriodSeconds -}}
{{- div (add (include "tf-serving.startupSeconds" . | int64) (sub $period 1)) $period -}}
{{- end -}}

{{/* Longer than a start may take, and the time for a node and the image. */}}
{{- define "tf-serving.progressDeadlineSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- max $constants.leastDeadlineSeconds (add (include "tf-serving.startupSeconds" .) $constants.scheduleAndPullSeconds) -}}
{{- end -}}

{{/* Seconds that a stopping pod serves on: what the values say, else at least what the front needs. */}}
{{- define "tf-serving.drainSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- if hasKey .Values.lifecycle "drainSeconds" -}}
{{- int64 .Values.lifecycle.drainSeconds -}}
{{- else -}}
{{- max $constants.drainSeconds (include "tf-serving.front" . | fromJson).drainSeconds -}}
{{- end -}}
{{- end -}}

{{/*
From the deletion of a pod to SIGKILL: until no new connection comes, until gRPC connections are renewed, and the
longest request. Always spent in full, because the server ignores SIGTERM and serves until it is killed.
*/}}
{{- define "tf-serving.graceSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $age := ternary $constants.connectionRenewalSeconds 0 (has "grpc" .Values.expose.ports) -}}
{{- $needed := add (include "tf-serving.drainSeconds" .) $age (int64 .Values.serving.requestTimeoutSeconds) -}}
{{- $round := int64 $constants.graceRoundSeconds -}}
{{- mul $round (add 1 (div $needed $round)) -}}
{{- end -}}

{{/* Longer than the server's own limit, so that its answer says what was too slow. */}}
{{- define "tf-serving.frontTimeoutSeconds" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- add (int64 .Values.serving.requestTimeoutSeconds) $constants.frontMarginSeconds -}}
{{- end -}}

{{/* Fewest and most pods. */}}
{{- define "tf-serving.isAutoscaled" -}}
{{- if .Values.scaling.max -}}yes{{- end -}}
{{- end -}}

{{- define "tf-serving.mostPods" -}}
{{- .Values.scaling.max | default .Values.scaling.replicas | int64 -}}
{{- end -}}
