"""Specs that must be refused: the text, the line and the field of the one error, and what it must say."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "apiVersion: tfk8s.dev/v1\nname: resnet\nmodel: {source: ./models/resnet}\n"
"""Three lines of a whole spec; what is added begins in line 4."""

NAMED = "apiVersion: tfk8s.dev/v1\nname: resnet\n"
"""Two lines without a model; what is added begins in line 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """One spec with one error."""

    text: str
    line: int
    field: str
    says: str


def _after_head(added: str, field: str, says: str, *, line: int = 4) -> Invalid:
    return Invalid(text=HEAD + added + "\n", line=line, field=field, says=says)


def _with_model(added: str, field: str, says: str, *, line: int = 3) -> Invalid:
    return Invalid(text=NAMED + added + "\n", line=line, field=field, says=says)


def _whole(text: str, line: int, field: str, says: str) -> Invalid:
    return Invalid(text=text, line=line, field=field, says=says)


_LONG = "a" * 51
_MODEL = "model: {source: ./m}\n"

TOP = (
    _whole("- a\n- b\n", 1, "", "must be a map, not a list"),
    _whole("just text\n", 1, "", 'must be a map, not "just text"'),
    _whole("4\n", 1, "", "must be a map, not 4"),
    _whole(f"name: resnet\n{_MODEL}", 1, "apiVersion", "is missing: write apiVersion: tfk8s.dev/v1"),
    _whole(f"apiVersion: v1\nname: resnet\n{_MODEL}", 1, "apiVersion", "must be tfk8s.dev/v1"),
    _whole(f"apiVersion: tfk8s.dev/v2\nname: resnet\n{_MODEL}", 1, "apiVersion", "must be tfk8s.dev/v1"),
    _whole(f"apiVersion: tfk8s.dev/v1\n{_MODEL}", 1, "name", "is missing"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname:\n{_MODEL}", 2, "name", "is empty"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: 4\n{_MODEL}", 2, "name", 'write it in quotes, as "4"'),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: no\n{_MODEL}", 2, "name", "boolean false"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: 1e3\n{_MODEL}", 2, "name", 'or "1e3" in quotes'),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: my_Model\n{_MODEL}", 2, "name", "write my-model"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: ResNet50\n{_MODEL}", 2, "name", "write resnet50"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: 50net\n{_MODEL}", 2, "name", "write model-50net"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: net-\n{_MODEL}", 2, "name", "write net"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: a.b\n{_MODEL}", 2, "name", "write a-b"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: {_LONG}\n{_MODEL}", 2, "name", "at most 50 characters"),
    _whole(f"apiVersion: tfk8s.dev/v1\nname: resnet\nname: other\n{_MODEL}", 3, "name", "given twice"),
    _after_head("nmespace: prod", "nmespace", "did you mean namespace?"),
    _after_head("create_namespace: true", "create_namespace", "did you mean createNamespace?"),
    _after_head("poddisruptionbudget: none", "poddisruptionbudget", "did you mean podDisruptionBudget?"),
    _after_head("zzz: 1", "zzz", "known are apiVersion, name"),
    _after_head("namespace: Prod", "namespace", "write prod"),
    _after_head("createNamespace: 'true'", "createNamespace", 'must be true or false, not "true" in quotes'),
    _after_head("createNamespace: yes", "createNamespace", "write true"),
    _after_head("createNamespace: true", "createNamespace", "default is always there"),
    _after_head("podDisruptionBudget: off", "podDisruptionBudget", "boolean false"),
    _after_head("podDisruptionBudget: never", "podDisruptionBudget", "must be auto or none"),
)

