"""What a part of a service looks like to whom a request was refused: they know an object, and not its service.

The table says which part a command needs; a refusal names a kind and perhaps a name. A part that could be anything of
its kind (the Secret of an OAuth client, the ConfigMap of an issuer's keys) has no look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tfk8s.rights.need import Need, Thing
from tfk8s.rights.right import Right


class Look(NamedTuple):
    """A kind as the table writes it, "" for each that only services have; and how the names of its objects end."""

    resource: str
    ending: str = ""


_DEPLOYMENTS: Final = "apps/deployments"
_SCALERS: Final = "autoscaling/horizontalpodautoscalers"
_SCALED_OBJECTS: Final = "keda.sh/scaledobjects"
_JOBS: Final = "batch/jobs"
_GATEWAYS: Final = "gateway.networking.k8s.io"
_GATEWAY_CLASSES: Final = f"{_GATEWAYS}/gatewayclasses"
_INGRESS_CLASSES: Final = "networking.k8s.io/ingressclasses"
_CANARY, _CANARY_CONFIG, _TRIAL = "-canary", "-canary-config", "-trial"
_NOT_OWN: Final = frozenset({_DEPLOYMENTS, _JOBS, _GATEWAY_CLASSES, _INGRESS_CLASSES})
"""Kinds with a group that others have objects of too."""
_OWN: Final = (Look(""), Look("serviceaccounts"), Look("services", "-headless"))

LOOKS: Final[Mapping[Thing, tuple[Look, ...]]] = {
    "objects": (*_OWN, Look(_DEPLOYMENTS), Look("services"), Look("configmaps", "-config")),
    "optional objects": _OWN,
    "deployment": (Look(_DEPLOYMENTS),),
    "service": (Look("services"),),
    "config": (Look("configmaps", "-config"),),
    "scaler": (Look(_SCALERS), Look(_SCALED_OBJECTS)),
    "heir": (Look(_SCALERS),),
    "record": (Look("configmaps", "-inventory"),),
    "claims": (Look("persistentvolumeclaims"),),
    "namespace": (Look("namespaces"),),
    "keys": (Look("secrets"),),
    "gateway": (Look(f"{_GATEWAYS}/gateways"),),
    "gateway class": (Look(_GATEWAY_CLASSES),),
    "ingress class": (Look(_INGRESS_CLASSES),),
    "canary": (
        Look("", _CANARY), Look(_DEPLOYMENTS, _CANARY), Look("services", _CANARY), Look("configmaps", _CANARY_CONFIG),
    ),
    "canary config": (Look("configmaps", _CANARY_CONFIG),),
    "trial": (Look(_JOBS, _TRIAL), Look("configmaps", _TRIAL)),
    "publisher": (Look(_JOBS, "-publisher"),),
}  # fmt: skip
"""By part."""

_ALL: Final = frozenset(look for looks in LOOKS.values() for look in looks)


def is_covered(right: Right, need: Need) -> bool:
    """Whether an entry of the table gives a right, whatever the service is called."""
    if right.verb not in need.verbs:
        return False
    if need.resource:
        return need.resource == resource_text(right) and need.is_wide == (not right.namespace)
    if need.thing == "kinds":
        return not right.name and bool(right.namespace) and any(_is_like(right, look) for look in LOOKS["objects"])
    looks = LOOKS.get(need.thing, ()) if need.thing else ()
    return bool(right.name) and not _looks_of(right).isdisjoint(looks)


def resource_text(right: Right) -> str:
    """The kind as the table writes it."""
    return f"{right.group}/{right.resource}" if right.group else right.resource


def _looks_of(right: Right) -> frozenset[Look]:
    """Those with the longest ending: what is called as a canary's objects are is not of the service itself."""
    found = [look for look in _ALL if _is_like(right, look)]
    longest = max((len(look.ending) for look in found), default=0)
    return frozenset(look for look in found if len(look.ending) == longest)


def _is_like(right: Right, look: Look) -> bool:
    resource = resource_text(right)
    is_of_kind = resource == look.resource if look.resource else bool(right.group) and resource not in _NOT_OWN
    return is_of_kind and right.name.endswith(look.ending)
