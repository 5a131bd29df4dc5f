"""Moving a label on running servers: stages, refusals, a death at any call, two runs at once, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests.unit.app.apply_stage import DeadError, Nowhere
from tests.unit.app.promote_stage import NAME, SPEC, PromoteStage
from tests.unit.render.specs import model
from tfk8s.app.fleet import LIVE_CONFIG_ANNOTATION
from tfk8s.app.live_config import config_ref
from tfk8s.app.planning import plan_service, read_inventory
from tfk8s.app.reach import ClusterReach
from tfk8s.app.rendering import render_service
from tfk8s.app.versions_promote import plan_lines, promote
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import InputError, PreconditionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.manifest.server_config import MODELS_FILE
from tfk8s.plan import Action, Plan, PlanOptions, inventory_ref
from tfk8s.plan.followed import FOLLOWED_ANNOTATION
from tfk8s.ports import ServerUnreachableError
from tfk8s.ports.cluster import ForbiddenError
from tfk8s.rollout.journal import LEASE_S, Change, Runner
from tfk8s.spec import load_spec

ONE = SPEC.replace("[1, 2] # both stay loaded", "[1]")


@pytest.fixture
def stage(tmp_path: Path) -> PromoteStage:
    return PromoteStage(tmp_path)


def test_a_label_moves_on_every_pod_and_in_the_spec_whose_comments_stay(stage: PromoteStage) -> None:
    done = stage.promote()

    assert done.is_changed
    assert stage.labels() == [2, 2]
    assert stage.config().model(NAME).labels == {"stable": 2}
    assert stage.file.read_text() == SPEC.replace("stable: 1 #", "stable: 2 #")
    assert stage.lost() == []
    (entry,) = stage.journal()
    assert (entry.state, entry.origin, entry.change.target, entry.who) == ("done", 1, 2, "somebody@example.test")


def test_a_version_that_is_not_loaded_is_loaded_first_and_no_server_is_told_both_at_once(tmp_path: Path) -> None:
    """K12: {add 2, stable 1 -> 2} in one step is refused at every poll, so version 2 is never loaded."""
    stage = PromoteStage(tmp_path, spec=ONE)

    stage.promote()

    assert stage.labels() == [2, 2]
    told = [[config.model(NAME) for config in server.reloads] for server in stage.servers.values()]
    assert [[(model.versions, dict(model.labels)) for model in models] for models in told] == 2 * [
        [((1, 2), {"stable": 1}), ((1, 2), {"stable": 2})]
    ]
    assert "versions: [1, 2]" in stage.file.read_text()


def test_unloading_comes_last_and_the_spec_lists_what_is_left(stage: PromoteStage) -> None:
    stage.promote(unload=True)

    assert stage.labels() == [2, 2]
    assert [server.server.available for server in stage.servers.values()] == [{2}, {2}]
    assert "versions: [2] # both" in stage.file.read_text()
    assert stage.lost() == []


def test_after_it_a_plan_of_the_spec_changes_nothing_and_replaces_no_pod(stage: PromoteStage) -> None:
    stage.promote()

    plan = planned(stage)
    assert [change.ref for change in plan.pending] == []
    live = stage.cluster.get(stage.deployment)
    base, _, followed = text_at(live, "metadata", "annotations", FOLLOWED_ANNOTATION).partition("=")
    assert base == text_at(live, "spec", "template", "metadata", "annotations", CONFIG_HASH_ANNOTATION)
    assert followed.partition("@")[0] == text_at(stage.pods()[0], "metadata", "annotations", LIVE_CONFIG_ANNOTATION)


def planned(stage: PromoteStage, *, text: str | None = None) -> Plan:
    spec = load_spec(text if text is not None else stage.file.read_text(), source="spec")
    deployable = render_service(spec, base=stage.file.parent).deployable
    return plan_service(deployable, cluster=stage.cluster, options=PlanOptions()).plan


def test_after_it_another_cpu_rolls_with_the_hash_of_the_configuration(stage: PromoteStage) -> None:
    stage.promote()
    pods_hash = text_at(stage.pods()[0], "metadata", "annotations", LIVE_CONFIG_ANNOTATION)

    plan = planned(stage, text=stage.file.read_text().replace("cpu: 100m", "cpu: 200m"))

    (change,) = [change for change in plan.pending if change.ref.kind == "Deployment"]
    assert change.action is Action.UPDATE
    assert change.manifest is not None
    annotations = ("spec", "template", "metadata", "annotations", CONFIG_HASH_ANNOTATION)
    assert text_at(change.manifest.body, *annotations) == pods_hash


def test_after_it_the_old_spec_replaces_the_pods_although_they_once_had_its_hash(stage: PromoteStage) -> None:
    stage.promote()

    plan = planned(stage, text=SPEC)

    assert {change.ref.kind for change in plan.pending} == {"ConfigMap", "Deployment"}


def test_a_load_that_fails_leaves_the_label_and_takes_the_version_out_again(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE, broken=frozenset({2}))
    before = stage.file.read_text()

    with pytest.raises(RolloutFailedError, match="does not serve version 2 of resnet: UNKNOWN: no such file"):
        stage.promote()

    assert stage.labels() == [1, 1]
    assert stage.config().model(NAME).versions == (1,)
    assert stage.file.read_text() == before
    assert [entry.state for entry in stage.journal()] == ["aborted"]
    assert "no such file" in stage.journal()[0].note
    assert planned(stage).pending == ()
    first, second = stage.servers.values()
    assert first.reloads[-1].model(NAME).versions == (1,), "so that the next try is a new one"
    assert all(2 not in config.model(NAME).versions for config in second.reloads)


def test_a_server_that_dies_of_the_load_is_the_only_one_that_does(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE)
    (pod, _) = stage.pods()
    ended: JsonObject = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    status: JsonObject = {"state": {"running": {"startedAt": "y"}}, "restartCount": 1, "lastState": ended}

    def kill(what: str) -> None:
        if what == "reloaded":
            stage.touch = lambda _: None
            stage.cluster.put({**pod, "status": {**object_at(pod, "status"), "containerStatuses": [status]}})
            first.server.states = {1: first.server.states[1]}

    first, second = stage.servers.values()
    first.server.missing = frozenset({2})
    stage.touch = kill

    with pytest.raises(RolloutFailedError, match=r"OOMKilled \(exit code 137\)"):
        stage.promote()

    assert second.reloads == [stage.config()], "it was told of the way back alone"
    assert stage.config().model(NAME).versions == (1,)


def test_a_version_that_was_repaired_can_be_promoted_after_a_failure(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE, broken=frozenset({2}))
    with pytest.raises(RolloutFailedError):
        stage.promote()
    for server in stage.servers.values():
        server.server.broken = frozenset()

    stage.promote()

    assert stage.labels() == [2, 2]
    assert [entry.state for entry in stage.journal()] == ["aborted", "done"]


def test_a_directory_that_is_not_there_is_told_by_the_server_that_looked_for_it(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE)
    for server in stage.servers.values():
        server.server.missing = frozenset({2})

    with pytest.raises(RolloutFailedError, match="finds no version 2 in gs://models/resnet"):
        stage.promote()

    assert stage.labels() == [1, 1]


def test_what_is_so_already_changes_nothing_and_is_not_noted(stage: PromoteStage) -> None:
    done = stage.promote("stable", 1)

    assert not done.is_changed
    assert stage.journal() == ()
    assert all(not server.reloads for server in stage.servers.values())


def test_a_dry_run_says_the_stages_and_writes_nothing(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE)
    writes = list(stage.cluster.writes)
    request = stage.request(unload=True)

    lines = list(plan_lines(request, stage.plan(request)))

    assert [line.split(".")[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert lines[0] == "label stable of resnet: version 1 -> version 2"
    assert stage.cluster.writes == writes
    assert stage.file.read_text() == ONE


@pytest.mark.parametrize(
    ("manager", "way"),
    [
        ("argocd-controller", "Argo CD would change it back: commit the spec in two steps"),
        ("kustomize-controller", "Flux would change it back"),
        ("helm", "Helm would change it back"),
        ("kubectl-client-side-apply", "tfk8s apply takes it over"),
    ],
)
def test_a_configuration_of_another_tool_is_refused_with_the_way_that_is_right_there(
    stage: PromoteStage, manager: str, way: str
) -> None:
    body = stage.config_map()
    text = text_at(body, "data", MODELS_FILE)
    stage.cluster.put({**body, "data": {**object_at(body, "data"), MODELS_FILE: f"{text}\n"}}, manager=manager)

    with pytest.raises(PreconditionError, match=f"written by {manager}") as refused:
        stage.promote()

    assert way in (refused.value.hint or "")
    assert stage.labels() == [1, 1]
    assert stage.journal() == ()


def test_a_configuration_that_somebody_changes_meanwhile_is_not_overwritten(stage: PromoteStage) -> None:
    ref = config_ref(stage.name)

    def meddle(what: str) -> None:
        if what == f"apply {ref}":
            stage.touch = lambda _: None
            body = stage.cluster.get(ref)
            assert body is not None
            annotations: JsonObject = {**object_at(body, "metadata"), "annotations": {"a": "b"}}
            stage.cluster.put({**body, "metadata": annotations})

    stage.touch = meddle
    with pytest.raises(PreconditionError, match="changed by somebody else"):
        stage.promote()

    assert stage.config().model(NAME).labels == {"stable": 1}
    stage.promote()
    assert stage.labels() == [2, 2]


def test_a_second_run_is_refused_while_the_first_one_lives_and_takes_over_when_it_is_dead(stage: PromoteStage) -> None:
    book = stage.logbook()
    book.runner = Runner(run="other", host="elsewhere", pid=1)
    change = Change(action="promote", model=NAME, label="stable", target=2)
    book.begin(change, origin=1)

    with pytest.raises(PreconditionError, match="another run is moving versions"):
        stage.promote()
    assert stage.labels() == [1, 1]

    stage.clock.sleep(LEASE_S + 1)
    stage.promote()
    assert [entry.state for entry in stage.journal()] == ["done"]
    with pytest.raises(PreconditionError, match="taken over"):
        book.end("done")


def test_a_run_that_was_taken_over_stops_at_its_next_look(stage: PromoteStage) -> None:
    thief = stage.logbook()
    thief.runner = Runner(run="thief", host="elsewhere", pid=1)

    def steal(what: str) -> None:
        if what == "reload":
            stage.touch = lambda _: None
            stage.clock.sleep(LEASE_S + 5)
            thief.begin(Change(action="promote", model=NAME, label="stable", target=2), origin=1)

    stage.touch = steal
    with pytest.raises(PreconditionError, match="taken over"):
        stage.promote()


def test_a_server_that_hangs_is_given_up_with_the_port_that_must_answer(stage: PromoteStage) -> None:
    first = next(iter(stage.servers.values()))
    first.hangs = ServerUnreachableError("did not answer within 15 s")

    with pytest.raises(PreconditionError, match="cannot be told another configuration: did not answer") as refused:
        stage.promote()

    assert "8500" in (refused.value.hint or "")
    first.hangs = None
    stage.promote()
    assert stage.labels() == [2, 2]
    assert [entry.state for entry in stage.journal()] == ["done"]


def test_time_that_is_up_is_no_failure_and_the_next_run_goes_on(stage: PromoteStage) -> None:
    (first, *_) = stage.pods()
    unready: JsonObject = {**first, "status": {"containerStatuses": [{"state": {"running": {"startedAt": "x"}}}]}}
    stage.cluster.put(unready)

    with pytest.raises(WaitTimeoutError) as late:
        stage.promote()

    assert "is not ready" in " ".join(late.value.details)
    stage.cluster.put(first)
    stage.promote()
    assert stage.labels() == [2, 2]
    assert [(entry.state, entry.origin) for entry in stage.journal()] == [("done", 1)]


def test_an_unknown_model_and_a_service_that_is_not_there_are_told(stage: PromoteStage) -> None:
    with pytest.raises(InputError, match="no model other"):
        stage.promote(model="other")
    stage.cluster.delete(config_ref(stage.name))
    with pytest.raises(PreconditionError, match="not deployed"):
        stage.promote()


def test_a_service_without_a_record_is_told_before_anything_is_written(stage: PromoteStage) -> None:
    stage.cluster.delete(inventory_ref(name=NAME, namespace="serving"))

    with pytest.raises(PreconditionError, match="inventory"):
        stage.promote()

    assert stage.labels() == [1, 1]


def test_the_first_label_changes_the_servers_flags_so_new_pods_take_over(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=SPEC.replace("  labels:\n    stable: 1 # what clients ask for\n", ""))

    plan = stage.plan(stage.request())

    assert plan.way == "rolled"
    assert any("args" in path for path in plan.why)


def test_versions_that_cannot_be_in_memory_at_once_are_refused_with_the_sum(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE)
    infos = {NAME: model(1, 2, size_mib=1500)}

    with pytest.raises(InputError, match="cannot fit into the memory of a pod: 2048 MiB, and they take at least") as no:
        stage.promote(infos=infos)

    assert any("version 2" in line for line in no.value.details)
    assert stage.labels() == [1, 1]
    assert stage.journal() == ()


def test_a_version_that_the_source_does_not_hold_is_refused_with_those_that_it_does(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=ONE)

    with pytest.raises(InputError, match=r"version 7 of resnet is not in .*; versions there: 1, 2") as no:
        stage.promote("stable", 7, infos={NAME: model(1, 2)})

    assert "tfk8s versions add" in (no.value.hint or "")


BAKED = SPEC.replace("gs://models/resnet", "./models/resnet") + "image: {repository: example.test/resnet}\n"


def test_a_version_that_the_image_of_the_pods_does_not_hold_is_refused(tmp_path: Path) -> None:
    infos = {NAME: model(1, 2, 3)}
    stage = PromoteStage(tmp_path, spec=BAKED, infos=infos)
    older = {NAME: model(1, 2)}
    stage.stage.apply(
        render_service(load_spec(BAKED, source="spec"), base=tmp_path, infos=older).deployable, wait=False
    )

    with pytest.raises(PreconditionError, match="version 3 of resnet is not in the image that the pods run") as no:
        stage.promote("stable", 3, infos=infos)

    assert "tfk8s versions add" in (no.value.hint or "")
    assert stage.promote("stable", 2, infos=older).is_changed
    assert stage.labels() == [2, 2]


def test_where_pods_must_be_replaced_new_ones_take_over_and_it_is_noted(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=SPEC.replace("  labels:\n    stable: 1 # what clients ask for\n", ""))
    stage.cluster.before_read = stage.stage.workloads.reconcile
    before = {text_at(pod, "metadata", "name") for pod in stage.pods()}
    request = stage.request(infos={})
    access = ServerAccess(reach=ClusterReach(stage.cluster, dialer=Nowhere()), servers=stage.stage.server)

    done = promote(request, stage.plan(request), world=stage.world, access=access)

    assert done.plan.way == "rolled"
    assert before.isdisjoint(text_at(pod, "metadata", "name") for pod in stage.pods())
    assert stage.config().model(NAME).labels == {"stable": 2}
    assert [(entry.state, entry.origin) for entry in stage.journal()] == [("done", None)]
    assert "stable" in stage.file.read_text()
    assert planned(stage).pending == ()


def test_a_release_of_new_pods_tells_its_spec_also_where_the_file_is_left_alone(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=SPEC.replace("  labels:\n    stable: 1 # what clients ask for\n", ""))
    stage.cluster.before_read = stage.stage.workloads.reconcile
    request = stage.request(infos={}, write=False)
    access = ServerAccess(reach=ClusterReach(stage.cluster, dialer=Nowhere()), servers=stage.stage.server)

    promote(request, stage.plan(request), world=stage.world, access=access)

    revision = read_inventory(stage.name, cluster=stage.cluster).revision
    assert revision is not None
    assert load_spec(revision.making.spec, source="then").served_models[0].labels == {"stable": 2}
    assert "stable" not in stage.file.read_text()


def test_other_changes_of_the_spec_are_left_alone_and_told(stage: PromoteStage) -> None:
    stage.file.write_text(SPEC.replace("[1, 2]", "[1, 2, 3]"))

    done = stage.promote()

    assert "other changes that are not applied" in done.plan.notes[0]
    assert stage.config().model(NAME).versions == (1, 2)


def test_a_pod_whose_annotation_is_forbidden_is_moved_all_the_same(stage: PromoteStage) -> None:
    """Without the right to patch pods the kubelet brings the file a minute later."""

    def forbid(what: str) -> None:
        if what.startswith("apply Pod/"):
            raise ForbiddenError("pods may not be patched")

    stage.touch = forbid

    stage.promote()

    assert stage.labels() == [2, 2]


def test_a_death_at_any_write_is_gone_on_from(tmp_path: Path) -> None:
    """Before each write of the cluster, and before and after each order to a server; reads change nothing between."""
    deaths = 0
    for last in range(1, 100):
        folder = tmp_path / str(last)
        folder.mkdir()
        stage = PromoteStage(folder, spec=ONE)
        calls = count(1)

        def die(what: str, *, calls: Iterator[int] = calls, last: int = last) -> None:
            if what not in ("read", "status") and next(calls) >= last:  # who is dead stays dead
                raise DeadError

        stage.touch = die
        try:
            stage.promote(unload=True)
        except DeadError:
            deaths += 1
        else:
            break
        stage.touch = lambda _: None
        stage.clock.sleep(LEASE_S + 1)

        stage.promote(unload=True)

        assert stage.labels() == [2, 2], f"after a death at write {last}"
        assert stage.lost() == []
        assert [entry.state for entry in stage.journal()] in ([], ["done"]), f"after a death at write {last}"
        assert stage.config().model(NAME).labels == {"stable": 2}
        assert "stable: 2 # what" in stage.file.read_text()
        assert planned(stage).pending == (), f"after a death at write {last}"
    assert deaths >= 15


def test_the_lease_is_that_of_a_run_and_not_of_a_process_that_is_gone(stage: PromoteStage) -> None:
    book = stage.logbook()
    book.runner = replace(book.runner, run="dead", pid=2**22 + 1)
    book.begin(Change(action="promote", model=NAME, label="stable", target=2), origin=1)

    stage.promote()

    assert stage.labels() == [2, 2]
