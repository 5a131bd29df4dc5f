"""The use-cases of `tfk8s keys`: the Secret with the keys of a service's clients is read, changed and written back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tfk8s.app.key_ring import Key, KeyRing, read_ring, secret_of
from tfk8s.app.planning import is_there
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.manifest.ownership import is_owned
from tfk8s.ports.cluster import ApplyOptions, Cluster
from tfk8s.spec import ServiceSpec
from tfk8s.spec.envoy_front import keys_secret

KEYS_MANAGER = "tfk8s-keys"
"""Field manager of the Secret: applying the service has no part in it."""

_PREFIX = "tfk_"
"""So that people and scanners know a key when they see one."""

_KEY_BYTES = 32
Verb: TypeAlias = Literal["create", "rotate", "revoke", "revoke-old"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStore:
    """Where the keys of a service are.

    Attributes:
        make: gives a value that nobody can guess.
    """

    service: ServiceName
    secret: ObjectRef
    header: str
    cluster: Cluster
    clock: Clock
    make: Callable[[], str] = lambda: _PREFIX + secrets.token_urlsafe(_KEY_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """What a command did, or would do.

    Attributes:
        made: the new key, the only time that anybody sees it; None when none was made.
        gone: keys that are refused from now on.
        kept: keys of the same client that stay valid.
    """

    ring: KeyRing
    made: Key | None = None
    gone: tuple[Key, ...] = ()
    kept: tuple[Key, ...] = ()


def key_store(spec: ServiceSpec, *, cluster: Cluster, clock: Clock) -> KeyStore:
    """The place of the keys that a spec asks clients for.

    Raises:
        InputError: it asks for none.
    """
    keys = spec.expose.api_keys
    if keys is None:
        raise InputError(
            f"{spec.name} asks its clients for no keys", hint="write expose.auth: {apiKeys: {}} in its spec first"
        )
    name = keys_secret(spec, keys)
    secret = ObjectRef(api_version="v1", kind="Secret", namespace=spec.namespace, name=name)
    return KeyStore(service=ServiceName.of(spec), secret=secret, header=keys.header, cluster=cluster, clock=clock)


def list_keys(store: KeyStore) -> KeyRing:
    """The keys that are valid now.

    Raises:
        PreconditionError: the Secret is somebody else's.
    """
    body = _live(store)
    return read_ring(body) if body is not None else KeyRing()


def plan_change(store: KeyStore, *, verb: Verb, name: str) -> tuple[KeyChange, str | None]:
    """What a verb does to the keys that there are, and the version of the Secret that this is about.

    Raises:
        InputError: there is nothing to do it to.
        PreconditionError: the namespace is not there, or the Secret is somebody else's.
    """
    body = _live(store)
    if body is None:
        _require_namespace(store)
    ring = read_ring(body) if body is not None else KeyRing()
    after = _changed(ring, verb=verb, name=name, store=store)
    made = next((key for key in after.keys if key not in ring.keys), None)
    gone = tuple(key for key in ring.keys if key not in after.keys)
    kept = tuple(key for key in after.keys if key.name == name and key != made)
    version = text_at(body, "metadata", "resourceVersion") if body is not None else None
    return KeyChange(ring=after, made=made, gone=gone, kept=kept), version


def _changed(ring: KeyRing, *, verb: Verb, name: str, store: KeyStore) -> KeyRing:
    match verb:
        case "create":
            return ring.created(name, value=store.make(), now=store.clock.utc_now())
        case "rotate":
            return ring.rotated(name, value=store.make(), now=store.clock.utc_now())
        case "revoke" | "revoke-old":
            return ring.revoked(name, only_old=verb == "revoke-old")


def write_change(store: KeyStore, change: KeyChange, *, version: str | None) -> None:
    """Write the Secret, unless somebody has changed it since it was read.

    Raises:
        ClusterRejectedError: somebody has, or the login may not.
    """
    ring, labels = change.ring, store.service.labels
    manifest = secret_of(ring, ref=store.secret, labels=labels, nobodys=store.make(), version=version)
    store.cluster.apply(manifest, options=ApplyOptions(field_manager=KEYS_MANAGER, force_conflicts=True))


def _live(store: KeyStore) -> JsonObject | None:
    body = store.cluster.get(store.secret)
    if body is not None and not is_owned(labels_of(body), instance=store.service.name):
        raise PreconditionError(
            f"{store.secret} is not ours, so its keys are not ours to change",
            hint="each of its entries is a key: edit it with kubectl, or name another one in "
            "expose.auth.apiKeys.secretName",
        )
    return body


def _require_namespace(store: KeyStore) -> None:
    name = store.secret.namespace
    ref = ObjectRef(api_version="v1", kind="Namespace", namespace="", name=name)
    if not is_there(ref, cluster=store.cluster):
        raise PreconditionError(
            f"there is no namespace {name} to keep keys in",
            hint=f"tfk8s apply makes it with createNamespace: true; else: kubectl create namespace {name}",
        )
