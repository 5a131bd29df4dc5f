"""A version is added to a service whose models are baked into its image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.jobs import TrialFate
from tests.fakes.model_server import refused
from tests.fakes.workloads import NEVER_READY, NO_MODEL
from tests.unit.app.add_stage import SPEC, DeadError, Stage, Y
from tests.unit.model.savedmodels import tensor
from tfk8s.app.journal import read_journal
from tfk8s.app.service import ServiceName
from tfk8s.app.versions_add import foresee_add
from tfk8s.app.versions_prepare import prepare_add
from tfk8s.errors import InputError, PreconditionError, PredictionError, RolloutFailedError, Tfk8sError
from tfk8s.manifest.server_config import read_server_config
from tfk8s.ports import ServerCode
from tfk8s.rollout.journal import LEASE_S

LATEST = SPEC.replace("  versions: [1]  # version 1 is good\n  labels: {stable: 1}\n", "")


def served(stage: Stage) -> tuple[object, dict[str, int]]:
    config = read_server_config(stage.config()).model("resnet")
    return config.versions, dict(config.labels)


def test_a_version_is_tried_rolled_out_and_written_while_the_label_stays(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    added = stage.add()

    assert served(stage) == ((1, 2), {"stable": 1})
    assert stage.directories() == ["1", "2"]
    assert "versions: [1, 2]  # version 1 is good" in stage.file.read_text()
    assert added.trial is not None
    assert added.trial.version == 2
    assert added.written == (str(stage.file),)
    assert added.image in stage.provider.images
    assert added.image in str(stage.deployment())
    assert [[number for number, _ in content.versions] for content in stage.provider.built[-1]] == [[1, 2]]
    assert (
        "labels stay where they are (stable: 1): their clients see nothing until a label is promoted" in stage.notes()
    )


def test_the_image_of_the_command_is_the_one_that_apply_finds_afterwards(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.add()
    before = stage.live()

    stage.deploy()

    assert stage.live() == before


def test_a_version_that_is_there_already_is_said_to_be_and_nothing_is_touched(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.add()
    before, text = stage.live(), stage.file.read_bytes()
    stage.cluster.writes.clear()

    again = stage.add()

    assert again.was_done
    assert again.plan.number == 2
    assert stage.cluster.writes == []
    assert (stage.live(), stage.file.read_bytes()) == (before, text)


def test_a_version_that_does_not_load_is_refused_and_nothing_live_is_touched(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    before, text = stage.live(), stage.file.read_bytes()
    stage.fate(2, TrialFate(load_s=2.0, ends=255, log=("E Data loss: Can't parse saved_model.pb",)))

    with pytest.raises(RolloutFailedError, match="the trial of version 2 of resnet failed") as caught:
        stage.add()

    assert "  E Data loss: Can't parse saved_model.pb" in caught.value.details
    assert (stage.live(), stage.file.read_bytes(), stage.directories()) == (before, text, ["1"])


def test_a_breaking_version_is_refused_with_what_clients_would_feel_unless_allowed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.write(stage.export, release="2.20.0", inputs={"image": tensor("x:0")}, outputs={"y": Y})
    before = stage.live()

    with pytest.raises(InputError, match="version 2 would break clients of version 1: 1 breaking change") as caught:
        stage.add()

    assert "a request with 'x' would be answered 400: inputs there: 'image'" in caught.value.details[0]
    assert "--allow-breaking" in str(caught.value.hint)
    assert (stage.live(), stage.provider.done) == (before, [])
    assert stage.add(allow_breaking=True).plan.number == 2
    assert any("input-renamed" in note for note in stage.notes())


def test_the_gate_compares_with_the_version_behind_the_label_and_not_with_the_highest(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=SPEC.replace("[1]", "[1, 2]"), versions=(1, 2))
    stage.write(tmp_path / "models" / "2", release="2.12.0", inputs={"z": tensor("x:0")}, outputs={"y": Y})

    assert stage.add().plan.before == 1


def test_a_served_version_that_is_not_here_is_asked_at_its_server(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    (tmp_path / "models" / "1").rename(tmp_path / "models" / "7")
    stage.file.write_text(SPEC.replace("[1]", "[7]").replace("stable: 1", "stable: 7"))

    with_server = prepare_add(stage.request(number=8), world=stage.world(), store=stage.keeper)
    stage.server.states = ()
    with pytest.raises(PredictionError) as caught:
        stage.add(number=8)

    assert with_server.before == 1
    assert "version 1 is what clients rely on, and could not be asked what it promises" in caught.value.details


def test_latest_without_labels_is_said_to_go_live_and_changes_no_spec(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=LATEST)

    added = stage.add()

    assert served(stage) == ("latest", {})
    assert added.written == ()
    assert any("adding version 2 is going live with it" in note for note in stage.notes())


def test_a_version_that_would_never_be_loaded_is_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=LATEST, versions=(5,))

    with pytest.raises(InputError, match="version 3 would never be loaded") as caught:
        stage.add(number=3)

    assert str(caught.value.hint).startswith("give it a higher number, --version 6")


def test_versions_that_cannot_fit_are_refused_with_the_arithmetic_and_what_would_do(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.file.write_text(SPEC + "resources: {memory: 256Mi}\n")
    before = stage.live()

    with pytest.raises(InputError, match="256 MiB, and they take at least 301 MiB") as caught:
        stage.add()

    assert caught.value.details[0] == (
        "at least: 300 MiB for the server alone + 1.2 x 1 MiB for version 1 of resnet "
        "+ 1.2 x 1 MiB for version 2 of resnet"
    )
    assert "resources.memory to 1088Mi or auto" in str(caught.value.hint)
    assert stage.live() == before


def test_retention_removes_old_versions_from_list_and_source_and_spares_the_labelled(tmp_path: Path) -> None:
    spec = SPEC.replace("[1]", "[1, 2, 3]").replace("stable: 1", "stable: 2")
    stage = Stage(tmp_path, spec=spec, versions=(1, 2, 3))

    added = stage.add(keep=2)

    assert added.plan.retention.removed == (1,)
    assert served(stage) == ((2, 3, 4), {"stable": 2})
    assert stage.directories() == ["2", "3", "4"]
    assert "versions: [2, 3, 4]" in stage.file.read_text()
    assert "version 1 is removed: requests that name it are answered 404 then" in stage.notes()
    assert any(note.startswith("version 2 stays, although") for note in stage.notes())


def test_retention_spares_what_another_environment_pins(tmp_path: Path) -> None:
    spec = SPEC.replace("[1]", "[1, 2, 3]").replace("stable: 1", "stable: 3")
    spec += "environments:\n  dev: {}\n  prod:\n    model: {versions: [1, 3]}\n"
    stage = Stage(tmp_path, spec=spec, versions=(1, 2, 3))

    added = stage.add(keep=1, environment="dev")

    assert added.plan.retention.removed == (2,)
    assert added.plan.retention.spared[1] == "environment prod lists it"
    assert "model: {versions: [1, 3]}" in stage.file.read_text()


def test_retention_spares_the_version_that_clients_are_answered_by_until_now(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=LATEST, versions=(1, 2))

    added = stage.add(keep=1)

    assert added.plan.retention.removed == (1,)
    assert added.plan.retention.spared == {2: "clients are answered by it"}
    assert stage.directories() == ["2", "3"]


def test_a_rollout_that_fails_after_a_good_trial_is_undone_in_every_place(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    text = stage.file.read_bytes()
    plan = prepare_add(stage.request(), world=stage.world(), store=stage.keeper)
    stage.workloads.fates[plan.image or ""] = NO_MODEL

    with pytest.raises(RolloutFailedError, match="rolled back to release 1"):
        stage.add()

    assert served(stage) == ((1,), {"stable": 1})
    assert (stage.file.read_bytes(), stage.directories()) == (text, ["1"])


def test_without_a_trial_it_is_said_and_done(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.fate(2, TrialFate(unschedulable="0/1 nodes are available"))

    added = stage.add(trial=False)

    assert added.trial is None
    assert served(stage) == ((1, 2), {"stable": 1})
    assert "no trial: the version was not loaded anywhere before it goes out" in stage.notes()


def test_a_pinned_image_is_pinned_anew(tmp_path: Path) -> None:
    old = f"sha256:{'1' * 64}"
    spec = SPEC + f"image:\n  repository: example.test/resnet\n  digest: {old}  # pinned\n"
    stage = Stage(tmp_path, spec=spec)
    stage.provider.digest = new = f"sha256:{'2' * 64}"

    added = stage.add()

    assert added.image == f"example.test/resnet@{new}"
    assert stage.spec().image.digest == new
    assert "  # pinned\n" in stage.file.read_text()
    assert f"example.test/resnet@{new}" in str(stage.deployment())
    assert stage.add().was_done


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    before = stage.live()
    plan = prepare_add(stage.request(), world=stage.world(), store=stage.keeper)

    told = foresee_add(stage.request(), plan, world=stage.world())

    assert told == ("update: ConfigMap/resnet-config in default", "update: Deployment/resnet in default")
    assert (stage.live(), stage.provider.done, stage.cluster.writes) == (before, [], [])


def test_a_service_that_is_not_deployed_is_told_how_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.file.write_text(SPEC.replace("resnet ", "other "))

    with pytest.raises(PreconditionError, match="nothing to add a version to"):
        stage.add()


def test_a_spec_that_cannot_be_edited_is_refused_before_anything(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    request = stage.request()
    stage.file.write_text(SPEC.replace("model:", "model: &shared"))

    with pytest.raises(InputError, match="cannot be edited") as caught:
        prepare_add(request, world=stage.world(), store=stage.keeper)

    assert str(caught.value.hint) == "set versions of resnet to [1, 2] by hand, and go on with --no-write"
    prepare_add(replace(request, write=False), world=stage.world(), store=stage.keeper)


def test_a_spec_that_is_not_to_be_written_stays_as_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    assert stage.add(write=False).written == ()
    assert stage.file.read_text() == SPEC


def test_the_model_of_several_must_be_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    several = "models: [{name: a, source: ./models}, {name: b, source: ./b}]\n"
    stage.file.write_text(f"apiVersion: tfk8s.dev/v1\nname: resnet\n{several}")

    for model, words in ((None, "several models"), ("c", "no model c")):
        with pytest.raises(InputError, match=words):
            stage.add(model=model)


def test_an_image_that_is_not_made_here_takes_no_version(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.file.write_text(SPEC.replace("./models", "image:///models/resnet") + "image: {base: example.test/made:1}\n")

    with pytest.raises(InputError, match=r"part of example\.test/made:1, which is not built here"):
        stage.add()


def journal(stage: Stage) -> list[tuple[object, ...]]:
    name = ServiceName.of(stage.spec())
    entries = read_journal(name, cluster=stage.cluster)
    return [(one.change.action, one.origin, one.change.target, one.state, one.digest) for one in entries]


def test_the_journal_says_which_content_was_added_and_how_it_ended(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    plan = prepare_add(stage.request(), world=stage.world(), store=stage.keeper)
    stage.workloads.fates[plan.image or ""] = NO_MODEL
    with pytest.raises(RolloutFailedError):
        stage.add()
    stage.workloads.fates.clear()

    stage.add()

    digest = plan.given.digest
    assert journal(stage) == [("add", 1, 2, "aborted", digest), ("add", 1, 2, "done", digest)]


def test_a_number_that_was_served_once_never_gets_another_content(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.add()
    stage.keeper.remove(2)
    stage.file.write_text(SPEC)
    stage.write(stage.export, release="2.19.0")

    with pytest.raises(InputError, match="version 2 was served with another content") as caught:
        stage.add(number=2)

    assert "--version 3" in str(caught.value.hint)
    assert stage.add().plan.number == 3


KILLED_AT = [
    "build",
    "deliver",
    "apply ConfigMap/resnet-trial",
    "apply Job/resnet-trial",
    "delete Job/resnet-trial",
    "publish 4",
    "apply ConfigMap/resnet-config",
    "apply Deployment/resnet",
    "remove 1",
    "apply ConfigMap/resnet-inventory",
]


@pytest.mark.parametrize("death", KILLED_AT)
def test_a_run_that_was_killed_anywhere_is_finished_by_the_next(tmp_path: Path, death: str) -> None:
    spec = SPEC.replace("[1]", "[1, 2, 3]").replace("stable: 1", "stable: 3")
    stage = Stage(tmp_path, spec=spec, versions=(1, 2, 3))
    hooks: list[Any] = [stage.provider, stage.keeper]
    dead: list[str] = []

    def die(what: str) -> None:
        if what.startswith(death) or (dead and "Pod" not in what and "ReplicaSet" not in what):
            dead.append(what)
            raise DeadError(what)

    for hook in hooks:
        hook.before = die
    stage.cluster.before_write = die
    with pytest.raises(DeadError):
        stage.add(keep=2)
    for hook in hooks:
        hook.before = lambda _: None
    stage.cluster.before_write = lambda _: None
    stage.clock.sleep(LEASE_S)

    stage.add(keep=2)

    assert dead[0].startswith(death)
    assert served(stage) == ((3, 4), {"stable": 3})
    assert stage.directories() == ["3", "4"]
    assert "versions: [3, 4]" in stage.file.read_text()
    assert stage.add(keep=2).was_done
    assert [entry[3] for entry in journal(stage)] == ["done"]


def test_a_run_that_was_killed_between_cluster_and_file_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path)

    def die(*_: object) -> None:
        raise DeadError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", die)
        with pytest.raises(DeadError):
            stage.add()
    assert "versions: [1]" in stage.file.read_text()
    stage.clock.sleep(LEASE_S)

    stage.add()

    assert "versions: [1, 2]" in stage.file.read_text()


def test_a_wait_that_is_over_leaves_the_new_version_for_the_next_run(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    plan = prepare_add(stage.request(), world=stage.world(), store=stage.keeper)
    stage.workloads.fates[plan.image or ""] = NEVER_READY

    with pytest.raises(Tfk8sError):
        stage.add(timeout_s=60)
    assert stage.directories() == ["1", "2"]
    del stage.workloads.fates[plan.image or ""]
    stage.clock.sleep(LEASE_S)

    stage.add()

    assert "versions: [1, 2]" in stage.file.read_text()


def test_a_trial_that_is_answered_with_a_refusal_touches_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    before = stage.live()

    def refuse(_: object) -> dict[str, Any]:
        raise refused(ServerCode.INTERNAL, "uninitialized value weight")

    stage.trial_server.answer = refuse
    with pytest.raises(RolloutFailedError, match="uninitialized value weight"):
        stage.add()

    assert stage.live() == before
