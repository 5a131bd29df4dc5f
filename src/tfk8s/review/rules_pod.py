"""What a change of a pod template means: the pods are replaced, and then."""

from __future__ import annotations

import re

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.review.flags import flag_change
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Told, below
from tfk8s.review.turns import by_flag, by_path, by_resource
from tfk8s.review.view import View
from tfk8s.review.words import change, setting, whole

TEMPLATE = ("spec", "template")
_POD = (*TEMPLATE, "spec")
_CONTAINER = (*_POD, "containers", ANY)

POD_VIEWS = (
    View(pattern=(*_CONTAINER, "args"), turn=by_flag),
    View(pattern=(*_CONTAINER, "resources"), turn=by_resource),
    View(pattern=(*_CONTAINER, "volumeMounts"), turn=by_path),
)

_DIGEST = re.compile(r"(?P<name>[^@]+)@(?P<digest>\S+)")


def rolls(field: Field, what: str, *, then: str = "") -> Told:
    """A change of the template: pods are replaced one after the other, or all at once where the Deployment says so."""
    if text_at(field.new, "spec", "strategy", "type") == "Recreate":
        gone = "all pods stop before new ones start"
        return Told(what=what, risk=Risk.DOWNTIME, then=f"{gone}; {then}" if then else gone)
    return Told(what=what, risk=Risk.RESTART, then=f"rolls all pods; {then}" if then else "")


def _image(field: Field) -> Told:
    old, new = field.pair
    (old_name, old_tag, old_digest), (new_name, new_tag, new_digest) = _parts(old), _parts(new)
    if not old or not new or old_name != new_name:
        return rolls(field, change("image", field.before, field.after))
    if old_tag != new_tag:
        return rolls(field, change("image tag", old_tag or None, new_tag or None))
    return rolls(field, f"image digest {_short(old_digest)} to {_short(new_digest)}, of {new_name}")


def _parts(image: str) -> tuple[str, str, str]:
    match = _DIGEST.fullmatch(image)
    rest, digest = (match["name"], match["digest"]) if match else (image, "")
    name, colon, tag = rest.rpartition(":")
    return (name, tag, digest) if colon and "/" not in tag else (rest, "", digest)


def _short(digest: str) -> str:
    return digest[:19] if digest else "none"


def _resource(field: Field) -> Told:
    """Request and limit in one sentence where they go together."""
    before, after = _sides(field.before), _sides(field.after)
    if len(set(before.values())) <= 1 and len(set(after.values())) <= 1 and before.keys() == after.keys():
        name = f"{field.name} {' and '.join(before)}"
        return rolls(field, setting(name, next(iter(before.values()), None), next(iter(after.values()), None)))
    told = [
        setting(f"{field.name} {side}", before.get(side), after.get(side))
        for side in ("request", "limit")
        if before.get(side) != after.get(side)
    ]
    return rolls(field, ", ".join(told))


def _sides(value: JsonValue) -> dict[str, str]:
    sides = value if isinstance(value, dict) else {}
    return {side: str(sides[side]) for side in ("request", "limit") if side in sides}


def _flag(field: Field) -> Told:
    if field.name.startswith("--"):
        return rolls(field, flag_change(field.name, field.before, field.after))
    return rolls(field, change(f"argument {int(field.name) + 1}", field.before, field.after))


def _variable(field: Field) -> Told:
    before, after = _env_value(field.before), _env_value(field.after)
    return rolls(field, change(f"variable {field.name}", before, after))


def _env_value(entry: JsonValue) -> JsonValue:
    if not isinstance(entry, dict):
        return entry
    return entry.get("value", entry.get("valueFrom", ""))


def _probe(name: str, *, gone: str) -> Rule:
    def tell(field: Field) -> Told:
        then = gone if field.after is None else ""
        return rolls(field, whole(f"{name} probe", field.before, field.after), then=then)

    return Rule(pattern=(*_CONTAINER, f"{name}Probe"), tell=tell)


def _port(field: Field) -> Told:
    name = f"container port {field.name}"
    return rolls(field, whole(name, field.before, field.after))