MODELS = (
    _whole(NAMED, 1, "model", "is missing"),
    _with_model("model: ./models/resnet", "model", 'must be a map, not "./models/resnet"'),
    _with_model("model: {}", "model.source", "is missing"),
    _with_model("model: {source: ''}", "model.source", "must name a directory"),
    _with_model("model: {source: s3://bucket/m}", "model.source", "copy the model"),
    _with_model("model: {source: https://x/m}", "model.source", "https:// cannot be read"),
    _with_model("model: {source: 'gs://'}", "model.source", "gs://bucket/path"),
    _with_model("model: {source: 'gs://Bad Bucket/x'}", "model.source", "gs://bucket/path"),
    _with_model("model: {source: 'pvc://'}", "model.source", "pvc://claim/path"),
    _with_model("model: {source: 'pvc://c/../x'}", "model.source", "leaves its volume"),
    _with_model("model: {source: ./m, name: a/b}", "model.name", "cannot stand in a URL"),
    _with_model("model: {source: ./m, name: 'a:b'}", "model.name", "cannot stand in a URL"),
    _with_model("model: {source: ./m, name: ''}", "model.name", "cannot stand in a URL"),
    _with_model("model: {source: ./m, name: ..}", "model.name", "cannot stand in a URL"),
    _with_model("model: {source: ./m, name: 7}", "model.name", 'as "7"'),
    _with_model("model: {source: ./m, versions: 3}", "model.versions", "such as [3]"),
    _with_model("model: {source: ./m, versions: newest}", "model.versions", "latest, all or a list"),
    _with_model("model: {source: ./m, versions: []}", "model.versions", "latest, all or a list"),
    _with_model("model: {source: ./m, versions: [1, 1]}", "model.versions", "twice"),
    _with_model("model: {source: ./m, versions: [-1]}", "model.versions", "-1 is no version"),
    _with_model("model: {source: ./m, versions: [v1]}", "model.versions", "v1 is no version"),
    _with_model("model: {source: ./m, versions: [001]}", "model.versions[0]", "octal"),
    _with_model("model: {source: ./m, labels: {a-b: 1}}", "model.labels.a-b", "no version label"),
    _with_model("model: {source: ./m, labels: {a: one}}", "model.labels.a", "must be a whole number"),
    _with_model("model: {source: ./m, labels: {a: '1'}}", "model.labels.a", "in quotes"),
    _with_model("model: {source: ./m, versions: [1, 2], labels: {a: 3}}", "model.labels.a", "(1, 2)"),
    _with_model("model: {source: pvc://c/m, labels: {a: 1}}", "model.labels", "list or all"),
    _with_model("model: {source: gs://bucket/m}", "serviceAccount.googleServiceAccount", "is missing", line=1),
    _with_model("model: {source: ./m}\nmodels: [{name: a, source: ./a}]", "models", "does not go with model", line=4),
    _with_model("models: [{source: ./a}]", "models[0].name", "is missing"),
    _with_model(
        "models:\n- {name: a, source: ./a}\n- {name: a, source: ./b}", "models[1].name", "earlier model", line=5
    ),
    _with_model("models: {name: a}", "models", "must be a list, not a map"),
    _with_model("model: {source: ./m, path: /x}", "model.path", "known are name, source, versions, labels"),
)

IMAGES = (
    _after_head("image: {base: tensorflow/serving}", "image.base", "names no release"),
    _after_head("image: {base: 'tensorflow/serving:latest'}", "image.base", "names no release"),
    _after_head("image: {base: ''}", "image.base", "is no image reference"),
    _after_head("image: {base: 'Tensorflow/Serving:2'}", "image.base", "no image reference"),
    _after_head("image: {base: 'tensorflow/serving:2.20.0-gpu'}", "image.base", "give resources.gpu"),
    _after_head("image: {base: 'tensorflow/serving:2.20.0'}\nresources: {gpu: 1}", "image.base", "2.20.0-gpu"),
    _after_head("image: {repository: 'eu.gcr.io/p/m:1'}", "image.repository", "without tag"),
    _after_head("image: {repository: r/m, digest: abc}", "image.digest", "sha256:"),
    _after_head(f"image: {{digest: 'sha256:{'0' * 64}'}}", "image.digest", "image.repository, which is missing"),
    _after_head("image: {verify: {}}", "image.verify", "asks nobody"),
    _after_head("image: {verify: {certificateIdentity: a@b.example}}", "image.verify", "asks nobody"),
    _after_head(
        "image: {verify: {key: k.pub, certificateIdentity: a, certificateOidcIssuer: b}}", "image.verify", "leave one"
    ),
    _after_head(
        "image: {verify: {transparencyLog: true, certificateIdentity: a, certificateOidcIssuer: b}}",
        "image.verify.transparencyLog",
        "for key alone",
    ),
    _after_head('image: {verify: {key: "-----BEGIN PRIVATE KEY-----"}}', "image.verify.key", "names a key"),
    _after_head("image: {pullPolicy: always}", "image.pullPolicy", "IfNotPresent, Always or Never"),
    _after_head("image: {pullPolicy: Always}", "image.pullPolicy", "is in no registry"),
    _after_head("image: {pullSecrets: regcred}", "image.pullSecrets", "must be a list"),
    _after_head("image: {pullSecrets: [Reg]}", "image.pullSecrets[0]", "no Kubernetes name"),
    _after_head("image: {tag: x}", "image.tag", "known are base"),
)

