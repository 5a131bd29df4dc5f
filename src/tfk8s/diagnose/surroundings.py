"""What pods stand on and behind: claims, nodes, disruption budgets, load balancers, Ingresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import condition_of, integer_at, labels_of, object_at, objects_at, text_at, time_at
from tfk8s.manifest.selectors import selects
from tfk8s.manifest.snapshot import name_of

_PRESSURES: Final = {"DiskPressure": "disk", "MemoryPressure": "memory", "PIDPressure": "process ids"}
_PATIENCE: Final = timedelta(seconds=90)
"""A load balancer of a cloud comes within a minute or two; before that it is on its way."""

_CLOUD_WORDS: Final = ("Failed", "Error", "Unavailable")


def find_in_surroundings(evidence: Evidence, *, now: datetime) -> Iterator[Finding]:
    """Everything of this page."""
    yield from _claims(evidence)
    yield from _nodes(evidence)
    yield from _budgets(evidence)
    yield from _balancer(evidence, now=now)
    yield from _ingresses(evidence, now=now)


def _mounted(evidence: Evidence) -> set[str]:
    template = object_at(evidence.snapshot.deployment, "spec", "template", "spec")
    return {text_at(each, "persistentVolumeClaim", "claimName") for each in objects_at(template, "volumes")} - {""}


def _claims(evidence: Evidence) -> Iterator[Finding]:
    for claim in evidence.of("claims"):
        phase = text_at(claim, "status", "phase")
        if name_of(claim) not in _mounted(evidence) or phase in ("", "Bound"):
            continue
        words = _events_about(evidence, kind="PersistentVolumeClaim", name=name_of(claim))
        if phase == "Pending" and any("WaitForFirstConsumer" in line for line in words):
            continue  # it gets its volume with the first pod
        kind = text_at(claim, "spec", "storageClassName")
        lost = phase == "Lost"
        yield found(
            "claim-lost" if lost else "claim-pending",
            place=f"PersistentVolumeClaim/{name_of(claim)}",
            cause=f"its volume {text_at(claim, 'spec', 'volumeName')} is gone"
            if lost
            else "it has no volume" + (f" of the storage class {kind}" if kind else ""),
            evidence=words[:2] or (f"status.phase: {phase}",),
            command=f"kubectl -n {evidence.namespace} describe pvc {name_of(claim)}; kubectl get storageclass",
        )


def _events_about(evidence: Evidence, *, kind: str, name: str) -> tuple[str, ...]:
    about = [
        f"{text_at(event, 'reason')}: {text_at(event, 'message')}"
        for event in evidence.snapshot.events
        if text_at(event, "involvedObject", "kind") == kind and text_at(event, "involvedObject", "name") == name
    ]
    return tuple(dict.fromkeys(about))


def _nodes(evidence: Evidence) -> Iterator[Finding]:
    used = {text_at(pod, "spec", "nodeName") for pod in evidence.snapshot.pods}
    for node in evidence.of("nodes"):
        if name_of(node) not in used:
            continue
        ready = condition_of(node, "Ready")
        if ready and text_at(ready, "status") != "True":
            yield found(
                "node-down",
                place=f"Node/{name_of(node)}",
                cause=f"pods of the service run on it, and it is not ready ({text_at(ready, 'reason')})",
                fix="mend or replace the node; after five minutes its pods are made elsewhere",
                evidence=(text_at(ready, "message"),),
                command=f"kubectl describe node {name_of(node)}",
            )
        for kind, what in _PRESSURES.items():
            condition = condition_of(node, kind)
            if text_at(condition, "status") == "True":
                yield found(
                    "node-pressure",
                    place=f"Node/{name_of(node)}",
                    cause=f"pods of the service run on it, and it is short of {what}: it evicts pods",
                    evidence=(text_at(condition, "message"),),
                    command=f"kubectl describe node {name_of(node)}",
                )


def _budgets(evidence: Evidence) -> Iterator[Finding]:
    labels = labels_of(object_at(evidence.snapshot.deployment, "spec", "template"))
    for budget in evidence.of("budgets"):
        selector = object_at(budget, "spec", "selector")
        expected = integer_at(budget, "status", "expectedPods")
        healthy = integer_at(budget, "status", "currentHealthy")
        wanted = integer_at(budget, "status", "desiredHealthy")
        if not labels or not selector or not selects(selector, labels) or not expected:
            continue
        # with pods missing it blocks for a while and rightly so; what blocks with all pods well, blocks for ever
        if integer_at(budget, "status", "disruptionsAllowed") or healthy < expected or wanted < expected:
            continue
        spec = object_at(budget, "spec")
        told = next((f"{key}: {spec[key]}" for key in ("minAvailable", "maxUnavailable") if key in spec), "")
        yield found(
            "budget-blocks",
            place=f"PodDisruptionBudget/{name_of(budget)}",
            cause=f"it allows no eviction: {expected} pods are there and {wanted} must stay, so a node with one of "
            "them is never drained, and cluster upgrades wait for it",
            fix="set maxUnavailable: 1, or run one pod more than minAvailable",
            evidence=(f"spec.{told}", f"status.disruptionsAllowed: 0 of {expected}"),
            command=f"kubectl -n {evidence.namespace} get pdb {name_of(budget)}",
        )


def _is_old(body: JsonObject, *, now: datetime) -> bool:
    made = time_at(body, "metadata", "creationTimestamp")
    return made is not None and now - made >= _PATIENCE


def _balancer(evidence: Evidence, *, now: datetime) -> Iterator[Finding]:
    service = evidence.snapshot.service
    if service is None or text_at(service, "spec", "type") != "LoadBalancer":
        return
    if objects_at(service, "status", "loadBalancer", "ingress"):
        return
    words = _events_about(evidence, kind="Service", name=name_of(service))
    failed = tuple(line for line in words if any(sign in line.partition(":")[0] for sign in _CLOUD_WORDS))
    if not failed and not _is_old(service, now=now):
        return
    yield found(
        "balancer-pending",
        place=f"Service/{name_of(service)}",
        cause="its load balancer has no address"
        + ("" if words else ": no controller of this cluster has said a word about it"),
        fix="see the words of its controller: a quota of addresses, a subnet, a missing controller; without one use "
        "expose.type ClusterIP and a port-forward (`tfk8s predict` does)",
        evidence=failed[:2] or words[-2:],
        command=f"kubectl -n {evidence.namespace} describe service {name_of(service)}",
    )


def _ingresses(evidence: Evidence, *, now: datetime) -> Iterator[Finding]:
    service = name_of(evidence.snapshot.service or {})
    known = evidence.objects.get("ingressClasses")
    for ingress in evidence.of("ingresses"):
        if not service or service not in _backends(ingress):
            continue
        place = f"Ingress/{name_of(ingress)}"
        wanted = text_at(ingress, "spec", "ingressClassName")
        describe = f"kubectl -n {evidence.namespace} describe ingress {name_of(ingress)}"
        backends = text_at(object_at(ingress, "metadata", "annotations"), "ingress.kubernetes.io/backends")
        if wanted and known is not None and wanted not in {name_of(each) for each in known}:
            names = ", ".join(sorted(name_of(each) for each in known)) or "none"
            yield found(
                "ingress-class",
                place=place,
                cause=f"there is no IngressClass {wanted}, so nobody serves it (there is: {names})",
                fix="name a class of the cluster in expose.ingress.className, or install its controller",
                evidence=(f"spec.ingressClassName: {wanted}",),
                command="kubectl get ingressclass",
            )
        elif "UNHEALTHY" in backends:
            yield found(
                "backend-unhealthy",
                place=place,
                cause="the load balancer calls the pods unhealthy: its health check gets no 200",
                fix="let it ask for /v1/models/MODEL, which a model server answers with 200 (a BackendConfig on GKE): "
                "the usual / is 404 there",
                evidence=(f"ingress.kubernetes.io/backends: {backends}",),
                command=describe,
            )
        elif not objects_at(ingress, "status", "loadBalancer", "ingress") and _is_old(ingress, now=now):
            yield found(
                "balancer-pending",
                place=place,
                cause="its load balancer has no address",
                evidence=_events_about(evidence, kind="Ingress", name=name_of(ingress))[-2:],
                command=describe,
            )


def _backends(ingress: JsonObject) -> set[str]:
    default = text_at(ingress, "spec", "defaultBackend", "service", "name")
    rules = (path for rule in objects_at(ingress, "spec", "rules") for path in objects_at(rule, "http", "paths"))
    return {default, *(text_at(path, "backend", "service", "name") for path in rules)} - {""}
