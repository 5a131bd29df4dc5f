"""Between a Service and its pods: selectors, ports, endpoints, NetworkPolicies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at, value_at
from tfk8s.manifest.selectors import selects
from tfk8s.manifest.snapshot import is_ready, name_of

_SERVING: Final = {"rest": 8501, "grpc": 8500}
"""Ports of the image's entry point: https://github.com/tensorflow/serving/blob/master/tensorflow_serving/tools/docker."""


def find_in_network(evidence: Evidence) -> Iterator[Finding]:
    """What keeps requests inside the cluster from the pods."""
    snapshot = evidence.snapshot
    if snapshot.deployment is None:
        return
    if snapshot.service is None:
        yield found(
            "service-absent",
            place=f"Service/{evidence.name}",
            cause=f"there is no Service in front of Deployment/{name_of(snapshot.deployment)}",
            evidence=(f"not found: a Service that selects its pods in namespace {evidence.namespace}",),
            command=f"tfk8s apply -n {evidence.namespace}",
        )
        return
    template = object_at(snapshot.deployment, "spec", "template")
    wanted = _selector(snapshot.service)
    lacking = {key: value for key, value in wanted.items() if labels_of(template).get(key) != value}
    if wanted and lacking:
        yield _unselected(evidence, lacking=lacking)
    else:
        yield from _ports(snapshot.service, template=template)
        yield from _empty(evidence)
    yield from _policies(evidence, template=template)


def _selector(service: JsonObject) -> dict[str, str]:
    return {key: str(value) for key, value in object_at(service, "spec", "selector").items()}


def _unselected(evidence: Evidence, *, lacking: dict[str, str]) -> Finding:
    service = evidence.snapshot.service or {}
    terms = ",".join(f"{key}={value}" for key, value in _selector(service).items())
    return found(
        "service-selector",
        place=f"Service/{name_of(service)}",
        cause="it selects none of the pods: they have no label "
        + ", ".join(f"{key}={value}" for key, value in lacking.items()),
        fix="`tfk8s apply` gives it the selector of the spec; a label of one's own belongs into both",
        evidence=(f"spec.selector: {terms}",),
        command=f"kubectl -n {evidence.namespace} get pods -l {terms}",
    )


def _ports(service: JsonObject, *, template: JsonObject) -> Iterator[Finding]:
    containers = objects_at(template, "spec", "containers")
    named = {text_at(port, "name") for each in containers for port in objects_at(each, "ports")}
    numbers = {integer_at(port, "containerPort") for each in containers for port in objects_at(each, "ports")}
    open_ports = numbers | set(_SERVING.values())
    for port in objects_at(service, "spec", "ports"):
        target = value_at(port, "targetPort")
        leads = target in named if isinstance(target, str) else isinstance(target, int) and target in open_ports
        if target is None or leads:
            continue
        listening = ", ".join(sorted({*named, *(str(number) for number in numbers)} - {""}))
        yield found(
            "service-port",
            place=f"Service/{name_of(service)}",
            cause=f"its port {text_at(port, 'name') or integer_at(port, 'port')} leads to {target}, and no container "
            f"has that port ({listening or 'none is declared'})",
            fix="set targetPort to the name or number of a port of the container; `tfk8s apply` does",
            evidence=(f"spec.ports: port {integer_at(port, 'port')}, targetPort {target}",),
        )


def _empty(evidence: Evidence) -> Iterator[Finding]:
    """Only where pods are ready: others have causes of their own."""
    snapshot = evidence.snapshot
    ready = [pod for pod in snapshot.new_pods if is_ready(pod)]
    endpoints = [each for piece in snapshot.endpoint_slices for each in objects_at(piece, "endpoints")]
    if snapshot.service is None or snapshot.is_asleep or not _selector(snapshot.service):
        return
    if ready and not any(object_at(each, "conditions").get("ready") is not False for each in endpoints):
        yield found(
            "service-empty",
            place=f"Service/{name_of(snapshot.service)}",
            cause=f"{len(ready)} pods are ready, and none of them is an endpoint of it",
            fix="see that the controller of EndpointSlices runs; it follows the selector within seconds",
            command=f"kubectl -n {evidence.namespace} get endpointslices -l "
            f"kubernetes.io/service-name={name_of(snapshot.service)}",
        )


