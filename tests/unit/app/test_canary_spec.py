"""Which version is tried by which name, what the spec becomes, and what of it is written into its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.app.apply_stage import Nowhere
from tests.unit.app.canary_stage import CanaryStage
from tests.unit.render.specs import spec
from tfk8s.app.canary_promote import CanaryPromotion, SpecFile
from tfk8s.app.canary_spec import CanaryChoice, CanaryTarget, chosen_label, promoted_spec, target_of, tried_spec
from tfk8s.app.planning import read_inventory
from tfk8s.app.reach import ClusterReach
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest.server_config import ModelConfig, ServerConfig


def model(versions: Any = (1,), **labels: int) -> ModelConfig:
    return ModelConfig(name="resnet", base_path="/m", versions=versions, labels=labels)


def target(version: int = 2, *, label: str = "", before: int = 1) -> CanaryTarget:
    return CanaryTarget(model="resnet", version=version, label=label, before=before)


@pytest.mark.parametrize(
    ("labels", "wanted", "found"),
    [
        ({}, None, ""),
        ({"prod": 1}, None, "prod"),
        ({"a": 1, "stable": 1}, None, "stable"),
        ({"a": 1, "b": 1}, "b", "b"),
    ],
)
def test_the_label_is_the_one_asked_for_or_the_only_one_or_stable(
    labels: dict[str, int], wanted: str | None, found: str
) -> None:
    assert chosen_label(model(**labels), wanted) == found


@pytest.mark.parametrize(("labels", "wanted"), [({"a": 1, "b": 1}, None), ({"a": 1}, "b"), ({}, "b")])
def test_a_label_that_is_not_clear_or_not_there_is_refused(labels: dict[str, int], wanted: str | None) -> None:
    with pytest.raises(InputError, match="label"):
        chosen_label(model(**labels), wanted)


def test_a_version_that_clients_get_already_is_nothing_to_try() -> None:
    config = ServerConfig(models=(model((1, 2), stable=2),))

    with pytest.raises(PreconditionError, match="version 2 answers already"):
        target_of(CanaryChoice(version=2), config=config, model="resnet", served=())
    found = target_of(CanaryChoice(version=1), config=config, model="resnet", served=())
    assert (found.label, found.before) == ("stable", 2)


@pytest.mark.parametrize(
    ("versions", "aim", "tried", "promoted"),
    [
        ([1], target(2), (1, 2), (2,)),
        ([1, 3], target(4, before=3), (1, 3, 4), (1, 4)),
        ([3], target(2, before=3), (2,), (2,)),
        ([2], target(2, before=1), (2,), (2,)),
    ],
)
def test_without_labels_requests_that_name_no_version_get_it(
    versions: list[int], aim: CanaryTarget, tried: tuple[int, ...], promoted: tuple[int, ...]
) -> None:
    given = spec(model={"source": "pvc://claim/m", "versions": versions})

    assert tried_spec(given, aim).served_models[0].versions == tried
    assert max(tried) == aim.version
    assert promoted_spec(given, aim).served_models[0].versions == promoted


def test_other_labels_lead_where_they_led_and_no_version_is_unloaded() -> None:
    given = spec(model={"source": "pvc://claim/m", "versions": [1, 2], "labels": {"stable": 1, "old": 1}})

    (found,) = tried_spec(given, target(label="stable")).served_models

    assert (found.labels, found.versions) == ({"stable": 2, "old": 1}, (1, 2))


def test_servers_that_follow_the_highest_version_by_themselves_can_have_no_canary() -> None:
    with pytest.raises(PreconditionError, match="by themselves") as refused:
        tried_spec(spec(model={"source": "pvc://claim/m"}), target())

    assert "versions: [1]" in str(refused.value.hint)


def test_a_promotion_without_labels_replaces_the_pods_and_writes_the_list_of_versions(tmp_path: Path) -> None:
    stage = CanaryStage(model={"source": "pvc://claim/m", "versions": [1]})
    stage.server.states = stage.server.states[:1]
    file = tmp_path / "tfk8s.yaml"
    file.write_text("name: resnet\nmodel:\n  source: pvc://claim/m\n  versions: [1]  # ours\n")
    prepared = stage.prepare()
    promotion = CanaryPromotion(
        source=stage.source,
        prepared=prepared,
        file=SpecFile(path=file, environment=None, write=True),
        world=stage.world,
        access=ServerAccess(reach=ClusterReach(stage.cluster, dialer=Nowhere()), servers=stage.server),
        has_image=False,
    )

    promotion.check()
    assert "versions: [1]" in file.read_text()
    told = promotion.promote(prepared.request.record)

    assert "versions: [2]  # ours" in file.read_text()
    assert f"wrote {file}" in told
    assert "versions: 2\n" in stage.config()
    assert "versions: 1\n" not in stage.config()
    release = read_inventory(prepared.request.name, cluster=stage.cluster).revision
    assert release is not None
    assert release.making.spec == file.read_text(), "and not what the file said before"


def test_a_file_that_cannot_be_edited_is_refused_before_a_canary_is_begun(tmp_path: Path) -> None:
    stage = CanaryStage(model={"source": "pvc://claim/m", "versions": [1]})
    stage.server.states = stage.server.states[:1]
    file = tmp_path / "tfk8s.yaml"
    file.write_text("base: &m {source: pvc://claim/m, versions: [1]}\nmodel: *m\n")
    promotion = CanaryPromotion(
        source=stage.source,
        prepared=stage.prepare(),
        file=SpecFile(path=file, environment=None, write=True),
        world=stage.world,
        access=ServerAccess(reach=ClusterReach(stage.cluster, dialer=Nowhere()), servers=stage.server),
        has_image=False,
    )

    with pytest.raises(InputError, match="cannot be edited"):
        promotion.check()
