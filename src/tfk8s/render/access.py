"""How clients reach the pods: the Service, the headless Service for gRPC clients, and the NetworkPolicy."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.ownership import PORTS_ANNOTATION, ports_annotation
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts, in_key_order
from tfk8s.spec import BucketSource, Peer, PortName, object_name
from tfk8s.spec.existing import server_port, service_port, service_port_name

_DNS_PORT = 53
_HTTPS_PORT = 443
_METADATA_SERVER = ("169.254.169.252/32", "169.254.169.254/32")
_METADATA_PORTS = (80, 988)
"""GKE's metadata server gives the pod its identity; address and port depend on the cluster's network:
https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity."""


def service(facts: Facts) -> Draft:
    """Draft the Service that clients use."""
    expose = facts.spec.expose
    is_public = expose.type == "LoadBalancer"
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.service, annotations=_service_annotations(facts)),
        "type": "ClusterIP" if expose.is_routed else expose.type,
        "source_ranges": list(expose.source_ranges) if is_public else [],
        "selector": _selector(facts),
        "ports": [_client_port(facts, name) for name in _ports(facts)],
    }
    reasons: dict[Path, str] = {("spec", "selector"): _selector_reason(facts)}
    if expose.type == "ClusterIP":
        reasons["spec", "type"] = "reachable inside the cluster alone, unless the spec says otherwise"
    elif expose.is_routed:
        reasons["spec", "type"] = f"from outside it is reached through the {expose.type} alone"
    return Draft(template="service", values=values, reasons=reasons)


def _selector_reason(facts: Facts) -> str:
    if facts.spec.existing.service is None:
        return "every pod of the service, whichever Deployment made it"
    return "as it was: the pods that were made by hand and those that replace them alike"


def _service_annotations(facts: Facts) -> dict[str, str]:
    """Names and numbers of ports may be those of somebody else: which is which must then be said."""
    spec = facts.spec
    told = {}
    if spec.existing.port_names or spec.existing.server_ports:
        told = {PORTS_ANNOTATION: ports_annotation({name: service_port(spec, name) for name in _ports(facts)})}
    return {**facts.front.annotations, **told, **spec.expose.annotations}


def headless_name(name: str) -> str:
    """Name of the Service whose DNS name answers with the addresses of all ready pods."""
    return object_name(name, "headless")


def headless_service(facts: Facts) -> Draft:
    """Draft the Service for gRPC clients that balance by themselves."""
    values: dict[str, object] = {
        "metadata": facts.metadata(headless_name(facts.spec.name)),
        "selector": _selector(facts),
        "ports": [{"name": "grpc", "protocol": "TCP", "port": server_port(facts.spec, "grpc"), "targetPort": "grpc"}],
    }
    reason = "its name answers with the pods themselves: a gRPC client that balances over them uses dns:///"
    return Draft(template="headless_service", values=values, reasons={("spec", "clusterIP"): reason})


COLLECTOR_NAMESPACES = ("gke-gmp-system", "gmp-system")
"""Where Google's managed Prometheus runs, by the age of the cluster:
https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed."""


def network_policy(facts: Facts) -> Draft:
    """Draft the NetworkPolicy: in to the serving ports alone, out to nothing that the models do not need."""
    peers = _callers(facts)
    ports: list[JsonValue] = [{"protocol": "TCP", "port": server_port(facts.spec, name)} for name in _ports(facts)]
    ingress: JsonObject = {"from": peers, "ports": ports} if peers else {"ports": ports}
    reads_bucket = any(isinstance(model.source, BucketSource) for model in facts.models)
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.network_policy),
        "selector": pod_selector(facts),
        "ingress": [ingress, *_collectors(facts)],
        "egress": _bucket_egress() if reads_bucket else [],
    }
    out = (
        "out to names, the identity of the pod, and the bucket"
        if reads_bucket
        else "nothing out: the server calls nobody"
    )
    reasons: dict[Path, str] = {
        ("spec", "ingress"): "the ports that the Service offers; probes come from the node, which is always let in",
        ("spec", "policyTypes"): out,
    }
    return Draft(template="network_policy", values=values, reasons=reasons)


def _selector(facts: Facts) -> JsonObject:
    return in_key_order(dict(facts.names.service_labels))


def pod_selector(facts: Facts) -> JsonObject:
    """A Service that was there may select pods of others as well, which are none of our business."""
    return in_key_order(dict(facts.spec.existing.selector)) or _selector(facts)


def _ports(facts: Facts) -> list[PortName]:
    """Each port once, in the order of their names."""
    return sorted(set(facts.spec.expose.ports))


def _client_port(facts: Facts, name: PortName) -> JsonObject:
    """A Service that is kept leads to a number: pods that were made by hand know nothing of our names."""
    spec = facts.spec
    target: JsonValue = name if spec.existing.service is None else server_port(spec, name)
    port: JsonObject = {"name": service_port_name(spec, name), "protocol": "TCP", "port": service_port(spec, name)}
    port["targetPort"] = target
    protocol, node_port = facts.front.protocols.get(name), spec.expose.node_ports.get(name)
    if not port["name"]:
        del port["name"]
    if protocol is not None:
        port["appProtocol"] = protocol
    return port if node_port is None else {**port, "nodePort": node_port}


def _callers(facts: Facts) -> list[JsonValue]:
    """Whom the policy lets in, () for everybody: those of the spec, and what passes requests of others on."""
    expose, allowed = facts.spec.expose, facts.spec.network_policy.allow_from
    if not allowed:
        return []
    ranges = (*facts.front.ranges, *expose.source_ranges)
    peers: list[JsonValue] = [_peer(peer) for peer in (*allowed, *expose.proxies)]
    return peers + [{"ipBlock": {"cidr": cidr}} for cidr in ranges]


def _collectors(facts: Facts) -> list[JsonValue]:
    """Managed Prometheus, where it collects metrics and the callers alone would not include it."""
    is_let_in = not facts.spec.network_policy.allow_from and "rest" in facts.spec.expose.ports
    if facts.spec.scrape != "podMonitoring" or is_let_in:
        return []
    port: JsonObject = {"protocol": "TCP", "port": server_port(facts.spec, "rest")}
    return [{"from": [_peer(Peer(namespace=name)) for name in COLLECTOR_NAMESPACES], "ports": [port]}]


def _peer(peer: Peer) -> JsonObject:
    if peer.cidr is not None:
        return {"ipBlock": {"cidr": peer.cidr}}
    found: JsonObject = {}
    if peer.namespace is not None:
        found["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}}
    if peer.pod_labels or peer.namespace is None:
        found["podSelector"] = {"matchLabels": in_key_order(dict(peer.pod_labels))} if peer.pod_labels else {}
    return found


def _bucket_egress() -> list[JsonValue]:
    dns: list[JsonValue] = [{"protocol": protocol, "port": _DNS_PORT} for protocol in ("TCP", "UDP")]
    server: list[JsonValue] = [{"ipBlock": {"cidr": address}} for address in _METADATA_SERVER]
    metadata: list[JsonValue] = [{"protocol": "TCP", "port": port} for port in _METADATA_PORTS]
    return [
        {"ports": dns},
        {"to": server, "ports": metadata},
        {"ports": [{"protocol": "TCP", "port": _HTTPS_PORT}]},
    ]
