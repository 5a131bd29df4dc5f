"""What `apply`, `up`, `status` and `down` say when the world is as others found it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.model_server import FakeModelServer
from tests.fakes.service import NAME, small_service
from tests.fakes.workloads import PULL_FAILS, Fate
from tests.unit.app.apply_stage import BAD, Nowhere, Stage
from tests.unit.app.test_up import KIND, spec_of
from tests.unit.app.test_up import World as UpWorldOfFakes
from tests.unit.model.savedmodels import Version
from tfk8s.app.carry_out import World, wait_gone
from tfk8s.app.down import DownOptions, down, plan_down
from tfk8s.app.endpoint import endpoint_of
from tfk8s.app.planning import read_inventory
from tfk8s.app.preparation import UpRequest
from tfk8s.app.reach import ClusterReach, addresses
from tfk8s.app.rendering import render_service
from tfk8s.app.service import Deployable
from tfk8s.app.snapshot import take_snapshot
from tfk8s.app.status import require_sound, service_status
from tfk8s.app.up import up
from tfk8s.app.up_world import Connection
from tfk8s.app.wait import ServerAccess, wait_for_rollout
from tfk8s.diagnose import diagnose, find_in_log
from tfk8s.errors import InputError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at
from tfk8s.ports import Endpoint, ModelServer, Note, ServingState, VersionState, Waiting
from tfk8s.spec import ModelSpec, ServiceSpec

Change = Callable[[dict[str, Any]], None]


def changed(service: Deployable, kind: str, change: Change) -> Deployable:
    """The service with the one object of a kind changed."""

    def one(manifest: Manifest) -> Manifest:
        if manifest.ref.kind != kind:
            return manifest
        body = json.loads(json.dumps(manifest.body))
        change(body)
        return Manifest.of(body)

    return replace(service, manifests=tuple(one(manifest) for manifest in service.manifests))


def text_of(error: RolloutFailedError) -> str:
    return "\n".join((error.message, error.hint or "", *error.details))


OPERATION = "Op type not registered 'FancyOp' in binary running on resnet-1"
UNKNOWN_OPERATION = Fate(
    ready_after_s=None,
    log=(f"E loader_harness.cc:97] Loading servable: {{name: resnet version: 1}} failed: Not found: {OPERATION}",),
)


def test_a_model_newer_than_its_server_fails_at_once_with_the_operation_and_both_releases(tmp_path: Path) -> None:
    """K06.3, K06.4: the pod still runs and retries; nobody waits for the end of that."""
    Version().write(tmp_path / "m" / "1")
    spec = ServiceSpec(api_version="tfk8s.dev/v1", name=NAME, model=ModelSpec(name="m", source="m"))
    warned = render_service(spec, base=tmp_path).deployable.warned
    stage = Stage()
    stage.workloads.fates[BAD] = UNKNOWN_OPERATION

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(replace(small_service(image=BAD), warned=warned))

    assert failure.value.exit_code == 6
    for word in ("FancyOp", "newer image.base", "2.21.0", "release 2.20"):
        assert word in text_of(failure.value)
    assert stage.clock.monotonic_s() < 60


def test_the_way_back_does_not_repeat_what_was_warned_of_the_way_there() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.workloads.fates[BAD] = UNKNOWN_OPERATION

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(replace(small_service(image=BAD), warned=("mind this",)))

    assert failure.value.details.count("warned before: mind this") == 1


OUT_OF_MEMORY = Fate(
    ready_after_s=None,
    state={"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    log=(
        "I loader_harness.cc:76] Loading servable version {name: resnet version: 1}",
        "I loader_harness.cc:95] Successfully loaded servable version {name: resnet version: 1}",
        "I loader_harness.cc:76] Loading servable version {name: resnet version: 2}",
    ),
)


def test_a_server_killed_while_it_loads_a_version_beside_another_names_both() -> None:
    """K19.4."""
    stage = Stage()
    stage.workloads.fates[BAD] = OUT_OF_MEMORY

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD))

    assert failure.value.exit_code == 6
    assert "OOMKilled) while it loaded version 2 of resnet beside version 1" in failure.value.message
    assert "two versions" in (failure.value.hint or "")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("I Successfully loaded servable version {name: resnet version: 2}",), "(OOMKilled)"),
        (("I Done unloading servable version {name: resnet version: 1}",), "loaded version 2 of resnet"),
        (("I Loading servable version {name: other version: 5}",), "loaded version 5 of other"),
    ],
)
def test_only_a_load_that_was_under_way_is_blamed(more: tuple[str, ...], words: str) -> None:
    stage = Stage()
    stage.workloads.fates[BAD] = replace(OUT_OF_MEMORY, log=(*OUT_OF_MEMORY.log, *more))

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD))

    assert failure.value.message.split(";")[0].endswith(words)


@pytest.mark.parametrize("reason", ["RunContainerError", "CreateContainerError"])
def test_an_image_for_another_processor_is_told_by_the_word_architecture(reason: str) -> None:
    """K07.3."""
    words = 'exec: "/usr/bin/tf_serving_entrypoint.sh": exec format error'
    stage = Stage()
    stage.workloads.fates[BAD] = Fate(ready_after_s=None, state={"waiting": {"reason": reason, "message": words}})

    with pytest.raises(RolloutFailedError, match="another CPU architecture") as failure:
        stage.apply(small_service(image=BAD))

    assert "amd64" in (failure.value.hint or "")


PULLS = [
    ('failed to resolve reference "r.ex/m:1": unexpected status from HEAD request: 403 Forbidden', "image-forbidden"),
    ("failed to authorize: failed to fetch oauth token: 401 Unauthorized", "image-forbidden"),
    ("pull access denied, repository does not exist or may require authorization", "image-forbidden"),
    ('failed to resolve reference "r.example/m:1": r.example/m:1: not found', "image-absent"),
    ("dial tcp: lookup r.example: no such host", "registry-dns"),
]


@pytest.mark.parametrize(("words", "code"), PULLS)
def test_a_pull_that_is_forbidden_is_told_from_an_image_that_is_not_there(words: str, code: str) -> None:
    """K08.4."""
    stage = Stage()
    stage.workloads.fates[BAD] = replace(
        PULL_FAILS, state={"waiting": {"reason": "ImagePullBackOff", "message": f"Back-off: ErrImagePull: {words}"}}
    )

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD))

    (finding,) = diagnose(take_snapshot(small_service().name, cluster=stage.cluster), now=stage.clock.utc_now())
    assert finding.code == code
    names_the_right = "nodes' service account the role roles/artifactregistry.reader" in finding.fix
    assert names_the_right == (code == "image-forbidden")
    assert re.search(r"\bx\b.* \(ImagePullBackOff\)$", finding.cause)
    assert finding.cause in failure.value.message


def test_a_bucket_that_refuses_is_named_with_the_account_and_the_role_that_reads() -> None:
    """K24.4: the lines are those of a server whose identity may not list the bucket."""
    lines = (
        "E file_system_storage_path_source.cc:369] FileSystemStoragePathSource encountered a filesystem access error: "
        "Could not find base path gs://models-of-mine/resnet for servable resnet with error PERMISSION_DENIED: "
        "Error executing an HTTP request: HTTP response code 403 with body '{",
        '    "message": "reader@my-project.iam.gserviceaccount.com does not have storage.objects.list access to the '
        'Google Cloud Storage bucket. Permission denied on resource (or it may not exist).",',
    )

    finding = find_in_log(lines, place="Pod/p")[0]

    assert finding.code == "bucket-access"
    assert finding.is_final
    assert "reader@my-project.iam.gserviceaccount.com lacks storage.objects.list" in finding.cause
    assert "gs://models-of-mine" in finding.cause
    assert "roles/storage.objectViewer" in finding.fix


def test_a_claim_that_one_node_can_mount_stops_apply_before_any_write() -> None:
    """K24.1."""
    stage = Stage()
    claim: JsonObject = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "models", "namespace": "serving"},
        "spec": {"accessModes": ["ReadWriteOnce"]},
    }
    stage.cluster.put(claim)
    stage.cluster.writes.clear()

    def mount(body: dict[str, Any]) -> None:
        volume = {"name": "m", "persistentVolumeClaim": {"claimName": "models"}}
        body["spec"]["template"]["spec"]["volumes"] = [volume]

    with pytest.raises(InputError, match="models is ReadWriteOnce") as refusal:
        stage.apply(changed(small_service(replicas=1), "Deployment", mount))

    assert refusal.value.exit_code == 3
    assert stage.cluster.writes == []


def pending(words: str, *, clock: FakeClock) -> FakeCluster:
    """A Deployment whose only pod no node takes."""
    cluster = FakeCluster()
    labels = object_at(small_service().manifests[3].body, "metadata", "labels")

    def put(api_version: str, kind: str, owner: str, **more: Any) -> None:
        metadata: dict[str, Any] = {"name": NAME, "namespace": "serving", "labels": labels, "uid": kind}
        metadata |= {"ownerReferences": [{"uid": owner}], "annotations": {"deployment.kubernetes.io/revision": "1"}}
        cluster.put({"apiVersion": api_version, "kind": kind, "metadata": metadata, **more})

    condition: JsonObject = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": words}
    condition["lastTransitionTime"] = clock.utc_now().isoformat()
    put("apps/v1", "Deployment", "", spec={"replicas": 1}, status={"observedGeneration": 99})
    put("apps/v1", "ReplicaSet", "Deployment")
    put("v1", "Pod", "ReplicaSet", status={"conditions": [condition]})
    return cluster


def test_a_pod_that_waits_for_a_gpu_ends_the_wait_with_the_resource() -> None:
    """K25.4."""
    clock = FakeClock()
    cluster = pending("0/3 nodes are available: 3 Insufficient nvidia.com/gpu.", clock=clock)

    with pytest.raises(RolloutFailedError, match=r"nvidia\.com/gpu"):
        wait_for_rollout(
            small_service(), world=World(cluster=cluster, clock=clock, reporter=Recorder()), timeout_s=900.0
        )

    assert clock.monotonic_s() < 60


def behind_a_load_balancer() -> Deployable:
    return changed(small_service(), "Service", lambda body: body["spec"].update(type="LoadBalancer"))


def test_a_service_that_never_gets_its_address_is_ready_and_said_to_wait_for_a_load_balancer() -> None:
    """K23.2."""
    stage = Stage()

    with pytest.raises(WaitTimeoutError) as timeout:
        stage.apply(behind_a_load_balancer(), timeout_s=100.0)

    assert timeout.value.exit_code == 7
    assert "Deployment/resnet in serving is ready, but no load balancer" in timeout.value.message
    assert "kubectl -n serving port-forward service/resnet 8501" in (timeout.value.hint or "")
    assert 90 < stage.clock.monotonic_s() <= 101
    inventory = read_inventory(small_service().name, cluster=stage.cluster)
    assert inventory.revision is not None
    assert inventory.revision.number == 1


def test_up_ends_with_a_service_that_is_ready_when_no_load_balancer_gives_an_address(tmp_path: Path) -> None:
    """K23.2: as `apply` does, with what `up` had done before."""
    Version().write(tmp_path / "m" / "1")
    stage, spec = Stage(), spec_of(KIND)
    expose = spec.expose.model_copy(update={"type": "LoadBalancer"})
    spec = spec.model_copy(update={"name": NAME, "model": ModelSpec(name=NAME, source="m"), "expose": expose})
    access = ServerAccess(reach=ClusterReach(stage.cluster, dialer=Nowhere()), servers=stage.server)
    world = replace(
        UpWorldOfFakes().parts(), clock=stage.clock, connect=lambda _: Connection(cluster=stage.cluster, access=access)
    )

    with pytest.raises(WaitTimeoutError) as timeout:
        up(UpRequest(spec=spec, base=tmp_path, timeout_s=100.0), world=world)

    assert timeout.value.exit_code == 7
    assert "Deployment/resnet in serving is ready, but no load balancer" in timeout.value.message
    assert "kubectl -n serving port-forward service/resnet 8501" in (timeout.value.hint or "")
    assert "stopped in step 'service'" in timeout.value.details[-1]
    assert stage.clock.monotonic_s() <= 101


def test_the_address_of_the_load_balancer_is_told_with_scheme_host_and_port() -> None:
    """K23.3: and `predict --url` on exactly that text asks the same address that apply has asked."""
    stage = Stage()
    played = stage.cluster.before_read

    def cloud() -> None:
        played()
        before, stage.cluster.before_read = stage.cluster.before_read, lambda: None
        body = stage.cluster.get(small_service().service)
        stage.cluster.before_read = before
        if body is not None and "status" not in body and stage.clock.monotonic_s() > 20:
            given: JsonObject = {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}
            stage.cluster.put({**body, "status": given}, manager="cloud")

    stage.cluster.before_read = cloud

    applied = stage.apply(behind_a_load_balancer())

    assert applied.addresses == ("http://203.0.113.7:8501",)
    live = stage.cluster.get(small_service().service)
    assert live is not None
    (asked,) = addresses(live, transport="rest")
    told = endpoint_of(applied.addresses[0], transport="rest")
    assert (told.url, told.host, told.port) == (asked.url, asked.host, asked.port)


@dataclass
class OnePodLags:
    """Each pod has version 1; one lacks version 2, because its load failed and is not tried again."""

    lagging: str

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        numbers = (1,) if self.lagging in endpoint.how else (1, 2)
        states = tuple(VersionState(number=number, state=ServingState.AVAILABLE) for number in numbers)
        yield FakeModelServer(model=NAME, states=states)


def test_pods_that_serve_different_versions_are_reported_and_end_status_with_a_failure() -> None:
    """K32.1."""
    stage = Stage()
    stage.apply(small_service())

    def look(lagging: str) -> Any:
        return service_status(
            small_service().name,
            models=(NAME,),
            cluster=stage.cluster,
            servers=OnePodLags(lagging),
            clock=stage.clock,
        )

    all_alike = look("no pod")
    first, second = (pod.name for pod in all_alike.pods)
    differing = look(second)

    require_sound(all_alike)
    assert [len(pod.available) for pod in differing.pods] == [2, 1]
    with pytest.raises(RolloutFailedError) as failure:
        require_sound(differing)
    assert failure.value.exit_code == 6
    assert failure.value.details == (f"Pod/{second}: version 2 of {NAME} is not there; other pods serve it",)
    assert first != second


def test_waiting_for_the_end_of_an_object_is_told_once() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.told.events.clear()

    with pytest.raises(WaitTimeoutError, match="still being deleted after 20 s"):
        wait_gone(
            small_service().deployment,
            uid=None,
            world=World(cluster=stage.cluster, clock=stage.clock, reporter=stage.told),
            timeout_s=20.0,
        )

    assert [type(event) for event in stage.told.events] == [Waiting]


PLACE = "context fake (https://127.0.0.1:6443), namespace serving"


def test_up_and_down_name_context_cluster_and_namespace_before_their_first_write(tmp_path: Path) -> None:
    """K28.2: as `apply` does."""
    Version().write(tmp_path / "m" / "1")
    request = UpRequest(spec=spec_of(KIND), base=tmp_path, wait=False)
    world = UpWorldOfFakes()
    seen: list[str] = []

    def first_write(_: str) -> None:
        told = [event.message for event in world.told.events if isinstance(event, Note)]
        seen.extend(told if not seen else ())

    world.cluster.before_write = first_write
    up(request, world=world.parts())
    assert PLACE in seen

    seen.clear()
    world.told.events.clear()
    plan = plan_down(request, world=world.parts(), options=DownOptions(keep_cluster=True))
    down(plan, request, world=world.parts(), timeout_s=10)
    assert PLACE in seen