PODS = (
    _after_head("resources: {cpu: two}", "resources.cpu", "is no quantity"),
    _after_head("resources: {cpu: 0}", "resources.cpu", "from 1m"),
    _after_head("resources: {cpu: -1}", "resources.cpu", "negative"),
    _after_head("resources: {cpu: 0.0001}", "resources.cpu", "steps of 1m"),
    _after_head("resources: {cpu: 2000}", "resources.cpu", "from 1m to 1024"),
    _after_head("resources: {memory: 1Pi}", "resources.memory", "more memory than any node has"),
    _after_head("resources: {cpu: true}", "resources.cpu", "must be a quantity"),
    _after_head("resources: {cpu: 1e3}", "resources.cpu", "a number by some readers"),
    _after_head("resources: {memory: 4GB}", "resources.memory", "is no quantity"),
    _after_head("resources: {memory: 500m}", "resources.memory", "write Mi"),
    _after_head("resources: {memory: 4}", "resources.memory", "less than the server starts with"),
    _after_head("resources: {memory: null}", "resources.memory", "is empty"),
    _after_head("resources: {gpu: -1}", "resources.gpu", "at least 0"),
    _after_head("resources: {gpu: '1'}", "resources.gpu", "in quotes"),
    _after_head("resources: {limits: {cpu: 1}}", "resources.limits", "known are cpu, memory, gpu"),
    _after_head("scaling: {replicas: 0}", "scaling.replicas", "at least 1"),
    _after_head("scaling: {replicas: 2.5}", "scaling.replicas", "whole number"),
    _after_head("scaling: {replicas: 2, min: 1}", "scaling.min", "does not go with replicas"),
    _after_head("scaling: {min: 1}", "scaling.max", "is missing"),
    _after_head("scaling: {min: 5, max: 2}", "scaling.min", "more than max"),
    _after_head("scaling: {max: 5, metrics: []}", "scaling.metrics", "must not be empty"),
    _after_head("scaling: {max: 5, metrics: [{cpu: 0}]}", "scaling.metrics[0].cpu", "at least 1"),
    _after_head("scaling: {max: 5, metrics: [{cpu: 60%}]}", "scaling.metrics[0].cpu", "whole number"),
    _after_head("scaling: {max: 5, metrics: [{disk: 5}]}", "scaling.metrics[0]", "one of cpu, memory"),
    _after_head("scaling: {max: 5, metrics: [cpu]}", "scaling.metrics[0]", "one of cpu, memory"),
    _after_head("scaling: {max: 5, metrics: {cpu: 5}}", "scaling.metrics", "must be a list"),
    _after_head(
        "scaling: {max: 5, metrics: [{cpu: 5, memory: 5}]}", "scaling.metrics[0].memory", "does not go with cpu"
    ),
    _after_head("scaling: {max: 5, metrics: [{cpu: 5}, {cpu: 6}]}", "scaling.metrics[1]", "earlier metric"),
    _after_head(
        "scaling:\n  max: 5\n  behavior: {scaleDownWindowSeconds: 3601}",
        "scaling.behavior.scaleDownWindowSeconds",
        "at most 3600",
        line=6,
    ),
    _after_head("scaling: 3", "scaling", "must be a map"),
    _after_head("lifecycle: {drainSeconds: -1}", "lifecycle.drainSeconds", "at least 0"),
    _after_head("lifecycle: {startupSeconds: fast}", "lifecycle.startupSeconds", "auto or whole seconds"),
    _after_head("lifecycle: {startupSeconds: 60, timeoutSeconds: 30}", "lifecycle.timeoutSeconds", "less than startup"),
    _after_head("placement: {nodeSelector: {pool: 1}}", "placement.nodeSelector.pool", 'as "1"'),
    _after_head("placement: {tolerations: [{operator: Exists, value: x}]}", "placement.tolerations[0]", "no value"),
    _after_head("placement: {tolerations: [{value: x}]}", "placement.tolerations[0]", "needs a key"),
    _after_head("placement: {tolerations: [{key: a, tolerationSeconds: 5}]}", "placement.tolerations[0]", "NoExecute"),
    _after_head("placement: {spread: 1}", "placement.spread", "true or false"),
)

