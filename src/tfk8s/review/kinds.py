"""Which rules and forms of comparing belong to a kind, and how bad a change is that no rule knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.review.risk import Risk
from tfk8s.review.rule import Rule, Steps
from tfk8s.review.rules_access import ACCESS_VIEWS, ACCOUNT_RULES, POLICY_RULES, SERVICE_RULES
from tfk8s.review.rules_config import CLAIM_RULES, CONFIG_RULES, CONFIG_VIEWS, SECRET_RULES
from tfk8s.review.rules_front import FRONT_VIEWS, GATEWAY_RULES, GUARD_RULES, INGRESS_RULES, ROUTE_RULES, TRAFFIC_RULES
from tfk8s.review.rules_gke import (
    BACKEND_CONFIG_RULES,
    BACKEND_POLICY_RULES,
    CERTIFICATE_RULES,
    FRONTEND_CONFIG_RULES,
    HEALTH_POLICY_RULES,
)
from tfk8s.review.rules_keda import SCALED_RULES, SCALED_VIEWS
from tfk8s.review.rules_metadata import METADATA_RULES
from tfk8s.review.rules_pod import POD_RULES, POD_VIEWS, TEMPLATE
from tfk8s.review.rules_scaling import BUDGET_RULES, SCALER_RULES, SCALER_VIEWS
from tfk8s.review.rules_workload import WORKLOAD_RULES
from tfk8s.review.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """What is known of a kind.

    Attributes:
        unknown: the risk of a field that no rule knows, outside of metadata and of the pods' template.
    """

    rules: tuple[Rule, ...] = ()
    views: tuple[View, ...] = ()
    unknown: Risk = Risk.DOWNTIME


_WORKLOAD = KindRules(rules=(*POD_RULES, *WORKLOAD_RULES), views=POD_VIEWS)
_ROUTE = KindRules(rules=ROUTE_RULES, views=FRONT_VIEWS["HTTPRoute"])

_KINDS: Mapping[str, KindRules] = {
    "Namespace": KindRules(unknown=Risk.NONE),
    "NetworkPolicy": KindRules(rules=POLICY_RULES, views=ACCESS_VIEWS["NetworkPolicy"]),
    "ServiceAccount": KindRules(rules=ACCOUNT_RULES, unknown=Risk.NONE),
    "ConfigMap": KindRules(rules=CONFIG_RULES, views=CONFIG_VIEWS, unknown=Risk.RESTART),
    "Secret": KindRules(rules=SECRET_RULES, unknown=Risk.RESTART),
    "PersistentVolumeClaim": KindRules(rules=CLAIM_RULES, unknown=Risk.DATA),
    "PersistentVolume": KindRules(rules=CLAIM_RULES, unknown=Risk.DATA),
    "Service": KindRules(rules=SERVICE_RULES, views=ACCESS_VIEWS["Service"]),
    "Deployment": _WORKLOAD,
    "StatefulSet": _WORKLOAD,
    "DaemonSet": _WORKLOAD,
    "PodDisruptionBudget": KindRules(rules=BUDGET_RULES, unknown=Risk.NONE),
    "HorizontalPodAutoscaler": KindRules(rules=SCALER_RULES, views=SCALER_VIEWS, unknown=Risk.NONE),
    "ScaledObject": KindRules(rules=SCALED_RULES, views=SCALED_VIEWS, unknown=Risk.NONE),
    "TriggerAuthentication": KindRules(unknown=Risk.NONE),
    "Rules": KindRules(unknown=Risk.NONE),
    "PodMonitoring": KindRules(unknown=Risk.NONE),
    "PodMonitor": KindRules(unknown=Risk.NONE),
    "ServiceMonitor": KindRules(unknown=Risk.NONE),
    "PrometheusRule": KindRules(unknown=Risk.NONE),
    "Ingress": KindRules(rules=INGRESS_RULES, views=FRONT_VIEWS["Ingress"]),
    "Gateway": KindRules(rules=GATEWAY_RULES),
    "HTTPRoute": _ROUTE,
    "GRPCRoute": _ROUTE,
    "BackendTrafficPolicy": KindRules(rules=TRAFFIC_RULES),
    "SecurityPolicy": KindRules(rules=GUARD_RULES),
    "ServiceExport": KindRules(unknown=Risk.NONE),
    "BackendConfig": KindRules(rules=BACKEND_CONFIG_RULES),
    "FrontendConfig": KindRules(rules=FRONTEND_CONFIG_RULES),
    "ManagedCertificate": KindRules(rules=CERTIFICATE_RULES, views=FRONT_VIEWS["ManagedCertificate"]),
    "HealthCheckPolicy": KindRules(rules=HEALTH_POLICY_RULES),
    "GCPBackendPolicy": KindRules(rules=BACKEND_POLICY_RULES),
}
_ANY_KIND = KindRules()


def rules_of(kind: str) -> KindRules:
    """The rules of a kind with those of every object; the kind's own come first."""
    found = _KINDS.get(kind, _ANY_KIND)
    return KindRules(rules=(*found.rules, *METADATA_RULES), views=found.views, unknown=found.unknown)


def unknown_risk(kind: str, steps: Steps) -> Risk:
    """The risk of a field that no rule knows: rather too much than too little."""
    if steps[: len(TEMPLATE)] == TEMPLATE:
        return Risk.RESTART
    if steps[:1] == ("metadata",):
        return Risk.NONE
    return _KINDS.get(kind, _ANY_KIND).unknown
