"""Identity-Aware Proxy in front of a service: read from the live object that turns it on, looked at before one does."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.app.front_classes import Controller, require_controller
from tfk8s.app.front_guard import NO_GUARD, Guard
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, text_at, value_at
from tfk8s.plan import PlanWarning
from tfk8s.ports.cluster import Cluster, ForbiddenError
from tfk8s.rollout.fronts import gke_policy_missing
from tfk8s.spec.gke_iap import GATEWAY_SECRET_ENTRIES, INGRESS_SECRET_ENTRIES

CONFIG_API, CONFIG_KIND = "cloud.google.com/v1", "BackendConfig"
POLICY_API, POLICY_KIND = "networking.gke.io/v1", "GCPBackendPolicy"
_GKE = Controller(name="GKE", prefix="networking.gke.io/")
_CREDENTIALS = ("oauthclientCredentials", "secretName")
_ASKS_FOR = "a Google account (Identity-Aware Proxy)"
_SETTLES_S = 300.0
"""Google's load balancers take a change over within minutes."""

_LOOK = (
    "look at the object that turns Identity-Aware Proxy on, and at what GKE says of it: kubectl describe {kind}; "
    "gcloud compute backend-services list shows what the load balancer has"
)


def guard_of_config(config: JsonObject | None) -> Guard:
    """What an Ingress of GKE asks for by its BackendConfig, which has no status."""
    return _guard() if value_at(config or {}, "spec", "iap", "enabled") is True else NO_GUARD


def guard_of_policy(policy: JsonObject | None, *, cluster: Cluster) -> Guard:
    """What a Gateway of GKE asks for by its GCPBackendPolicy."""
    if policy is None or value_at(policy, "spec", "default", "iap", "enabled") is not True:
        return NO_GUARD
    missing = gke_policy_missing(policy)
    lacking = tuple(_lacking(policy, cluster=cluster)) if missing else ()
    return _guard(kind=POLICY_KIND, missing=() if lacking else missing, pending=lacking)


def _guard(*, kind: str = CONFIG_KIND, missing: tuple[str, ...] = (), pending: tuple[str, ...] = ()) -> Guard:
    look = _LOOK.format(kind=kind.lower())
    return Guard(asks_for=_ASKS_FOR, missing=missing, pending=pending, settles_s=_SETTLES_S, look=look)


def check_iap(manifest: Manifest, *, desired: Manifests, cluster: Cluster) -> Iterator[PlanWarning]:
    """Look who would turn it on, and whether the Secret is there that it names.

    Raises:
        PreconditionError: GKE could not turn it on, and would let everybody in.
    """
    is_policy = manifest.ref.kind == POLICY_KIND
    iap = object_at(manifest.body, "spec", *(("default",) if is_policy else ()), "iap")
    if iap.get("enabled") is not True:
        return
    if is_policy:
        yield from require_controller(manifest, _GKE, desired=desired, cluster=cluster)
    for problem in _lacking(manifest.body, cluster=cluster):
        raise PreconditionError(
            f"{manifest.ref} cannot turn Identity-Aware Proxy on, and the front would be open: {problem}; nothing was "
            "changed",
            hint=_remedy(manifest.body),
        )


def secret_of_iap(body: JsonObject) -> ObjectRef | None:
    """The Secret that an object names which turns it on; None where it names none."""
    if text_at(body, "kind") not in (CONFIG_KIND, POLICY_KIND):
        return None
    ref, _ = _secret(body)
    return ref if ref.name else None


def _lacking(body: JsonObject, *, cluster: Cluster) -> Iterator[str]:
    """What its Secret lacks; nothing where the login may not read it."""
    ref, entries = _secret(body)
    if not ref.name:
        return
    try:
        found = cluster.get(ref)
    except ForbiddenError:
        return
    if found is None:
        yield f"there is no {ref}, which it names"
        return
    absent = [entry for entry in entries if entry not in object_at(found, "data")]
    if absent:
        yield f"{ref} has no entry {' and none '.join(absent)}"


def _secret(body: JsonObject) -> tuple[ObjectRef, tuple[str, ...]]:
    is_policy = text_at(body, "kind") == POLICY_KIND
    steps = ("default", "iap", "oauth2ClientSecret", "name") if is_policy else ("iap", *_CREDENTIALS)
    name = text_at(body, "spec", *steps)
    ref = ObjectRef(api_version="v1", kind="Secret", namespace=text_at(body, "metadata", "namespace"), name=name)
    return ref, GATEWAY_SECRET_ENTRIES if is_policy else INGRESS_SECRET_ENTRIES


def _remedy(body: JsonObject) -> str:
    ref, entries = _secret(body)
    files = " ".join(f"--from-file={entry}=FILE" for entry in entries)
    return (
        f"kubectl -n {ref.namespace} create secret generic {ref.name} {files}, from files that hold the OAuth client's "
        "id or secret alone, without a line end"
    )
