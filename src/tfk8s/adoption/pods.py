"""What a pod gets, where it runs, how it starts and stops, and what in it was dangerous."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.spec import parse_quantity
from tfk8s.spec.fields import MIN_MEMORY_BYTES

GPU = "nvidia.com/gpu"
_TOLERATION = ("key", "operator", "value", "effect", "tolerationSeconds")
_ARCHITECTURE = "kubernetes.io/arch"


def gpus_of(container: Part) -> int:
    """How many GPUs a pod gets."""
    value = container.at("resources", "limits", GPU).value
    return int(value) if isinstance(value, (int, str)) and str(value).isdecimal() else 0


def resources_of(container: Part) -> JsonObject:
    """The part `resources`; request and limit become the same."""
    resources: JsonObject = {}
    for key in ("cpu", "memory"):
        request, limit = container.use("resources", "requests", key), container.use("resources", "limits", key)
        chosen = limit if limit is not None else request
        if chosen is None:
            continue
        if key == "memory" and not _is_memory(chosen):
            container.at("resources").tell(NoteKind.CHANGED, f"memory {chosen} is no room for a server: auto is taken")
            continue
        resources[key] = chosen
        if request is not None and limit is not None and str(request) != str(limit):
            place = container.at("resources", "requests", key)
            place.tell(NoteKind.CHANGED, f"the request, {request}, becomes the limit, {limit}: both are the same")
    gpus = gpus_of(container)
    if gpus:
        container.use("resources", "limits", GPU)
        container.use("resources", "requests", GPU)
        resources["gpu"] = gpus
    missing = [key for key in ("cpu", "memory") if container.at("resources", "requests", key).value is None]
    missing = [key for key in missing if container.at("resources", "limits", key).value is None]
    if missing:
        container.at("resources").tell(
            NoteKind.UNSAFE,
            f"no request for {' and '.join(missing)}: a node takes pods that it has no room for, and an autoscaler "
            "counts nothing; tfk8s gives 1 core, and memory by the model's size",
        )
    return resources


def _is_memory(value: JsonValue) -> bool:
    try:
        return isinstance(value, (int, str)) and parse_quantity(value).units >= MIN_MEMORY_BYTES
    except ValueError:
        return False


def variables_of(container: Part) -> dict[str, str]:
    """The environment, as far as it is plain text; not used by this alone."""
    found = {}
    for entry in container.items("env"):
        name, value = entry.at("name").value, entry.at("value").value
        if isinstance(name, str) and isinstance(value, str):
            found[name] = value
    return found


def environment_of(container: Part) -> JsonObject:
    """The part `serving.env`."""
    kept: JsonObject = {}
    for entry in container.items("env"):
        name, value = str(entry.at("name").value), entry.at("value").value
        if name in ("MODEL_NAME", "MODEL_BASE_PATH"):
            entry.use_keys("name", "value")
        elif entry.has("valueFrom"):
            entry.tell(NoteKind.LOST, f"{name} comes from somewhere else: serving.env holds plain texts alone")
        elif isinstance(value, str) and "$(" in value.replace("$$", ""):
            entry.tell(NoteKind.LOST, f"{name} is put together of other variables: write its value into serving.env")
        else:
            entry.use_keys("name", "value")
            kept[name] = value.replace("$$", "$") if isinstance(value, str) else ""
    return kept


def placement_of(pod: Part) -> JsonObject:
    """The part `placement`."""
    wanted = {
        key: value for key, value in pod.texts("nodeSelector").items() if (key, value) != (_ARCHITECTURE, "amd64")
    }
    tolerations: list[JsonValue] = []
    for item in pod.items("tolerations"):
        fields: JsonObject = {key: item.use(key) for key in _TOLERATION if item.has(key)}
        if fields != {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}:
            tolerations.append(fields)
    if pod.at("affinity"):
        pod.at("affinity").tell(
            NoteKind.LOST, "affinity is not carried over: placement has nodeSelector, tolerations and spread"
        )
    found: JsonObject = {"nodeSelector": {**wanted}} if wanted else {}
    return {**found, **({"tolerations": tolerations} if tolerations else {})}


def lifecycle_of(container: Part) -> JsonObject:
    """The part `lifecycle`: the drain of a preStop that sleeps, the start of a startup probe."""
    found: JsonObject = {}
    stop = container.at("lifecycle", "preStop")
    seconds = stop.number("sleep", "seconds")
    words = stop.at("exec", "command").value
    if seconds is None and isinstance(words, list) and len(words) == 2 and str(words[0]).endswith("sleep"):
        seconds = int(str(words[1])) if str(words[1]).isdecimal() else None
        stop.use("exec", "command")
    if seconds is not None:
        found["drainSeconds"] = min(seconds, 600)
    probe = container.at("startupProbe")
    if probe:
        period, failures = probe.number("periodSeconds") or 10, probe.number("failureThreshold") or 3
        found["startupSeconds"] = period * failures
    return found


def tell_probes(container: Part) -> None:
    """What the probes of a server that loads models get wrong."""
    liveness, readiness = container.at("livenessProbe"), container.at("readinessProbe")
    if liveness:
        liveness.tell(
            NoteKind.UNSAFE,
            "restarts a pod whose model takes long to load, and sees nothing of a model that is gone; tfk8s has a "
            "start-up probe by the model's size, and no liveness probe",
        )
    if not readiness:
        container.at("readinessProbe").tell(
            NoteKind.UNSAFE,
            "there is none: requests reach pods whose model is not loaded; tfk8s asks for the model's metadata",
        )
    elif not str(readiness.at("httpGet", "path").value or "").endswith("/metadata"):
        readiness.tell(NoteKind.UNSAFE, "an open port says nothing of the model; tfk8s asks for the model's metadata")


def tell_confinement(pod: Part, container: Part) -> None:
    """What a pod may that a model server need not."""
    for part in (pod, container):
        context = part.at("securityContext")
        if context.at("privileged").value is True:
            context.at("privileged").tell(NoteKind.UNSAFE, "the server ran with the node's rights; tfk8s gives it none")
        for key in ("runAsUser", "runAsGroup"):
            if context.at(key).value == 0:
                context.at(key).tell(NoteKind.UNSAFE, "the server ran as root; tfk8s runs it as 1000")
    if not container.at("securityContext") and not pod.at("securityContext"):
        pod.at("securityContext").tell(
            NoteKind.UNSAFE, "there is none, so the server ran as the image says, as root; tfk8s runs it as 1000"
        )
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.at(key).value is True:
            pod.at(key).tell(NoteKind.UNSAFE, "the pod shared this with its node; tfk8s keeps it apart")


def tell_neighbours(pod: Part, container: Part) -> None:
    """Containers beside the server have no place in a spec."""
    for key in ("containers", "initContainers"):
        for item in pod.items(key):
            if item.path != container.path:
                name = item.at("name").value
                item.tell(
                    NoteKind.LOST, f"the container {name} beside the server is not carried over: run it elsewhere"
                )


def joined(parts: list[Part]) -> Mapping[str, str]:
    """Texts that several maps agree on or that one of them has alone; those that differ are left unused."""
    found: dict[str, str] = {}
    for part in parts:
        values = part.value if isinstance(part.value, dict) else {}
        for key, value in values.items():
            if isinstance(value, str) and found.setdefault(key, value) == value:
                part.use(key)
    return found
