"""The table of objects: which there are, and when a service has one. A new object is a line here and a template."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tfk8s.render import envoy_gateway, gateway_api, gke_gateway, gke_ingress, ingress, pod_monitoring
from tfk8s.render.access import headless_service, network_policy, service
from tfk8s.render.autoscaler import autoscaler
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.surroundings import budget, config_map, namespace, service_account
from tfk8s.render.workload import deployment
from tfk8s.spec import Autoscaled


class Component(NamedTuple):
    """One object of a service: how it is drafted, and whether a service has it."""

    draft: Callable[[Facts], Draft]
    applies: Callable[[Facts], bool]


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
    Component(draft=autoscaler, applies=lambda facts: isinstance(facts.spec.scaling, Autoscaled)),
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
    Component(draft=gke_gateway.health_check_policy, applies=gke_gateway.has_gke_gateway),
    Component(draft=gke_gateway.backend_policy, applies=gke_gateway.has_gke_gateway),
    Component(draft=envoy_gateway.traffic_policy, applies=envoy_gateway.has_envoy_grpc),
    Component(draft=pod_monitoring.pod_monitoring, applies=lambda facts: facts.spec.serving.pod_monitoring),
)
