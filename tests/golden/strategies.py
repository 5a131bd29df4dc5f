"""Any valid spec, as the document that a user would write; texts are as hostile as their field lets them be."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.golden.scaling_strategies import asked_scalings
from tfk8s.spec import ServiceSpec

MODEL_NAME = "model"

# Whatever might end a string, a line, a document, a template's expression or a protocol buffer's field.
HOSTILE = st.sampled_from(
    [
        "\n---\nkind: Secret\n",
        '"}\n  evil: true',
        "{{ 7 * 7 }}",
        "{% raw %}",
        "$(HOME)",
        "'\"`\\",
        "# no comment",
        " leading and trailing ",
        "null",
        "no",
        "1e3",
        "0777",
        "!!binary x",
        "*anchor",
        "a: b",
        "- item",
        "\ttab",
        "\u2028\u0085\ufeff",
        "ünïcödé 🦜",
        "<script>&amp;",
        "",
    ]
)
# A container's environment cannot hold NUL, and half of a surrogate pair is no text.
texts = HOSTILE | st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
printable = texts.filter(str.isprintable)

names = st.from_regex(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?", fullmatch=True)
object_names = names | st.sampled_from(["resnet.v1", "a" * 200])
labels = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?", fullmatch=True)
keys = st.from_regex(r"([a-z]{1,8}\.example/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?", fullmatch=True)
model_names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,60}[A-Za-z0-9_])?", fullmatch=True)
annotation_maps = st.dictionaries(keys, texts, max_size=3)
environment = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True).filter(lambda name: not name.startswith("MODEL_")),
    texts,
    max_size=3,
)
bucket_paths = printable.map(lambda text: "".join(char for char in text if char not in "*?#[]"))
claim_paths = printable.filter(lambda text: ".." not in text.split("/"))
local_paths = texts.filter(lambda text: text.strip() and "://" not in text)
sources = (
    local_paths
    | st.builds("gs://bucket-{0}/{1}".format, names, bucket_paths)
    | st.builds("pvc://{0}/{1}".format, names, claim_paths)
    | st.builds("image:///{0}/{1}".format, names, claim_paths.filter(lambda path: path == path.strip("/")))
)
quantities = st.sampled_from(["1", 2, "500m", "1000m", "1.5", "0.1", "16"])
memories = st.sampled_from(["auto", "1Gi", "1024Mi", "2.5Gi", "2G", "6442450944"])
numbers = st.lists(st.integers(0, 2**40), min_size=1, max_size=3, unique=True).map(sorted)


@st.composite
def models(draw: st.DrawFn, *, name: str) -> dict[str, Any]:
    """One entry of `models`."""
    source = draw(sources)
    versions = draw(st.sampled_from(["latest", "all"]) | numbers)
    model: dict[str, Any] = {"name": name, "source": source, "versions": versions}
    if isinstance(versions, list):
        pointers = st.sampled_from(versions)
        model["labels"] = draw(
            st.dictionaries(st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True), pointers, max_size=2)
        )
    return model


@st.composite
def scalings(draw: st.DrawFn) -> dict[str, Any]:
    """A fixed number of pods, or a range."""
    if draw(st.booleans()):
        return {"replicas": draw(st.integers(1, 1000))}
    least, most = sorted((draw(st.integers(1, 1000)), draw(st.integers(1, 1000))))
    percents = st.integers(1, 100)
    metrics = [{kind: draw(percents)} for kind in draw(st.permutations(["cpu", "memory"]))]
    windows = st.integers(0, 3600)
    behavior = {"scaleUpWindowSeconds": draw(windows), "scaleDownWindowSeconds": draw(windows)}
    return {"min": least, "max": most, "metrics": metrics[: draw(st.integers(1, 2))], "behavior": behavior}


@st.composite
def exposures(draw: st.DrawFn) -> dict[str, Any]:
    """Who can reach the service."""
    ports = draw(st.sampled_from([["rest"], ["grpc"], ["rest", "grpc"], ["grpc", "rest"]]))
    kind = draw(st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]))
    expose: dict[str, Any] = {"type": kind, "ports": ports, "annotations": draw(annotation_maps)}
    if kind != "ClusterIP" and draw(st.booleans()):
        expose["nodePorts"] = {port: 30000 + index for index, port in enumerate(ports)}
    if kind == "LoadBalancer" and draw(st.booleans()):
        expose["sourceRanges"] = ["203.0.113.0/24", "2001:db8::/32"]
    if kind == "LoadBalancer" and "grpc" in ports:
        expose["exposeAdministration"] = True
    if draw(st.booleans()):
        expose["servicePorts"] = {port: 80 + index for index, port in enumerate(ports)}
    return expose


@st.composite
def kept(draw: st.DrawFn, *, expose: dict[str, Any], scaling: dict[str, Any]) -> dict[str, Any]:
    """Objects that somebody made by hand."""
    if draw(st.booleans()):
        return {}
    selector = draw(st.dictionaries(keys, labels, min_size=1, max_size=2))
    found: dict[str, Any] = {"deployment": draw(object_names), "service": draw(names), "selector": selector}
    if draw(st.booleans()):
        found["serviceSelector"] = dict(list(selector.items())[:1])
    if draw(st.booleans()):
        found["serverPorts"] = {"rest": 8500, "grpc": 9000}
    if draw(st.booleans()):
        found["portNames"] = {
            expose["ports"][0]: "first" if len(expose["ports"]) > 1 else draw(st.sampled_from(["", "a"]))
        }
    if "min" in scaling:
        found["autoscaler"] = draw(object_names)
    if expose["type"] == "Ingress":
        found["ingress"] = draw(object_names)
    return {**found, "networkPolicy": draw(object_names)}


@st.composite
def fronts(draw: st.DrawFn) -> dict[str, Any]:
    """What stands in front of the Service, without a cloud of its own."""
    tls: dict[str, Any] = draw(st.sampled_from([{}, {"tls": "none"}, {"tls": {"secretName": "tls.resnet"}}]))
    hosts = draw(st.lists(host_names, min_size=1 if "tls" in tls else 0, max_size=2, unique=True))
    front: dict[str, Any] = {"hosts": hosts, **tls, "proxies": draw(st.lists(peers, max_size=2))}
    if draw(st.booleans()):
        ingress = {
            "className": draw(st.sampled_from(["traefik", "internal.example"])),
            "annotations": draw(annotation_maps),
        }
        return {
            **front,
            "type": "Ingress",
            "ingress": ingress,
            "ports": draw(st.sampled_from([["rest"], ["grpc", "rest"]])),
        }
    ports = draw(st.sampled_from([["rest"], ["grpc"], ["rest", "grpc"]])) if hosts else ["rest"]
    if len(ports) > 1:
        front["grpcHost"] = "grpc.other.test"
    if "secretName" not in str(tls) and draw(st.booleans()):
        return {**front, "type": "Gateway", "gateway": {"name": "shared", "sectionName": "https"}, "ports": ports}
    gateway = {"className": "eg", "annotations": draw(annotation_maps)}
    front |= draw(guards)
    return {**front, "type": "Gateway", "gateway": gateway, "ports": ports}


_ISSUED = {"issuer": "https://issuer.example.com", "audiences": ["a", "urn:b"]}
guards = st.fixed_dictionaries(
    {},
    optional={
        "auth": st.sampled_from(
            [
                "none",
                {"apiKeys": {}},
                {"apiKeys": {"secretName": "keys.of.clients", "header": "x-key"}},
                {"jwt": {**_ISSUED, "jwksUri": "https://issuer.example.com/keys?a=b&c={d}"}},
                {"jwt": {**_ISSUED, "jwksConfigMap": "jwks"}},
            ]
        ),
        "limits": st.fixed_dictionaries(
            {},
            optional={
                "requestsPerSecond": st.sampled_from([1, 1_000_000]),
                "requestSize": st.sampled_from(["1", "1.5Mi", 3 * 2**30, "4G"]),
            },
        ),
    },
)
"""What Envoy Gateway asks of clients."""


@st.composite
def servings(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of the server."""
    serving: dict[str, Any] = {
        "requestTimeoutSeconds": draw(st.integers(1, 3600)),
        "monitoring": draw(st.booleans()),
        "warmup": draw(st.booleans()),
        "loadRetries": draw(st.integers(0, 100)),
        "loadRetrySeconds": draw(st.integers(1, 3600)),
        "filePollSeconds": draw(st.integers(1, 86_400)),
        "env": draw(environment),
        "flags": draw(flags),
    }
    if draw(st.booleans()):
        largest = draw(st.integers(2, 4096))
        serving["batching"] = {"maxBatchSize": largest, "allowedBatchSizes": draw(st.sampled_from([[], [1, largest]]))}
    return serving


