"""What a change of a configuration means: which models are served, and how."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Told
from tfk8s.review.turns import as_fields, by_model
from tfk8s.review.view import View
from tfk8s.review.words import change, listed, setting, whole

_DATA = ("data", "models.config")

CONFIG_VIEWS = (
    View(pattern=_DATA, turn=by_model),
    View(pattern=("data", "batching.config"), turn=as_fields),
    View(pattern=("data", "monitoring.config"), turn=as_fields),
)


def users(body: JsonObject, workloads: tuple[JsonObject, ...]) -> tuple[JsonObject, ...]:
    """Deployments of the same namespace that name this ConfigMap, Secret, claim or service account in their pods."""
    metadata = object_at(body, "metadata")
    kind, name, namespace = text_at(body, "kind"), text_at(metadata, "name"), text_at(metadata, "namespace")
    near = (item for item in workloads if text_at(item, "metadata", "namespace") == namespace)
    return tuple(item for item in near if (kind, name) in set(_named(value_at(item, "spec", "template", "spec"))))


def _named(pod: JsonValue) -> list[tuple[str, str]]:
    found = [("ServiceAccount", text_at(pod, "serviceAccountName"))]
    found += [("Secret", text_at(item, "name")) for item in objects_at(pod, "imagePullSecrets")]
    for volume in objects_at(pod, "volumes"):
        found.append(("ConfigMap", text_at(volume, "configMap", "name")))
        found.append(("Secret", text_at(volume, "secret", "secretName")))
        found.append(("PersistentVolumeClaim", text_at(volume, "persistentVolumeClaim", "claimName")))
    variables = [entry for container in objects_at(pod, "containers") for entry in objects_at(container, "env")]
    for entry in variables:
        found.append(("ConfigMap", text_at(entry, "valueFrom", "configMapKeyRef", "name")))
        found.append(("Secret", text_at(entry, "valueFrom", "secretKeyRef", "name")))
    return found


def _read(field: Field, what: str, *, risk: Risk = Risk.RESTART, then: str = "") -> Told:
    """How pods come to know: a changed hash replaces them, otherwise they read it when they start next."""
    hashed = any(_hash_changes(item, field) for item in users(field.new, field.world.following("Deployment")))
    reached = "rolls all pods" if hashed else "pods read it when they start next"
    return Told(what=what, risk=risk, then=f"{reached}; {then}" if then else reached)


def _hash_changes(workload: JsonObject, field: Field) -> bool:
    path = ("spec", "template", "metadata", "annotations", CONFIG_HASH_ANNOTATION)
    same = (
        body
        for ref, body in field.world.before.items()
        if ref.kind == "Deployment" and ref.name == text_at(workload, "metadata", "name")
    )
    return any(value_at(body, *path) != value_at(workload, *path) for body in same)


def _model(field: Field) -> Told:
    if field.after is None:
        return _read(field, f"model {field.name} removed", risk=Risk.DOWNTIME, then="requests for it fail")
    return _read(field, f"model {field.name} added")


def _versions(field: Field) -> Told:
    model, before, after = field.names[0], field.before, field.after
    old, new = _numbers(before), _numbers(after)
    what = f"model {model}: {_version_words(before)} to {_version_words(after)} in models.config"
    gone = [number for number in old if number not in new]
    if old and new and gone:
        return _read(field, what, then=f"requests that ask for version {listed(gone)} by number fail")
    return _read(field, what)


def _numbers(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _version_words(value: JsonValue) -> str:
    if isinstance(value, list):
        return f"version{'s' if len(value) > 1 else ''} {listed(value)}"
    return {"latest": "the latest version", "all": "all versions"}.get(str(value), f"versions {value}")


def _label(field: Field) -> Told:
    what = change(f"model {field.names[0]}: label {field.names[1]} at version", field.before, field.after)
    if field.after is None:
        return _read(field, what, risk=Risk.DOWNTIME, then="requests that ask for the label fail")
    return _read(field, what)


def _path(field: Field) -> Told:
    what = setting(f"model {field.names[0]}: read from", field.before, field.after)
    return _read(field, what, then="what is there is served")


def _setting(field: Field) -> Told:
    return _read(field, whole(f"model {field.names[0]}: {field.names[1]}", field.before, field.after))


def _batching(field: Field) -> Told:
    before, after = _wrapped(field.before), _wrapped(field.after)
    return _read(field, setting(f"batching: {field.name.replace('_', ' ')}", before, after))


def _wrapped(value: JsonValue) -> JsonValue:
    """`[{"value": [64]}]` as 64: the parameters are wrapped numbers, each in a list of one."""
    if not isinstance(value, list):
        return value
    plain = [item["value"] if isinstance(item, dict) and item.keys() == {"value"} else item for item in value]
    flat = [inner for item in plain for inner in (item if isinstance(item, list) else [item])]
    return flat[0] if len(flat) == 1 else flat


def _monitoring(field: Field) -> Told:
    return _read(field, whole("metrics for Prometheus", field.before, field.after))


def _file(field: Field) -> Told:
    state = "added" if field.before is None else "removed" if field.after is None else "changes"
    return _read(field, f"file {field.name} {state}")


def _secret(field: Field) -> Told:
    state = "added" if field.before is None else "removed" if field.after is None else "changes (values masked)"
    what = f"value {field.name} {state}"
    if field.after is None:
        return Told(what=what, risk=Risk.DOWNTIME, then="pods and clients that need it fail")
    return Told(what=what, risk=Risk.RESTART, then="pods read it when they start next")


CONFIG_RULES = (
    Rule(pattern=_DATA, tell=_file, only_whole=True),
    Rule(pattern=(*_DATA, ANY), tell=_model, only_whole=True),
    Rule(pattern=(*_DATA, ANY, "versions"), tell=_versions),
    Rule(pattern=(*_DATA, ANY, "path"), tell=_path),
    Rule(pattern=(*_DATA, ANY, "labels", ANY), tell=_label),
    Rule(pattern=(*_DATA, ANY, ANY), tell=_setting),
    Rule(pattern=("data", "batching.config"), tell=_file, only_whole=True),
    Rule(pattern=("data", "batching.config", ANY), tell=_batching),
    Rule(pattern=("data", "monitoring.config"), tell=_monitoring),
    Rule(pattern=("data", ANY), tell=_file),
    Rule(pattern=("binaryData", ANY), tell=_file),
)
SECRET_RULES = (
    Rule(pattern=("data", ANY), tell=_secret),
    Rule(pattern=("stringData", ANY), tell=_secret),
)


def _storage(field: Field) -> Told:
    what = setting("size", field.before, field.after)
    return Told(what=what, risk=Risk.DATA, then="a claim can only grow, where its class lets it; it is never made anew")


def _claim(field: Field) -> Told:
    what = whole(field.name, field.before, field.after)
    return Told(what=what, risk=Risk.DATA, then="it cannot be changed, and a claim that is made anew is empty")


CLAIM_RULES = (
    Rule(pattern=("spec", "resources", "requests", "storage"), tell=_storage),
    Rule(pattern=("spec", ANY), tell=_claim),
)
