"""The keys of a service's clients as a value: made, renewed, revoked; and the Secret that holds them.

Envoy Gateway takes each entry of the Secret for one key: https://gateway.envoyproxy.io/latest/tasks/security/apikey-auth/.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tfk8s.clock import rfc3339
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.fields import object_at, text_at

KEYS_ANNOTATION = "tfk8s.dev/keys"
"""On the Secret: when each of its keys was made."""

NAME = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z"
_NOBODY = "nobody"
"""An entry that a Secret without keys has, with a value that was never shown. On a Gateway that several services share,
a route without any key may otherwise take those of another route: Envoy falls back to those of the whole listener."""

_FINGERPRINT_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of one client; `number` counts its renewals."""

    name: str
    number: int
    value: str = field(repr=False)
    made_at: str = ""

    @property
    def entry(self) -> str:
        """Its name in the Secret."""
        return f"{self.name}.{self.number}"

    @property
    def fingerprint(self) -> str:
        """Enough to tell keys apart; a key is 256 random bits, which no part of a digest gives away."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:_FINGERPRINT_DIGITS]

    def as_json(self) -> JsonObject:
        """What may be shown of it."""
        return {
            "name": self.name,
            "number": self.number,
            "madeAt": self.made_at or None,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """All keys of a service, by name and number."""

    keys: tuple[Key, ...] = ()

    def of(self, name: str) -> tuple[Key, ...]:
        """The keys of a client, the newest last.

        Raises:
            InputError: it has none.
        """
        found = tuple(key for key in self.keys if key.name == name)
        if not found:
            names = ", ".join(sorted({key.name for key in self.keys}))
            hint = f"there are: {names}" if names else "tfk8s keys create makes the first"
            raise InputError(f"{name} has no key", hint=hint)
        return found

    def created(self, name: str, *, value: str, now: datetime) -> KeyRing:
        """With the first key of a client.

        Raises:
            InputError: it has one, or cannot have that name.
        """
        if not re.match(NAME, name) or name == _NOBODY:
            raise InputError(
                f"{name!r} cannot name a key", hint="lower-case letters, digits and dashes, at most 40, as team-a"
            )
        if any(key.name == name for key in self.keys):
            raise InputError(f"{name} has a key", hint=f"tfk8s keys rotate {name} makes another one beside it")
        return self._with(Key(name=name, number=1, value=value, made_at=rfc3339(now)))

    def rotated(self, name: str, *, value: str, now: datetime) -> KeyRing:
        """With a further key of a client; those before stay valid."""
        number = self.of(name)[-1].number + 1
        return self._with(Key(name=name, number=number, value=value, made_at=rfc3339(now)))

    def revoked(self, name: str, *, only_old: bool) -> KeyRing:
        """Without the keys of a client, or without all but its newest one.

        Raises:
            InputError: there is nothing to revoke.
        """
        found = self.of(name)
        going = found[:-1] if only_old else found
        if not going:
            raise InputError(f"{name} has one key, and no old one", hint=f"tfk8s keys revoke {name} revokes that one")
        return KeyRing(keys=tuple(key for key in self.keys if key not in going))

    def _with(self, key: Key) -> KeyRing:
        return KeyRing(keys=tuple(sorted((*self.keys, key), key=lambda one: (one.name, one.number))))


def read_ring(body: JsonObject) -> KeyRing:
    """The keys in a live Secret; entries that are none of ours are left out."""
    made = _made(text_at(body, "metadata", "annotations", KEYS_ANNOTATION))
    found = []
    for entry, value in object_at(body, "data").items():
        name, _, number = entry.rpartition(".")
        if name and number.isdecimal() and isinstance(value, str):
            found.append(Key(name=name, number=int(number), value=_decoded(value), made_at=made.get(entry, "")))
    return KeyRing(keys=tuple(sorted(found, key=lambda one: (one.name, one.number))))


def _made(text: str) -> dict[str, str]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return {key: str(at) for key, at in value.items()} if isinstance(value, dict) else {}


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", errors="replace")
    except binascii.Error:
        return value


def secret_of(
    ring: KeyRing, *, ref: ObjectRef, labels: Mapping[str, str], nobodys: str, version: str | None
) -> Manifest:
    """The Secret with the keys.

    Args:
        ring: the keys.
        ref: of the Secret.
        labels: say whose it is.
        nobodys: a value that nobody knows, for a ring without keys.
        version: refuses to write over any other one; None for a new Secret.
    """
    values = {key.entry: key.value for key in ring.keys} or {_NOBODY: nobodys}
    told: JsonValue = json.dumps({key.entry: key.made_at for key in ring.keys if key.made_at}, sort_keys=True)
    metadata: JsonObject = {"name": ref.name, "namespace": ref.namespace, "labels": {**labels}}
    metadata["annotations"] = {KEYS_ANNOTATION: told}
    if version is not None:
        metadata["resourceVersion"] = version
    data: JsonObject = {entry: base64.b64encode(value.encode()).decode() for entry, value in sorted(values.items())}
    body: JsonObject = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}
    return Manifest.of(body)
