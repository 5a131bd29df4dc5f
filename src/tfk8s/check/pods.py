"""What a pod of the model server must be: confined, probed for the model itself, told its flags in the right form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfk8s.check.command_line import lacks_value, read_line
from tfk8s.check.findings import CheckFinding, doubtful, wrong
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.yaml import Path

_POD: Path = ("spec", "template", "spec")
_ARGUMENT = re.compile(r"--([A-Za-z0-9_-]+)(=.*)?\Z", re.DOTALL)
_BARE_PATH = re.compile(r"/v1/models/[^/]+\Z")
_READY_PATH = re.compile(r"/v1/models/[^/]+(/versions/[0-9]+|/labels/[^/]+)?/metadata\Z")
_HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
_GPU = "nvidia.com/gpu"


def pod_findings(deployment: Manifest, *, server: int | None = None) -> Iterator[CheckFinding]:
    """Rules on the pod template of a workload.

    Args:
        deployment: what runs the model server.
        server: which container is the server; None for all of them.
    """
    pod = object_at(deployment.body, "spec", "template", "spec")
    yield from _confinement(deployment, pod)
    yield from _gpu(deployment, pod)
    for index, container in enumerate(objects_at(pod, "containers")):
        at: Path = (*_POD, "containers", index)
        yield from _container_confinement(deployment, container, at)
        if server is None or index == server:
            yield from _probes(deployment, container, at)
            yield from _command(deployment, container, at)
            yield from _arguments(deployment, container, at)
        yield from _image(deployment, container, at)
        yield from _environment(deployment, container, at)
        yield from _resources(deployment, container, at)


def _confinement(deployment: Manifest, pod: JsonObject) -> Iterator[CheckFinding]:
    """The pod's half of the restricted standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/."""
    wanted = {
        ("securityContext", "runAsNonRoot"): True,
        ("securityContext", "seccompProfile", "type"): "RuntimeDefault",
    }
    for steps, value in wanted.items():
        if value_at(pod, *steps) != value:
            yield wrong(
                "pod-security",
                deployment,
                path=(*_POD, *steps),
                message=f"must be {'true' if value is True else value}",
            )
    for field in _HOST_FIELDS:
        if pod.get(field):
            yield wrong("pod-security", deployment, path=(*_POD, field), message="opens the node to the pod")
    for index, volume in enumerate(objects_at(pod, "volumes")):
        if "hostPath" in volume:
            message = "opens the node's files to the pod"
            yield wrong("pod-security", deployment, path=(*_POD, "volumes", index, "hostPath"), message=message)
    if pod.get("automountServiceAccountToken") is not False:
        message = "the server never asks the API: give it no token"
        yield wrong("token", deployment, path=(*_POD, "automountServiceAccountToken"), message=message)


def _container_confinement(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    context = object_at(container, "securityContext")
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "privileged": False}
    for field, value in wanted.items():
        if context.get(field, False if field == "privileged" else None) is not value:
            message = f"must be {str(value).lower()}"
            yield wrong("pod-security", deployment, path=(*at, "securityContext", field), message=message)
    if value_at(context, "capabilities", "drop") != ["ALL"] or value_at(context, "capabilities", "add"):
        message = "must drop ALL and add none"
        yield wrong("pod-security", deployment, path=(*at, "securityContext", "capabilities"), message=message)


def _gpu(deployment: Manifest, pod: JsonObject) -> Iterator[CheckFinding]:
    wants = any(_GPU in object_at(container, "resources", "limits") for container in objects_at(pod, "containers"))
    tolerates = any(toleration.get("key") == _GPU for toleration in objects_at(pod, "tolerations"))
    if wants and not tolerates:
        message = "nodes with a GPU are tainted: without the toleration no pod is scheduled"
        yield wrong("gpu-toleration", deployment, path=(*_POD, "tolerations"), message=message)


