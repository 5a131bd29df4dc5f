{{/*
Names of the objects. All follow from the release's name, unless `existing` keeps an object that was there before.
*/}}
{{- define "tf-serving.deploymentName" -}}{{ .Values.existing.deployment | default .Release.Name }}{{- end -}}
{{- define "tf-serving.serviceName" -}}{{ .Values.existing.service | default .Release.Name }}{{- end -}}
{{- define "tf-serving.autoscalerName" -}}{{ .Values.existing.autoscaler | default .Release.Name }}{{- end -}}
{{- define "tf-serving.ingressName" -}}{{ .Values.existing.ingress | default .Release.Name }}{{- end -}}
{{- define "tf-serving.budgetName" -}}{{ .Values.existing.budget | default .Release.Name }}{{- end -}}
{{- define "tf-serving.networkPolicyName" -}}{{ .Values.existing.networkPolicy | default .Release.Name }}{{- end -}}
{{- define "tf-serving.configMapName" -}}{{ .Release.Name }}-config{{- end -}}
{{- define "tf-serving.headlessName" -}}{{ .Release.Name }}-headless{{- end -}}
{{- define "tf-serving.authenticationName" -}}{{ .Release.Name }}-metrics{{- end -}}
{{- define "tf-serving.redirectName" -}}{{ .Release.Name }}-redirect{{- end -}}

{{- define "tf-serving.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary .Release.Name "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* What every pod of the release carries, whichever Deployment made it; as JSON. */}}
{{- define "tf-serving.ownServiceLabels" -}}
{{- dict "app.kubernetes.io/name" "tensorflow-serving" "app.kubernetes.io/instance" .Release.Name | toJson -}}
{{- end -}}

{{/* What the pods of the Deployment carry; a selector never changes, so it holds nothing that values can set. */}}
{{- define "tf-serving.ownWorkloadLabels" -}}
{{- $labels := include "tf-serving.ownServiceLabels" . | fromJson -}}
{{- set $labels "app.kubernetes.io/component" "model-server" | toJson -}}
{{- end -}}

{{- define "tf-serving.workloadSelector" -}}
{{- include "tf-serving.texts" .Values.existing.selector | fromJson | default (include "tf-serving.ownWorkloadLabels" . | fromJson) | toYaml -}}
{{- end -}}

{{- define "tf-serving.serviceSelector" -}}
{{- $kept := .Values.existing.serviceSelector | default .Values.existing.selector -}}
{{- include "tf-serving.texts" $kept | fromJson | default (include "tf-serving.ownServiceLabels" . | fromJson) | toYaml -}}
{{- end -}}

{{/* Whose connections the NetworkPolicy rules: a Service that is kept may select pods of others as well. */}}
{{- define "tf-serving.policySelector" -}}
{{- with .Values.existing.selector -}}
{{- include "tf-serving.texts" . | fromJson | toYaml -}}
{{- else -}}
{{- include "tf-serving.serviceSelector" . -}}
{{- end -}}
{{- end -}}

{{/* Labels of every object, as JSON: those of the values, and ours, which win. */}}
{{- define "tf-serving.labels" -}}
{{- $ours := include "tf-serving.ownWorkloadLabels" . | fromJson -}}
{{- $_ := set $ours "app.kubernetes.io/part-of" .Release.Name -}}
{{- $_ := set $ours "app.kubernetes.io/managed-by" .Release.Service -}}
{{- merge $ours (include "tf-serving.texts" .Values.labels | fromJson) | toJson -}}
{{- end -}}

{{/* Metadata of an object. Takes a dict: root, name, and annotations of this object alone, which win. */}}
{{- define "tf-serving.metadata" -}}
name: {{ .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "tf-serving.labels" .root | fromJson | include "tf-serving.textMap" | nindent 2 }}
{{- $own := include "tf-serving.texts" .annotations | fromJson -}}
{{- with merge $own (include "tf-serving.texts" .root.Values.annotations | fromJson) }}
annotations:
  {{- include "tf-serving.textMap" . | nindent 2 }}
{{- end }}
{{- end -}}
