"""The HorizontalPodAutoscaler's controller as pure functions, and a service scaled by it over a trace of traffic.

Rules are those of kube-controller-manager 1.34, `pkg/controller/podautoscaler` in https://github.com/kubernetes/kubernetes.
`Flags.of_release` says what 1.37 does otherwise: a service without replicas, targets of type Value beyond an int32.
"""

from __future__ import annotations

from tfk8s.autoscale.decide import Decision, Fault, Observation, decide
from tfk8s.autoscale.state import State

__all__ = ["Decision", "Fault", "Observation", "State", "decide"]