SERVER = (
    _after_head("serving: {podMonitoring: true, monitoring: false}", "serving.podMonitoring", "needs monitoring: true"),
    _after_head(
        "serving: {podMonitoring: true}\ncluster: {provider: kind}", "serving.podMonitoring", "needs GKE", line=4
    ),
    _after_head("monitoring: {scrape: pods}", "monitoring.scrape", "podMonitor, serviceMonitor"),
    _after_head(
        "monitoring: {scrape: podMonitor}\nserving: {monitoring: false}", "monitoring.scrape", "needs monitoring: true"
    ),
    _after_head(
        "monitoring: {scrape: podMonitor}\nserving: {podMonitoring: true}", "monitoring.scrape", "leave one of the two"
    ),
    _after_head("monitoring: {scrape: podMonitoring}\ncluster: {provider: kind}", "monitoring.scrape", "needs GKE"),
    _after_head(
        "monitoring: {scrape: serviceMonitor}\nexpose: {ports: [grpc]}",
        "monitoring.scrape",
        "needs rest in expose.ports",
    ),
    _after_head(
        "monitoring: {scrape: none, objective: {}}\nserving: {monitoring: false}",
        "monitoring.objective",
        "needs serving.monitoring: true",
    ),
    _after_head(
        "monitoring: {objective: {availability: 93}}", "monitoring.objective.availability", "write more than 93.1"
    ),
    _after_head(
        "monitoring: {objective: {availability: 99, latencyMilliseconds: 50, percentile: 90}}",
        "monitoring.objective.percentile",
        "write more than 93.1",
    ),
    _after_head("monitoring: {objective: {availability: 100}}", "monitoring.objective.availability", "at most 99.999"),
    _after_head("monitoring: {objective: {windowDays: 7}}", "monitoring.objective.windowDays", "at least 28"),
    _after_head("serving: {requestTimeoutSeconds: 0}", "serving.requestTimeoutSeconds", "at least 1"),
    _after_head("serving: {filePollSeconds: 0}", "serving.filePollSeconds", "at least 1"),
    _after_head("serving: {batching: true}", "serving.batching", "must be a map"),
    _after_head("serving: {batching: {maxBatchSize: 0}}", "serving.batching.maxBatchSize", "at least 1"),
    _after_head(
        "serving: {batching: {maxBatchSize: 8, allowedBatchSizes: [4]}}",
        "serving.batching.allowedBatchSizes",
        "maxBatchSize, which is 8",
    ),
    _after_head(
        "serving: {batching: {maxBatchSize: 8, allowedBatchSizes: [8, 4]}}",
        "serving.batching.allowedBatchSizes",
        "must ascend",
    ),
    _after_head(
        "serving: {flags: {enable_profiller: true}}", "serving.flags.enable_profiller", "did you mean enable_profiler?"
    ),
    _after_head(
        "serving: {flags: {--enable-profiler: true}}",
        "serving.flags.--enable-profiler",
        "did you mean enable_profiler?",
    ),
    _after_head("serving: {flags: {port: 1}}", "serving.flags.port", "use expose.ports"),
    _after_head("serving: {flags: {ssl_config_file: /x}}", "serving.flags.ssl_config_file", "private key"),
    _after_head("serving: {flags: {enable_profiler: 1}}", "serving.flags.enable_profiler", "true or false"),
    _after_head("serving: {flags: {grpc_max_threads: many}}", "serving.flags.grpc_max_threads", "whole number"),
    _after_head("serving: {flags: {grpc_max_threads: 2147483648}}", "serving.flags.grpc_max_threads", "32 bits"),
    _after_head("serving: {flags: {saved_model_tags: [serve]}}", "serving.flags.saved_model_tags", "number or text"),
    _after_head("serving: {flags: {saved_model_tags: 1}}", "serving.flags.saved_model_tags", "must be text"),
    _after_head(
        "serving: {flags: {per_process_gpu_memory_fraction: half}}",
        "serving.flags.per_process_gpu_memory_fraction",
        "must be a number",
    ),
    _after_head(
        "image: {base: 'tensorflow/serving:2.14.1'}\nserving: {flags: {mixed_precision: bfloat16}}",
        "serving.flags.mixed_precision",
        "since release 2.15",
        line=5,
    ),
    _after_head(
        "serving:\n  flags: {tensorflow_session_parallelism: 2, tensorflow_intra_op_parallelism: 2}",
        "serving.flags.tensorflow_session_parallelism",
        "does not go with",
        line=5,
    ),
    _after_head("serving: {env: {THREADS: 4}}", "serving.env.THREADS", 'as "4"'),
    _after_head("serving: {env: {DEBUG: true}}", "serving.env.DEBUG", 'as "true"'),
    _after_head("serving: {env: {DEBUG: null}}", "serving.env.DEBUG", "is empty"),
    _after_head("serving: {env: {a-b: x}}", "serving.env.a-b", "environment variable"),
    _after_head("serving: {env: {MODEL_NAME: x}}", "serving.env.MODEL_NAME", "set by tfk8s"),
    _after_head("serving: {env: {on: x}}", "serving.env", "read as true"),
)

_GCE = "ingress: {className: gce}"
_EG = "gateway: {className: eg}"
_RILB = "gateway: {className: gke-l7-rilb}"
_GCE = "ingress: {className: gce}"
_TLS = "host: a.b, tls: {secretName: a}"
_CLIENT = "1234-abc.apps.googleusercontent.com"


def _names(count: int) -> str:
    return ", ".join(f"a{number}.b" for number in range(count))


