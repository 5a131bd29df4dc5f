"""What can be told before anything is applied: a cluster that could never run the pods."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.scalers import bounds_of, counts
from tfk8s.plan.change import PlanWarning
from tfk8s.spec.quantity import parse_quantity


def amount_of(value: JsonValue) -> Decimal:
    """A quantity in whole units; 0 for what is none, because the server is the one that checks the form."""
    try:
        return parse_quantity(str(value)).value
    except ValueError:
        return Decimal(0)


def pod_request(template: JsonObject, resource: str) -> Decimal:
    """What the scheduler must find for one pod: all containers together, a request defaulting to its limit."""
    total = Decimal(0)
    for container in objects_at(template, "spec", "containers"):
        asked = _amount(container, "requests", resource) or _amount(container, "limits", resource)
        total += asked
    return total


def _amount(container: JsonObject, kind: str, resource: str) -> Decimal:
    return amount_of(value_at(container, "resources", kind, resource))


def check_nodes(desired: Manifests, nodes: tuple[JsonObject, ...]) -> tuple[PlanWarning, ...]:
    """Warn when no node is large enough for one pod, with both numbers; () when there is no node to compare with."""
    found: list[PlanWarning] = []
    for manifest in desired:
        if manifest.ref.kind != "Deployment" or not nodes:
            continue
        template = object_at(manifest.body, "spec", "template")
        for resource in ("cpu", "memory", "nvidia.com/gpu"):
            asked = pod_request(template, resource)
            largest = max(amount_of(value_at(node, "status", "allocatable", resource)) for node in nodes)
            if asked > largest:
                found.append(_too_small(manifest, resource, asked=asked, largest=largest))
    return tuple(found)


def _too_small(manifest: Manifest, resource: str, *, asked: Decimal, largest: Decimal) -> PlanWarning:
    message = (
        f"{manifest.ref}: one pod requests {resource} {shown(resource, asked)}, "
        f"and the largest node offers {shown(resource, largest)}"
    )
    hint = f"lower resources.{resource}, or add larger nodes; a node never offers all that its machine has"
    if resource == "nvidia.com/gpu" and not largest:
        hint = "add a node pool with GPUs (and their device plugin), or use a CPU image"
    return PlanWarning(message=message, hint=hint)


def shown(resource: str, amount: Decimal) -> str:
    """The amount as people write it: cores with up to three digits, memory in Mi."""
    if resource == "memory":
        return f"{math.ceil(amount / 1024**2)}Mi"
    return f"{amount:.3f}".rstrip("0").rstrip(".")


def claims_used(desired: Manifests) -> tuple[str, ...]:
    """Names of the PersistentVolumeClaims that pods of the service mount."""
    volumes = (
        volume
        for manifest in desired
        if manifest.ref.kind == "Deployment"
        for volume in objects_at(manifest.body, "spec", "template", "spec", "volumes")
    )
    names = (text_at(volume, "persistentVolumeClaim", "claimName") for volume in volumes)
    return tuple(dict.fromkeys(name for name in names if name))


def check_claims(desired: Manifests, claims: Iterable[JsonObject]) -> None:
    """Refuse a claim that only one node can mount for a service that may have more than one pod.

    Raises:
        InputError: the claim is ReadWriteOnce(Pod) and replicas, the autoscaler or a rolling update need a second pod.
    """
    pods = _most_pods(desired)
    for claim in claims:
        modes = value_at(claim, "spec", "accessModes")
        shared = isinstance(modes, list) and {"ReadOnlyMany", "ReadWriteMany"} & {str(mode) for mode in modes}
        if not shared and pods > 1:
            name = text_at(claim, "metadata", "name")
            raise InputError(
                f"PersistentVolumeClaim/{name} is ReadWriteOnce, and the service may run {pods} pods at once",
                hint="use a ReadOnlyMany or ReadWriteMany claim, gs:// or a baked image: a second pod would not start",
            )


def _most_pods(desired: Manifests) -> int:
    most = 1
    for manifest in desired:
        if counts(manifest.ref):
            most = max(most, bounds_of(manifest.body)[1])
        elif manifest.ref.kind == "Deployment":
            recreates = text_at(manifest.body, "spec", "strategy", "type") == "Recreate"
            surge = value_at(manifest.body, "spec", "strategy", "rollingUpdate", "maxSurge")
            extra = 0 if recreates or surge in (0, "0%") else 1
            most = max(most, integer_at(manifest.body, "spec", "replicas", default=1) + extra)
    return most
