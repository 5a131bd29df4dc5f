{{/*
The models as a JSON list, each settled: name, source, claim (of a volume), basePath as the server sees it, versions
(latest, all, or a sorted list of texts), isLatest as the values say it, labels, metadataPath, served (versions at once), copies (in memory at most).
*/}}
{{- define "tf-serving.models" -}}
{{- $root := . -}}
{{- $models := .Values.models -}}
{{- if .Values.model.source -}}
{{- $models = list .Values.model -}}
{{- end -}}
{{- $settled := list -}}
{{- range $models -}}
{{- $settled = append $settled (include "tf-serving.model" (dict "root" $root "model" .) | fromJson) -}}
{{- end -}}
{{- toJson $settled -}}
{{- end -}}

{{/* One of them. Takes a dict: root, model. */}}
{{- define "tf-serving.model" -}}
{{- $model := .model -}}
{{- $name := $model.name | default .root.Release.Name -}}
{{- $source := include "tf-serving.source" (dict "source" $model.source "name" $name) | fromJson -}}
{{- $labels := dict -}}
{{- range $label, $version := $model.labels -}}
{{- $_ := set $labels $label (include "tf-serving.text" $version) -}}
{{- end -}}
{{- $versions := $model.versions | default "latest" -}}
{{- /* Labels need their versions named: the server refuses a label whose version its policy may not load. */ -}}
{{- if and $labels (eq (toString $versions) "latest") -}}
{{- $versions = values $labels | uniq -}}
{{- end -}}
{{- $served := 1 -}}
{{- if kindIs "slice" $versions -}}
{{- $versions = include "tf-serving.sortedVersions" $versions | fromJsonArray -}}
{{- $served = len $versions -}}
{{- end -}}
{{- $copies := $served -}}
{{- if and $source.canGrow (not (kindIs "slice" $versions)) -}}
{{- $copies = add $served 1 -}}
{{- end -}}
{{- $metadata := printf "/v1/models/%s" $name -}}
{{- if $labels -}}
{{- $metadata = printf "%s/labels/%s" $metadata (ternary "stable" (keys $labels | sortAlpha | first) (hasKey $labels "stable")) -}}
{{- else if kindIs "slice" $versions -}}
{{- $metadata = printf "%s/versions/%s" $metadata (last $versions) -}}
{{- end -}}
{{- dict
  "name" $name
  "source" $model.source
  "claim" $source.claim
  "basePath" $source.basePath
  "versions" $versions
  "isLatest" (eq (toString ($model.versions | default "latest")) "latest")
  "labels" $labels
  "metadataPath" (printf "%s/metadata" $metadata)
  "served" $served
  "copies" (max 2 $copies)
  | toJson -}}
{{- end -}}

{{/*
Where a model is: gs://bucket/path, pvc://claim/path, image:///path in `image.base`, or a directory that was put into
the image of `image.repository` under the model's name; as JSON. Takes a dict: source, name.
*/}}
{{- define "tf-serving.source" -}}
{{- $found := dict "claim" "" "canGrow" false -}}
{{- if hasPrefix "gs://" .source -}}
{{- $found = dict "claim" "" "canGrow" true "basePath" (regexReplaceAll "/+$" .source "") -}}
{{- else if hasPrefix "pvc://" .source -}}
{{- $place := trimPrefix "pvc://" .source -}}
{{- $claim := regexFind "^[^/]*" $place -}}
{{- $path := trimPrefix $claim $place | trimAll "/" -}}
{{- $found = dict "claim" $claim "canGrow" true "basePath" (printf "/volumes/%s/%s" $claim $path | trimSuffix "/") -}}
{{- else if hasPrefix "image://" .source -}}
{{- $_ := set $found "basePath" (regexReplaceAll "/+$" (trimPrefix "image://" .source) "") -}}
{{- else -}}
{{- $_ := set $found "basePath" (printf "/models/%s" .name) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Numbers of versions in ascending order, as a JSON list of texts: a float would lose digits of large ones. */}}
{{- define "tf-serving.sortedVersions" -}}
{{- $padded := list -}}
{{- range . -}}
{{- $padded = append $padded (printf "%020d" (include "tf-serving.text" . | int64)) -}}
{{- end -}}
{{- $sorted := list -}}
{{- range sortAlpha (uniq $padded) -}}
{{- $sorted = append $sorted (regexReplaceAll "^0+(.)" . "${1}") -}}
{{- end -}}
{{- toJson $sorted -}}
{{- end -}}

{{/* Claims of the models, each once, in the order in which models name them; a JSON list. */}}
{{- define "tf-serving.claims" -}}
{{- $claims := list -}}
{{- range include "tf-serving.models" . | fromJsonArray -}}
{{- if .claim -}}
{{- $claims = append $claims .claim -}}
{{- end -}}
{{- end -}}
{{- uniq $claims | toJson -}}
{{- end -}}

{{/* The REST path that answers 200 only while the first model is served. */}}
{{- define "tf-serving.metadataPath" -}}
{{- with include "tf-serving.models" . | fromJsonArray -}}
{{- (first .).metadataPath -}}
{{- end -}}
{{- end -}}
