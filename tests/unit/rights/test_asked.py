"""What commands ask a cluster for that need servers, keys or volumes is in the table: a fake cluster shows it.

Each is run for real too: `tests/integration/control_plane/test_rights.py` and `tests/integration/test_rights.py`.
What these do not come to is seen here alone: a canary that a Gateway weighs, an `apply` that goes back.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.publication.stands import volume_stand, volume_store
from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.pod_volume import CLAIM
from tests.fakes.service import small_service
from tests.fakes.workloads import PULL_FAILS
from tests.unit.app import add_stage, apply_stage
from tests.unit.app.apply_stage import BAD
from tests.unit.app.bench_stage import BenchStage
from tests.unit.app.canary_stage import CanaryStage
from tests.unit.app.promote_stage import PromoteStage
from tests.unit.app.test_bench import measured
from tests.unit.app.test_keys import KEYED
from tests.unit.render.specs import spec
from tfk8s.app.image import baked_image
from tfk8s.app.keys import key_store, plan_change, write_change
from tfk8s.app.rbac import things_of
from tfk8s.app.rendering import read_models, render_service
from tfk8s.app.service import ServiceName
from tfk8s.errors import RolloutFailedError
from tfk8s.rights import Grade, Right, Things, rights_for
from tfk8s.spec import ServiceSpec, load_spec

EVERYTHING = frozenset(Grade)
CLAIMED: dict[str, Any] = {"namespace": "serving", "model": {"source": "pvc://models/resnet"}}
GATEWAY = {"type": "Gateway", "hosts": ["m.example.test"], "gateway": {"name": "shared"}}


def things(wanted: ServiceSpec, *, base: Path = Path()) -> Things:
    image = baked_image(wanted, read_models(wanted, base=base))
    rendered = render_service(wanted, base=base, image=image)
    return things_of(rendered.deployable.manifests, name=ServiceName.of(wanted), spec=wanted)


def unknown(cluster: FakeCluster, command: str, of: Things) -> set[str]:
    """What was asked for and is not in the table for this command."""
    known: frozenset[Right] = rights_for(command, of, grades=EVERYTHING)
    return {str(asked) for asked in cluster.rights if {asked, replace(asked, name="")}.isdisjoint(known)}


def test_promote(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path)
    stage.cluster.rights.clear()

    stage.promote()

    assert stage.cluster.rights
    assert unknown(stage.cluster, "versions promote", things(load_spec(stage.file), base=tmp_path)) == set()


@pytest.mark.parametrize("fields", [{}, {"expose": GATEWAY}], ids=["by share", "by weight"])
def test_a_canary(fields: dict[str, object]) -> None:
    stage = CanaryStage(**fields)
    stage.cluster.rights.clear()

    stage.run()

    assert any(right.verb == "delete" for right in stage.cluster.rights)
    assert unknown(stage.cluster, "versions canary", things(spec(**stage.fields))) == set()


def test_add(tmp_path: Path) -> None:
    stage = add_stage.Stage(tmp_path)
    stage.cluster.rights.clear()

    stage.add()

    assert any(right.resource == "jobs" for right in stage.cluster.rights)
    assert unknown(stage.cluster, "versions add", things(stage.spec(), base=tmp_path)) == set()


def test_an_apply_that_fails_and_goes_back() -> None:
    stage = apply_stage.Stage()
    stage.apply(small_service(replicas=None))
    stage.cluster.rights.clear()
    stage.workloads.fates[BAD] = PULL_FAILS
    of = things_of(small_service(replicas=None).manifests, name=small_service().name)

    with pytest.raises(RolloutFailedError):
        stage.apply(small_service(replicas=None, image=BAD))

    assert unknown(stage.cluster, "apply", of) == set()


def test_a_version_that_is_written_into_a_volume(tmp_path: Path) -> None:
    _, cluster, clock = volume_stand(tmp_path)
    cluster.rights.clear()
    fields = {"name": "half", "namespace": "serving", "model": {"source": f"pvc://{CLAIM}/half"}}

    volume_store(cluster, clock).versions()

    assert any(right.resource == "pods/exec" for right in cluster.rights)
    assert unknown(cluster, "versions add", things(spec(**fields))) == set()


def test_keys() -> None:
    cluster = FakeCluster()
    store = key_store(spec(namespace="serving", expose=KEYED), cluster=cluster, clock=FakeClock())

    planned, version = plan_change(store, verb="create", name="team-a")
    write_change(store, planned, version=version)

    assert cluster.rights
    assert unknown(cluster, "keys", things(spec(**CLAIMED, expose=KEYED))) == set()


def test_bench() -> None:
    stage = BenchStage()
    stage.cluster.rights.clear()

    measured(stage, rates=(10.0,))

    assert stage.cluster.rights
    assert unknown(stage.cluster, "bench", things(spec(**CLAIMED))) == set()
