"""The Deployment: the model server's pods, how they start, prove themselves, and stop."""

from __future__ import annotations

import math

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION, ownership_labels
from tfk8s.manifest.yaml import Path
from tfk8s.render.arguments import server_flags
from tfk8s.render.draft import Draft
from tfk8s.render.expansion import verbatim
from tfk8s.render.facts import Facts, in_key_order
from tfk8s.render.flags import Flag
from tfk8s.render.monitors import scrape_annotations
from tfk8s.render.storage import mounts, volumes
from tfk8s.render.timing import (
    MIN_READY_S,
    PROBE_TIMEOUT_S,
    READINESS_FAILURES,
    READINESS_PERIOD_S,
    STARTUP_PERIOD_S,
    grace_s,
    progress_deadline_s,
    startup_failures,
)
from tfk8s.spec import Fixed, PortName, Toleration
from tfk8s.spec.existing import pod_labels, server_port

GPU = "nvidia.com/gpu"
USER = 1000
SURGE_PERCENT = 25
_SLEEP_ACTION_MINOR = 30
"""preStop `sleep` is on by default since 1.30 (KEP-3960)."""

_TEMPLATE: Path = ("spec", "template")
_POD: Path = (*_TEMPLATE, "spec")
_CONTAINER: Path = (*_POD, "containers", 0)


def deployment(facts: Facts) -> Draft:
    """Draft the Deployment."""
    spec = facts.spec
    flags = server_flags(spec, facts.models)
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.deployment),
        "replicas": spec.scaling.replicas if isinstance(spec.scaling, Fixed) else None,
        "progress_deadline_s": progress_deadline_s(facts.situation).value,
        "min_ready_s": MIN_READY_S,
        "strategy": _strategy(facts),
        "selector": in_key_order(dict(facts.names.workload_labels)),
        "pod_metadata": _pod_metadata(facts),
        "service_account": spec.service_account.name,
        "grace_s": grace_s(facts.situation).value,
        "user": USER,
        "node_selector": in_key_order({"kubernetes.io/arch": "amd64", **spec.placement.node_selector}),
        "tolerations": _tolerations(facts),
        "spread": _spread(facts) if spec.placement.spread else [],
        "pull_secrets": [{"name": name} for name in spec.image.pull_secrets],
        "image": facts.image,
        "pull_policy": spec.image.pull_policy,
        "args": [flag.argument for flag in flags],
        "env": [{"name": name, "value": verbatim(value)} for name, value in sorted(spec.serving.env.items())],
        "ports": [{"name": name, "containerPort": server_port(spec, name)} for name in _open_ports(facts)],
        "startup_probe": _probe(facts, period_s=STARTUP_PERIOD_S, failures=startup_failures(facts.situation).value),
        "readiness_probe": _probe(facts, period_s=READINESS_PERIOD_S, failures=READINESS_FAILURES),
        "pre_stop": _pre_stop(facts),
        "resources": _resources(facts),
        "mounts": mounts(facts.models),
        "volumes": volumes(spec.name, facts.models),
    }
    return Draft(template="deployment", values=values, reasons=_reasons(facts, flags))


def _pod_metadata(facts: Facts) -> JsonObject:
    spec = facts.spec
    return {
        "labels": in_key_order({**spec.labels, **ownership_labels(spec.name), **pod_labels(spec.existing)}),
        "annotations": in_key_order(
            {**scrape_annotations(spec), **spec.annotations, CONFIG_HASH_ANNOTATION: facts.config_hash}
        ),
    }


def pods_at_once(facts: Facts) -> int:
    """Pods that a roll-out replaces at the same time."""
    return 1 if facts.spec.resources.gpu else math.ceil(facts.most_pods * SURGE_PERCENT / 100)


def _strategy(facts: Facts) -> JsonObject:
    if facts.spec.resources.gpu:
        return {"maxSurge": 0, "maxUnavailable": 1}
    return {"maxSurge": f"{SURGE_PERCENT}%", "maxUnavailable": 0}


def _open_ports(facts: Facts) -> list[PortName]:
    """REST is always open, because the probes use it."""
    return ["grpc", "rest"] if facts.serves_grpc else ["rest"]


def _probe(facts: Facts, *, period_s: int, failures: int) -> JsonObject:
    return {
        "httpGet": {"path": facts.models[0].metadata_path, "port": "rest"},
        "periodSeconds": period_s,
        "timeoutSeconds": PROBE_TIMEOUT_S,
        "failureThreshold": failures,
    }


