"""What other commands do while a canary is there: none of them ends it unasked, and none of them is confused by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.app.apply_stage import DeadError
from tests.unit.app.canary_stage import CanaryStage
from tests.unit.render.specs import spec
from tfk8s.app.canary_live import live_canary, shared_routes
from tfk8s.app.delete import delete_service, plan_deletion
from tfk8s.app.drift import Expected, service_drift
from tfk8s.app.fleet_look import change_findings
from tfk8s.app.planning import plan_service
from tfk8s.app.promote_plan import plan_promotion
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.reach import ClusterReach
from tfk8s.app.rendering import render_service
from tfk8s.app.service import Deployable
from tfk8s.app.versions_canary import abort_canary
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, objects_at, text_at
from tfk8s.plan import PlanOptions
from tfk8s.ports import Warn

GATEWAY: dict[str, Any] = {
    "expose": {"type": "Gateway", "hosts": ["m.example.test"], "gateway": {"name": "shared"}},
}


class Nowhere:
    def can_connect(self, host: str, port: int) -> bool:
        del host, port
        return False


def observed(**fields: Any) -> CanaryStage:
    """A stage on which a canary is being observed; the run that began it was killed."""
    stage = CanaryStage(**fields)
    stage.metrics.per_s = 1.0

    def maybe_die(verb: str) -> None:
        del verb
        live = live_canary(stage.name, cluster=stage.cluster)
        if live is not None and live.record is not None and live.record.canary.last:
            raise DeadError

    stage.cluster.before_write = maybe_die
    with pytest.raises(DeadError):
        stage.run()
    stage.cluster.before_write = lambda _: None
    stage.cluster.writes.clear()
    stage.told.events.clear()
    return stage


def service(stage: CanaryStage, **fields: Any) -> Deployable:
    return render_service(spec(**{**stage.fields, **fields}), base=Path(), kubernetes_minor=34).deployable


def backends(stage: CanaryStage) -> list[tuple[str, int]]:
    route = stage.live("HTTPRoute", "resnet", api_version="gateway.networking.k8s.io/v1")
    (rule,) = objects_at(route, "spec", "rules")
    found = objects_at(rule, "backendRefs")
    return [(text_at(item, "name"), integer_at(item, "weight", default=-1)) for item in found]


def test_a_plan_finds_nothing_to_do_and_says_that_a_canary_is_there() -> None:
    stage = observed()

    plan = plan_service(service(stage), cluster=stage.cluster, options=PlanOptions(instance="resnet")).plan

    assert plan.pending == ()
    (warning,) = plan.warnings
    assert "a canary of version 2 of resnet by label stable has been there since 2026-01-01" in warning.message
    assert "--abort removes it" in warning.hint


def test_apply_beside_a_canary_is_complete_although_the_service_leads_to_other_pods_too_and_leaves_it_alone() -> None:
    stage = observed()

    applied = stage.apply(service(stage, serving={"loadRetries": 7}))

    assert any("Deployment/resnet" in line for line in applied.changed)
    assert all("canary" not in verb for verb in stage.cluster.writes if "ReplicaSet" not in verb and "Pod/" not in verb)
    assert live_canary(stage.name, cluster=stage.cluster) is not None
    assert any(isinstance(event, Warn) and "a canary of version 2" in event.message for event in stage.told.events)


def test_the_pod_that_answers_for_the_service_is_never_one_of_the_canary() -> None:
    stage = observed()
    for pod in stage.pods():  # the canary's name comes first
        assert pod.startswith(("resnet-", "resnet-canary-"))

    with ClusterReach(stage.cluster, dialer=Nowhere()).open(stage.name.service, transport="rest") as endpoint:
        assert "canary" not in endpoint.how


def test_delete_takes_the_canary_along() -> None:
    stage = observed()

    deletion = plan_deletion(stage.name, world=stage.world)
    assert {f"{target.ref.kind}/{target.ref.name}" for target in deletion.targets} >= {
        "Deployment/resnet-canary",
        "ConfigMap/resnet-canary-config",
    }
    delete_service(deletion, world=stage.world, timeout_s=60.0)

    assert stage.of_canary() == []


def test_an_object_of_that_name_that_is_no_canary_is_neither_deleted_nor_overwritten() -> None:
    stage = CanaryStage()
    foreign: JsonObject = {"name": "resnet-canary-config", "namespace": "serving", "labels": {"app": "mine"}}
    stage.cluster.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": foreign, "data": {"a": "1"}})

    deletion = plan_deletion(stage.name, world=stage.world)

    assert all(target.ref.name != "resnet-canary-config" for target in deletion.targets)
    with pytest.raises(PreconditionError, match="is there already and is no canary of resnet"):
        stage.run()
    assert stage.cluster.writes == []


def test_a_canary_is_no_drift_and_drift_says_that_it_is_there() -> None:
    stage = observed()

    found = service_drift(Expected(name=stage.name, manifests=service(stage).manifests), cluster=stage.cluster)

    assert found.drift.objects == ()
    assert any("a canary of version 2" in note and "no drift" in note for note in found.drift.notes)


def test_status_tells_a_canary_and_calls_it_left_once_it_should_have_ended() -> None:
    stage = observed()

    def told() -> list[tuple[str, bool]]:
        found = change_findings(stage.name, cluster=stage.cluster, clock=stage.clock)
        assert all(
            "a canary of version 2 of resnet by label stable has been there since" in item.symptom for item in found
        )
        return [(item.code, item.is_passing) for item in found]

    assert told() == [("canary-running", True)]
    stage.clock.sleep(10 + 2 * 120)
    assert told() == [("canary-left", False)]
    assert change_findings(CanaryStage().name, cluster=CanaryStage().cluster, clock=stage.clock) == ()


def test_behind_a_gateway_the_route_gives_it_its_weight_and_takes_it_back() -> None:
    stage = observed(**GATEWAY)
    assert backends(stage) == [("resnet", 80), ("resnet-canary", 20)]

    assert stage.run().promoted
    assert backends(stage) == [("resnet", -1)]
    assert stage.of_canary() == []


def test_behind_a_gateway_apply_and_diff_and_drift_keep_the_weights_while_it_is_there() -> None:
    stage = observed(**GATEWAY)

    plan = plan_service(service(stage), cluster=stage.cluster, options=PlanOptions(instance="resnet")).plan
    assert plan.pending == ()
    stage.apply(service(stage, serving={"loadRetries": 7}), wait=False)
    assert backends(stage) == [("resnet", 80), ("resnet-canary", 20)]
    found = service_drift(
        Expected(name=stage.name, manifests=service(stage, serving={"loadRetries": 7}).manifests), cluster=stage.cluster
    )
    assert found.drift.objects == ()


def test_behind_a_gateway_abort_gives_all_requests_back_first() -> None:
    stage = observed(**GATEWAY)
    routes = tuple(item for item in service(stage).manifests if item.ref.kind == "HTTPRoute")

    abort_canary(stage.name, routes=routes, world=stage.world)

    assert backends(stage) == [("resnet", -1)]
    verbs = [verb for verb in stage.cluster.writes if "resnet-canary" in verb or "HTTPRoute" in verb]
    assert "HTTPRoute/resnet" in verbs[1], verbs  # the first only writes down that it ends
    assert stage.of_canary() == []


def test_a_route_leads_to_a_canary_only_once_its_pods_are_ready() -> None:
    stage = observed(**GATEWAY)
    live = live_canary(stage.name, cluster=stage.cluster)
    assert live is not None
    assert live.record is not None
    routes = tuple(item for item in service(stage).manifests if item.ref.kind == "HTTPRoute")

    for phase in ("starting", "removing"):
        assert shared_routes(routes, live.record.moved(phase), name=stage.name) == routes


def test_a_share_far_above_the_weight_must_be_accepted() -> None:
    stage = CanaryStage(scaling={"replicas": 1})

    with pytest.raises(PreconditionError, match="the smallest share is 1 of 2 pods = 50 %"):
        stage.prepare()

    accepted = stage.prepare(accept_share=True)
    assert str(accepted.share) == "1 of 2 pods = 50 %"
    assert CanaryStage(scaling={"replicas": 1}, **GATEWAY).prepare().share is None


def test_no_label_moves_beside_a_canary_unless_the_canary_asks() -> None:
    stage = observed()
    request = PromoteRequest(label="stable", number=2, spec=stage.source.spec, base=Path(), infos={})

    with pytest.raises(PreconditionError, match="a canary of version 2 of resnet is running beside resnet") as caught:
        plan_promotion(request, cluster=stage.cluster)

    assert "--abort" in (caught.value.hint or "")
    assert plan_promotion(replace(request, ends_canary=True), cluster=stage.cluster).origin == 1
