"""Which objects are ours, and which pods belong to a service: the labels that say so, in one place.

Selectors are immutable in a Deployment, so they hold nothing that a release, an image tag or a spec can change: the
application, the instance and the component alone. The Service selects every pod of the instance, so that it finds the
pods of a second Deployment of another component (a canary) too, while the selectors of the two stay disjoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MANAGER: Final = "tfk8s"
"""Field manager of server-side apply, and the value of the managed-by label."""

VERSIONS_MANAGER: Final = "tfk8s-versions"
"""Field manager of what the commands about versions note on objects; applying a spec leaves that alone."""

REGIONS_MANAGER: Final = "tfk8s-regions"
"""Field manager of what a change noted that goes from region to region."""

APPLICATION: Final = "tensorflow-serving"
MODEL_SERVER: Final = "model-server"
"""The component that the Deployment of the service is."""

CANARY: Final = "canary"
"""The component that a second Deployment is, which tries a version on a part of the requests."""

NAME_LABEL: Final = "app.kubernetes.io/name"
INSTANCE_LABEL: Final = "app.kubernetes.io/instance"
COMPONENT_LABEL: Final = "app.kubernetes.io/component"
PART_OF_LABEL: Final = "app.kubernetes.io/part-of"
MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"

OWNED_LABELS: Final = (NAME_LABEL, INSTANCE_LABEL, COMPONENT_LABEL, PART_OF_LABEL, MANAGED_BY_LABEL)
"""Labels that only we set; a spec cannot."""

SHARED_LABELS: Final[Mapping[str, str]] = {MANAGED_BY_LABEL: MANAGER}
"""Of what several services make together, a Namespace: a label of one would be changed by each apply of another."""

CONFIG_HASH_ANNOTATION: Final = "tfk8s.dev/config-hash"
"""On the pod template: changes whenever the mounted ConfigMap does, so that its pods are replaced."""


PORTS_ANNOTATION: Final = "tfk8s.dev/ports"
"""On a Service whose ports are called or numbered by somebody else: which of them is `rest`, which `grpc`."""


def ports_annotation(ports: Mapping[str, int]) -> str:
    """The value of `PORTS_ANNOTATION`: `grpc=9000,rest=8500`, the numbers being those of the Service."""
    return ",".join(f"{name}={number}" for name, number in sorted(ports.items()))


def ports_told(annotation: str) -> dict[str, int]:
    """What `ports_annotation` wrote; {} of any other text."""
    pairs = (entry.partition("=") for entry in annotation.split(","))
    return {name: int(number) for name, _, number in pairs if number.isdecimal()}


def service_selector(instance: str) -> dict[str, str]:
    """What every pod of the service carries, whichever Deployment made it."""
    return {NAME_LABEL: APPLICATION, INSTANCE_LABEL: instance}


def workload_selector(instance: str, *, component: str = MODEL_SERVER) -> dict[str, str]:
    """What the pods of one Deployment carry; stays the same for the life of the service."""
    return {**service_selector(instance), COMPONENT_LABEL: component}


def ownership_labels(instance: str, *, component: str = MODEL_SERVER) -> dict[str, str]:
    """What each of our objects carries, pods included."""
    return {
        **workload_selector(instance, component=component),
        PART_OF_LABEL: instance,
        MANAGED_BY_LABEL: MANAGER,
    }


def is_owned(labels: Mapping[str, str], *, instance: str) -> bool:
    """Whether these are the labels of an object that we made for this service."""
    return labels.get(MANAGED_BY_LABEL) == MANAGER and labels.get(INSTANCE_LABEL) == instance


def owner_selector(instance: str) -> str:
    """The label selector that lists what we made for this service, as the API takes it."""
    return f"{MANAGED_BY_LABEL}={MANAGER},{INSTANCE_LABEL}={instance}"
