"""Where a label goes back to, and the history that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.app.apply_stage import DeadError
from tests.unit.app.promote_stage import NAME, SPEC, PromoteStage
from tfk8s.app.planning import read_inventory
from tfk8s.app.rendering import render_service
from tfk8s.app.versions_history import history_json, history_lines, versions_history
from tfk8s.app.versions_rollback import Return, choose_return, earlier_release
from tfk8s.errors import InputError, PreconditionError
from tfk8s.plan import Making, inventory_ref, to_config_map
from tfk8s.rollout.journal import LEASE_S
from tfk8s.spec import load_spec


@pytest.fixture
def stage(tmp_path: Path) -> PromoteStage:
    return PromoteStage(tmp_path)


def chosen(stage: PromoteStage, *, label: str | None = None, model: str | None = None) -> Return:
    return choose_return(load_spec(stage.file), label=label, model=model, cluster=stage.cluster)


def test_a_label_returns_without_a_load_where_the_old_version_is_still_there(stage: PromoteStage) -> None:
    stage.promote()
    back = chosen(stage)

    done = stage.promote(back.label, back.number, action="rollback")

    assert back == Return(model=NAME, label="stable", number=1)
    assert not done.plan.loads
    assert stage.labels() == [1, 1]
    assert stage.lost() == []
    for server in stage.servers.values():
        assert [dict(config.model(NAME).labels) for config in server.reloads] == [{"stable": 2}, {"stable": 1}]


def test_a_second_return_has_nowhere_to_go(stage: PromoteStage) -> None:
    stage.promote()
    stage.promote("stable", 1, action="rollback")

    with pytest.raises(PreconditionError, match="leads to version 1, and nothing before that is on record"):
        chosen(stage)


def test_what_was_never_moved_has_nowhere_to_go_back_to(stage: PromoteStage) -> None:
    with pytest.raises(PreconditionError, match="no move of label stable"):
        chosen(stage, label="stable")
    with pytest.raises(InputError, match="no model other"):
        chosen(stage, model="other")


def test_a_promotion_that_was_interrupted_is_taken_back(stage: PromoteStage) -> None:
    writes = iter(range(100))

    def die(what: str) -> None:
        if what not in ("read", "status") and next(writes) >= 4:
            raise DeadError

    stage.touch = die
    with pytest.raises(DeadError):
        stage.promote()
    stage.touch = lambda _: None
    stage.clock.sleep(LEASE_S + 1)

    back = chosen(stage)
    stage.promote(back.label, back.number, action="rollback")

    assert back.number == 1
    assert stage.labels() == [1, 1]
    assert [(entry.change.action, entry.state) for entry in stage.journal()] == [
        ("promote", "aborted"),
        ("rollback", "done"),
    ]


def test_the_history_is_a_table_with_the_newest_first(stage: PromoteStage) -> None:
    stage.promote()
    stage.promote("stable", 1, action="rollback")

    journal = versions_history(stage.name, cluster=stage.cluster)

    head, newest, first = (line.split() for line in history_lines(journal))
    assert head == ["TIME", "BY", "ACTION", "MODEL", "LABEL", "FROM", "TO", "DIGEST", "STATE"]
    assert newest[3:] == ["rollback", "resnet", "stable", "2", "1", "-", "done"]
    assert first[3:] == ["promote", "resnet", "stable", "1", "2", "-", "done"]
    told = history_json(stage.name, journal)["changes"]
    assert isinstance(told, list)
    assert [entry["to"] for entry in told if isinstance(entry, dict)] == [1, 2]
    assert versions_history(stage.name, cluster=stage.cluster, model="other") == ()
    assert list(history_lines(())) == ["no version was moved yet"]


PLAIN = SPEC.replace("  labels:\n    stable: 1 # what clients ask for\n", "")


def deploy(stage: PromoteStage, spec: str, *, restores: int | None = None) -> None:
    """Apply it, and record it as a release that answered."""
    manifests = render_service(load_spec(spec, source="spec"), base=stage.file.parent, kubernetes_minor=34).deployable
    stage.stage.apply(manifests, wait=False)
    inventory = read_inventory(stage.name, cluster=stage.cluster)
    settled = inventory.settled(manifests.manifests, making=Making(restores=restores))
    ref = inventory_ref(name=stage.name.name, namespace=stage.name.namespace)
    stage.cluster.apply(to_config_map(settled, ref=ref, labels=stage.name.labels))


def test_a_service_without_labels_returns_to_its_last_release_with_other_versions(tmp_path: Path) -> None:
    one, cheaper = PLAIN.replace("[1, 2]", "[1]"), PLAIN.replace("100m", "90m")
    stage = PromoteStage(tmp_path, spec=one)
    for spec in (PLAIN, cheaper):
        deploy(stage, spec)

    assert earlier_release(load_spec(cheaper, source="spec"), model=None, cluster=stage.cluster) == 1
    deploy(stage, one, restores=1)
    with pytest.raises(PreconditionError, match="no release of resnet with other versions than 1 of"):
        earlier_release(load_spec(one, source="spec"), model=None, cluster=stage.cluster)


def test_a_service_with_labels_returns_by_its_labels(stage: PromoteStage) -> None:
    assert earlier_release(load_spec(stage.file), model=None, cluster=stage.cluster) is None
