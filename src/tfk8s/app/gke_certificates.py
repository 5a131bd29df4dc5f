"""Certificates that Google makes for an Ingress: how far they are. They take up to an hour: nobody waits."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.app.planning import if_allowed
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.gke import ACTIVE, MANAGED_CERTIFICATE_API, MANAGED_CERTIFICATES, PRE_SHARED_CERTIFICATES
from tfk8s.ports.cluster import Cluster


def has_certificate(ingress: JsonObject) -> bool:
    """Whether an annotation gives the Ingress a certificate."""
    notes = object_at(ingress, "metadata", "annotations")
    return bool(notes.get(MANAGED_CERTIFICATES) or notes.get(PRE_SHARED_CERTIFICATES))


def pending(ingress: JsonObject, *, cluster: Cluster) -> tuple[str, ...]:
    """One line for each managed certificate that is not in use yet, with Google's word for each name."""
    notes = object_at(ingress, "metadata", "annotations")
    names = [name.strip() for name in text_at(notes, MANAGED_CERTIFICATES).split(",") if name.strip()]
    return tuple(_lines(names, namespace=text_at(ingress, "metadata", "namespace"), cluster=cluster))


def _lines(names: list[str], *, namespace: str, cluster: Cluster) -> Iterator[str]:
    for name in names:
        body = _certificate(name, namespace=namespace, cluster=cluster)
        state = text_at(body, "status", "certificateStatus") or "not looked at yet"
        if state == ACTIVE:
            continue
        domains = (
            f"{text_at(item, 'domain')} {text_at(item, 'status')}"
            for item in objects_at(body, "status", "domainStatus")
        )
        details = ", ".join(domains)
        told = f"{state} ({details})" if details else state
        yield f"ManagedCertificate/{name}: {told}; HTTPS works within an hour after the names lead to the address"


def _certificate(name: str, *, namespace: str, cluster: Cluster) -> JsonObject:
    ref = ObjectRef(api_version=MANAGED_CERTIFICATE_API, kind="ManagedCertificate", namespace=namespace, name=name)
    return if_allowed(lambda: cluster.get(ref), otherwise=None) or {}
