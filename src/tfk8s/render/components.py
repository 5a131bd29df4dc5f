"""The table of objects: which there are, and when a service has one. A new object is a line here and a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.render.access import headless_service, network_policy, service
from tfk8s.render.autoscaler import autoscaler
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.surroundings import budget, config_map, namespace, service_account
from tfk8s.render.workload import deployment
from tfk8s.spec import Autoscaled


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
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
)
