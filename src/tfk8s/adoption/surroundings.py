"""What stands around the pods: their identity, a budget for disruptions, a network policy."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at
from tfk8s.spec.rules_model import GOOGLE_ACCOUNT_ANNOTATION

_NAMESPACE_LABEL = "kubernetes.io/metadata.name"


def account_of(pod: Part, objects: tuple[Found, ...], *, shared: Mapping[str, str], reads_bucket: bool) -> JsonObject:
    """The part `serviceAccount`."""
    name = pod.text("serviceAccountName") or pod.text("serviceAccount")
    pod.text("serviceAccount")
    account = next((item for item in objects if item.kind == "ServiceAccount" and item.name == name), None)
    found: JsonObject = {}
    if account is not None:
        account.is_part = True
        annotations = account.root.texts("metadata", "annotations")
        google = annotations.pop(GOOGLE_ACCOUNT_ANNOTATION, "")
        own: JsonObject = {key: text for key, text in annotations.items() if shared.get(key) != text}
        found = {"name": name, **({"googleServiceAccount": google} if google else {})}
        found.update({"annotations": own} if own else {})
    elif name and name != "default":
        found = {"name": name, "create": False}
    elif name:
        found = {"create": False}
    if reads_bucket and found.get("create", True) and "googleServiceAccount" not in found:
        pod.found.tell(
            NoteKind.CHANGED,
            (*pod.path, "serviceAccountName"),
            "nothing says as whom the pods read gs://: serviceAccount.googleServiceAccount is none, which fits a "
            "bucket that is public or readable by the nodes",
        )
        found["googleServiceAccount"] = "none"
    return found


def budgets_of(objects: tuple[Found, ...], *, labels: Mapping[str, str]) -> list[Found]:
    """The budgets that count these pods."""
    return [item for item in objects if item.kind == "PodDisruptionBudget" and _selects(item, labels)]


def _selects(item: Found, labels: Mapping[str, str], key: str = "selector") -> bool:
    selector = object_at(item.body, "spec", key, "matchLabels")
    return bool(selector) and selector.items() <= labels.items()


def use_budget(budget: Found) -> None:
    """A budget is always one pod at a time."""
    budget.is_part = True
    for key in ("minAvailable", "maxUnavailable"):
        place = budget.root.at("spec", key)
        if place.value is not None and (key, place.value) != ("maxUnavailable", 1):
            place.tell(NoteKind.CHANGED, f"{key} {place.value} becomes maxUnavailable 1: one pod at a time may go")
    budget.root.texts("spec", "selector", "matchLabels")


def policies_of(objects: tuple[Found, ...], *, labels: Mapping[str, str]) -> list[Found]:
    """The network policies of these pods."""
    return [item for item in objects if item.kind == "NetworkPolicy" and _selects(item, labels, "podSelector")]


def peers_of(policy: Found) -> list[JsonValue]:
    """Whom `networkPolicy.allowFrom` lets in; () for everybody."""
    root = policy.root
    policy.is_part = True
    root.texts("spec", "podSelector", "matchLabels")
    found: list[JsonValue] = []
    for rule in root.items("spec", "ingress"):
        for port in rule.items("ports"):
            port.use_keys("port", "protocol")
        for peer in rule.items("from"):
            read = _peer(peer.value)
            if read is None:
                peer.tell(NoteKind.LOST, "allowFrom knows namespaces by name, labels of pods, and address ranges alone")
            else:
                peer.use()
                found.append(read)
    return found


def _peer(value: JsonValue) -> JsonObject | None:
    body = object_at(value)
    block = object_at(body, "ipBlock")
    if block:
        return {"cidr": block["cidr"]} if block.keys() == {"cidr"} else None
    namespace = object_at(body, "namespaceSelector", "matchLabels")
    pods = object_at(body, "podSelector", "matchLabels")
    plain = body.keys() <= {"namespaceSelector", "podSelector"} and all(
        object_at(body, key).keys() <= {"matchLabels"} for key in body
    )
    if (
        not plain
        or (not namespace and not pods)
        or ("namespaceSelector" in body and namespace.keys() != {_NAMESPACE_LABEL})
    ):
        return None
    found: JsonObject = {"namespace": namespace[_NAMESPACE_LABEL]} if namespace else {}
    return {**found, **({"podLabels": pods} if pods else {})}
