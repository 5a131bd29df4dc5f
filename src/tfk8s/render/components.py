"""The table of objects: which there are, and when a service has one. A new object is a line here and a template."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tfk8s.render import envoy_gateway, gateway_api, gke_gateway, gke_ingress, ingress, monitors, pod_monitoring
from tfk8s.render.access import headless_service, network_policy, service
from tfk8s.render.autoscaler import autoscaler, has_autoscaler, source_kind
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.surroundings import budget, config_map, namespace, service_account
from tfk8s.render.workload import deployment
from tfk8s.spec.monitoring import OPERATOR_KINDS


class Component(NamedTuple):
    """One object of a service: how it is drafted, and whether a service has it."""

    draft: Callable[[Facts], Draft]
    applies: Callable[[Facts], bool]


# What asks Prometheus knows a lot, and few services have it: it is loaded for these alone.


def _scaled_object(facts: Facts) -> Draft:
    from tfk8s.render import keda

    return keda.scaled_object(facts)


def _trigger_authentication(facts: Facts) -> Draft:
    from tfk8s.render import keda

    return keda.trigger_authentication(facts)


def _uses_google(facts: Facts) -> bool:
    from tfk8s.render import keda

    return keda.uses_google(facts)


def _rules(facts: Facts) -> Draft:
    from tfk8s.render import gke_rules

    return gke_rules.rules(facts)


def _has_rules(facts: Facts) -> bool:
    from tfk8s.render import gke_rules

    return gke_rules.has_rules(facts)


def _applies_alerts(facts: Facts) -> bool:
    return facts.spec.monitoring.objective is not None and facts.spec.monitoring.alerts


def _operator_alerts(facts: Facts) -> Draft:
    from tfk8s.render import alerts

    return alerts.operator_rule(facts)


def _managed_alerts(facts: Facts) -> Draft:
    from tfk8s.render import alerts

    return alerts.managed_rules(facts)


COMPONENTS = (
    Component(draft=namespace, applies=lambda facts: facts.spec.create_namespace),
    Component(draft=network_policy, applies=lambda facts: facts.spec.network_policy.enabled),
    Component(draft=service_account, applies=lambda facts: facts.spec.service_account.create),
    Component(draft=config_map, applies=lambda _: True),
    Component(draft=service, applies=lambda _: True),
    Component(draft=headless_service, applies=lambda facts: facts.serves_grpc),
    Component(draft=deployment, applies=lambda _: True),
    Component(
        draft=budget,
        applies=lambda facts: facts.spec.pod_disruption_budget == "auto" and facts.most_pods > 1,
    ),
    Component(draft=autoscaler, applies=has_autoscaler),
    Component(
        draft=_trigger_authentication, applies=lambda facts: source_kind(facts) == "keda" and _uses_google(facts)
    ),
    Component(draft=_scaled_object, applies=lambda facts: source_kind(facts) == "keda"),
    Component(draft=ingress.ingress, applies=ingress.has_plain_ingress),
    Component(draft=gke_ingress.backend_config, applies=gke_ingress.has_gke_ingress),
    Component(draft=gke_ingress.managed_certificate, applies=gke_ingress.has_managed_certificate),
    Component(draft=gke_ingress.frontend_config, applies=gke_ingress.has_redirect),
    Component(draft=gke_ingress.ingress, applies=gke_ingress.has_gke_ingress),
    Component(
        draft=gateway_api.gateway,
        applies=lambda facts: gateway_api.is_plain(facts) and gateway_api.makes_gateway(facts),
    ),
    Component(
        draft=gke_gateway.gateway,
        applies=lambda facts: gke_gateway.has_gke_gateway(facts) and gateway_api.makes_gateway(facts),
    ),
    Component(
        draft=gateway_api.http_route,
        applies=lambda facts: gateway_api.is_plain(facts) and gateway_api.has_http_route(facts),
    ),
    Component(draft=gke_gateway.http_route, applies=gke_gateway.has_gke_gateway),
    Component(draft=gateway_api.grpc_route, applies=gateway_api.has_grpc_route),
    Component(draft=gateway_api.redirect_route, applies=gateway_api.has_redirect),
    Component(draft=gke_gateway.service_export, applies=gke_gateway.exports_service),
    Component(draft=gke_gateway.health_check_policy, applies=gke_gateway.has_gke_gateway),
    Component(draft=gke_gateway.backend_policy, applies=gke_gateway.has_gke_gateway),
    Component(draft=envoy_gateway.traffic_policy, applies=envoy_gateway.has_traffic_policy),
    Component(draft=envoy_gateway.security_policy, applies=envoy_gateway.has_security_policy),
    Component(draft=pod_monitoring.pod_monitoring, applies=lambda facts: facts.spec.scrape == "podMonitoring"),
    Component(draft=monitors.pod_monitor, applies=lambda facts: facts.spec.scrape == "podMonitor"),
    Component(draft=monitors.service_monitor, applies=lambda facts: facts.spec.scrape == "serviceMonitor"),
    Component(draft=_rules, applies=lambda facts: source_kind(facts) == "gke" and _has_rules(facts)),
    Component(
        draft=_operator_alerts, applies=lambda facts: facts.spec.scrape in OPERATOR_KINDS and _applies_alerts(facts)
    ),
    Component(
        draft=_managed_alerts, applies=lambda facts: facts.spec.scrape == "podMonitoring" and _applies_alerts(facts)
    ),
)
