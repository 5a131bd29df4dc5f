"""What an object would be if nothing of it came from anywhere but its manifest, as a JSON patch (RFC 6902).

Server-side apply keeps what others added. A replacement of the parts does not, so the server's answer to its dry run
holds the manifest, the server's defaults, what the server itself hands out (a cluster IP), and nothing else. It needs
the right `patch` alone, which applying needs too; a PUT would need `update`.
"""

from __future__ import annotations

from tfk8s.manifest.fields import object_at
from tfk8s.manifest.objects import JsonObject, JsonValue

_KEPT = frozenset({"apiVersion", "kind", "metadata", "status"})
_METADATA = ("labels", "annotations")


def replacement(live: JsonObject, desired: JsonObject) -> list[JsonValue]:
    """The operations that make `live` hold what `desired` says, but for identity, finalizers, owners and status."""
    operations: list[JsonValue] = [
        _remove(f"/{key}") for key in sorted(live) if key not in _KEPT and key not in desired
    ]
    operations += [_put(f"/{key}", value) for key, value in desired.items() if key not in _KEPT]
    had, wanted = object_at(live, "metadata"), object_at(desired, "metadata")
    for key in _METADATA:
        if key in wanted:
            operations.append(_put(f"/metadata/{key}", wanted[key]))
        elif key in had:
            operations.append(_remove(f"/metadata/{key}"))
    return operations


def _put(path: str, value: JsonValue) -> JsonObject:
    return {"op": "add", "path": path, "value": value}  # on a member that is there, `add` replaces it


def _remove(path: str) -> JsonObject:
    return {"op": "remove", "path": path}
