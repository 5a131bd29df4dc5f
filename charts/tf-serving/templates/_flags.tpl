{{/*
Arguments of the server, a JSON list: ours in a fixed order, with the values of `serving.flags` in place of ours where
they name the same flag, and the other flags of the values behind, by name. A flag that the server's release does not
know is left out of ours. The image's entrypoint adds the ports; the server takes the last of a flag that comes twice.
*/}}
{{- define "tf-serving.arguments" -}}
{{- $release := include "tf-serving.serverRelease" . -}}
{{- $users := include "tf-serving.texts" .Values.serving.flags | fromJson -}}
{{- $arguments := list -}}
{{- $ours := list -}}
{{- range include "tf-serving.ownFlags" . | fromJsonArray -}}
{{- if include "tf-serving.knowsFlag" (dict "release" $release "flag" .name) -}}
{{- $ours = append $ours .name -}}
{{- $value := .value -}}
{{- if hasKey $users .name -}}
{{- $value = get $users .name -}}
{{- end -}}
{{- $arguments = append $arguments (printf "--%s=%s" .name (include "tf-serving.verbatim" $value)) -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $users -}}
{{- if not (has $name $ours) -}}
{{- $arguments = append $arguments (printf "--%s=%s" $name (include "tf-serving.verbatim" $value)) -}}
{{- end -}}
{{- end -}}
{{- toJson $arguments -}}
{{- end -}}

{{/* The flags that follow from the values, a JSON list of name and value. */}}
{{- define "tf-serving.ownFlags" -}}
{{- $root := . -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $models := include "tf-serving.models" . | fromJsonArray -}}
{{- $serving := .Values.serving -}}
{{- $timeoutMillis := mul (int64 $serving.requestTimeoutSeconds) 1000 | toString -}}
{{- $processors := include "tf-serving.processors" . -}}
{{- $requestThreads := mul 4 $processors | toString -}}
{{- $hasLabels := false -}}
{{- range $models -}}
{{- if .labels -}}{{- $hasLabels = true -}}{{- end -}}
{{- end -}}
{{- $flags := list
  (dict "name" "model_config_file" "value" (printf "%s/models.config" $constants.configDirectory))
  (dict "name" "file_system_poll_wait_seconds" "value" (int64 $serving.filePollSeconds | toString))
  (dict "name" "max_num_load_retries" "value" (int64 $serving.loadRetries | toString))
  (dict "name" "load_retry_interval_micros" "value" (mul (int64 $serving.loadRetrySeconds) 1000000 | toString)) -}}
{{- /* Labels are assigned before their versions are loaded: without it a server with labels cannot start. */ -}}
{{- if $hasLabels -}}
{{- $flags = append $flags (dict "name" "allow_version_labels_for_unavailable_models" "value" "true") -}}
{{- end -}}
{{- if gt (len $models) 1 -}}
{{- $flags = append $flags (dict "name" "num_load_threads" "value" (toString $constants.loadThreads)) -}}
{{- end -}}
{{- if not $serving.warmup -}}
{{- $flags = append $flags (dict "name" "enable_model_warmup" "value" "false") -}}
{{- end -}}
{{- /* The entrypoint opens the usual ports, and of two flags the last one wins. */ -}}
{{- range $port, $flag := dict "grpc" "port" "rest" "rest_api_port" -}}
{{- if hasKey $root.Values.existing.serverPorts $port -}}
{{- $number := include "tf-serving.serverPort" (dict "root" $root "port" $port) -}}
{{- $flags = append $flags (dict "name" $flag "value" $number) -}}
{{- end -}}
{{- end -}}
{{- if kindIs "map" $serving.batching -}}
{{- $flags = append $flags (dict "name" "enable_batching" "value" "true") -}}
{{- $flags = append $flags (dict "name" "batching_parameters_file" "value" (printf "%s/batching.config" $constants.configDirectory)) -}}
{{- end -}}
{{- if $serving.monitoring -}}
{{- $flags = append $flags (dict "name" "monitoring_config_file" "value" (printf "%s/monitoring.config" $constants.configDirectory)) -}}
{{- end -}}
{{- $flags = append $flags (dict "name" "rest_api_timeout_in_ms" "value" $timeoutMillis) -}}
{{- /* Clients connect anew from time to time: new pods get requests, stopping ones none. */ -}}
{{- if has "grpc" .Values.expose.ports -}}
{{- $ageMillis := mul $constants.connectionAgeSeconds 1000 | toString -}}
{{- $value := printf "grpc.max_connection_age_ms=%s,grpc.max_connection_age_grace_ms=%s" $ageMillis $timeoutMillis -}}
{{- $flags = append $flags (dict "name" "grpc_channel_arguments" "value" $value) -}}
{{- end -}}
{{- $flags = append $flags (dict "name" "enable_profiler" "value" "false") -}}
{{- /* The server would count the node's processors, and refuses to start with all three. */ -}}
{{- if not (get $serving.flags "tensorflow_session_parallelism") -}}
{{- $flags = append $flags (dict "name" "tensorflow_intra_op_parallelism" "value" $processors) -}}
{{- $flags = append $flags (dict "name" "tensorflow_inter_op_parallelism" "value" $processors) -}}
{{- end -}}
{{- $flags = append $flags (dict "name" "rest_api_num_threads" "value" $requestThreads) -}}
{{- $flags = append $flags (dict "name" "grpc_max_threads" "value" $requestThreads) -}}
{{- toJson $flags -}}
{{- end -}}