def _volume(field: Field) -> Told:
    old, new = (text_at(side, "persistentVolumeClaim", "claimName") for side in (field.before, field.after))
    what = whole(f"volume {field.name}", field.before, field.after)
    if old != new and old and new:
        return Told(what=f"volume {field.name}: claim {old} to {new}", risk=Risk.DATA, then="pods read other data")
    if old and not new:
        return Told(what=what, risk=Risk.DATA, then=f"pods no longer read the claim {old}")
    return rolls(field, what)


def _config_hash(field: Field) -> Told:
    return rolls(field, "the configuration's hash changes", then="they read the changed ConfigMap")


def _label(field: Field) -> Told:
    return rolls(field, change(f"pod label {field.name}", field.before, field.after))


def _annotation(field: Field) -> Told:
    return rolls(field, change(f"pod annotation {field.name}", field.before, field.after))


def _node_label(field: Field) -> Told:
    return rolls(
        field, change(f"node selector {field.name}", field.before, field.after), then="they fit on other nodes"
    )


def _tolerations(field: Field) -> Told:
    return rolls(field, whole("tolerations", field.before, field.after), then="they fit on other nodes")


def _grace(field: Field) -> Told:
    return rolls(field, setting("time to stop", _seconds(field.before), _seconds(field.after)))


def _seconds(value: JsonValue) -> JsonValue:
    return f"{value} s" if isinstance(value, int) else value


def _account(field: Field) -> Told:
    then = "they run with its rights"
    return rolls(field, setting("service account", field.before, field.after), then=then)


def _named(name: str) -> Rule:
    """A part of the pod whose changes are listed as they are."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return Rule(pattern=("spec", name), tell=lambda field: rolls(field, whole(words, field.before, field.after)))


def _of_container(name: str, words: str) -> Rule:
    return Rule(pattern=(*_CONTAINER, name), tell=lambda field: rolls(field, whole(words, field.before, field.after)))


def _container(field: Field) -> Told:
    return rolls(field, f"container {field.name} {'added' if field.before is None else 'removed'}")


def _mount(field: Field) -> Told:
    return rolls(field, whole(f"mount at {field.name}", field.before, field.after))


def _pull_secret(field: Field) -> Told:
    return rolls(field, f"pull secret {field.name} {'added' if field.before is None else 'removed'}")


POD_RULES = (
    Rule(pattern=(*TEMPLATE, "metadata", "annotations", CONFIG_HASH_ANNOTATION), tell=_config_hash),
    Rule(pattern=(*TEMPLATE, "metadata", "annotations", ANY), tell=_annotation),
    Rule(pattern=(*TEMPLATE, "metadata", "labels", ANY), tell=_label),
    Rule(pattern=_CONTAINER, tell=_container, only_whole=True),
    Rule(pattern=(*_CONTAINER, "image"), tell=_image),
    Rule(pattern=(*_CONTAINER, "args", ANY), tell=_flag),
    Rule(pattern=(*_CONTAINER, "env", ANY), tell=_variable),
    Rule(pattern=(*_CONTAINER, "resources", ANY), tell=_resource),
    Rule(pattern=(*_CONTAINER, "ports", ANY), tell=_port),
    Rule(pattern=(*_CONTAINER, "volumeMounts", ANY), tell=_mount),
    _probe("startup", gone="a slow start is taken for a failure"),
    _probe("readiness", gone="requests reach pods before their models are loaded"),
    _probe("liveness", gone="a server that hangs is not started again"),
    _of_container("lifecycle", "stop of the pod"),
    _of_container("securityContext", "security context"),
    _of_container("imagePullPolicy", "pull policy"),
    _of_container("command", "command"),
    Rule(pattern=(*_POD, "volumes", ANY), tell=_volume),
    Rule(pattern=(*_POD, "nodeSelector", ANY), tell=_node_label),
    Rule(pattern=(*_POD, "tolerations"), tell=_tolerations),
    Rule(pattern=(*_POD, "imagePullSecrets", ANY), tell=_pull_secret),
    Rule(pattern=(*_POD, "terminationGracePeriodSeconds"), tell=_grace),
    Rule(pattern=(*_POD, "serviceAccountName"), tell=_account),
    Rule(pattern=(*_POD, "serviceAccount"), tell=_account),
    *below(
        TEMPLATE,
        (_named(name) for name in ("topologySpreadConstraints", "affinity", "securityContext", "priorityClassName")),
    ),
)
