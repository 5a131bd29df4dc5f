from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tests.unit.app.canary_stage import CanaryStage
from tests.unit.app.promote_stage import PromoteStage
from tfk8s.app.carry_out import World
from tfk8s.app.delete import delete_service, plan_deletion
from tfk8s.app.planning import plan_service, read_inventory
from tfk8s.app.rbac_check import require_apply
from tfk8s.app.service import Deployable
from tfk8s.manifest import Manifest
from tfk8s.manifest.fields import object_at
from tfk8s.plan import PlanOptions
from tfk8s.ports import ForbiddenError


def refused(stage: Stage, deployable: Deployable, **options: Any) -> ForbiddenError:
    with pytest.raises(ForbiddenError) as caught:
        stage.apply(deployable, **options)
    return caught.value


def test_every_right_that_is_missing_is_named_and_nothing_is_changed() -> None:
    stage = Stage()
    stage.cluster.withheld = lambda right: right.verb == "patch" or right.resource == "endpointslices"

    error = refused(stage, small_service())

    assert stage.cluster.writes == []
    assert "nothing was changed" in error.message
    assert "somebody@example.test" in error.message
    assert f"missing: patch deployments.apps {NAME} in namespace serving" in error.details
    assert "missing: list endpointslices.discovery.k8s.io in namespace serving" in error.details
    assert f"missing: patch configmaps {NAME}-inventory in namespace serving" in error.details
    assert {right.verb for right in error.missing} == {"patch", "list"}
    assert "tfk8s rbac --role ci" in (error.hint or "")


def test_who_does_not_wait_needs_to_see_no_pods() -> None:
    stage = Stage()
    stage.cluster.withheld = lambda right: right.resource.startswith(("pods", "replicasets", "endpointslices"))

    stage.apply(small_service(), wait=False)

    assert stage.cluster.writes


def test_a_login_that_may_not_create_is_left_to_the_plan_which_knows_what_is_there() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.cluster.withheld = lambda right: right.verb == "create" and right.resource != "pods/portforward"

    stage.apply(small_service(replicas=3))

    assert any("Deployment" in write for write in stage.cluster.writes)


def test_what_is_told_without_a_right_is_not_asked_for() -> None:
    stage = Stage()
    told = ("nodes", "events", "apiservices", "pods/log", "persistentvolumeclaims", "secrets")
    stage.cluster.withheld = lambda right: right.resource in told

    stage.apply(small_service())

    assert stage.cluster.writes


def test_a_release_that_may_not_be_asked_stays_and_is_not_taken_for_a_bad_one() -> None:
    """The cluster does not tell every missing right beforehand."""
    stage = Stage()
    stage.apply(small_service(config="one"))
    stage.cluster.forbidden = frozenset({"pods/portforward"})

    error = refused(stage, small_service(config="two"))

    assert "everything is applied and stays" in error.message
    assert stage.config() == "two"
    inventory = read_inventory(small_service().name, cluster=stage.cluster)
    assert inventory.revision is not None
    assert inventory.revision.number == 1
    assert inventory.attempt


def test_a_service_with_an_address_of_its_own_needs_no_port_forward() -> None:
    stage = Stage()
    stage.cluster.withheld = lambda right: right.resource == "pods/portforward"

    require_apply(_balanced(small_service()), cluster=stage.cluster, waits=True)
    with pytest.raises(ForbiddenError):
        require_apply(small_service(), cluster=stage.cluster, waits=True)


def _balanced(deployable: Deployable) -> Deployable:
    def changed(item: Manifest) -> Manifest:
        if item.ref.kind != "Service":
            return item
        spec = {**object_at(item.body, "spec"), "type": "LoadBalancer"}
        return Manifest(ref=item.ref, body={**item.body, "spec": spec})

    return replace(deployable, manifests=tuple(map(changed, deployable.manifests)))


def test_an_object_that_cannot_be_removed_keeps_everything_else_as_it_is() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=None))
    stage.cluster.writes.clear()
    stage.cluster.withheld = lambda right: right.verb == "delete"

    error = refused(stage, small_service(replicas=2))

    assert stage.cluster.writes == []
    assert [str(right) for right in error.missing] == [
        f"delete horizontalpodautoscalers.autoscaling {NAME} in namespace serving"
    ]


def test_what_cannot_all_be_deleted_is_not_begun() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.cluster.writes.clear()
    stage.cluster.withheld = lambda right: right.verb == "delete" and right.resource == "services"
    world = World(cluster=stage.cluster, clock=stage.clock, reporter=stage.told)

    with pytest.raises(ForbiddenError) as caught:
        delete_service(plan_deletion(small_service().name, world=world), world=world, timeout_s=1.0)

    assert stage.cluster.writes == []
    assert [right.resource for right in caught.value.missing] == ["services"]


def test_a_label_is_not_begun_to_move_where_servers_could_not_be_told(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path)
    stage.cluster.writes.clear()
    stage.cluster.withheld = lambda right: right.resource == "pods/portforward"

    with pytest.raises(ForbiddenError):
        stage.promote()

    assert stage.cluster.writes == []


def test_what_is_looked_for_before_a_label_moves_is_what_the_table_says_of_it(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path)
    stage.cluster.withheld = lambda _: True

    with pytest.raises(ForbiddenError) as caught:
        stage.promote()

    named = {"deployments resnet", "configmaps resnet-config", "configmaps resnet-inventory"}
    whole = {"deployments", "replicasets", "pods", "pods/portforward"}
    assert {f"{right.resource} {right.name}".strip() for right in caught.value.missing} == named | whole


def test_what_is_looked_for_before_a_canary_is_what_the_table_says_of_it() -> None:
    stage = CanaryStage()
    stage.cluster.withheld = lambda _: True

    with pytest.raises(ForbiddenError) as caught:
        stage.run()

    found = {(right.resource, right.verb) for right in caught.value.missing if right.name.endswith("-canary")}
    assert found >= {("deployments", verb) for verb in ("get", "patch", "create", "delete")}
    assert {right.resource for right in caught.value.missing if not right.name} == {"pods", "pods/portforward"}


def test_a_canary_that_could_not_be_removed_is_not_made() -> None:
    stage = CanaryStage()
    stage.cluster.withheld = lambda right: right.verb == "delete"

    with pytest.raises(ForbiddenError) as caught:
        stage.run()

    assert stage.cluster.writes == []
    assert {right.name for right in caught.value.missing} == {"resnet-canary", "resnet-canary-config"}


def test_a_plan_says_what_a_forbidden_dry_run_could_not_show_and_what_gives_the_right() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.cluster.unpatchable = frozenset({"Deployment", "Service"})

    planned = plan_service(small_service(), cluster=stage.cluster, options=PlanOptions(instance=NAME))

    (warning,) = (each for each in planned.plan.warnings if "dry run" in each.message)
    assert "2 of the objects" in warning.message
    assert warning.hint.startswith("an administrator gives the right to ")
