{{/* CPU in thousandths of a core. */}}
{{- define "tf-serving.cpuMillis" -}}
{{- include "tf-serving.units" (dict "quantity" .Values.resources.cpu "times" 1000) -}}
{{- end -}}

{{/* Whole processors that the CPU limit amounts to, at least one: thread pools follow it. */}}
{{- define "tf-serving.processors" -}}
{{- max 1 (div (add (include "tf-serving.cpuMillis" . | int64) 999) 1000) -}}
{{- end -}}

{{/* Whether a number is to be computed, because the values say auto. */}}
{{- define "tf-serving.isAuto" -}}
{{- if eq (include "tf-serving.text" .) "auto" -}}yes{{- end -}}
{{- end -}}

{{/*
Memory of a pod. auto: room for the server, for every version of every model in flight, and for running requests; each
model is taken to be as large as one that cannot be looked at.
*/}}
{{- define "tf-serving.memory" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- if include "tf-serving.isAuto" .Values.resources.memory -}}
{{- $size := int64 $constants.unknownModelBytes -}}
{{- $total := add $constants.serverBytes (max $constants.activationBytes (div $size 2)) -}}
{{- range include "tf-serving.models" . | fromJsonArray -}}
{{- $total = add $total (div (mul $constants.residentPercent .copies $size) 100) -}}
{{- end -}}
{{- $step := int64 $constants.memoryStepBytes -}}
{{- include "tf-serving.bytes" (mul $step (div (add $total (sub $step 1)) $step)) -}}
{{- else -}}
{{- include "tf-serving.text" .Values.resources.memory -}}
{{- end -}}
{{- end -}}

{{/* Bytes on disk that each model may have: as much as two copies of all fit into a memory that the values state. */}}
{{- define "tf-serving.modelBytes" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $least := int64 $constants.unknownModelBytes -}}
{{- if include "tf-serving.isAuto" .Values.resources.memory -}}
{{- $least -}}
{{- else -}}
{{- $memory := include "tf-serving.units" (dict "quantity" .Values.resources.memory "times" 1) | int64 -}}
{{- $models := include "tf-serving.models" . | fromJsonArray | len | max 1 -}}
{{- max $least (div (div (mul $memory 100) (mul $constants.residentPercent $constants.minCopies)) $models) -}}
{{- end -}}
{{- end -}}