EXPOSURE = (
    _after_head("expose: {host: a.example.com}", "expose.host", "needs type Ingress or Gateway"),
    _after_head("expose: {type: Ingress, hosts: [a.b, a.b]}", "expose.hosts[1]", "already"),
    _after_head("expose: {type: Ingress, host: a.b, hosts: [c.d]}", "expose.hosts", "does not go with host"),
    _after_head("expose: {type: Ingress, host: A.example.com}", "expose.host", "is no host name"),
    _after_head("expose: {type: Ingress, host: 10.0.0.1}", "expose.host", "is no host name"),
    _after_head("expose: {type: Ingress, grpcHost: a.b}", "expose.grpcHost", "needs type Gateway"),
    _after_head("expose: {type: Ingress, ports: [grpc]}", "expose.ports", "needs rest"),
    _after_head(
        "expose: {type: Ingress, sourceRanges: [10.0.0.0/8]}", "expose.sourceRanges", "needs type LoadBalancer"
    ),
    _after_head("expose: {type: NodePort, addressName: a}", "expose.addressName", "needs type LoadBalancer"),
    _after_head("expose: {type: LoadBalancer, addressName: a}", "expose.addressName", "needs GKE"),
    _after_head("expose: {type: Ingress, addressName: a}", "expose.addressName", "or a class of GKE"),
    _after_head("expose: {type: LoadBalancer, tls: none}", "expose.tls", "needs type Ingress or Gateway"),
    _after_head("expose: {type: LoadBalancer, ports: [rest, grpc]}", "expose.ports[1]", "exposeAdministration: true"),
    _after_head(
        "expose: {type: LoadBalancer, exposeAdministration: true}", "expose.exposeAdministration", "needs grpc"
    ),
    _after_head(
        "expose: {ports: [grpc], exposeAdministration: true}", "expose.exposeAdministration", "needs type Load"
    ),
    _after_head("expose: {type: Ingress, host: a.b, tls: yes please}", "expose.tls", "must be none, or a map"),
    _after_head("expose: {type: Ingress, host: a.b, tls: {}}", "expose.tls", "needs exactly one of secretName"),
    _after_head(
        "expose: {type: Ingress, host: a.b, tls: {secretName: a, managed: true}}",
        "expose.tls",
        "secretName and managed",
    ),
    _after_head("expose: {type: Ingress, tls: {secretName: a}}", "expose.host", "a certificate is for a name"),
    _after_head("expose: {type: Ingress, host: a.b, tls: {managed: true}}", "expose.tls.managed", "class gce"),
    _after_head(
        f"expose: {{type: Ingress, host: '*.b', tls: {{managed: true}}, {_GCE}}}", "expose.tls.managed", "with *"
    ),
    _after_head(
        "expose: {type: Ingress, host: a.b, tls: {managed: true}, ingress: {className: gce-internal}}",
        "expose.tls.managed",
        "class gce",
    ),
    _after_head(
        f"expose: {{type: Gateway, host: a.b, tls: {{preSharedCertificates: [a]}}, {_EG}}}",
        "expose.tls.preSharedCertificates",
        "of GKE",
    ),
    _after_head(
        f"expose: {{type: Ingress, host: a.b, tls: {{certificateMap: a}}, {_GCE}}}",
        "expose.tls.certificateMap",
        "needs a Gateway of GKE",
    ),
    _after_head(
        "expose: {type: Gateway, host: a.b, tls: {managed: true}, gateway: {className: gke-l7-rilb}}",
        "expose.tls.managed",
        "takes certificateMap",
    ),
    _after_head(
        "expose: {type: Gateway, host: a.b, tls: {certificateMap: a}, gateway: {className: gke-l7-rilb}}",
        "expose.tls.certificateMap",
        "of a global class",
    ),
    _after_head(
        f"expose: {{type: Ingress, host: {'a' * 60}.com, tls: {{managed: true}}, {_GCE}}}",
        "expose.tls.managed",
        "at most 63 characters",
    ),
    _after_head(
        f"expose: {{type: Ingress, host: localhost, tls: {{managed: true}}, {_GCE}}}", "expose.tls.managed", "has a dot"
    ),
    _after_head(
        f"expose: {{type: Ingress, hosts: [{_names(101)}], tls: {{managed: true}}, {_GCE}}}",
        "expose.tls.managed",
        "at most 100 names",
    ),
    _after_head(
        f"expose: {{type: Gateway, hosts: [{_names(17)}], tls: none, {_EG}}}",
        "expose.hosts",
        "at most 16 names",
    ),
    _after_head("expose: {type: Gateway}", "expose.gateway.className", "say which controller"),
    _after_head(
        "expose: {type: Gateway, gateway: {className: eg, namespace: a}}", "expose.gateway.namespace", "needs name"
    ),
    _after_head(
        "expose: {type: Gateway, host: a.b, gateway: {name: a}, tls: {secretName: b}}", "expose.tls", "exists already"
    ),
    _after_head(
        "expose: {type: Gateway, gateway: {name: a, annotations: {b: c}}}",
        "expose.gateway.annotations",
        "no effect on a",
    ),
    _after_head(
        f"expose: {{type: Gateway, ports: [rest, grpc], host: a.b, {_EG}}}", "expose.grpcHost", "a name of its own"
    ),
    _after_head(f"expose: {{type: Gateway, host: a.b, grpcHost: c.d, {_EG}}}", "expose.grpcHost", "needs both ports"),
    _after_head(
        f"expose: {{type: Gateway, ports: [rest, grpc], host: '*.b', grpcHost: a.b, {_EG}}}",
        "expose.grpcHost",
        "is a name for REST too",
    ),
    _after_head(
        "expose: {type: Gateway, ports: [grpc], gateway: {className: gke-l7-rilb}}", "expose.ports", "health check"
    ),
    _after_head("expose: {type: Ingress, host: a.b, auth: {apiKeys: {}}}", "expose.auth.apiKeys", "let everybody in"),
    _after_head("expose: {type: LoadBalancer, auth: {apiKeys: {}}}", "expose.auth.apiKeys", "let everybody in"),
    _after_head("expose: {type: Gateway, gateway: {name: a}, auth: {apiKeys: {}}}", "expose.auth.apiKeys", "className"),
    _after_head(f"expose: {{type: Gateway, auth: {{}}, {_EG}}}", "expose.auth", "exactly one of apiKeys, jwt and iap"),
    _after_head(f"expose: {{type: Gateway, auth: all, {_EG}}}", "expose.auth", "must be none, or a map with apiKeys"),
    _after_head(f"expose: {{type: Gateway, auth: {{iap: {{}}}}, {_EG}}}", "expose.auth.iap", "let everybody in"),
    _after_head("expose: {type: LoadBalancer, auth: {iap: {}}}", "expose.auth.iap", "let everybody in"),
    _after_head(
        f"expose: {{type: Ingress, ingress: {{className: gce-internal}}, auth: {{iap: {{}}}}, {_TLS}}}",
        "expose.auth.iap",
        "GKE's class gce",
    ),
    _after_head(f"expose: {{type: Ingress, auth: {{iap: {{}}}}, {_GCE}}}", "expose.auth.iap", "needs HTTPS"),
    _after_head(f"expose: {{type: Ingress, auth: {{iap: {{}}}}, tls: none, {_GCE}}}", "expose.auth.iap", "needs HTTPS"),
    _after_head(
        "expose: {type: Ingress, annotations: {cloud.google.com/backend-config: a}, "
        f"auth: {{iap: {{}}}}, {_TLS}, {_GCE}}}",
        'expose.annotations["cloud.google.com/backend-config"]',
        "names another BackendConfig",
    ),
    _after_head(
        f"expose: {{type: Ingress, auth: {{iap: {{clientId: {_CLIENT}}}}}, {_TLS}, {_GCE}}}",
        "expose.auth.iap.clientId",
        "from the entry client_id",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{iap: {{clientId: {_CLIENT}}}}}, {_TLS}, {_RILB}}}",
        "expose.auth.iap.secretName",
        "OAuth client of the project's own",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{iap: {{secretName: a}}}}, {_TLS}, {_RILB}}}",
        "expose.auth.iap.clientId",
        "OAuth client of the project's own",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{iap: {{secretName: a, clientId: GOCSPX-a}}}}, {_TLS}, {_RILB}}}",
        "expose.auth.iap.clientId",
        "is no id of an OAuth client",
    ),
    _after_head(
        "expose: {type: Gateway, ports: [rest, grpc], grpcHost: g.b, "
        f"auth: {{iap: {{secretName: a, clientId: {_CLIENT}}}}}, {_TLS}, {_RILB}}}",
        "expose.ports[1]",
        "nothing of gRPC",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{apiKeys: {{header: host}}}}, {_EG}}}",
        "expose.auth.apiKeys.header",
        "cannot be the header",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{jwt: {{issuer: a, audiences: []}}}}, {_EG}}}",
        "expose.auth.jwt.audiences",
        "must not be empty",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{jwt: {{issuer: a, audiences: [b]}}}}, {_EG}}}",
        "expose.auth.jwt",
        "exactly one of jwksUri",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{jwt: {{issuer: a, audiences: [b], jwksUri: 'http://c'}}}}, {_EG}}}",
        "expose.auth.jwt.jwksUri",
        "write https://",
    ),
    _after_head(
        f"expose: {{type: Gateway, auth: {{jwt: {{issuer: a b, audiences: [b], jwksConfigMap: c}}}}, {_EG}}}",
        "expose.auth.jwt.issuer",
        "is one word",
    ),
    _after_head(
        "expose: {type: Ingress, limits: {requestsPerSecond: 5}}", "expose.limits.requestsPerSecond", "no other front"
    ),
    _after_head(
        f"expose: {{type: Gateway, limits: {{requestsPerSecond: 0}}, {_EG}}}",
        "expose.limits.requestsPerSecond",
        "at least 1",
    ),
    _after_head(
        f"expose: {{type: Gateway, limits: {{requestSize: 4Gi}}, {_EG}}}", "expose.limits.requestSize", "less than 4Gi"
    ),
    _after_head(
        "expose: {type: Gateway, gateway: {className: eg, multiCluster: {}}}",
        "expose.gateway.multiCluster",
        "needs GKE",
    ),
    _after_head(
        "expose: {type: Gateway, gateway: {className: gke-l7-rilb, multiCluster: {}}}",
        "expose.gateway.className",
        "is for one cluster: those for several end in -mc",
    ),
    _after_head(
        "expose: {type: Gateway, gateway: {className: gke-l7-rilb-mc}}",
        "expose.gateway.className",
        "is for several clusters: say multiCluster too",
    ),
    _after_head(
        "expose: {type: Gateway, ports: [rest, grpc], host: a.example.com, grpcHost: b.example.com,\n"
        "  gateway: {className: gke-l7-rilb-mc, multiCluster: {}}}",
        "expose.ports[1]",
        "passes REST alone on",
    ),
    _after_head(
        "expose: {type: Gateway, gateway: {className: gke-l7-rilb-mc, multiCluster: {podRate: 0}}}",
        "expose.gateway.multiCluster.podRate",
        "at least 1",
    ),
    _after_head("expose: {type: Ingress, maxRequestSize: 0}", "expose.maxRequestSize", "no number of bytes"),
    _after_head("expose: {type: Ingress, proxies: [{}]}", "expose.proxies[0]", "names nobody"),
    _after_head(
        "expose: {type: Ingress, ingress: {className: gce}}\ncluster: {provider: kind}",
        "expose.ingress.className",
        "cluster.provider is kind",
    ),
)

