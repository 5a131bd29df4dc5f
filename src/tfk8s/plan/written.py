"""Who wrote which field last, read from `metadata.managedFields` in the spelling of `manifest.difference`."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.difference import entries, path_of
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.ownership import MANAGER
from tfk8s.plan.managers import HAND_OVER_MANAGER


class Hand(enum.Enum):
    """What kind of writer it was."""

    TOOL = "tool"
    CONTROLLER = "controller"
    PERSON = "person"


_TOOLS = frozenset(
    {MANAGER, HAND_OVER_MANAGER, "helm", "Helm", "helm-controller", "kustomize-controller", "argocd-controller"}
    | {"argocd-application-controller", "kubectl-client-side-apply", "kubectl-last-applied", "before-first-apply"}
    | {"kubectl-create", "kubectl-replace", "argocd", "flux", "flux-client-side-apply", "gotk"}
)
"""Managers that write what a file says, a whole object at a time."""

_CONTROLLERS = (
    *("kube-controller-manager", "kube-apiserver", "kube-scheduler", "cloud-controller-manager", "kubelet"),
    *(
        "glbc",
        "gke-",
        "GoogleGKE",
        "ingress-gce",
        "warden",
        "vpa-",
        "keda",
        "envoy-gateway",
        "nginx-ingress-controller",
    ),
    *("contour", "cert-manager", "controller", "speaker", "kubectl-rollout"),
)
"""Starts of the names of managers that keep fields of their own; a restart writes a time and no setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """One entry of managedFields; `time` as the server writes it, in UTC, "" when it does not."""

    manager: str
    operation: str
    subresource: str = ""
    time: str = ""

    @property
    def hand(self) -> Hand:
        """A tool, a controller, or (whatever is neither) somebody."""
        if self.manager in _TOOLS or (self.manager == "kubectl" and self.operation == "Apply"):
            return Hand.TOOL
        return Hand.CONTROLLER if self.manager.startswith(_CONTROLLERS) else Hand.PERSON

    def __str__(self) -> str:
        """Who and when, as messages say it."""
        through = f" through {self.subresource}" if self.subresource else ""
        when = f" at {self.time.replace('T', ' ').removesuffix('Z')} UTC" if self.time else ""
        return f"{self.manager}{through}{when}"

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        return {
            "manager": self.manager,
            "operation": self.operation,
            "subresource": self.subresource,
            "time": self.time,
            "kind": self.hand.value,
        }


Written: TypeAlias = tuple[tuple[str, Writer], ...]
"""Paths of the leaves that are on record, each with one writer; a path may have several."""


def written_fields(live: JsonObject) -> Written:
    """Every field on record; status is not."""
    return tuple(
        (path, writer)
        for entry in objects_at(live, "metadata", "managedFields")
        if text_at(entry, "subresource") != "status"
        for writer in (_writer(entry),)
        for path in _leaves(object_at(entry, "fieldsV1"), live, "")
    )


def last_writer(written: Written, path: str) -> Writer | None:
    """Who wrote the field, something in it, or what it is a part of, last; None when nobody is on record."""
    path = path.removesuffix(" (order)")
    inside = [writer for at, writer in written if _is_within(at, path)]
    around = [writer for at, writer in written if _is_within(path, at)]
    return max(inside or around, key=lambda writer: writer.time, default=None)


def leaf_paths(body: JsonValue, at: str = "") -> Iterator[str]:
    """Paths of all values of a body that hold nothing further."""
    if isinstance(body, dict) and body:
        for key, value in body.items():
            yield from leaf_paths(value, f"{at}{path_of((key,))}")
    elif isinstance(body, list) and body:
        for label, item in labelled(body):
            yield from leaf_paths(item, f"{at}{label}")
    elif at:
        yield at


def labelled(items: list[JsonValue]) -> list[tuple[str, JsonValue]]:
    """Each item with its step of a path: `[name]`, or `[0]` where they have no names."""
    named = entries(items)
    return list(named.items()) if named is not None else [(f"[{index}]", item) for index, item in enumerate(items)]


def value_under(body: JsonValue, path: str) -> JsonValue:
    """The value at a path in the spelling of this module; None when it is not there."""
    if not path:
        return body
    members: list[tuple[str, JsonValue]] = []
    if isinstance(body, dict):
        members = [(path_of((key,)), value) for key, value in body.items()]
    elif isinstance(body, list):
        members = labelled(body)
    for step, value in members:
        if _is_within(path, step):
            return value_under(value, path[len(step) :])
    return None


def _is_within(path: str, outer: str) -> bool:
    return path == outer or (path.startswith(outer) and path[len(outer)] in ".[")


def _writer(entry: JsonObject) -> Writer:
    return Writer(
        manager=text_at(entry, "manager"),
        operation=text_at(entry, "operation"),
        subresource=text_at(entry, "subresource"),
        time=text_at(entry, "time"),
    )


def _leaves(fields: JsonObject, value: JsonValue, at: str) -> Iterator[str]:
    below = {key: inner for key, inner in fields.items() if key != "."}
    if not below and at:
        yield at
    for key, inner in below.items():
        step, part = _step_into(key, value)
        if step:
            yield from _leaves(inner if isinstance(inner, dict) else {}, part, f"{at}{step}")


def _step_into(key: str, value: JsonValue) -> tuple[str, JsonValue]:
    """The step that a key of fieldsV1 means, and what lies there; "" for an item that is no longer in the list."""
    kind, _, text = key.partition(":")
    if kind == "f":
        return path_of((text,)), value.get(text) if isinstance(value, dict) else None
    wanted = json.loads(text)
    for label, item in labelled(value) if isinstance(value, list) else []:
        if item == wanted if kind == "v" else _has_keys(item, wanted):
            return label, item
    return "", None


def _has_keys(item: JsonValue, wanted: JsonValue) -> bool:
    return isinstance(item, dict) and isinstance(wanted, dict) and wanted.items() <= item.items()
