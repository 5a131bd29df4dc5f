"""What we applied, as one ConfigMap beside the service: the base of pruning, of deleting and of going back.

The order of writing makes every moment safe to die in: before the first change the record names the old *and* the new
objects, after the last it names exactly the new ones. Beside them stand the last releases that answered predictions,
each with its manifests and the spec that it was made from, compressed, without Secrets.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from typing import cast

from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.plan.packing import bodies_text, packed_bodies, packed_releases, unpacked_bodies, unpacked_releases
from tfk8s.plan.release import Making, Revision

__all__ = ["Inventory", "Making", "Revision", "from_config_map", "inventory_ref", "to_config_map"]

KEPT_RELEASES = 10
LARGEST_BYTES = 512 * 1024
"""Of the compressed part; the API server takes no object above 1 MiB (1.5 MiB with everything about it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The record of one service: what may be pruned or deleted, and where to go back to.

    Attributes:
        objects: everything that may be live.
        revision: the last release that answered.
        earlier: those before it, oldest first.
        attempt: names what was applied last when that is not `revision`: not seen answering, or not complete.
    """

    objects: frozenset[ObjectRef] = frozenset()
    revision: Revision | None = None
    earlier: tuple[Revision, ...] = ()
    attempt: str = ""

    @property
    def releases(self) -> tuple[Revision, ...]:
        """All that are known, oldest first."""
        return (*self.earlier, self.revision) if self.revision is not None else self.earlier

    def is_current(self, manifests: Manifests) -> bool:
        """Whether the last release that answered was exactly this."""
        return self.revision is not None and self.revision.manifests == _recorded(manifests)

    def joined(self, manifests: Manifests) -> Inventory:
        """The record to write before a change: everything old and everything new."""
        refs = frozenset(item.ref for item in manifests)
        return replace(self, objects=self.objects | refs, attempt=self._attempt(manifests))

    def unproven(self, manifests: Manifests) -> Inventory:
        """The record to write after a change that nobody waited for: the place to go back to stays the old one."""
        return replace(self, objects=frozenset(item.ref for item in manifests), attempt=self._attempt(manifests))

    def settled(self, manifests: Manifests, *, making: Making | None = None) -> Inventory:
        """The record to write once `manifests` answer: exactly them, and a new release unless they are the last one."""
        objects = frozenset(item.ref for item in manifests)
        if self.is_current(manifests):
            return replace(self, objects=objects, attempt="")
        number = self.revision.number + 1 if self.revision else 1
        made = Revision(number=number, manifests=_recorded(manifests), making=making or Making())
        return Inventory(objects=objects, revision=made, earlier=self.releases[-(KEPT_RELEASES - 1) :])

    def attempted(self) -> Revision | None:
        """The earlier release that the attempt is a return to; None when it is none."""
        return next((item for item in self.earlier[::-1] if _name_of(item.manifests) == self.attempt), None)

    def _attempt(self, manifests: Manifests) -> str:
        return "" if self.is_current(manifests) else _name_of(_recorded(manifests))


def _name_of(recorded: Manifests) -> str:
    return hashlib.sha256(bodies_text(recorded).encode()).hexdigest()[:16]


def _recorded(manifests: Manifests) -> Manifests:
    return tuple(item for item in manifests if item.ref.kind != "Secret")


def inventory_ref(*, name: str, namespace: str) -> ObjectRef:
    """Where the record of the service `name` is."""
    return ObjectRef(api_version="v1", kind="ConfigMap", namespace=namespace, name=f"{name}-inventory")


def to_config_map(inventory: Inventory, *, ref: ObjectRef, labels: dict[str, str]) -> Manifest:
    """Write the record as an object; equal records give equal bytes. What is too much is left out, the oldest first."""
    data: JsonObject = {"objects": "".join(f"{_line(item)}\n" for item in sorted(inventory.objects))}
    body: JsonObject = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": cast("JsonObject", dict(labels))},
        "data": data,
    }
    if inventory.attempt:
        data["attempt"] = inventory.attempt
    if inventory.revision:
        data["revision"] = str(inventory.revision.number)
        body["binaryData"] = _bounded(inventory.revision, inventory.earlier)
    return Manifest(ref=ref, body=body)


def _bounded(revision: Revision, earlier: tuple[Revision, ...]) -> JsonObject:
    manifests = packed_bodies(revision.manifests)
    last = replace(revision, manifests=())  # they stand by themselves, as they did before there was a history
    while True:
        history = packed_releases((*earlier, last))
        if len(manifests) + len(history) <= LARGEST_BYTES:
            return {"manifests": manifests, "history": history}
        if earlier:
            earlier = earlier[1:]
        elif last.making.spec:
            last = replace(last, making=replace(last.making, spec=""))
        else:
            return {"manifests": manifests}


def from_config_map(body: JsonObject | None) -> Inventory:
    """Read the record; an absent one is empty, and one without a history has its last release alone.

    Raises:
        PreconditionError: somebody edited it so that it cannot be read; guessing would risk foreign objects.
    """
    if body is None:
        return Inventory()
    name = text_at(body, "metadata", "name")
    try:
        objects = frozenset(_ref(line) for line in text_at(body, "data", "objects").splitlines() if line)
        releases = _releases(body)
    except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error) as error:
        raise PreconditionError(
            f"ConfigMap/{name} is not a record that tfk8s can read ({type(error).__name__})",
            hint="restore it, or delete it: the next apply then prunes nothing and writes it anew",
        ) from error
    return Inventory(
        objects=objects,
        revision=releases[-1] if releases else None,
        earlier=releases[:-1],
        attempt=text_at(body, "data", "attempt"),
    )


def _releases(body: JsonObject) -> tuple[Revision, ...]:
    number = text_at(body, "data", "revision")
    packed = text_at(body, "binaryData", "manifests")
    if not number or not packed:
        return ()
    manifests = unpacked_bodies(packed)
    history = text_at(body, "binaryData", "history")
    if not history:
        return (Revision(number=int(number), manifests=manifests),)
    *earlier, last = unpacked_releases(history)
    return (*earlier, replace(last, number=int(number), manifests=manifests))


def _line(ref: ObjectRef) -> str:
    return " ".join((ref.api_version, ref.kind, ref.namespace or "-", ref.name))


def _ref(line: str) -> ObjectRef:
    api_version, kind, namespace, name = line.split(" ")
    return ObjectRef(api_version=api_version, kind=kind, namespace="" if namespace == "-" else namespace, name=name)
