"""Settings of a service that serves, and will hurt: threads, drain, polling, gRPC without a balancer, cold starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.snapshot import name_of

_THREADS: Final = (
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
    "rest_api_num_threads",
    "grpc_max_threads",
)
_POLL: Final = "file_system_poll_wait_seconds"
_EACH_SECOND: Final = 1
"""The server's own default: https://github.com/tensorflow/serving/issues/1916 tells what that costs on a bucket."""

_NO_WARM_UP: Final = "No warmup data file found at"
"""The server looks once for each version that it loads: saved_model_warmup_util.cc."""

_BUCKET: Final = re.compile(r"base_path:\s*[\"'](?P<path>gs://[^\"']+)")
_FLAG: Final = re.compile(r"^--?(?P<name>[a-z0-9_]+)(?:=(?P<value>.*))?$")


def find_in_settings(evidence: Evidence) -> Iterator[Finding]:
    """Everything of this page, read from the pod template."""
    deployment = evidence.snapshot.deployment
    if deployment is None:
        return
    pod = object_at(deployment, "spec", "template", "spec")
    container = next(iter(objects_at(pod, "containers")), {})
    place = f"Deployment/{name_of(deployment)}"
    flags = _flags(container)
    yield from _threads(container, flags=flags, place=place)
    yield from _drain(container, place=place)
    yield from _polling(container, evidence=evidence, flags=flags, place=place)
    yield from _sticky(evidence)
    yield from _cold(evidence, place=place)


def _flags(container: JsonObject) -> dict[str, str]:
    words = [str(word) for key in ("command", "args") for word in _list(container, key)]
    matches = (_FLAG.match(word) for word in words)
    return {match["name"]: match["value"] or "" for match in matches if match}


def _list(container: JsonObject, key: str) -> list[object]:
    value = value_at(container, key)
    return list(value) if isinstance(value, list) else []


def _threads(container: JsonObject, *, flags: dict[str, str], place: str) -> Iterator[Finding]:
    limit = value_at(container, "resources", "limits", "cpu")
    missing = [f"--{name}" for name in _THREADS if name not in flags]
    if limit and missing:
        yield found(
            "threads",
            place=place,
            cause=f"its CPU limit is {limit}, and the server makes as many threads as its node has CPUs: the kernel "
            "throttles them",
            fix=f"set {', '.join(missing)} from the limit; tfk8s does for a service of its own",
            evidence=(f"resources.limits.cpu: {limit}",),
        )


def _drain(container: JsonObject, *, place: str) -> Iterator[Finding]:
    if not object_at(container, "lifecycle", "preStop"):
        yield found(
            "no-drain",
            place=place,
            cause="it has no preStop: at each roll-out and scale-down a pod goes while requests are on their way to "
            "it, because the server does nothing at SIGTERM",
            fix="lifecycle.drainSeconds of the spec renders a sleep before the end",
            evidence=("containers[0].lifecycle.preStop is not set",),
        )


def _polling(container: JsonObject, *, evidence: Evidence, flags: dict[str, str], place: str) -> Iterator[Finding]:
    base = next(
        (text_at(each, "value") for each in objects_at(container, "env") if each.get("name") == "MODEL_BASE_PATH"), ""
    )
    source = flags.get("model_base_path") or _configured(evidence) or base
    seconds = flags.get(_POLL, str(_EACH_SECOND))
    if source.startswith("gs://") and seconds.isdecimal() and 0 < int(seconds) <= _EACH_SECOND:
        yield found(
            "poll-cost",
            place=place,
            cause=f"each pod lists {source} every {seconds} s: {86400 // int(seconds)} paid operations a pod a day",
            fix=f"set --{_POLL}=30 or more, or 0 where versions come with a roll-out",
            evidence=(f"--{_POLL} {'=' + seconds if _POLL in flags else 'is not set: 1 s'}",),
        )


def _configured(evidence: Evidence) -> str:
    """The first bucket in a models.config that the pods mount."""
    texts = (str(text) for body in evidence.of("configMaps") for text in object_at(body, "data").values())
    match = next((match for text in texts if (match := _BUCKET.search(text))), None)
    return match["path"] if match else ""


def _sticky(evidence: Evidence) -> Iterator[Finding]:
    service = evidence.snapshot.service
    is_grpc = any(
        text_at(port, "name") == "grpc" or text_at(port, "targetPort") == "grpc" or integer_at(port, "port") == 8500
        for port in objects_at(service, "spec", "ports")
    )
    pods = integer_at(evidence.snapshot.deployment, "spec", "replicas", default=1)
    routed = evidence.of("routes") or evidence.of("grpcRoutes")
    if service is None or not is_grpc or pods < 2 or routed or text_at(service, "spec", "clusterIP") == "None":
        return
    yield found(
        "grpc-sticky",
        place=f"Service/{name_of(service)}",
        cause=f"a gRPC client keeps one connection, and with it one of {pods} pods: the others idle",
        fix="put a Gateway in front (expose.type gateway), or let clients balance over a headless Service",
        evidence=("spec.ports has gRPC, and spec.clusterIP is one address",),
    )


def _cold(evidence: Evidence, *, place: str) -> Iterator[Finding]:
    """Only where pods come and go with the load: then somebody waits for each new one."""
    snapshot = evidence.snapshot
    if snapshot.scaler is None and snapshot.scaled_object is None:
        return
    lines = (line for pod in snapshot.pods for line in snapshot.logs.get(name_of(pod), ()))
    first = next((line.strip() for line in lines if _NO_WARM_UP in line), "")
    if first:
        yield found(
            "cold-start",
            place=place,
            cause="its model has no warm-up requests, and an autoscaler adds pods: the first requests of each are slow",
            evidence=(first,),
            command="tfk8s warmup",
        )
