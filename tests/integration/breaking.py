"""What the ways to break a service are made of: changes of its rendered objects."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Objects: TypeAlias = "list[dict[str, Any]]"

_ENTRY_POINT: Final = "/usr/bin/tf_serving_entrypoint.sh"


def of_kind(objects: Objects, kind: str) -> dict[str, Any]:
    """The object of a kind; the first one when there are several."""
    return next(body for body in objects if body["kind"] == kind)


def pod_of(objects: Objects) -> dict[str, Any]:
    """The pod template's spec."""
    spec = of_kind(objects, "Deployment")["spec"]["template"]["spec"]
    assert isinstance(spec, dict)
    return spec


def container_of(objects: Objects) -> dict[str, Any]:
    """The model server's container."""
    container = pod_of(objects)["containers"][0]
    assert isinstance(container, dict)
    return container


def mount(objects: Objects, volume: dict[str, Any], *, path: str) -> None:
    """Mount a volume."""
    pod_of(objects).setdefault("volumes", []).append({"name": "broken", **volume})
    container_of(objects).setdefault("volumeMounts", []).append({"name": "broken", "mountPath": path})


def make(objects: Objects, api_version: str, kind: str, *, name: str = "broken", **fields: Any) -> None:
    """Add an object."""
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}
    objects.insert(0, body)


def change_config(objects: Objects, old: str, new: str) -> None:
    """Change a text in the server's configuration."""
    data = of_kind(objects, "ConfigMap")["data"]
    assert any(old in text for text in data.values())
    for key, text in data.items():
        data[key] = text.replace(old, new)


def spoil(objects: Objects, script: str) -> None:
    """Give the server a copy of its model, on a volume, after a script has changed it there."""
    mount(objects, {"emptyDir": {}}, path="/models/half_plus")
    container = container_of(objects)
    first = {
        "name": "spoil",
        "command": ["/bin/sh", "-c", f"cp -r /models/half_plus/. /copy && cd /copy && {script}"],
        "volumeMounts": [{"name": "broken", "mountPath": "/copy"}],
    }
    kept = {key: container[key] for key in ("image", "imagePullPolicy", "securityContext") if key in container}
    pod_of(objects)["initContainers"] = [{**kept, **first}]


def begin_with(objects: Objects, script: str) -> None:
    """Run a script before the image's entry point, which it has to leave alone."""
    container_of(objects)["command"] = ["/bin/sh", "-c", f'{script}; exec {_ENTRY_POINT} "$@"', "--"]


def drop_flags(objects: Objects, *names: str) -> None:
    """Leave flags out."""
    container = container_of(objects)
    container["args"] = [word for word in container["args"] if word.partition("=")[0].lstrip("-") not in names]


def request(objects: Objects, **amounts: str) -> None:
    """Ask for so much, and allow no more."""
    resources = container_of(objects)["resources"]
    resources["requests"].update(amounts)
    resources.setdefault("limits", {}).update(amounts)
