"""Asking every pod: models and labels of the live ConfigMap, one answer a pod, and no pod that hides another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.model_server import FakeModelServer, refused
from tests.fakes.service import NAME
from tests.unit.app.apply_stage import Stage
from tests.unit.app.fleet_stage import (
    CONFIG_MAP,
    NAMED,
    EachPod,
    Silent,
    add_canary,
    failed,
    fleet_on,
    mounted,
    pods_on,
    running_stage,
    server,
    server_config,
    write_config,
)
from tests.unit.rollout.fleets import codes
from tfk8s.app.fleet import read_fleet
from tfk8s.app.fleet_look import change_findings
from tfk8s.app.mounted_config import LIVE_CONFIG_ANNOTATION
from tfk8s.app.side_by_side import WORKERS, side_by_side
from tfk8s.clock import rfc3339
from tfk8s.errors import ClusterRejectedError, PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.server_config import MODELS_FILE, config_hash, write_server_config
from tfk8s.plan import inventory_ref
from tfk8s.ports import ByLabel, Endpoint, ModelServer, ServedSignatures, ServerCode, Target
from tfk8s.ports.cluster import ForbiddenError
from tfk8s.rollout.fleet import Configuration, LabelTrouble, fleet_findings
from tfk8s.rollout.journal import JOURNAL_KEY, Change, Entry, Runner, write_journal

LABELLED = server_config((1, 2), stable=1)


def test_models_and_labels_come_from_the_live_config_map() -> None:
    stage = running_stage(LABELLED)

    fleet = fleet_on(stage, server(1, 2, stable=1), server(1, 2, stable=1))

    assert fleet.config == LABELLED
    assert [[(model.model, model.labels) for model in pod.models] for pod in fleet.pods] == 2 * [
        [(NAME, {"stable": 1})]
    ]
    assert fleet_findings(fleet) == ()


def test_a_label_that_moved_on_one_of_two_pods_is_seen_by_what_it_resolves_to() -> None:
    fleet = fleet_on(running_stage(LABELLED), server(1, 2, stable=1), server(1, 2, stable=2))

    assert [code for _, code in codes(fleet_findings(fleet))] == ["label-elsewhere"]
    assert fleet_findings(fleet)[0].place == f"Pod/{fleet.pods[1].name}"


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (ServerCode.NOT_FOUND, LabelTrouble.NOT_LOADED),
        (ServerCode.INVALID_ARGUMENT, LabelTrouble.UNKNOWN),
        (ServerCode.UNAVAILABLE, LabelTrouble.NOT_READY),
    ],
)
def test_the_three_refusals_of_a_label_are_told_apart(code: ServerCode, trouble: LabelTrouble) -> None:
    class Refusing(FakeModelServer):
        def metadata(self, model: str, *, target: Target) -> ServedSignatures:
            assert target == ByLabel(label="stable")
            raise refused(code, f"no label of {model}")

    refusing = Refusing(model=NAME, states=server(1, 2).states)

    fleet = fleet_on(running_stage(LABELLED, replicas=1), refusing)

    (model,) = fleet.pods[0].models
    assert (model.labels, model.troubles) == ({"stable": None}, {"stable": trouble})


def test_a_pod_that_says_nothing_hides_none_of_the_others() -> None:
    fleet = fleet_on(running_stage(server_config()), Silent(), server(failed(1)))

    assert [code for _, code in codes(fleet_findings(fleet))] == ["pod-silent", "load-failed"]
    assert fleet.pods[0].problem == f"nothing of {NAME} now"


def test_pods_that_the_login_may_not_ask_are_no_failure_of_theirs_and_say_what_to_do() -> None:
    stage = running_stage(server_config())
    stage.cluster.forbidden = frozenset({"pods/portforward"})

    findings = fleet_findings(fleet_on(stage, server(1), server(1)))

    assert [(finding.code, finding.is_passing) for finding in findings] == [("pod-silent", True)] * 2
    assert findings[0].cause == "pods/portforward is forbidden"
    assert findings[0].remedy == "an administrator gives the right to pods/portforward"


def test_a_model_that_a_server_does_not_know_is_no_problem_of_the_whole_pod() -> None:
    fleet = fleet_on(running_stage(server_config(), replicas=1), FakeModelServer(model="other"))

    assert fleet.pods[0].problem == ""
    assert [code for _, code in codes(fleet_findings(fleet))] == ["model-unknown"]


def test_a_pod_whose_container_does_not_run_is_not_asked() -> None:
    stage = running_stage(server_config(), replicas=1)
    (pod,) = pods_on(stage)
    waiting: JsonObject = {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
    stage.cluster.put({**pod, "status": {"phase": "Pending", "containerStatuses": [waiting]}})

    fleet = fleet_on(stage)

    assert fleet.pods[0].problem == "it does not run: ImagePullBackOff"


def test_a_config_map_that_was_edited_after_the_pods_started_makes_their_configuration_old() -> None:
    stage = running_stage(server_config((1,)))
    assert {pod.configuration for pod in fleet_on(stage, server(1), server(1)).pods} == {Configuration.CURRENT}

    write_config(stage, server_config((1, 2)))

    fleet = fleet_on(stage, server(1), server(1))
    assert {pod.configuration for pod in fleet.pods} == {Configuration.OLDER}
    assert {finding.code for finding in fleet_findings(fleet)} == {"version-absent"}
    assert all("older configuration" in finding.cause for finding in fleet_findings(fleet))


def test_a_pod_that_was_moved_to_the_live_configuration_has_it() -> None:
    stage = running_stage(server_config((1,)), replicas=1)
    write_config(stage, LABELLED)
    (pod,) = pods_on(stage)
    moved: JsonObject = {LIVE_CONFIG_ANNOTATION: config_hash({MODELS_FILE: write_server_config(LABELLED)})}
    stage.cluster.put({**pod, "metadata": {**object_at(pod, "metadata"), "annotations": moved}})

    assert fleet_on(stage, server(1, 2, stable=1)).pods[0].configuration is Configuration.CURRENT


class Dated(FakeCluster):
    """Says of every object that it was last changed in 2098."""

    def get(self, ref: ObjectRef) -> JsonObject | None:
        body = super().get(ref)
        if body is None:
            return None
        return {
            **body,
            "metadata": {**object_at(body, "metadata"), "managedFields": [{"time": "2098-01-01T00:00:00Z"}]},
        }


@pytest.mark.parametrize(("born", "configuration"), [("2097", Configuration.OLDER), ("2099", Configuration.CURRENT)])
def test_a_pod_made_after_the_last_change_has_what_the_config_map_says(born: str, configuration: Configuration) -> None:
    stage = running_stage(server_config((1,)), replicas=1, cluster=Dated())
    write_config(stage, LABELLED)
    (pod,) = pods_on(stage)
    stage.cluster.put(
        {**pod, "metadata": {**object_at(pod, "metadata"), "creationTimestamp": f"{born}-06-01T00:00:00Z"}}
    )

    assert fleet_on(stage, server(1, 2, stable=1)).pods[0].configuration is configuration


def test_the_pods_of_a_canary_stand_apart_with_their_own_configuration() -> None:
    stage = running_stage(server_config((1,)), replicas=1)
    add_canary(stage, server_config((2,)))

    fleet = fleet_on(stage, server(1), canary_x=server(2))

    assert [(component, [pod.name for pod in part.pods]) for component, part in fleet.parts()] == [
        ("model-server", [fleet.pods[-1].name]),
        ("canary", [f"{NAME}-canary-x"]),
    ]
    assert fleet.others == {"canary": server_config((2,))}
    assert fleet_findings(fleet) == ()


def test_a_configuration_that_tfk8s_did_not_write_leaves_the_models_of_the_spec() -> None:
    stage = Stage()
    stage.apply(mounted(server_config()))
    live = stage.cluster.get(CONFIG_MAP)
    assert live is not None
    stage.cluster.put({**live, "data": {MODELS_FILE: "platform: what"}})

    fleet = read_fleet(
        NAMED, cluster=stage.cluster, servers=EachPod({"-0": server(1), "-1": server(1)}), models=(NAME,)
    )

    assert fleet.config is None
    assert [[model.model for model in pod.models] for pod in fleet.pods] == [[NAME], [NAME]]


def test_a_config_map_that_the_login_may_not_read_leaves_the_models_of_the_spec() -> None:
    stage = running_stage(server_config(), replicas=1)
    stage.cluster.forbidden = frozenset({"ConfigMap"})

    fleet = read_fleet(NAMED, cluster=stage.cluster, servers=EachPod({"-0": server(1)}), models=(NAME,))

    assert fleet.config is None
    assert fleet.pods[0].models[0].available == {1}


def test_pods_that_may_not_be_seen_are_no_empty_answer() -> None:
    stage = running_stage(server_config(), replicas=1)
    stage.cluster.forbidden = frozenset({"Pod"})

    with pytest.raises(ForbiddenError):
        fleet_on(stage, server(1))


def test_a_service_that_is_not_there_is_said() -> None:
    with pytest.raises(PreconditionError, match="no service resnet in namespace serving"):
        fleet_on(Stage())


def test_all_pods_are_asked_at_once() -> None:
    """Each server answers only when the other is asked too."""
    together = threading.Barrier(2, timeout=5)

    class Waiting(EachPod):
        @contextmanager
        def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
            together.wait()
            with super().connect(endpoint) as found:
                yield found

    stage = running_stage(server_config())
    servers = Waiting({"-0": server(1), "-1": server(1)})

    fleet = read_fleet(NAMED, cluster=stage.cluster, servers=servers)

    assert fleet_findings(fleet) == ()


def test_work_that_does_not_end_is_left_and_the_rest_is_there() -> None:
    never = threading.Event()
    began = time.monotonic()

    found = side_by_side({"hangs": never.wait, "ends": lambda: True}, limit_s=0.2)

    assert found == {"ends": True}
    assert time.monotonic() - began < 5
    never.set()


def test_more_work_than_threads_is_all_done_in_order() -> None:
    keys = [str(number) for number in range(5 * WORKERS)]

    found = side_by_side({key: partial(int, key) for key in keys}, limit_s=5.0)

    assert list(found.items()) == [(key, int(key)) for key in keys]


def test_no_work_is_done_at_once() -> None:
    assert side_by_side({}, limit_s=1.0) == {}


def test_what_work_raises_is_raised() -> None:
    def fails() -> None:
        raise ClusterRejectedError("no")

    with pytest.raises(ClusterRejectedError, match="no"):
        side_by_side({"a": fails}, limit_s=5.0)


def noted(stage: Stage, text: str) -> None:
    """Write a journal of versions into the service's record."""
    ref = inventory_ref(name=NAME, namespace="serving")
    live = stage.cluster.get(ref)
    assert live is not None
    stage.cluster.put({**live, "data": {**object_at(live, "data"), JOURNAL_KEY: text}})


def changes(stage: Stage) -> list[tuple[str, bool]]:
    found = change_findings(NAMED, cluster=stage.cluster, clock=stage.clock)
    return [(finding.code, finding.is_passing) for finding in found]


def test_a_change_that_was_begun_and_left_is_found_in_the_record() -> None:
    stage = running_stage(server_config())
    assert changes(stage) == []
    began = rfc3339(stage.clock.utc_now())
    move = Change(action="promote", model=NAME, label="stable", target=2)
    runner = Runner(run="r", host="h", pid=1)
    noted(stage, write_journal((Entry(time=began, who="ann", change=move, runner=runner, seen=began),)))

    assert changes(stage) == [("change-running", True)]
    stage.clock.sleep(60)
    assert changes(stage) == [("change-unfinished", False)]


def test_a_record_that_cannot_be_read_is_a_finding_and_hides_nothing() -> None:
    stage = running_stage(server_config())
    noted(stage, "no json")

    assert changes(stage) == [("history-unreadable", False)]


def test_a_record_that_the_login_may_not_read_is_no_finding() -> None:
    stage = running_stage(server_config())
    stage.cluster.forbidden = frozenset({"ConfigMap"})

    assert changes(stage) == []