_KEPT = "existing: {deployment: d, service: s, selector: {app: a}"
EXISTING = (
    _after_head("existing: {deployment: d}", "existing.selector", "never lets the selector"),
    _after_head("existing: {selector: {app: a}}", "existing.selector", "needs existing.deployment"),
    _after_head("existing: {service: s}", "existing.serviceSelector", "must go on selecting"),
    _after_head("existing: {serviceSelector: {app: a}}", "existing.serviceSelector", "needs existing.service"),
    _after_head(_KEPT + ", serviceSelector: {app: b}}", "existing.serviceSelector.app", "no pod carries both"),
    _after_head("existing: {autoscaler: h}", "existing.autoscaler", "needs scaling with min and max"),
    _after_head("existing: {ingress: i}", "existing.ingress", "needs expose.type Ingress"),
    _after_head(
        "existing: {networkPolicy: np}\nnetworkPolicy: {enabled: false}",
        "existing.networkPolicy",
        "needs networkPolicy",
    ),
    _after_head("existing: {budget: b}\npodDisruptionBudget: none", "existing.budget", "needs podDisruptionBudget"),
    _after_head("existing: {serverPorts: {rest: 8500}}", "existing.serverPorts.rest", "given to two ports"),
    _after_head("existing: {serverPorts: {rest: 80}}", "existing.serverPorts.rest", "at least 1024"),
    _after_head("existing: {portNames: {grpc: g}}", "existing.portNames.grpc", "not in expose.ports"),
    _after_head("existing: {portNames: {rest: A_b}}", "existing.portNames.rest", "no name of a port"),
    _after_head(
        'expose: {ports: [rest, grpc]}\nexisting: {portNames: {rest: ""}}',
        "existing.portNames.rest",
        "each needs a name",
        line=5,
    ),
    _after_head(
        "expose: {ports: [rest, grpc]}\nexisting: {portNames: {rest: grpc}}",
        "existing.portNames.rest",
        "given to two ports",
        line=5,
    ),
    _after_head("expose: {servicePorts: {grpc: 80}}", "expose.servicePorts.grpc", "not in expose.ports"),
    _after_head("expose: {servicePorts: {rest: 0}}", "expose.servicePorts.rest", "at least 1"),
    _after_head(
        "expose: {ports: [rest, grpc], servicePorts: {rest: 8500}}", "expose.servicePorts.rest", "given to two ports"
    ),
    _with_model("model: {source: image:///m}", "model.source", "holds no model"),
    _with_model("model: {source: image://m}", "model.source", "three slashes"),
)

