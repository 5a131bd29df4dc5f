"""Releases as the text of a ConfigMap's `binaryData`: JSON, compressed; equal values give equal bytes."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

from tfk8s.manifest import Manifest, Manifests
from tfk8s.plan.release import Making, Revision


def bodies_text(manifests: Manifests) -> str:
    """The bodies as JSON, the same for the same content."""
    return json.dumps([item.body for item in manifests], sort_keys=True, separators=(",", ":"))


def packed_bodies(manifests: Manifests) -> str:
    """The bodies, compressed."""
    return _packed(bodies_text(manifests))


def unpacked_bodies(packed: str) -> Manifests:
    """What `packed_bodies` wrote.

    Raises:
        ValueError, KeyError, TypeError, OSError, EOFError, zlib.error: it did not write this.
    """
    return _manifests(_unpacked(packed))


def packed_releases(releases: Sequence[Revision]) -> str:
    """The releases, compressed."""
    value = [
        {
            "number": release.number,
            "time": release.making.time,
            "author": release.making.author,
            "spec": release.making.spec,
            "environment": release.making.environment,
            "models": list(release.making.models),
            "restores": release.making.restores,
            "live": release.making.live,
            "return": release.making.is_return,
            "manifests": [item.body for item in release.manifests],
        }
        for release in releases
    ]
    return _packed(json.dumps(value, sort_keys=True, separators=(",", ":")))


def unpacked_releases(packed: str) -> tuple[Revision, ...]:
    """What `packed_releases` wrote; at least one.

    Raises:
        ValueError, KeyError, TypeError, OSError, EOFError, zlib.error: it did not write this.
    """
    return tuple(_release(entry) for entry in _unpacked(packed))


def _release(entry: Any) -> Revision:
    making = Making(
        time=str(entry["time"]),
        author=str(entry["author"]),
        spec=str(entry["spec"]),
        environment=str(entry["environment"]),
        models=tuple(str(name) for name in entry["models"]),
        restores=None if entry["restores"] is None else int(entry["restores"]),
        live=str(entry.get("live", "")),
        is_return=bool(entry.get("return", False)),
    )
    return Revision(number=int(entry["number"]), manifests=_manifests(entry["manifests"]), making=making)


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _unpacked(packed: str) -> list[Any]:
    value = json.loads(gzip.decompress(base64.b64decode(packed, validate=True)))
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("a list of objects was expected")
    return value


def _manifests(bodies: list[Any]) -> Manifests:
    return tuple(Manifest.of(body) for body in bodies)
