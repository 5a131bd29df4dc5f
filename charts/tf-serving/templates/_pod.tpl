{{/* Labels of the pods, as JSON: those of every object, and what selectors that are kept find pods by. */}}
{{- define "tf-serving.podLabels" -}}
{{- $kept := merge (include "tf-serving.texts" .Values.existing.selector | fromJson) (include "tf-serving.texts" .Values.existing.serviceSelector | fromJson) -}}
{{- merge $kept (include "tf-serving.labels" . | fromJson) | toJson -}}
{{- end -}}

{{/* Taints that the pods accept, a JSON list; the GPU taint is added by itself. */}}
{{- define "tf-serving.tolerations" -}}
{{- $tolerations := list -}}
{{- range .Values.placement.tolerations -}}
{{- $toleration := deepCopy . -}}
{{- if not .operator -}}
{{- $_ := set $toleration "operator" "Equal" -}}
{{- end -}}
{{- $tolerations = append $tolerations $toleration -}}
{{- end -}}
{{- $ours := dict "key" "nvidia.com/gpu" "operator" "Exists" "effect" "NoSchedule" -}}
{{- if and (gt (int64 .Values.resources.gpu) 0) (not (has $ours $tolerations)) -}}
{{- $tolerations = append $tolerations $ours -}}
{{- end -}}
{{- toJson $tolerations -}}
{{- end -}}