SURROUNDINGS = (
    _after_head("expose: {type: Loadbalancer}", "expose.type", "ClusterIP, NodePort, LoadBalancer, Ingress or Gateway"),
    _after_head("expose: {ports: [http]}", "expose.ports[0]", "must be rest or grpc"),
    _after_head("expose: {ports: rest}", "expose.ports", "must be a list"),
    _after_head("expose: {ports: []}", "expose.ports", "must not be empty"),
    _after_head("expose: {ports: [rest, rest]}", "expose.ports[1]", "already"),
    _after_head("expose: {nodePorts: {rest: 30080}}", "expose.nodePorts", "needs type NodePort"),
    _after_head("expose: {type: Ingress, nodePorts: {rest: 30080}}", "expose.nodePorts", "needs type NodePort"),
    _after_head("expose: {type: NodePort, nodePorts: {rest: 80}}", "expose.nodePorts.rest", "at least 30000"),
    _after_head("expose: {type: NodePort, nodePorts: {http: 30080}}", "expose.nodePorts.http", "must be rest or grpc"),
    _after_head("expose: {type: NodePort, nodePorts: {grpc: 30080}}", "expose.nodePorts.grpc", "not in expose.ports"),
    _after_head("expose: {sourceRanges: [10.0.0.0/8]}", "expose.sourceRanges", "needs type LoadBalancer"),
    _after_head(
        "expose: {type: LoadBalancer, sourceRanges: [10.0.0.1/8]}", "expose.sourceRanges[0]", "no address range"
    ),
    _after_head("expose: {annotations: {a: null}}", "expose.annotations.a", "is empty"),
    _after_head("networkPolicy: {allowFrom: [{}]}", "networkPolicy.allowFrom[0]", "names nobody"),
    _after_head(
        "networkPolicy: {allowFrom: [{cidr: 10.0.0.0/8, namespace: a}]}",
        "networkPolicy.allowFrom[0].cidr",
        "does not go with",
    ),
    _after_head("networkPolicy: {enabled: false, allowFrom: [{namespace: a}]}", "networkPolicy.allowFrom", "no effect"),
    _after_head("networkPolicy: false", "networkPolicy", "must be a map, not false"),
    _after_head("serviceAccount: {googleServiceAccount: me}", "serviceAccount.googleServiceAccount", "or none"),
    _after_head("serviceAccount: {create: false, annotations: {a: b}}", "serviceAccount.annotations", "no effect"),
    _after_head(
        "serviceAccount: {create: false, googleServiceAccount: me-reader@p.iam.gserviceaccount.com}",
        "serviceAccount.googleServiceAccount",
        "put the annotation iam.gke.io/gcp-service-account there yourself",
    ),
    _after_head(
        "serviceAccount:\n  googleServiceAccount: none\n  annotations: {iam.gke.io/gcp-service-account: x}",
        'serviceAccount.annotations["iam.gke.io/gcp-service-account"]',
        "is set by googleServiceAccount",
        line=6,
    ),
    _after_head("serviceAccount: {name: A_b}", "serviceAccount.name", "no Kubernetes name"),
    _after_head("labels: {team: 4}", "labels.team", 'as "4"'),
    _after_head("labels: {team: a b}", "labels.team", "no label value"),
    _after_head("labels: {'a b': x}", 'labels["a b"]', "no label or annotation key"),
    _after_head("labels: {app.kubernetes.io/name: x}", 'labels["app.kubernetes.io/name"]', "set by tfk8s"),
    _after_head("annotations: {a: true}", "annotations.a", 'as "true"'),
    _after_head("annotations: {a: 2020-01-01}", "annotations.a", "a date"),
    _after_head("annotations:\n  a:", "annotations.a", "is empty", line=5),
    _after_head("annotations: [a]", "annotations", "must be a map"),
    _after_head("cluster: {provider: aws}", "cluster", "provider: gke or provider: kind"),
    _after_head("cluster: kind", "cluster", "provider: gke or provider: kind"),
    _after_head("cluster: {provider: kind, name: A_b}", "cluster.name", "no cluster name"),
    _after_head("cluster: {provider: kind, project: p}", "cluster.project", "does not go with provider"),
    _after_head("cluster: {provider: kind, config: k.yaml, nodes: 2}", "cluster.nodes", "does not go with config"),
    _after_head("cluster: {provider: kind, nodes: 11}", "cluster.nodes", "at most 10"),
    _after_head("cluster: {provider: gke, project: my-project, name: c}", "cluster.location", "is missing"),
    _after_head(
        "image: {repository: r/m}\ncluster: {provider: gke, project: P, location: us-central1, name: c}",
        "cluster.project",
        "no project id",
        line=5,
    ),
    _after_head(
        "image: {repository: r/m}\ncluster: {provider: gke, project: my-project, location: mars, name: c}",
        "cluster.location",
        "no region or zone",
        line=5,
    ),
    _after_head(
        "cluster: {provider: gke, project: my-project, location: us-central1, name: c}",
        "image.repository",
        "pushed to a registry",
        line=1,
    ),
)

