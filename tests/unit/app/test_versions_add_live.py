"""A version is added where the running servers read it from a volume or a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.image_signatures import FakeSignatures
from tests.fakes.jobs import FakeJobs, TrialFate, TrialServers
from tests.fakes.model_server import FakeModelServer, refused
from tests.fakes.provider import FakeProvider
from tests.fakes.version_store import FakeVersionStore
from tests.unit.app.apply_stage import SIGNATURE, Nowhere
from tests.unit.app.promote_stage import SPEC, PodServer, PromoteStage
from tests.unit.model.savedmodels import Version, graph, saved_model
from tfk8s.app.image_admission import Admission, images_of
from tfk8s.app.image_sign import SigningWish
from tfk8s.app.planning import read_inventory
from tfk8s.app.reach import ClusterReach
from tfk8s.app.versions_add_live import add_to_store
from tfk8s.app.versions_prepare import prepare_add
from tfk8s.app.versions_request import Added, AddRequest, AddWorld
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import InputError, PreconditionError, RolloutFailedError, UnverifiedError
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import text_at
from tfk8s.ports import ByVersion, Endpoint, ModelServer, ServedSignatures, ServerCode, ServingState, Target
from tfk8s.rollout.journal import LEASE_S
from tfk8s.spec import load_spec

OLD = "sha256:old"


class DeadError(BaseException):
    """The process died here."""


class AskedPod:
    """A pod's server that also says what its versions promise."""

    def __init__(self, pod: PodServer, *, signatures: tuple[Any, ...]) -> None:
        self._pod, self._signatures = pod, signatures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pod, name)

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        if not isinstance(target, ByVersion):
            return self._pod.metadata(model, target=target)
        if target.number not in self._pod.server.available:
            raise refused(ServerCode.NOT_FOUND, f"nothing behind {target}")
        return ServedSignatures(model=model, version=target.number, signatures=self._signatures)


class Stage:
    """Versions 1 and 2 are loaded, label stable leads to 1; what a test adds lies in `export`."""

    def __init__(self, folder: Path, *, spec: str = SPEC, broken: frozenset[int] = frozenset()) -> None:
        self.folder = folder
        self.inner = PromoteStage(folder, spec=spec, broken=broken)
        self.cluster, self.clock = self.inner.cluster, self.inner.clock
        self.jobs = FakeJobs(self.cluster, self.clock)
        self.cluster.before_read = self.jobs.reconcile
        self.store = FakeVersionStore(published={1: OLD, 2: OLD})
        self.export = Version(graph_bytes=saved_model(graph(tensorflow_version="2.20.0"))).write(folder / "export")
        self.trial_server = FakeModelServer(model="resnet", signatures=(SIGNATURE,))
        for pod in self.inner.servers.values():  # whatever their policy
            pod.server.states = dict.fromkeys((1, 2), (ServingState.AVAILABLE, "OK"))
            pod.server.managed = {1, 2}
        self.signatures: tuple[Any, ...] = ()
        self.admit: Admission = lambda _: None

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        with TrialServersOr(self).connect(endpoint) as server:
            yield server

    def world(self) -> AddWorld:
        provider = FakeProvider()
        access = ServerAccess(reach=ClusterReach(self.cluster, dialer=Nowhere()), servers=self)
        return AddWorld(
            world=replace(self.inner.world, admit=self.admit),
            access=access,
            images=lambda: provider,
            builder=provider,
            signatures=FakeSignatures(),
        )

    def request(self, **changes: Any) -> AddRequest:
        file = self.inner.file
        return replace(
            AddRequest(spec=load_spec(file), base=self.folder, directory=self.export, file=file, timeout_s=60.0),
            **changes,
        )

    def add(self, **changes: Any) -> Added:
        request = self.request(**changes)
        plan = prepare_add(request, world=self.world(), store=self.store)
        return add_to_store(request, plan, world=self.world(), store=self.store)

    def loaded(self) -> list[set[int]]:
        return [set(pod.server.available) for pod in self.inner.servers.values()]

    def pods(self) -> list[str]:
        return sorted(text_at(pod, "metadata", "uid") for pod in self.inner.pods())

    def versions(self) -> object:
        return self.inner.config().model("resnet").versions


