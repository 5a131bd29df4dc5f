{{/* The model server's image with its release: `image.base`, or the official one for what a pod gets. */}}
{{- define "tf-serving.baseImage" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $suffix := ternary "-gpu" "" (gt (int64 .Values.resources.gpu) 0) -}}
{{- .Values.image.base | default (printf "%s%s" $constants.baseImage $suffix) -}}
{{- end -}}

{{/* What the pods run: the image with the models where `image.repository` names one, else the base. */}}
{{- define "tf-serving.image" -}}
{{- with .Values.image -}}
{{- if .repository -}}
{{- .repository -}}
{{- with .tag }}:{{ . }}{{ end -}}
{{- with .digest }}@{{ . }}{{ end -}}
{{- else -}}
{{- include "tf-serving.baseImage" $ -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Release of the server as the base image's tag says it, such as 2.20; empty when unknown. The tag of an image that holds
a model (image://) is that of the model.
*/}}
{{- define "tf-serving.serverRelease" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $image := include "tf-serving.baseImage" . -}}
{{- $holdsModel := false -}}
{{- range include "tf-serving.models" . | fromJsonArray -}}
{{- if hasPrefix "image://" .source -}}{{- $holdsModel = true -}}{{- end -}}
{{- end -}}
{{- $repository := regexReplaceAll "(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@.*)?$" $image "" -}}
{{- if or (not $holdsModel) (has $repository $constants.officialRepositories) -}}
{{- $tag := regexFind ":[A-Za-z0-9_][A-Za-z0-9_.-]*(@|$)" $image | trimAll ":@" -}}
{{- regexFind "^[0-9]+\\.[0-9]+(\\.[0-9]+)?(-|$)" $tag | regexFind "^[0-9]+\\.[0-9]+" -}}
{{- end -}}
{{- end -}}

{{/* Whether a release of the server knows a flag; every flag is known to an unknown one. Takes a dict: release, flag. */}}
{{- define "tf-serving.knowsFlag" -}}
{{- if .release -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $since := get $constants.flagsSince .flag -}}
{{- $major := splitList "." .release | first | int64 -}}
{{- $minor := splitList "." .release | last | int64 -}}
{{- $sinceMajor := first $since | int64 -}}
{{- if or (gt $major $sinceMajor) (and (eq $major $sinceMajor) (ge $minor (last $since | int64))) -}}yes{{- end -}}
{{- else -}}
yes
{{- end -}}
{{- end -}}