_URL = "repository: https://git.example.com/team/deploy"
_FOLLOW = f"image: {{repository: r/m}}\ngitops:\n  {_URL}\n"

GITOPS = (
    _after_head("gitops: {path: deploy}", "gitops.repository", "is missing"),
    _after_head("gitops: {repository: /srv/git/deploy}", "gitops.repository", "write https://HOST/PATH"),
    _after_head("gitops: {repository: 'https://git.example.com/a b'}", "gitops.repository", "no address"),
    _after_head("gitops: {repository: 'http://git.example.com/a'}", "gitops.repository", "write https://HOST/PATH"),
    _after_head("gitops: {repository: 'https://me:s3cret@git.example.com/a'}", "gitops.repository", "holds a login"),
    _after_head("gitops: {repository: 'https://s3cret@git.example.com/a'}", "gitops.repository", "holds a login"),
    _after_head("gitops: {repository: 'ssh://git:s3cret@git.example.com/a'}", "gitops.repository", "holds a login"),
    _after_head(f"gitops: {{{_URL}, path: /deploy}}", "gitops.path", "from the root"),
    _after_head(f"gitops: {{{_URL}, path: deploy/../..}}", "gitops.path", "from the root"),
    _after_head(f"gitops: {{{_URL}, revision: a b}}", "gitops.revision", "no name that Git takes"),
    _after_head(f"gitops: {{{_URL}, revision: --upload-pack=x}}", "gitops.revision", "no name that Git takes"),
    _after_head(f"gitops: {{{_URL}, argocd: {{server: 'https://a:s3cret@b'}}}}", "gitops.argocd.server", "a login"),
    _after_head(f"gitops: {{{_URL}, argocd: {{server: kubernetes}}}}", "gitops.argocd.server", "no address"),
    _after_head(f"gitops: {{{_URL}, flux: {{interval: 5s}}}}", "gitops.flux.interval", "from 30s to 24h"),
    _after_head(f"gitops: {{{_URL}, flux: {{interval: soon}}}}", "gitops.flux.interval", "from 30s to 24h"),
    _after_head(f"gitops: {{{_URL}, flux: {{images: {{}}}}}}", "gitops.flux.images", "needs image.repository"),
    _after_head(_FOLLOW + "  flux: {images: {tags: '('}}", "gitops.flux.images.tags", "no regular", line=7),
    _after_head(_FOLLOW + "  flux: {images: {tags: 'a(?!b)'}}", "gitops.flux.images.tags", "and so Flux", line=7),
    _after_head(
        _FOLLOW + "  flux: {images: {order: numerical, range: 1.x}}",
        "gitops.flux.images.range",
        "needs order: semver",
        line=7,
    ),
    _after_head(
        _FOLLOW + "  revision: refs/tags/v1\n  flux: {images: {}}", "gitops.flux.images", "needs a branch", line=8
    ),
)

ALL = (*TOP, *MODELS, *IMAGES, *PODS, *SERVER, *EXPOSURE, *EXISTING, *SURROUNDINGS, *GITOPS)
