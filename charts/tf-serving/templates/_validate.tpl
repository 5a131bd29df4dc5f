{{/*
Refuses values that contradict each other, with all that is wrong in one message; the schema refuses those that are
wrong by themselves.
*/}}
{{- define "tf-serving.validate" -}}
{{- $wrong := concat
  (include "tf-serving.wrongRelease" . | fromJsonArray)
  (include "tf-serving.wrongModels" . | fromJsonArray)
  (include "tf-serving.wrongServer" . | fromJsonArray)
  (include "tf-serving.wrongMonitoring" . | fromJsonArray)
  (include "tf-serving.wrongPods" . | fromJsonArray)
  (include "tf-serving.wrongScaling" . | fromJsonArray)
  (include "tf-serving.wrongSource" . | fromJsonArray)
  (include "tf-serving.wrongExpose" . | fromJsonArray)
  (include "tf-serving.wrongFront" . | fromJsonArray)
  (include "tf-serving.wrongGuard" . | fromJsonArray) -}}
{{- if $wrong -}}
{{- fail (printf "these values cannot be installed:\n- %s" (join "\n- " $wrong)) -}}
{{- end -}}
{{- end -}}

{{- define "tf-serving.wrongRelease" -}}
{{- $wrong := list -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" .Release.Name) -}}
{{- $wrong = append $wrong (printf "the release's name %s cannot name a Service: begin with a letter, and use lower-case letters, digits and dashes" .Release.Name) -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "tf-serving.wrongModels" -}}
{{- $wrong := list -}}
{{- $models := include "tf-serving.models" . | fromJsonArray -}}
{{- $image := .Values.image -}}
{{- if not $models -}}
{{- $wrong = append $wrong "model.source: is missing; give gs://bucket/path, pvc://claim/path, image:///path, or a directory that is in image.repository" -}}
{{- end -}}
{{- if and .Values.model.source .Values.models -}}
{{- $wrong = append $wrong "models: does not go with model; move that one into the list" -}}
{{- end -}}
{{- $names := list -}}
{{- $readsBucket := false -}}
{{- range $models -}}
{{- if has .name $names -}}
{{- $wrong = append $wrong (printf "models: %s is there twice" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- $isRemote := or (hasPrefix "gs://" .source) (hasPrefix "pvc://" .source) -}}
{{- $readsBucket = or $readsBucket (hasPrefix "gs://" .source) -}}
{{- if and .labels $isRemote .isLatest -}}
{{- $wrong = append $wrong (printf "labels of %s: need versions as a list or all" .name) -}}
{{- end -}}
{{- if kindIs "slice" .versions -}}
{{- $versions := .versions -}}
{{- range $label, $version := .labels -}}
{{- if not (has $version $versions) -}}
{{- $wrong = append $wrong (printf "label %s: version %s is not in versions (%s)" $label $version (join ", " $versions)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (not $isRemote) (not (hasPrefix "image://" .source)) (not $image.repository) -}}
{{- $wrong = append $wrong (printf "image.repository: is missing; the directory %s is in no image" .source) -}}
{{- end -}}
{{- end -}}
{{- if and (or $image.tag $image.digest) (not $image.repository) -}}
{{- $wrong = append $wrong "image.tag and image.digest: pin an image in image.repository, which is missing" -}}
{{- end -}}
{{- if and $image.repository (not $image.tag) (not $image.digest) -}}
{{- $wrong = append $wrong "image.repository: needs image.tag or image.digest, so that two pods run the same" -}}
{{- end -}}
{{- $account := .Values.serviceAccount -}}
{{- $isLinked := or $account.googleServiceAccount (not $account.create) (hasKey $account.annotations "iam.gke.io/gcp-service-account") -}}
{{- if and $readsBucket (not $isLinked) -}}
{{- $wrong = append $wrong "serviceAccount.googleServiceAccount: is missing; pods read gs:// as a Google service account; write name@project.iam.gserviceaccount.com, or none where the bucket is readable without" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "tf-serving.wrongServer" -}}
{{- $wrong := list -}}
{{- $flags := .Values.serving.flags -}}
{{- if and (get $flags "tensorflow_session_parallelism") (or (get $flags "tensorflow_intra_op_parallelism") (get $flags "tensorflow_inter_op_parallelism")) -}}
{{- $wrong = append $wrong "serving.flags: tensorflow_session_parallelism does not go with the two others" -}}
{{- end -}}
{{- $base := include "tf-serving.baseImage" . -}}
{{- if regexMatch "^((index\\.)?docker\\.io/)?tensorflow/serving:" $base -}}
{{- $isGpuBuild := regexMatch "[:-]gpu(-|@|$)" $base -}}
{{- if ne $isGpuBuild (gt (int64 .Values.resources.gpu) 0) -}}
{{- $wrong = append $wrong (printf "image.base: %s does not fit resources.gpu; the official image has builds with -gpu for GPUs, and without for none" $base) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "tf-serving.wrongPods" -}}
{{- $wrong := list -}}
{{- if and .Values.networkPolicy.allowFrom (not .Values.networkPolicy.enabled) -}}
{{- $wrong = append $wrong "networkPolicy.allowFrom: has no effect with enabled: false" -}}
{{- end -}}
{{- range concat .Values.networkPolicy.allowFrom .Values.expose.proxies -}}
{{- if and .cidr (or .namespace .podLabels) -}}
{{- $wrong = append $wrong "networkPolicy.allowFrom, expose.proxies: cidr does not go with namespace and podLabels; make two entries" -}}
{{- else if not (or .cidr .namespace .podLabels) -}}
{{- $wrong = append $wrong "networkPolicy.allowFrom, expose.proxies: an empty entry names nobody; give namespace, podLabels or cidr" -}}
{{- end -}}
{{- end -}}
{{- $account := .Values.serviceAccount -}}
{{- if and (not $account.create) (or $account.annotations (and $account.googleServiceAccount (ne $account.googleServiceAccount "none"))) -}}
{{- $wrong = append $wrong "serviceAccount: annotations and googleServiceAccount have no effect with create: false" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Fields of `expose` that mean something for some types alone: taken for a protection, they would not be there. */}}
{{- define "tf-serving.wrongExpose" -}}
{{- $wrong := list -}}
{{- $expose := .Values.expose -}}
{{- $types := dict
  "exposeAdministration" (list "LoadBalancer" "NodePort")
  "sourceRanges" (list "LoadBalancer")
  "nodePorts" (list "LoadBalancer" "NodePort")
  "host" (list "Ingress" "Gateway")
  "hosts" (list "Ingress" "Gateway")
  "grpcHost" (list "Gateway")
  "tls" (list "Ingress" "Gateway")
  "addressName" (list "LoadBalancer" "Ingress" "Gateway")
  "proxies" (list "NodePort" "LoadBalancer" "Ingress" "Gateway") -}}
{{- range $field, $allowed := $types -}}
{{- if and (get $expose $field) (not (has $expose.type $allowed)) -}}
{{- $wrong = append $wrong (printf "expose.%s: needs type %s" $field (join " or " $allowed)) -}}
{{- end -}}
{{- end -}}
{{- range $port, $number := $expose.nodePorts -}}
{{- if not (has $port $expose.ports) -}}
{{- $wrong = append $wrong (printf "expose.nodePorts: %s is not in expose.ports" $port) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $expose.type "LoadBalancer") (has "grpc" $expose.ports) (not $expose.exposeAdministration) -}}
{{- $wrong = append $wrong "expose.ports: grpc also takes configuration calls, from whoever reaches the load balancer; leave it out, use type Gateway (predictions alone), or say exposeAdministration: true" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "tf-serving.wrongFront" -}}
{{- $wrong := list -}}
{{- $expose := .Values.expose -}}
{{- $front := include "tf-serving.front" . | fromJson -}}
{{- $hosts := include "tf-serving.hosts" . | fromJsonArray -}}
{{- $certificate := include "tf-serving.certificate" . | fromJson -}}
{{- if and $expose.host $expose.hosts -}}
{{- $wrong = append $wrong "expose.hosts: does not go with host; move that one into the list" -}}
{{- end -}}
{{- if and (eq $expose.type "Ingress") (not (has "rest" $expose.ports)) -}}
{{- $wrong = append $wrong "expose.ports: an Ingress needs rest; it cannot tell gRPC predictions from administration, a Gateway can" -}}
{{- end -}}
{{- if eq $expose.type "Gateway" -}}
{{- if not (or $expose.gateway.className $expose.gateway.name) -}}
{{- $wrong = append $wrong "expose.gateway.className: is missing; say which controller makes the Gateway, as eg, or name one that exists" -}}
{{- end -}}
{{- if and (has "rest" $expose.ports) (has "grpc" $expose.ports) (not (and $hosts $expose.grpcHost)) -}}
{{- $wrong = append $wrong "expose.grpcHost: with both ports, REST and gRPC need a name each (the Gateway API forbids sharing one)" -}}
{{- end -}}
{{- if and $expose.grpcHost (has $expose.grpcHost $hosts) -}}
{{- $wrong = append $wrong "expose.grpcHost: is a name for REST too; the Gateway API forbids sharing one" -}}
{{- end -}}
{{- if or (not (kindIs "invalid" $expose.gateway.multiCluster)) (and $front.isGkeGateway (hasSuffix "-mc" $expose.gateway.className)) -}}
{{- $wrong = append $wrong "expose.gateway.multiCluster: is of several clusters, and a release is of one; render the spec with tfk8s for each region" -}}
{{- end -}}
{{- if and $front.isGkeGateway (not (has "rest" $expose.ports)) -}}
{{- $wrong = append $wrong "expose.ports: a Gateway of GKE needs rest; its health check asks that port" -}}
{{- end -}}
{{- if and $expose.gateway.name $certificate -}}
{{- $wrong = append $wrong (printf "expose.tls: belongs to the Gateway %s, which exists already" $expose.gateway.name) -}}
{{- end -}}
{{- end -}}
{{- if and $certificate (has $expose.type (list "Ingress" "Gateway")) -}}
{{- $sources := list -}}
{{- range $source := list "secretName" "managed" "preSharedCertificates" "certificateMap" -}}
{{- if get $certificate $source -}}
{{- $sources = append $sources $source -}}
{{- end -}}
{{- end -}}
{{- if ne (len $sources) 1 -}}
{{- $wrong = append $wrong "expose.tls: needs exactly one of secretName, managed, preSharedCertificates and certificateMap" -}}
{{- end -}}
{{- if not $hosts -}}
{{- $wrong = append $wrong "expose.host: is missing; a certificate is for a name" -}}
{{- end -}}
{{- $isGce := and $front.isGkeIngress (eq ($expose.ingress.className | default "") "gce") -}}
{{- if and $certificate.managed (not $isGce) -}}
{{- $wrong = append $wrong "expose.tls.managed: needs type Ingress of GKE's class gce" -}}
{{- end -}}
{{- if and $certificate.preSharedCertificates (not (or $front.isGkeIngress $front.isGkeGateway)) -}}
{{- $wrong = append $wrong "expose.tls.preSharedCertificates: needs an Ingress or a Gateway of GKE" -}}
{{- end -}}
{{- if and $certificate.certificateMap (not (hasPrefix "gke-l7-global-" ($expose.gateway.className | default ""))) -}}
{{- $wrong = append $wrong "expose.tls.certificateMap: needs a Gateway of GKE of a global class" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* What only Envoy Gateway keeps: another front would ignore it, and be open. */}}
{{- define "tf-serving.wrongGuard" -}}
{{- $wrong := list -}}
{{- $auth := include "tf-serving.auth" . | fromJson -}}
{{- $limits := .Values.expose.limits | default dict -}}
{{- $envoy := (include "tf-serving.constants" . | fromJson).envoyGateway -}}
{{- $isEnvoy := include "tf-serving.isEnvoyGateway" . -}}
{{- if kindIs "map" .Values.expose.auth -}}
{{- if ne (len $auth) 1 -}}
{{- $wrong = append $wrong "expose.auth: needs exactly one of apiKeys, jwt and iap; none is a word of its own" -}}
{{- end -}}
{{- if hasKey $auth "iap" -}}
{{- $wrong = concat $wrong (include "tf-serving.wrongIap" . | fromJsonArray) -}}
{{- else if not $isEnvoy -}}
{{- $wrong = append $wrong "expose.auth: needs a Gateway of Envoy Gateway (type Gateway, gateway.className eg or a name with envoy in it); another front would let everybody in" -}}
{{- end -}}
{{- if and $auth.jwt (eq (empty $auth.jwt.jwksUri) (empty $auth.jwt.jwksConfigMap)) -}}
{{- $wrong = append $wrong "expose.auth.jwt: needs exactly one of jwksUri and jwksConfigMap, where the issuer's public keys are" -}}
{{- end -}}
{{- end -}}
{{- if and (or $limits.requestsPerSecond $limits.requestSize) (not $isEnvoy) -}}
{{- $wrong = append $wrong "expose.limits: needs a Gateway of Envoy Gateway (type Gateway, gateway.className eg or a name with envoy in it); no other front keeps it" -}}
{{- end -}}
{{- if $limits.requestSize -}}
{{- if gt (include "tf-serving.units" (dict "quantity" $limits.requestSize "times" 1) | int64) (int64 $envoy.largestRequestBytes) -}}
{{- $wrong = append $wrong "expose.limits.requestSize: is more than Envoy can count; write less than 4Gi" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Identity-Aware Proxy is Google's: another front would ignore it, and be open. */}}
{{- define "tf-serving.wrongIap" -}}
{{- $wrong := list -}}
{{- $iap := (include "tf-serving.auth" . | fromJson).iap | default dict -}}
{{- $front := include "tf-serving.front" . | fromJson -}}
{{- $isGce := and $front.isGkeIngress (eq (.Values.expose.ingress.className | default "") "gce") -}}
{{- if not (or $isGce $front.isGkeGateway) -}}
{{- $wrong = append $wrong "expose.auth.iap: needs an Ingress of GKE's class gce, or a Gateway of GKE; another front would let everybody in" -}}
{{- else if and (empty (include "tf-serving.certificate" . | fromJson)) (not .Values.expose.gateway.name) -}}
{{- $wrong = append $wrong "expose.auth.iap: needs HTTPS, which it signs people in over; give expose.tls and expose.host" -}}
{{- end -}}
{{- range $key := list "cloud.google.com/backend-config" "beta.cloud.google.com/backend-config" -}}
{{- if and $isGce (hasKey $.Values.expose.annotations $key) -}}
{{- $wrong = append $wrong (printf "expose.annotations: %s names another BackendConfig than the one that turns Identity-Aware Proxy on" $key) -}}
{{- end -}}
{{- end -}}
{{- if and $isGce $iap.clientId -}}
{{- $wrong = append $wrong "expose.auth.iap.clientId: is for a Gateway; an Ingress reads it from the entry client_id of the Secret" -}}
{{- end -}}
{{- if $front.isGkeGateway -}}
{{- if not (and $iap.clientId $iap.secretName) -}}
{{- $wrong = append $wrong "expose.auth.iap: needs clientId and secretName; a Gateway of GKE needs an OAuth client of the project's own" -}}
{{- end -}}
{{- if has "grpc" .Values.expose.ports -}}
{{- $wrong = append $wrong "expose.ports: Identity-Aware Proxy needs rest alone; Google says of HTTP routes that it guards them, and nothing of gRPC" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
