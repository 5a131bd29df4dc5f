"""What Envoy Gateway needs beside the Gateway API: a timeout for gRPC, which GRPCRoute has no field for.

Envoy ends a call after 15 s unless it is told otherwise: https://gateway.envoyproxy.io/latest/tasks/traffic/grpc-timeouts/.
"""

from __future__ import annotations

from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.gateway_api import has_grpc_route
from tfk8s.render.timing import front_timeout_s
from tfk8s.spec.gke_front import gateway_class

_USUAL_CLASS = "eg"
"""As its own documents name it."""


def has_envoy_grpc(facts: Facts) -> bool:
    """Whether gRPC goes through Envoy Gateway, by the name of the class."""
    name = gateway_class(facts.spec) or ""
    return has_grpc_route(facts) and (name == _USUAL_CLASS or "envoy" in name)


def traffic_policy(facts: Facts) -> Draft:
    """Draft the timeout of gRPC calls."""
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "route": facts.spec.name,
        "timeout": f"{front_timeout_s(facts.situation)}s",
    }
    reasons: dict[Path, str] = {
        ("spec", "timeout"): "as long as over REST; Envoy would end every call after 15 s, and a route has no field"
    }
    return Draft(template="envoy_traffic_policy", values=values, reasons=reasons)
