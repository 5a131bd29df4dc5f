"""What the load balancers that GKE makes need of a Service: names of annotations, address ranges, times."""

from __future__ import annotations

import json
from typing import Final

from tfk8s.manifest import JsonObject
from tfk8s.render.timing import PROBE_TIMEOUT_S, READINESS_FAILURES, READINESS_PERIOD_S

PROXY_RANGES: Final = ("130.211.0.0/22", "35.191.0.0/16")
"""Google's front ends and health checks: https://cloud.google.com/load-balancing/docs/firewall-rules."""

DRAIN_S: Final = 60
"""An endpoint that is gone from the cluster may get requests for as long."""

_NEG = "cloud.google.com/neg"
_BACKEND_CONFIG = "cloud.google.com/backend-config"
_POD_RATE = "networking.gke.io/max-rate-per-endpoint"
"""https://cloud.google.com/kubernetes-engine/docs/concepts/traffic-management#service_capacity."""

_BALANCER_ADDRESS = "networking.gke.io/load-balancer-ip-addresses"


def ingress_backend_annotations(backend_config: str) -> dict[str, str]:
    """Annotations of a Service behind an Ingress: the pods themselves are the backends, checked as we say."""
    return {
        _NEG: json.dumps({"ingress": True}),
        _BACKEND_CONFIG: json.dumps({"default": backend_config}),
    }


def balancer_annotations(address: str) -> dict[str, str]:
    """Annotations of a Service of type LoadBalancer."""
    return {_BALANCER_ADDRESS: address}


def capacity_annotations(pod_rate: int | None) -> dict[str, str]:
    """Annotations of a Service whose region sends away what is more than this for each of its ready pods."""
    return {_POD_RATE: str(pod_rate)} if pod_rate is not None else {}


def health_check_times() -> JsonObject:
    """As often as the pod's own readiness probe, and as patient."""
    return {
        "checkIntervalSec": READINESS_PERIOD_S,
        "timeoutSec": PROBE_TIMEOUT_S,
        "healthyThreshold": 1,
        "unhealthyThreshold": READINESS_FAILURES,
    }