class TrialServersOr:
    """The trial's server, else that of the pod."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        stage, name = self._stage, endpoint.how.rpartition(" ")[2]
        if name in stage.inner.servers:
            pod: Any = AskedPod(stage.inner.servers[name], signatures=stage.signatures)
            yield pod
            return
        with TrialServers(stage.jobs, trial=stage.trial_server).connect(endpoint) as server:
            yield server


def test_a_version_is_staged_tried_published_and_loaded_beside_the_others_without_a_new_pod(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    before = stage.pods()

    added = stage.add()

    assert stage.store.done == ["stage 3", "publish 3"]
    assert stage.versions() == (1, 2, 3)
    assert stage.loaded() == [{1, 2, 3}, {1, 2, 3}]
    assert stage.inner.labels() == [1, 1]
    assert (stage.pods(), stage.inner.lost()) == (before, [])
    assert added.trial is not None
    assert added.answers == ("version 3 is available on 2 pods; none was replaced",)
    assert "versions: [1, 2, 3] # both stay loaded" in stage.inner.file.read_text()
    assert [(entry.change.action, entry.change.target, entry.state) for entry in stage.inner.journal()] == [
        ("add", 3, "done")
    ]
    release = read_inventory(stage.inner.name, cluster=stage.cluster).revision
    assert release is not None
    assert release.making.live == "version 3 of resnet added, on the running pods"
    assert release.making.spec == stage.inner.file.read_text()


def test_the_trial_reads_what_is_staged_and_no_server_sees_it_before_it_is_good(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.jobs.fates[3] = TrialFate(load_s=1.0, ends=255, log=("E Data loss",))
    seen: list[str] = []
    stage.cluster.before_write = lambda what: seen.append(what)
    before, text = stage.inner.config_map(), stage.inner.file.read_bytes()

    with pytest.raises(RolloutFailedError, match="the trial of version 3"):
        stage.add()

    assert stage.store.done == ["stage 3", "abandon"]
    assert (stage.inner.config_map(), stage.inner.file.read_bytes()) == (before, text)
    assert any(what.startswith("apply Job") for what in seen)
    assert stage.inner.journal() == ()


def test_a_place_without_room_for_a_trial_tries_what_no_list_names_yet(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.store.trial_path = None
    stage.jobs.fates[3] = TrialFate(load_s=1.0, ends=255, log=("E Data loss",))

    with pytest.raises(RolloutFailedError):
        stage.add()

    assert stage.store.done == ["stage 3", "publish 3", "remove 3"]
    assert (stage.versions(), stage.loaded()) == ((1, 2), [{1, 2}, {1, 2}])
    assert [entry.state for entry in stage.inner.journal()] == ["aborted"]


LATEST = SPEC.replace("  versions: [1, 2] # both stay loaded\n  labels:\n    stable: 1 # what clients ask for\n", "")


def test_what_servers_follow_is_not_published_untried(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=LATEST)
    stage.store.trial_path = None

    with pytest.raises(PreconditionError, match="no place to try it before"):
        stage.add()

    assert stage.store.done == ["stage 3", "abandon"]


def test_a_place_that_shows_a_version_bit_by_bit_is_followed_by_nobody_meanwhile(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=SPEC.replace("versions: [1, 2] # both stay loaded", "versions: all"))
    stage.store.needs_pin = True
    pinned: list[object] = []

    def watch(what: str) -> None:
        if what.startswith("publish"):
            pinned.append(stage.versions())

    stage.store.before = watch

    stage.add()

    assert pinned == [(1, 2)]
    assert stage.versions() == (1, 2, 3)
    assert "versions: [1, 2, 3]" in stage.inner.file.read_text()


def test_a_version_that_one_server_cannot_load_is_taken_back_everywhere(tmp_path: Path) -> None:
    """K32.2: the pod and the error are named, and no label has moved."""
    stage = Stage(tmp_path, broken=frozenset({3}))
    text = stage.inner.file.read_bytes()

    with pytest.raises(RolloutFailedError, match=r"does not serve version 3 of resnet: .*no such file") as caught:
        stage.add()

    assert caught.value.exit_code == 6
    assert any(pod in caught.value.message for pod in stage.inner.servers)
    assert stage.inner.labels() == [1, 1]
    assert stage.store.versions() == (1, 2)
    assert (stage.versions(), stage.inner.file.read_bytes()) == ((1, 2), text)
    assert [entry.state for entry in stage.inner.journal()] == ["aborted"]


def test_retention_unloads_before_it_removes(tmp_path: Path) -> None:
    stage = Stage(tmp_path, spec=SPEC.replace("stable: 1", "stable: 2"))
    loaded: list[list[set[int]]] = []

    def watch(what: str) -> None:
        if what.startswith("remove"):
            loaded.append(stage.loaded())

    stage.store.before = watch

    stage.add(keep=2)

    assert stage.store.done == ["stage 3", "publish 3", "remove 1"]
    assert loaded == [[{2, 3}, {2, 3}]]
    assert stage.versions() == (2, 3)


def test_a_served_version_is_asked_what_it_promises_and_a_break_is_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.signatures = (replace(SIGNATURE, inputs=(replace(SIGNATURE.inputs[0], key="image"),)),)

    with pytest.raises(InputError, match="version 3 would break clients of version 1"):
        stage.add()

    assert stage.store.done == []
    assert stage.add(allow_breaking=True).plan.number == 3


def test_a_number_whose_content_cannot_be_compared_is_never_overwritten(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.store.published[3] = None

    with pytest.raises(InputError, match="cannot be compared from here"):
        stage.add(number=3)


def test_the_same_again_is_said_and_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.add()
    stage.cluster.writes.clear()

    again = stage.add()

    assert again.was_done
    assert (again.plan.number, stage.cluster.writes) == (3, [])


KILLED_AT = ["stage 3", "apply Job/resnet-trial", "publish 3", "apply ConfigMap/resnet-config", "remove 1", "apply Pod"]


@pytest.mark.parametrize("death", KILLED_AT)
def test_a_run_that_was_killed_anywhere_is_finished_by_the_next(tmp_path: Path, death: str) -> None:
    stage = Stage(tmp_path, spec=SPEC.replace("stable: 1", "stable: 2"))
    dead: list[str] = []

    def die(what: str) -> None:
        controllers = what.startswith(("delete Pod", "put"))
        if what.startswith(death) or (dead and not controllers):
            dead.append(what)
            raise DeadError(what)

    stage.store.before = die
    stage.cluster.before_write = die
    with pytest.raises(DeadError):
        stage.add(keep=2)
    stage.store.before = lambda _: None
    stage.cluster.before_write = lambda _: None
    stage.clock.sleep(LEASE_S)

    stage.add(keep=2)

    assert dead[0].startswith(death)
    assert stage.versions() == (2, 3)
    assert stage.store.versions() == (2, 3)
    assert stage.loaded() == [{2, 3}, {2, 3}]
    assert stage.inner.lost() == []
    assert "versions: [2, 3]" in stage.inner.file.read_text()
    assert stage.add(keep=2).was_done


def test_an_image_that_may_not_run_is_refused_before_a_version_is_staged_unless_no_pod_is_made(tmp_path: Path) -> None:
    def refuse(manifests: Manifests) -> None:
        raise UnverifiedError(f"{images_of(manifests)} is not verified", hint="sign it")

    stage = Stage(tmp_path)
    stage.admit = refuse
    stage.cluster.writes.clear()

    with pytest.raises(UnverifiedError):
        stage.add()

    assert (stage.store.done, stage.cluster.writes) == ([], [])
    assert stage.add(trial=False).plan.number == 3


def test_where_no_image_is_made_there_is_none_to_sign(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    with pytest.raises(InputError, match="no image is made that could be signed"):
        stage.add(signing=SigningWish(key=None))

    assert stage.store.done == []
