"""The HorizontalPodAutoscaler's controller as pure functions, and a service scaled by it over a trace of traffic.

Rules are those of kube-controller-manager 1.34, `pkg/controller/podautoscaler` in https://github.com/kubernetes/kubernetes.
1.37 decides alike, but where a service has no replicas: it starts again only what it has scaled to zero itself, which
its condition ScaledToZero says.
"""

from __future__ import annotations

from tfk8s.autoscale.decide import Decision, Observation, decide
from tfk8s.autoscale.state import State

__all__ = ["Decision", "Observation", "State", "decide"]