def _probes(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    path = text_at(container, "readinessProbe", "httpGet", "path")
    if _BARE_PATH.match(path):
        message = f"must GET {path}/metadata: {path} answers 200 in any state of the model"
        yield wrong("probe-bare-path", deployment, path=(*at, "readinessProbe"), message=message)
    elif not _READY_PATH.match(path):
        message = (
            "must GET the metadata of the served model, version or label: an open port and /v1/models/NAME answer "
            "in any state of the model"
        )
        yield wrong("probe", deployment, path=(*at, "readinessProbe"), message=message)
    startup = object_at(container, "startupProbe")
    if not startup:
        message = "without it a slow load is killed and begins again"
        yield wrong("startup-probe", deployment, path=(*at, "startupProbe"), message=message)
    budget = integer_at(startup, "periodSeconds", default=10) * integer_at(startup, "failureThreshold", default=3)
    is_given_up = deployment.ref.kind == "Deployment"  # other workloads have no deadline
    if is_given_up and integer_at(deployment.body, "spec", "progressDeadlineSeconds", default=600) <= budget:
        message = f"must be longer than the {budget} s that the startup probe allows"
        yield wrong("deadline", deployment, path=("spec", "progressDeadlineSeconds"), message=message)
    yield from _stop(deployment, container, at)


def _stop(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    hook = object_at(container, "lifecycle", "preStop")
    if not hook:
        message = "a pod that is deleted must serve until nobody sends to it"
        yield doubtful("drain", deployment, path=(*at, "lifecycle", "preStop"), message=message)
        return
    command = value_at(hook, "exec", "command")
    drain = integer_at(hook, "sleep", "seconds")
    if isinstance(command, list) and command[-1:] and str(command[-1]).isdigit():
        drain = int(str(command[-1]))
    if integer_at(deployment.body, *map(str, _POD), "terminationGracePeriodSeconds", default=30) <= drain:
        message = f"must be longer than the {drain} s of the preStop step"
        yield wrong("grace", deployment, path=(*_POD, "terminationGracePeriodSeconds"), message=message)


def _command(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    if "command" not in container:
        return
    line = read_line(container, at)
    if line is not None and line.through_entrypoint:
        return
    if line is not None and line.rest_port:
        message = "replaces the entrypoint: later images may need it; give flags in args"
        yield doubtful("command-plain", deployment, path=(*at, "command"), message=message)
    else:
        message = "replaces the entrypoint, which opens the ports: no REST, no metrics; give flags in args"
        yield wrong("command", deployment, path=(*at, "command"), message=message)


def _arguments(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    arguments = container.get("args")
    seen: set[str] = set()
    for index, argument in enumerate(arguments if isinstance(arguments, list) else []):
        found = _ARGUMENT.match(argument) if isinstance(argument, str) else None
        if found is None or lacks_value(str(argument)):
            message = f"{argument!r} is not of the form --flag=value"
            yield wrong("argument", deployment, path=(*at, "args", index), message=message)
        elif found[1] in seen:
            yield wrong("argument", deployment, path=(*at, "args", index), message=f"--{found[1]} occurs twice")
        else:
            seen.add(found[1])


def _image(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    image = text_at(container, "image")
    tag = image.rpartition("/")[2].partition(":")[2]
    if "@" not in image and tag in {"", "latest"}:
        message = f"{image!r} may be another image tomorrow: name a tag or, better, a digest"
        yield doubtful("image", deployment, path=(*at, "image"), message=message)


def _environment(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    for index, variable in enumerate(objects_at(container, "env")):
        if "valueFrom" not in variable and not isinstance(variable.get("value"), str):
            message = f"the value of {variable.get('name')} is no text"
            yield wrong("text", deployment, path=(*at, "env", index, "value"), message=message)


def _resources(deployment: Manifest, container: JsonObject, at: Path) -> Iterator[CheckFinding]:
    for field in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            if resource not in object_at(container, "resources", field):
                message = f"without it the scheduler and the autoscaler guess: set {resource}"
                yield wrong("resources", deployment, path=(*at, "resources", field), message=message)