def _pre_stop(facts: Facts) -> JsonObject | None:
    seconds = facts.situation.drain_s
    if not seconds:
        return None
    if facts.options.kubernetes_minor >= _SLEEP_ACTION_MINOR:
        return {"sleep": {"seconds": seconds}}
    return {"exec": {"command": ["sleep", str(seconds)]}}


def _resources(facts: Facts) -> JsonObject:
    amounts: JsonObject = {
        "cpu": str(facts.spec.resources.cpu),
        "memory": str(facts.memory_quantity),
    }
    limits: JsonObject = {**amounts, GPU: str(facts.spec.resources.gpu)} if facts.spec.resources.gpu else amounts
    return {"requests": amounts, "limits": limits}


def _tolerations(facts: Facts) -> list[JsonValue]:
    found = [_toleration(toleration) for toleration in facts.spec.placement.tolerations]
    ours: JsonObject = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}
    if facts.spec.resources.gpu and ours not in found:
        found.append(ours)
    return [*found]


def _toleration(toleration: Toleration) -> JsonObject:
    fields: JsonObject = {
        "key": toleration.key,
        "operator": toleration.operator,
        "value": toleration.value,
        "effect": toleration.effect,
        "tolerationSeconds": toleration.toleration_seconds,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _spread(facts: Facts) -> list[JsonValue]:
    """Over zones and nodes, counting the pods of one revision, so that a roll-out does not spread against old pods."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": in_key_order(dict(facts.names.workload_labels))},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _reasons(facts: Facts, flags: tuple[Flag, ...]) -> dict[Path, str]:
    reasons: dict[Path, str] = {
        ("spec", "progressDeadlineSeconds"): progress_deadline_s(facts.situation).reason,
        ("spec", "minReadySeconds"): "a new pod answers for this long before an old one goes",
        ("spec", "strategy", "rollingUpdate"): _strategy_reason(facts),
        (*_TEMPLATE, "metadata", "annotations", CONFIG_HASH_ANNOTATION): "replaces the pods when the ConfigMap changes",
        (*_POD, "terminationGracePeriodSeconds"): grace_s(facts.situation).reason,
        (*_POD, "securityContext", "runAsUser"): "the image names no user and would run as root",
        (*_POD, "nodeSelector"): "the official image exists for amd64 alone",
        (*_CONTAINER, "resources", "requests", "cpu"): "from the spec; request and limit are the same",
        (*_CONTAINER, "resources", "requests", "memory"): facts.memory.reason,
        (*_CONTAINER, "startupProbe", "failureThreshold"): startup_failures(facts.situation).reason,
        (*_CONTAINER, "readinessProbe", "httpGet", "path"): _ready_reason(facts),
        (*_CONTAINER, "readinessProbe", "failureThreshold"): (
            f"out of the endpoints {READINESS_FAILURES * READINESS_PERIOD_S} s after its model is gone"
        ),
    }
    reasons |= {(*_POD, "volumes", 1): "room for temporary files, since the root file system is read-only"}
    if isinstance(facts.spec.scaling, Fixed):
        reasons[("spec", "replicas")] = "from the spec"
    if facts.situation.drain_s:
        reasons |= {(*_CONTAINER, "lifecycle", "preStop"): _drain_reason(facts)}
    return reasons | {(*_CONTAINER, "args", index): flag.reason for index, flag in enumerate(flags)}


def _strategy_reason(facts: Facts) -> str:
    if facts.spec.resources.gpu:
        return "a new pod would wait for the GPU that an old one holds: the old one goes first"
    return "no pod goes before a new one is ready; a quarter of the pods is replaced at a time"


def _ready_reason(facts: Facts) -> str:
    reason = "200 only while this is served; an open port and /v1/models/NAME say nothing of the model"
    if len(facts.models) > 1:
        reason += "; the ports open when all models are loaded, and from then on the first one speaks for the pod"
    return reason


def _drain_reason(facts: Facts) -> str:
    reason = f"serves on for {facts.situation.drain_s} s, until endpoints and load balancers have forgotten the pod"
    if facts.options.kubernetes_minor < _SLEEP_ACTION_MINOR:
        reason += f"; the image's own sleep, because Kubernetes 1.{facts.options.kubernetes_minor} has no sleep action"
    return reason
