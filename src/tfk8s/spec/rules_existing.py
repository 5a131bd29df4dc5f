"""Rules about what is kept of hand-made objects: a name without its selector is refused, or loses requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfk8s.spec.existing import server_port, service_port, service_port_name
from tfk8s.spec.expose import PORT_NUMBERS, PortName
from tfk8s.spec.scaling import Autoscaled
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec


def kept_objects_have_their_selectors(spec: ServiceSpec) -> Iterator[Violation]:
    """A Deployment's selector cannot change; a Service without the old labels would leave the old pods at once."""
    kept = spec.existing
    if kept.deployment is not None and not kept.selector:
        message = "is missing: Kubernetes never lets the selector of a Deployment change, so it must be given"
        yield Violation(path=("existing", "selector"), message=message)
    if kept.selector and kept.deployment is None:
        message = "needs existing.deployment: these are the labels of a Deployment that is kept"
        yield Violation(path=("existing", "selector"), message=message)
    if kept.service is not None and not kept.selector and not kept.service_selector:
        message = "is missing: the Service must go on selecting the pods that there are"
        yield Violation(path=("existing", "serviceSelector"), message=message)
    if kept.service_selector and kept.service is None:
        yield Violation(path=("existing", "serviceSelector"), message="needs existing.service")
    yield from _clashes(kept.selector, kept.service_selector)


def _clashes(selector: Mapping[str, str], service: Mapping[str, str]) -> Iterator[Violation]:
    for key, value in service.items():
        if selector.get(key, value) != value:
            message = f"is {value}, and {selector[key]} in existing.selector: no pod carries both"
            yield Violation(path=("existing", "serviceSelector", key), message=message)


def kept_fronts_are_rendered(spec: ServiceSpec) -> Iterator[Violation]:
    """A name that nothing is rendered under would be taken for an object that is kept."""
    kept = spec.existing
    if kept.autoscaler is not None and not isinstance(spec.scaling, Autoscaled):
        yield Violation(path=("existing", "autoscaler"), message="needs scaling with min and max")
    if kept.ingress is not None and spec.expose.type != "Ingress":
        yield Violation(path=("existing", "ingress"), message="needs expose.type Ingress")
    if kept.network_policy is not None and not spec.network_policy.enabled:
        yield Violation(path=("existing", "networkPolicy"), message="needs networkPolicy.enabled")
    if kept.budget is not None and spec.pod_disruption_budget == "none":
        yield Violation(path=("existing", "budget"), message="needs podDisruptionBudget: auto")


def port_numbers_are_given_once(spec: ServiceSpec) -> Iterator[Violation]:
    """Two ports of one number would be refused by the API server, or by the server in the pod."""
    exposed = tuple(dict.fromkeys(spec.expose.ports))
    for path, given, effective in (
        (("expose", "servicePorts"), spec.expose.service_ports, {name: service_port(spec, name) for name in exposed}),
        (
            ("existing", "serverPorts"),
            spec.existing.server_ports,
            {name: server_port(spec, name) for name in PORT_NUMBERS},
        ),
    ):
        for name, number in given.items():
            if any(other != name and number == taken for other, taken in effective.items()):
                yield Violation(path=(*path, name), message=f"{number} is given to two ports")
    for name in spec.expose.service_ports:
        if name not in exposed:
            yield Violation(path=("expose", "servicePorts", name), message=f"{name} is not in expose.ports")
    yield from _names(spec, exposed=exposed)


def _names(spec: ServiceSpec, *, exposed: tuple[PortName, ...]) -> Iterator[Violation]:
    path = ("existing", "portNames")
    for name, text in spec.existing.port_names.items():
        if name not in exposed:
            yield Violation(path=(*path, name), message=f"{name} is not in expose.ports")
        elif not text and len(exposed) > 1:
            yield Violation(path=(*path, name), message="is empty: of several ports each needs a name")
        elif any(other != name and text == service_port_name(spec, other) for other in exposed):
            yield Violation(path=(*path, name), message=f"{text} is given to two ports")
