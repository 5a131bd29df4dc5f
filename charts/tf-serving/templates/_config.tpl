{{/* The server's configuration files by name, as JSON. */}}
{{- define "tf-serving.configFiles" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $files := dict "models.config" (include "tf-serving.modelsConfig" .) -}}
{{- if kindIs "map" .Values.serving.batching -}}
{{- $_ := set $files "batching.config" (include "tf-serving.batchingConfig" .) -}}
{{- end -}}
{{- if .Values.serving.monitoring -}}
{{- $monitoring := printf "prometheus_config {\n  enable: true\n  path: %q\n}\n" $constants.metricsPath -}}
{{- $_ := set $files "monitoring.config" $monitoring -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{/* On the pods: changes whenever a configuration file does, so that the pods are replaced. */}}
{{- define "tf-serving.configHash" -}}
{{- $text := "" -}}
{{- range $name, $content := include "tf-serving.configFiles" . | fromJson -}}
{{- $text = printf "%s%s\n%s" $text $name $content -}}
{{- end -}}
{{- sha256sum $text | trunc 16 -}}
{{- end -}}

{{/* `ModelServerConfig`: which models, from where, in which versions. */}}
{{- define "tf-serving.modelsConfig" -}}
model_config_list {
{{- range include "tf-serving.models" . | fromJsonArray }}
  config {
    name: {{ include "tf-serving.protoString" .name }}
    base_path: {{ include "tf-serving.protoString" .basePath }}
    model_platform: "tensorflow"
    model_version_policy {
    {{- if kindIs "slice" .versions }}
      specific {
      {{- range .versions }}
        versions: {{ . }}
      {{- end }}
      }
    {{- else if eq .versions "all" }}
      all {
      }
    {{- else }}
      latest {
        num_versions: 1
      }
    {{- end }}
    }
    {{- range $label, $version := .labels }}
    version_labels {
      key: {{ include "tf-serving.protoString" $label }}
      value: {{ $version }}
    }
    {{- end }}
  }
{{- end }}
}
{{ end -}}

{{/* `BatchingParameters`. */}}
{{- define "tf-serving.batchingConfig" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- with merge (deepCopy .Values.serving.batching) $constants.batching -}}
max_batch_size {
  value: {{ int64 .maxBatchSize }}
}
batch_timeout_micros {
  value: {{ int64 .timeoutMicros }}
}
max_enqueued_batches {
  value: {{ int64 .maxEnqueuedBatches }}
}
num_batch_threads {
  value: {{ .threads | default (include "tf-serving.processors" $) | int64 }}
}
{{- range .allowedBatchSizes }}
allowed_batch_sizes: {{ int64 . }}
{{- end }}
{{ end -}}
{{- end -}}
