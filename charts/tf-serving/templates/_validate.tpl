{{/* Refuses values that contradict each other; the schema refuses those that are wrong by themselves. */}}
{{- define "tf-serving.validate" -}}
{{- if and (not .Values.model.source) (not .Values.models) -}}
{{- fail "model.source is missing: give gs://bucket/path, pvc://claim/path, image:///path, or an image.repository that holds the model" -}}
{{- end -}}
{{- if and .Values.model.source .Values.models -}}
{{- fail "models does not go with model: move that one into the list" -}}
{{- end -}}
{{- end -}}
