"""What we applied, as one ConfigMap beside the service: the base of pruning, of deleting and of going back.

The order of writing makes every moment safe to die in: before the first change the record names the old *and* the new
objects, after the last it names exactly the new ones. The manifests in it are those of the last revision that answered
predictions, compressed, without Secrets.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Manifests that were seen answering predictions; `number` counts them, from 1."""

    number: int
    manifests: Manifests


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The record of one service: what may be pruned or deleted, and where to go back to."""

    objects: frozenset[ObjectRef] = frozenset()
    revision: Revision | None = None

    def joined(self, refs: Iterable[ObjectRef]) -> Inventory:
        """The record to write before a change: everything old and everything new."""
        return replace(self, objects=self.objects | frozenset(refs))

    def settled(self, manifests: Manifests) -> Inventory:
        """The record to write once `manifests` answer: exactly them, and the place to go back to."""
        kept = tuple(item for item in manifests if item.ref.kind != "Secret")
        revision = self.revision
        if revision is None or revision.manifests != kept:
            revision = Revision(number=revision.number + 1 if revision else 1, manifests=kept)
        return Inventory(objects=frozenset(item.ref for item in manifests), revision=revision)


def inventory_ref(*, name: str, namespace: str) -> ObjectRef:
    """Where the record of the service `name` is."""
    return ObjectRef(api_version="v1", kind="ConfigMap", namespace=namespace, name=f"{name}-inventory")


def to_config_map(inventory: Inventory, *, ref: ObjectRef, labels: dict[str, str]) -> Manifest:
    """Write the record as an object; equal records give equal bytes."""
    data: JsonObject = {"objects": "".join(f"{_line(item)}\n" for item in sorted(inventory.objects))}
    body: JsonObject = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": cast("JsonObject", dict(labels))},
        "data": data,
    }
    if inventory.revision:
        data["revision"] = str(inventory.revision.number)
        body["binaryData"] = {"manifests": _packed(inventory.revision.manifests)}
    return Manifest(ref=ref, body=body)


def from_config_map(body: JsonObject | None) -> Inventory:
    """Read the record; an absent one is empty.

    Raises:
        PreconditionError: somebody edited it so that it cannot be read; guessing would risk foreign objects.
    """
    if body is None:
        return Inventory()
    name = text_at(body, "metadata", "name")
    try:
        objects = frozenset(_ref(line) for line in text_at(body, "data", "objects").splitlines() if line)
        number = text_at(body, "data", "revision")
        packed = text_at(body, "binaryData", "manifests")
        revision = Revision(number=int(number), manifests=_unpacked(packed)) if number and packed else None
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise PreconditionError(
            f"ConfigMap/{name} is not a record that tfk8s can read ({type(error).__name__})",
            hint="restore it, or delete it: the next apply then prunes nothing and writes it anew",
        ) from error
    return Inventory(objects=objects, revision=revision)


def _line(ref: ObjectRef) -> str:
    return " ".join((ref.api_version, ref.kind, ref.namespace or "-", ref.name))


def _ref(line: str) -> ObjectRef:
    api_version, kind, namespace, name = line.split(" ")
    return ObjectRef(api_version=api_version, kind=kind, namespace="" if namespace == "-" else namespace, name=name)


def _packed(manifests: Manifests) -> str:
    text = json.dumps([item.body for item in manifests], sort_keys=True, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _unpacked(packed: str) -> Manifests:
    bodies = json.loads(gzip.decompress(base64.b64decode(packed, validate=True)))
    if not isinstance(bodies, list):
        raise ValueError("a list of objects was expected")  # noqa: TRY004 - caught above as unreadable
    return tuple(Manifest.of(body) for body in bodies)