flags = st.fixed_dictionaries(
    {},
    optional={
        "saved_model_tags": printable,
        "rest_api_num_threads": st.integers(1, 1000),
        "enable_profiler": st.booleans(),
        "per_process_gpu_memory_fraction": st.floats(0, 1, allow_nan=False),
        "tensorflow_session_parallelism": st.integers(0, 64),
        "grpc_channel_arguments": printable,
    },
)

images = st.fixed_dictionaries(
    {"repository": st.sampled_from(["registry.example.com/team/model", "localhost:5000/m"])},
    optional={
        "digest": st.just("sha256:" + "0" * 64),
        "base": st.sampled_from(
            ["own.example/serving:2.5.4", "registry.example.com/own:2.18.0", "own@sha256:" + "1" * 64]
        ),
        "pullSecrets": st.just(["login"]),
        "pullPolicy": st.sampled_from(["Always", "Never", "IfNotPresent"]),
    },
)
peers = st.sampled_from(
    [
        {"namespace": "shop"},
        {"podLabels": {"app": "web"}},
        {"cidr": "10.0.0.0/8"},
        {"namespace": "a", "podLabels": {"b": "c"}},
    ]
)
host_names = st.sampled_from(["a.example.com", "*.example.com", "b-1.example.org"])
tolerations = st.sampled_from(
    [
        {"operator": "Exists"},
        {"key": "spot", "value": "true", "effect": "NoSchedule"},
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A whole spec file."""
    gpu = draw(st.sampled_from([0, 0, 1, 8]))
    namespace = draw(names)
    served = [draw(models(name=name)) for name in draw(st.lists(model_names, min_size=1, max_size=3, unique=True))]
    image = draw(images)
    if any(model["source"].startswith("image://") for model in served):
        image.setdefault("base", "own.example/serving:2.5.4")  # the official one holds no model
    created = draw(st.booleans())
    scaling = draw(st.one_of(scalings(), scalings(), asked_scalings()))
    serving = draw(servings())
    if "source" in scaling:
        serving["monitoring"] = True
    expose = draw(exposures() | fronts())
    return {
        "apiVersion": "tfk8s.dev/v1",
        "name": draw(names),
        "namespace": namespace,
        "createNamespace": namespace != "default" and not namespace.startswith("kube-") and draw(st.booleans()),
        "models": served,
        "image": image,
        "resources": {"cpu": draw(quantities), "memory": draw(memories), "gpu": gpu},
        "scaling": scaling,
        "expose": expose,
        "existing": draw(kept(expose=expose, scaling=scaling)),
        "serving": serving,
        "lifecycle": {
            "drainSeconds": draw(st.integers(0, 600)),
            "startupSeconds": draw(st.just("auto") | st.integers(1, 86_400)),
        },
        "placement": {
            "nodeSelector": draw(st.dictionaries(keys, labels, max_size=2)),
            "tolerations": draw(st.lists(tolerations, max_size=2)),
            "spread": draw(st.booleans()),
        },
        "podDisruptionBudget": draw(st.sampled_from(["auto", "none"])),
        "networkPolicy": {"allowFrom": draw(st.lists(peers, max_size=2))},
        "serviceAccount": {
            "create": created,
            "name": draw(st.sampled_from(["reader", "bert.reader", "a" * 100])),
            **({"googleServiceAccount": "none", "annotations": draw(annotation_maps)} if created else {}),
        },
        "labels": draw(st.dictionaries(keys, labels, max_size=2)),
        "annotations": draw(annotation_maps),
    }


def spec_of(document: dict[str, Any]) -> ServiceSpec:
    """Validate a document as the loader does."""
    return ServiceSpec.model_validate_json(json.dumps(document), by_alias=True, by_name=False)


specs = documents().map(spec_of)


@st.composite
def told_fronts(draw: st.DrawFn) -> dict[str, Any]:
    """Fronts whose controllers are told more than the API has fields for: nginx, Contour, and those of GKE."""
    name = draw(st.sampled_from(sorted(_CERTIFICATES)))
    certificates = _CERTIFICATES[name]
    sources: list[dict[str, Any]] = [{}, {"tls": "none"}, *({"tls": certificate} for certificate in certificates)]
    tls = draw(st.sampled_from(sources))
    named = {"className": name, "annotations": draw(annotation_maps)}
    front: dict[str, Any] = {
        "hosts": ["a.example.com", "b-1.example.org"],
        **tls,
        "proxies": draw(st.lists(peers, max_size=2)),
    }
    if name.startswith("g") and draw(st.booleans()):
        front["addressName"] = "reserved"
    if "envoy" in name:
        front |= draw(guards)
    if tls.get("tls", "none") != "none" and draw(st.booleans()):
        front |= _GUARDED_BY_GOOGLE.get(name, {})
    if "gke" in name or "envoy" in name:
        both = {"ports": ["rest", "grpc"], "grpcHost": "grpc.other.test"}
        ports = draw(st.sampled_from([{}] if "iap" in str(front.get("auth")) else [{}, both]))
        return {**front, "type": "Gateway", "gateway": named, **ports}
    return {
        **front,
        "type": "Ingress",
        "ingress": named,
        "maxRequestSize": draw(st.sampled_from(["1", "16Mi", "1.5Gi"])),
    }


_CLIENT = {"clientId": "1-a.apps.googleusercontent.com", "secretName": "client"}
_GUARDED_BY_GOOGLE: dict[str, dict[str, Any]] = {
    "gce": {"auth": {"iap": {"secretName": "client"}}},
    "gke-l7-global-external-managed": {"auth": {"iap": _CLIENT}},
    "gke-l7-rilb": {"auth": {"iap": _CLIENT}},
}
"""By the class: Identity-Aware Proxy in front, which needs a certificate."""

_SECRET = {"secretName": "tls"}
_PRE_SHARED = {"preSharedCertificates": ["one", "two"]}
_CERTIFICATES: dict[str, list[dict[str, Any]]] = {
    "nginx": [_SECRET],
    "contour": [_SECRET],
    "envoy-internal": [_SECRET],
    "gce": [_SECRET, _PRE_SHARED, {"managed": True}],
    "gce-internal": [_SECRET, _PRE_SHARED],
    "gke-l7-global-external-managed": [_SECRET, _PRE_SHARED, {"certificateMap": "map"}],
    "gke-l7-rilb": [_SECRET, _PRE_SHARED],
}
"""By the class: what the front takes a certificate from."""


def _with_front(document: dict[str, Any], front: dict[str, Any], drains: int | None) -> dict[str, Any]:
    lifecycle = {} if drains is None else {"drainSeconds": drains}
    return {**document, "expose": front, "lifecycle": lifecycle, "existing": {}}


told_specs = st.builds(_with_front, documents(), told_fronts(), st.none() | st.sampled_from([0, 15, 60])).map(spec_of)
