"""One version loaded in a Job of its own, asked, and cleared away."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.jobs import FakeJobs, TrialFate, TrialServers
from tests.fakes.model_server import FakeModelServer, refused
from tests.unit.render.specs import model, rendered, spec
from tfk8s.app.carry_out import World
from tfk8s.app.smoke import Answered
from tfk8s.app.trial import TrialRequest, TrialResult, trial_load
from tfk8s.errors import PreconditionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonValue
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import ForbiddenError, Note, PredictRequest, ServerCode, Waiting
from tfk8s.render.trial import Trial, TrialWish, trial_objects
from tfk8s.spec import object_names

X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
SIGNATURE = Signature(name="serving_default", method_name="tensorflow/serving/predict", inputs=(X,), outputs=(X,))
BAD_LOG = (
    "I server_core.cc:480] Adding/updating models.",
    "E loader_harness.cc:105] Loading servable: {name: resnet version: 2} failed: Data loss: Can't parse "
    "/models/resnet/2/saved_model.pb as binary proto",
    "Failed to start server. Error: Unknown: 1 servable(s) did not become available: {{name: resnet version: 2} due "
    "to error: Data loss: Can't parse /models/resnet/2/saved_model.pb as binary proto}, ",
)


class DeadError(BaseException):
    """The process died here: nothing of it runs any more."""


class Stage:
    """A cluster that runs Jobs."""

    def __init__(self, fate: TrialFate | None = None) -> None:
        self.cluster, self.clock, self.told = FakeCluster(namespaces=("default",)), FakeClock(), Recorder()
        self.jobs = FakeJobs(self.cluster, self.clock, fates={2: fate} if fate else {})
        self.cluster.before_read = self.jobs.reconcile
        self.server = FakeModelServer(model="resnet", signatures=(SIGNATURE,), answer=self.answer)

    def answer(self, request: PredictRequest) -> dict[str, JsonValue]:
        """The first prediction takes longer."""
        del request
        self.clock.sleep(0.9 if len(self.server.asked) == 1 else 0.1)
        return {}

    def trial(self) -> Trial:
        wish = TrialWish(model="resnet", base_path="/models/resnet", version=2, deadline_s=400)
        return trial_objects(rendered(info=model(1, 2)).manifests, names=object_names(spec()), wish=wish)

    def load(self) -> TrialResult:
        request = TrialRequest(trial=self.trial(), timeout_s=300)
        world = World(cluster=self.cluster, clock=self.clock, reporter=self.told)
        return trial_load(request, world=world, servers=TrialServers(self.jobs, trial=self.server))

    def left(self) -> set[str]:
        """What of the trial is still there; a pod goes with its Job."""
        self.jobs.reconcile()
        return {ref.kind for ref in self.cluster.refs() if ref.kind != "Event"}


def test_a_login_that_may_not_ask_the_trial_is_told_so_at_once_and_leaves_nothing() -> None:
    stage = Stage(TrialFate(load_s=7.0))
    stage.cluster.forbidden = frozenset({"pods/portforward"})

    with pytest.raises(ForbiddenError, match="pods/portforward is forbidden"):
        stage.load()

    assert stage.clock.monotonic_s() < 60
    assert stage.left() == set()


def test_a_version_that_loads_is_asked_twice_and_the_trial_is_gone() -> None:
    stage = Stage(TrialFate(load_s=7.0, log=("I loaded",)))

    result = stage.load()

    assert result.version == 2
    assert result.load_s == pytest.approx(7.0)
    assert isinstance(result.answer, Answered)
    assert result.first_request_s == pytest.approx(0.9)
    assert result.second_request_s == pytest.approx(0.1)
    assert result.log == ("I loaded",)
    assert str(result) == "version 2 loaded in 7 s, first prediction 900 ms, second 100 ms"
    assert stage.left() == set()


def test_a_version_that_cannot_be_loaded_shows_the_servers_own_words() -> None:
    stage = Stage(TrialFate(load_s=3.0, ends=255, log=BAD_LOG))

    with pytest.raises(RolloutFailedError) as caught:
        stage.load()

    assert caught.value.message.startswith("the trial of version 2 of resnet failed: version 2 of resnet cannot be ")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("nothing live was touched; ")
    assert f"  {BAD_LOG[-1].strip()}" in caught.value.details
    assert stage.left() == set()


def test_a_version_that_refuses_what_its_signature_promises_has_failed() -> None:
    stage = Stage()

    def refuse(_: PredictRequest) -> dict[str, JsonValue]:
        raise refused(ServerCode.INVALID_ARGUMENT, "Matrix size-incompatible")

    stage.server.answer = refuse
    with pytest.raises(RolloutFailedError, match="it does not answer: Matrix size-incompatible"):
        stage.load()

    assert stage.left() == set()


def test_no_room_is_told_with_what_is_asked_and_what_each_node_has_left() -> None:
    stage = Stage(TrialFate(unschedulable="0/1 nodes are available: 1 Insufficient memory."))
    stage.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": "node-1", "labels": {"kubernetes.io/arch": "amd64"}},
            "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "110"}},
        }
    )

    with pytest.raises(PreconditionError) as caught:
        stage.load()

    assert "no room for the trial of version 2" in caught.value.message
    assert "node node-1 has cpu 2, memory 1024Mi left" in caught.value.details
    assert any(line.startswith("the trial asks for cpu ") for line in caught.value.details)
    assert "--no-trial" in str(caught.value.hint)
    assert stage.left() == {"Node"}


def test_a_pod_that_a_quota_refuses_is_told_in_the_quotas_words() -> None:
    stage = Stage(TrialFate(refused="exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3"))

    with pytest.raises(PreconditionError) as caught:
        stage.load()

    assert any("exceeded quota: compute" in line for line in caught.value.details)


def test_time_that_is_up_while_it_loads_is_no_failure_of_the_version() -> None:
    stage = Stage(TrialFate(load_s=None, log=("I reading variables",)))

    with pytest.raises(WaitTimeoutError) as caught:
        stage.load()

    assert "  I reading variables" in caught.value.details
    assert stage.clock.monotonic_s() == pytest.approx(300)
    assert stage.left() == set()


def test_it_says_once_what_it_waits_for() -> None:
    stage = Stage(TrialFate(load_s=20.0))

    stage.load()

    waits = [event.reasons for event in stage.told.events if isinstance(event, Waiting)]
    assert waits == [("the server is loading it",)]


@pytest.mark.parametrize("fate", [TrialFate(), TrialFate(load_s=1.0, ends=255)])
def test_the_room_of_the_trial_is_free_again_when_it_is_over(fate: TrialFate) -> None:
    stage = Stage(fate)
    stage.jobs.lingers_s = 4.0

    with contextlib.suppress(RolloutFailedError):
        stage.load()

    assert stage.left() == set()


def test_a_pod_that_does_not_end_holds_nobody_up_for_long() -> None:
    stage = Stage()
    stage.jobs.lingers_s = 900.0

    stage.load()

    assert stage.clock.monotonic_s() < 60


@pytest.mark.parametrize("death", ["apply ConfigMap", "apply Job", "delete Job", "delete ConfigMap"])
def test_a_run_that_was_killed_anywhere_is_repeated_and_leaves_nothing(death: str) -> None:
    stage = Stage()

    def die(write: str) -> None:
        if write.startswith(death):
            stage.cluster.before_write = die_again
            raise DeadError

    def die_again(write: str) -> None:
        if "Pod" not in write:
            raise DeadError  # whoever is dead writes nothing more

    stage.cluster.before_write = die
    with pytest.raises(DeadError):
        stage.load()
    stage.cluster.before_write = lambda _: None

    result = stage.load()

    assert result.version == 2
    assert stage.left() == set()


def test_a_trial_that_a_killed_run_left_is_replaced_and_told_of() -> None:
    stage = Stage()
    stale = replace(stage.trial())
    stage.cluster.apply(stale.config)
    stage.cluster.apply(stale.job)
    before = stage.cluster.get(stale.job.ref)

    stage.load()

    assert before is not None
    notes = [event.message for event in stage.told.events if isinstance(event, Note)]
    assert notes == ["a trial of version 2 was left by an earlier run, and is replaced"]


def test_a_job_of_somebody_else_under_that_name_is_left_alone() -> None:
    stage = Stage()
    stage.cluster.before_read = lambda: None
    stage.cluster.put(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "resnet-trial", "namespace": "default"}}
    )

    with pytest.raises(PreconditionError, match="no trial of ours"):
        stage.load()

    assert stage.cluster.writes == []
