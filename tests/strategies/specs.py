"""Valid specs as their files hold them; `service_specs` gives them loaded."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.strategies.values import texts
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.yaml import dump
from tfk8s.spec import ServiceSpec, load_spec

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SOURCES = ("./models/resnet", "/srv/m odels/ü", "gs://bucket/models", "pvc://models/resnet", "pvc://models")


GKE: JsonObject = {"provider": "gke", "project": "my-project", "location": "us-central1", "name": "c", "nodes": 5}


def names(*, longest: int = 50) -> st.SearchStrategy[str]:
    """Names of Kubernetes objects, as long as they may be."""
    inner = st.text(alphabet=_LETTERS + "0123456789-", max_size=longest - 2)
    return st.builds("{}{}{}".format, st.sampled_from(_LETTERS), inner, st.sampled_from(_LETTERS + "0123456789"))


def maps(keys: st.SearchStrategy[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[JsonValue]:
    """Small maps of texts."""
    return st.dictionaries(keys, values, max_size=3).map(lambda drawn: {**drawn})


def _optional(fields: dict[str, st.SearchStrategy[JsonValue]]) -> st.SearchStrategy[JsonObject]:
    return st.fixed_dictionaries({}, optional=fields)


def _model(name: st.SearchStrategy[str] | None) -> st.SearchStrategy[JsonObject]:
    versions = st.lists(st.integers(0, 2**40), min_size=1, max_size=3, unique=True)
    url_names = st.text(alphabet=_LETTERS.upper() + "_.-0123456789", min_size=1, max_size=30).map("M{}m".format)
    return st.builds(
        _labelled,
        st.sampled_from(_SOURCES),
        st.one_of(st.sampled_from(["latest", "all"]), versions),
        st.none() if name is None else st.one_of(name, url_names),
        st.booleans(),
    )


def _labelled(source: str, versions: str | list[int], name: str | None, labelled: bool) -> JsonObject:
    model: JsonObject = {"source": source, "versions": versions if isinstance(versions, str) else [*versions]}
    if name is not None:
        model["name"] = name
    if labelled and not isinstance(versions, str):
        model["labels"] = {"stable": versions[0], "canary": versions[-1]}
    return model


def _scaling() -> st.SearchStrategy[JsonValue]:
    percents = st.integers(1, 100)
    metrics = st.sampled_from([["cpu"], ["memory"], ["cpu", "memory"], ["memory", "cpu"]])
    ranges = st.lists(st.integers(1, 1000), min_size=2, max_size=2).map(sorted)
    windows = _optional({"scaleDownWindowSeconds": st.integers(0, 3600), "scaleUpWindowSeconds": st.integers(0, 3600)})
    autoscaled: st.SearchStrategy[JsonValue] = st.builds(
        lambda least_most, kinds, percent, behavior: {
            "min": least_most[0],
            "max": least_most[1],
            "metrics": [{kind: percent} for kind in kinds],
            "behavior": behavior,
        },
        ranges,
        metrics,
        percents,
        windows,
    )
    fixed: st.SearchStrategy[JsonValue] = st.integers(1, 1000).map(lambda replicas: {"replicas": replicas})
    return st.one_of(fixed, autoscaled)


def _expose() -> st.SearchStrategy[JsonValue]:
    ports: tuple[JsonValue, ...] = (["rest"], ["grpc"], ["rest", "grpc"], ["grpc", "rest"])
    quiet = _optional({"type": st.just("ClusterIP"), "ports": st.sampled_from(ports), "annotations": _annotations()})
    node_port: JsonObject = {"type": "NodePort", "ports": ["rest", "grpc"], "nodePorts": {"rest": 30080}}
    balanced: JsonObject = {"type": "LoadBalancer", "sourceRanges": ["203.0.113.0/24", "2001:db8::/32"]}
    ingress: JsonObject = {"type": "Ingress", "host": "a.example.com", "tls": {"secretName": "tls"}}
    gateway: JsonObject = {
        "type": "Gateway",
        "gateway": {"className": "eg"},
        "ports": ["rest", "grpc"],
        "hosts": ["a.example.com"],
        "grpcHost": "b.example.com",
        "tls": "none",
        "proxies": [{"namespace": "envoy-gateway-system"}],
    }
    keyed: JsonObject = {**gateway, "auth": {"apiKeys": {"header": "x-key"}}, "limits": {"requestsPerSecond": 5}}
    token: JsonObject = {"issuer": "https://issuer.example.com", "audiences": ["a"], "jwksConfigMap": "jwks"}
    issued: JsonObject = {**gateway, "auth": {"jwt": token}, "limits": {"requestSize": "8Mi"}}
    asked: JsonObject = {**ingress, "ingress": {"className": "gce"}, "auth": {"iap": {"secretName": "client"}}}
    classed: JsonObject = {"className": "gke-l7-global-external-managed-mc"}
    fleets: list[JsonObject] = [
        {"type": "Gateway", "tls": "none", "gateway": {**classed, "multiCluster": {"holdsGateway": True, **said}}}
        for said in ({}, {"podRate": 7})
    ]
    fixed = st.sampled_from([node_port, balanced, ingress, gateway, keyed, issued, asked, *fleets])
    return st.one_of(quiet, fixed.map(lambda drawn: {**drawn}))


def _annotations() -> st.SearchStrategy[JsonValue]:
    return maps(names(longest=20).map("example.com/{}".format), texts())


def _labels() -> st.SearchStrategy[JsonValue]:
    return maps(
        names(longest=63),
        st.one_of(st.just(""), st.sampled_from(["on", "1e3", "0o14", "1.0", "A_b"]), names(longest=63)),
    )


def _serving() -> st.SearchStrategy[JsonValue]:
    batch_sizes: tuple[JsonValue, ...] = ({}, {"maxBatchSize": 8, "allowedBatchSizes": [2, 8], "threads": 3})
    flags: tuple[JsonValue, ...] = (
        {},
        {"rest_api_enable_cors_support": True, "grpc_max_threads": 7, "per_process_gpu_memory_fraction": 0.5},
        {"tensorflow_intra_op_parallelism": 3, "grpc_channel_arguments": 'grpc.x=1,a="$(HOME) b"'},
    )
    return _optional(
        {
            "requestTimeoutSeconds": st.integers(1, 3600),
            "batching": st.sampled_from(batch_sizes),
            "monitoring": st.booleans(),
            "warmup": st.booleans(),
            "loadRetries": st.integers(0, 100),
            "loadRetrySeconds": st.integers(1, 3600),
            "filePollSeconds": st.integers(1, 86_400),
            "flags": st.sampled_from(flags),
            "env": maps(st.text(alphabet="ABC_", min_size=1, max_size=8), texts()),
        }
    ).map(lambda drawn: drawn)


def _monitoring() -> st.SearchStrategy[JsonValue]:
    objectives: tuple[JsonValue, ...] = (
        {},
        {"availability": 99.95, "windowDays": 28},
        {"latencyMilliseconds": 300, "percentile": 95},
    )
    return _optional(
        {
            "scrape": st.sampled_from(["auto", "podMonitor", "serviceMonitor", "annotations", "none"]),
            "objective": st.sampled_from(objectives),
            "alerts": st.booleans(),
        }
    ).map(lambda drawn: drawn)


def _placement() -> st.SearchStrategy[JsonValue]:
    tolerations: tuple[JsonValue, ...] = (
        [],
        [{"operator": "Exists"}],
        [{"key": "a/b", "value": "on", "effect": "NoExecute", "tolerationSeconds": 5}],
    )
    return _optional(
        {"nodeSelector": _labels(), "tolerations": st.sampled_from(tolerations), "spread": st.booleans()}
    ).map(lambda drawn: drawn)


def _resources() -> st.SearchStrategy[JsonValue]:
    cpus: tuple[JsonValue, ...] = (1, 2, 0.5, "500m", "1000m", "1", "2.5", 96)
    memories: tuple[JsonValue, ...] = ("auto", "1Gi", "1024Mi", "1536Mi", "4G", 2147483648, "0.5Gi")
    return _optional({"cpu": st.sampled_from(cpus), "memory": st.sampled_from(memories), "gpu": st.integers(0, 2)}).map(
        lambda drawn: drawn
    )


def _network_policy() -> st.SearchStrategy[JsonValue]:
    peers: tuple[JsonValue, ...] = ({"namespace": "shop"}, {"podLabels": {"app": "x"}}, {"cidr": "10.0.0.0/8"})
    chosen = st.lists(st.sampled_from(peers), max_size=3)
    policies: st.SearchStrategy[JsonValue] = chosen.map(lambda drawn: {"allowFrom": drawn})
    return st.one_of(policies, st.just({"enabled": False}))


def _cluster() -> st.SearchStrategy[JsonValue]:
    clusters: tuple[JsonValue, ...] = (
        {"provider": "kind"},
        {"provider": "kind", "name": "x", "nodes": 3},
        GKE,
    )
    return st.sampled_from(clusters)


def _gitops() -> st.SearchStrategy[JsonValue]:
    settings: tuple[JsonValue, ...] = (
        {"repository": "git@git.example.com:team/deploy.git"},
        {
            "repository": "https://git.example.com/team/deploy",
            "path": "deploy/resnet",
            "revision": "refs/heads/live",
            "argocd": {"project": "serving", "automated": False},
            "flux": {
                "interval": "1h30m",
                "images": {"order": "numerical", "tags": "^v(?P<n>[0-9]+)$", "extract": "$n"},
            },
        },
    )
    return st.sampled_from(settings)


def spec_values() -> st.SearchStrategy[JsonObject]:
    """Valid specs as plain data."""
    one = _model(None).map(lambda model: {"model": model})
    several = st.lists(_model(names()), min_size=1, max_size=3, unique_by=lambda model: str(model["name"]))
    models: st.SearchStrategy[JsonObject] = st.one_of(one, several.map(lambda drawn: {"models": [*drawn]}))
    lifecycle: tuple[JsonValue, ...] = ({}, {"drainSeconds": 0}, {"startupSeconds": 60, "timeoutSeconds": 600})
    optional = _optional(
        {
            "namespace": names(longest=63),
            "resources": _resources(),
            "scaling": _scaling(),
            "expose": _expose(),
            "serving": _serving(),
            "monitoring": _monitoring(),
            "lifecycle": st.sampled_from(lifecycle),
            "placement": _placement(),
            "podDisruptionBudget": st.sampled_from(["auto", "none"]),
            "networkPolicy": _network_policy(),
            "labels": _labels(),
            "annotations": _annotations(),
            "cluster": _cluster(),
            "gitops": _gitops(),
        }
    )
    return st.builds(_joined, names(), models, optional)


def _joined(name: str, models: JsonObject, optional: JsonObject) -> JsonObject:
    # A bucket needs an identity and GKE a registry; to give both always is right too.
    account: JsonObject = {"googleServiceAccount": "reader@my-project.iam.gserviceaccount.com"}
    image: JsonObject = {"repository": "registry.example.com/team/model", "pullSecrets": ["login"]}
    return {
        "apiVersion": "tfk8s.dev/v1",
        "name": name,
        **models,
        "image": image,
        "serviceAccount": account,
        **optional,
        **({"monitoring": _possible(optional)} if "monitoring" in optional else {}),
        **({"cluster": _fitting(optional)} if "cluster" in optional else {}),
    }


def _possible(optional: JsonObject) -> JsonValue:
    """Nobody collects what is not served; a ServiceMonitor goes by the Service's port."""
    drawn, serving, expose = (object_at(optional, key) for key in ("monitoring", "serving", "expose"))
    if serving.get("monitoring") is False:
        return {}
    ports = expose.get("ports")
    has_rest = not isinstance(ports, list) or "rest" in ports
    return drawn if has_rest or drawn.get("scrape") != "serviceMonitor" else {**drawn, "scrape": "podMonitor"}


def _fitting(optional: JsonObject) -> JsonValue:
    """Only GKE has Gateways of several clusters and Identity-Aware Proxy, and the one drawn has what makes them."""
    expose = object_at(optional, "expose")
    is_of_gke = "multiCluster" in object_at(expose, "gateway") or "iap" in object_at(expose, "auth")
    return GKE if is_of_gke else optional["cluster"]


def service_specs() -> st.SearchStrategy[ServiceSpec]:
    """Valid specs, loaded from their text."""
    return spec_values().map(lambda value: load_spec(dump(value)))
