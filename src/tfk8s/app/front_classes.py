"""Whose controller serves the Gateways that routes join: any other would ignore the policy that guards them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.app.planning import if_allowed
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.plan import PlanWarning
from tfk8s.ports.cluster import Cluster, ForbiddenError

_GATEWAY_API = "gateway.networking.k8s.io/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who follows a policy.

    Attributes:
        name: as people call it.
        prefix: what the `controllerName` of its classes begins with.
    """

    name: str
    prefix: str


def require_controller(
    policy: Manifest, wanted: Controller, *, desired: Manifests, cluster: Cluster
) -> Iterator[PlanWarning]:
    """Look whose the classes are of all Gateways that the routes join, as far as the login may.

    Raises:
        PreconditionError: one is of another controller, which would let everybody in.
    """
    for class_name in sorted(_classes(desired, cluster=cluster)):
        yield from _controller(policy, wanted, class_name=class_name, cluster=cluster)


def _controller(policy: Manifest, wanted: Controller, *, class_name: str, cluster: Cluster) -> Iterator[PlanWarning]:
    ref = ObjectRef(api_version=_GATEWAY_API, kind="GatewayClass", namespace="", name=class_name)
    try:
        found = cluster.get(ref)
    except ForbiddenError:
        message = f"this login cannot see whose GatewayClass {class_name} is: another one than {wanted.name}'s would "
        hint = "ask somebody who may: kubectl get gatewayclass"
        yield PlanWarning(message=message + f"ignore {policy.ref}, and let everybody in", hint=hint)
        return
    controller = text_at(found or {}, "spec", "controllerName")
    if found is not None and not controller.startswith(wanted.prefix):
        raise PreconditionError(
            f"GatewayClass {class_name} is of {controller or 'nobody'}, which would ignore {policy.ref} and let "
            "everybody in; nothing was changed",
            hint=f"name a class of {wanted.name} in expose.gateway, or write expose.auth: none",
        )


def _classes(desired: Manifests, *, cluster: Cluster) -> set[str]:
    """Classes of the Gateways that the routes join, ours or others'."""
    made = {item.ref: item.body for item in desired if item.ref.kind == "Gateway"}
    found = set()
    for route in desired:
        for parent in objects_at(route.body, "spec", "parentRefs") if route.ref.kind.endswith("Route") else ():
            namespace = text_at(parent, "namespace") or route.ref.namespace
            ref = ObjectRef(api_version=_GATEWAY_API, kind="Gateway", namespace=namespace, name=text_at(parent, "name"))
            found.add(text_at(made.get(ref) or _seen(ref, cluster=cluster), "spec", "gatewayClassName"))
    return found - {""}


def _seen(ref: ObjectRef, *, cluster: Cluster) -> JsonObject:
    return if_allowed(lambda: cluster.get(ref), otherwise=None) or {}
