"""What may count the pods of a workload, or change their requests: read from an autoscaler of any kind.

KEDA makes a HorizontalPodAutoscaler of each ScaledObject and owns it
(https://keda.sh/docs/latest/reference/scaledobject-spec/): the two are one autoscaler.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tfk8s.manifest.fields import condition_of, flag_at, integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.objects import JsonObject, ObjectRef

AUTOSCALER: Final = "HorizontalPodAutoscaler"
SCALED_OBJECT: Final = "ScaledObject"
VERTICAL: Final = "VerticalPodAutoscaler"

AUTOSCALER_API: Final = "autoscaling/v2"
KEDA_API: Final = "keda.sh/v1alpha1"
VERTICAL_API: Final = "autoscaling.k8s.io/v1"

COUNTING: Final = frozenset({AUTOSCALER, SCALED_OBJECT})
"""Kinds that write `.spec.replicas` of what they aim at."""

PAUSED: Final = "autoscaling.keda.sh/paused"
PAUSED_REPLICAS: Final = f"{PAUSED}-replicas"
"""Annotations of a ScaledObject: https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling."""

_MOST_OF_KEDA = 100
"""What KEDA takes where maxReplicaCount is not given."""

_USED = ("cpu", "memory")


class Target(NamedTuple):
    """The workload that an autoscaler aims at."""

    kind: str
    name: str


def counts(ref: ObjectRef) -> bool:
    """Whether an object of this kind writes the number of pods."""
    return ref.kind in COUNTING


def target_of(scaler: JsonObject) -> Target:
    """What an autoscaler aims at; KEDA takes a Deployment where no kind is given."""
    vertical = scaler.get("kind") == VERTICAL
    found = object_at(scaler, "spec", "targetRef" if vertical else "scaleTargetRef")
    return Target(kind=text_at(found, "kind") or "Deployment", name=text_at(found, "name"))


def bounds_of(scaler: JsonObject) -> tuple[int, int]:
    """Fewest and most pods, with the defaults of each kind."""
    if scaler.get("kind") == SCALED_OBJECT:
        least = integer_at(scaler, "spec", "minReplicaCount")
        return least, integer_at(scaler, "spec", "maxReplicaCount", default=_MOST_OF_KEDA)
    return integer_at(scaler, "spec", "minReplicas", default=1), integer_at(scaler, "spec", "maxReplicas")


def made_by(body: JsonObject) -> JsonObject:
    """The owner reference of the controller that made the object, {} when a person or a tool did."""
    owners = objects_at(body, "metadata", "ownerReferences")
    return next((owner for owner in owners if flag_at(owner, "controller")), {})


def is_of_keda(scaler: JsonObject) -> bool:
    """Whether KEDA made this HorizontalPodAutoscaler of a ScaledObject."""
    return text_at(made_by(scaler), "kind") == SCALED_OBJECT


def name_given_by(scaled_object: JsonObject) -> str:
    """What KEDA calls the HorizontalPodAutoscaler that it makes of a ScaledObject."""
    given = text_at(scaled_object, "spec", "advanced", "horizontalPodAutoscalerConfig", "name")
    name = text_at(scaled_object, "metadata", "name")
    return text_at(scaled_object, "status", "hpaName") or given or f"keda-hpa-{name}"


def pauses_of(scaled_object: JsonObject) -> tuple[str, ...]:
    """The annotations that tell KEDA to pause."""
    annotations = object_at(scaled_object, "metadata", "annotations")
    return tuple(key for key, value in annotations.items() if key.startswith(PAUSED) and value != "false")


def is_paused(scaled_object: JsonObject) -> bool:
    """Whether KEDA has paused, or was told to and has not looked yet."""
    return text_at(condition_of(scaled_object, "Paused"), "status") == "True" or bool(pauses_of(scaled_object))


def follows_use(scaler: JsonObject) -> frozenset[str]:
    """Which of cpu and memory an autoscaler follows; a VerticalPodAutoscaler that sets the same fights it."""
    return frozenset(_uses(scaler))


def _uses(scaler: JsonObject) -> Iterator[str]:
    if scaler.get("kind") == SCALED_OBJECT:
        types = (text_at(trigger, "type") for trigger in objects_at(scaler, "spec", "triggers"))
        yield from (kind for kind in types if kind in _USED)
        return
    if value_at(scaler, "spec", "targetCPUUtilizationPercentage") is not None:
        yield "cpu"
    for metric in objects_at(scaler, "spec", "metrics"):
        name = text_at(metric, "resource", "name") or text_at(metric, "containerResource", "name")
        if name in _USED:
            yield name


def sets_requests(vertical: JsonObject) -> frozenset[str]:
    """Which of cpu and memory a VerticalPodAutoscaler writes into pods; none when it only recommends.

    The mode is Auto, and both are controlled, where nothing is said:
    https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md
    """
    if text_at(vertical, "spec", "updatePolicy", "updateMode") == "Off":
        return frozenset()
    policies = objects_at(vertical, "spec", "resourcePolicy", "containerPolicies")
    if not policies:
        return frozenset(_USED)
    return frozenset(kind for policy in policies if text_at(policy, "mode") != "Off" for kind in _controlled(policy))


def _controlled(policy: JsonObject) -> tuple[str, ...]:
    listed = value_at(policy, "controlledResources")
    return tuple(str(kind) for kind in listed) if isinstance(listed, list) else _USED