def _policies(evidence: Evidence, *, template: JsonObject) -> Iterator[Finding]:
    labels = labels_of(template)
    chosen = [each for each in evidence.of("policies") if selects(object_at(each, "spec", "podSelector"), labels)]
    inward = [each for each in chosen if "Ingress" in _types(each)]
    outward = [each for each in chosen if "Egress" in _types(each)]
    ports = _service_targets(evidence.snapshot.service or {}, template=template)
    if inward and not any(_lets_in(rule, ports) for each in inward for rule in objects_at(each, "spec", "ingress")):
        names = ", ".join(name_of(each) for each in inward)
        yield found(
            "policy-closed",
            place=f"NetworkPolicy/{names}",
            cause=f"it lets nobody reach the pods on {', '.join(map(str, sorted(ports)))}, where they serve",
            fix="add an ingress rule with these ports for those who ask for predictions, and for the load balancer; "
            "without a network plugin that knows policies it has no effect",
            evidence=tuple(f"NetworkPolicy/{name_of(each)}: spec.ingress {_shown(each)}" for each in inward),
            command=f"kubectl -n {evidence.namespace} describe networkpolicy {name_of(inward[0])}",
        )
    reads_a_bucket = any("gs://" in line for lines in evidence.snapshot.logs.values() for line in lines)
    if reads_a_bucket and outward and not any(_lets_out(each) for each in outward):
        yield found(
            "egress-closed",
            place=f"NetworkPolicy/{', '.join(name_of(each) for each in outward)}",
            cause="it lets the pods reach nothing, not even DNS, and their model is in a bucket",
            fix="allow port 53 (UDP and TCP) and what the model is read from; a baked image needs neither",
            evidence=tuple(f"NetworkPolicy/{name_of(each)}: spec.egress is empty" for each in outward),
        )


def _types(policy: JsonObject) -> set[str]:
    given = value_at(policy, "spec", "policyTypes")
    if isinstance(given, list):
        return {str(kind) for kind in given}
    return {"Ingress"} | ({"Egress"} if "egress" in object_at(policy, "spec") else set())


def _lets_out(policy: JsonObject) -> bool:
    """A rule lets something out, an empty one everything; it is no rule at all that lets out nothing."""
    return bool(objects_at(policy, "spec", "egress"))


def _shown(policy: JsonObject) -> str:
    rules = objects_at(policy, "spec", "ingress")
    named = [str(port.get("port")) for rule in rules for port in objects_at(rule, "ports")]
    return f"allows ports {', '.join(named)}" if named else "is empty"


def _service_targets(service: JsonObject, *, template: JsonObject) -> set[int]:
    """Ports of the containers that the Service leads to; all of theirs where it leads to none."""
    named = {
        text_at(port, "name"): integer_at(port, "containerPort")
        for each in objects_at(template, "spec", "containers")
        for port in objects_at(each, "ports")
    }
    targets = [value_at(port, "targetPort") for port in objects_at(service, "spec", "ports")]
    numbers = {named.get(each, 0) if isinstance(each, str) else each for each in targets if isinstance(each, str | int)}
    return {each for each in numbers if each in named.values()} or {*named.values()} or {_SERVING["rest"]}


def _lets_in(rule: JsonObject, ports: set[int]) -> bool:
    allowed = objects_at(rule, "ports")
    if not allowed:
        return True
    return any(
        not isinstance(first := value_at(port, "port"), int)
        or first in ports
        or any(first <= each <= integer_at(port, "endPort", default=first) for each in ports)
        for port in allowed
    )
