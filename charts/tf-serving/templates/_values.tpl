{{/*
Takes away what is null. A values file says so of what an earlier one set, and Helm leaves it there where the chart has
no default; to every template it is then as if it had never been given.
*/}}
{{- define "tf-serving.settle" -}}
{{- range $key, $value := . -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $ $key -}}
{{- else if kindIs "map" $value -}}
{{- include "tf-serving.settle" $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
