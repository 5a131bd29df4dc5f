"""What doctor looks at, joins and leaves out."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.image_lookup import FakeImageLookup
from tests.fakes.model_server import FakeModelServer
from tests.fakes.service import NAME, small_service
from tests.fakes.workloads import PULL_FAILS
from tests.unit.app.apply_stage import BAD, Stage
from tests.unit.app.test_status import EachPod, served
from tfk8s.app.bundle import bundle, write_bundle
from tfk8s.app.doctor import Diagnosis, DoctorWorld, as_json, doctor_lines, examine_service, exit_code
from tfk8s.app.doctor_images import ask_registries
from tfk8s.app.evidence import take_evidence
from tfk8s.diagnose import Finding, Severity
from tfk8s.errors import InputError, RolloutFailedError
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.masking import MASKED
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.ports.registry import ImageLookup

NAMED = small_service().name


def world_of(stage: Stage, *servers: FakeModelServer, images: ImageLookup | None = None) -> DoctorWorld:
    asked = EachPod(list(servers or (served(1), served(1))))
    return DoctorWorld(cluster=stage.cluster, servers=asked, images=images or FakeImageLookup(), clock=stage.clock)


def diagnosis_of(stage: Stage, *, offline: tuple[Finding, ...] = (), images: ImageLookup | None = None) -> Diagnosis:
    world = world_of(stage, images=images)
    return examine_service(NAMED, world=world, models=(NAME,), offline=offline)


def codes(diagnosis: Diagnosis) -> list[str]:
    return [finding.code for finding in diagnosis.findings]


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.apply(small_service())
    return made


def finding(severity: Severity) -> Finding:
    return Finding(code="c", place="p", cause="why", fix="do", severity=severity)


def test_doctor_changes_nothing(stage: Stage) -> None:
    before = list(stage.cluster.writes)

    diagnosis_of(stage)

    assert stage.cluster.writes == before


class Counting(FakeCluster):
    """Remembers what was listed."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[str] = []

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        self.listed.append(query.kind)
        return super().list(query)


def test_nodes_are_listed_once() -> None:
    cluster = Counting()
    stage = Stage(cluster)
    stage.apply(small_service())
    cluster.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}})
    cluster.listed.clear()

    evidence = take_evidence(NAMED, cluster=cluster, clock=stage.clock)

    assert [name_of(node) for node in evidence.of("nodes")] == ["one"]
    assert cluster.listed.count("Node") == 1


def test_a_broken_rollout_is_told_with_its_cause_first(stage: Stage) -> None:
    stage.workloads.fates[BAD] = PULL_FAILS
    with pytest.raises(RolloutFailedError):
        stage.apply(small_service(image=BAD), rollback=False)

    diagnosis = diagnosis_of(stage)

    assert diagnosis.findings[0].severity is Severity.ERROR
    assert diagnosis.findings[0].is_final
    assert exit_code(diagnosis) == 6


def test_a_service_that_is_not_there_is_said_to_be_absent() -> None:
    diagnosis = diagnosis_of(Stage())

    assert codes(diagnosis) == ["absent"]


WANTED = "registry.test/half:1"


def wanted(image: str = WANTED) -> Manifests:
    return small_service(image=image).manifests


def asked_before(answer: ImageAnswer, *, offline: tuple[Finding, ...] = ()) -> Diagnosis:
    """Of a service that is not deployed, whose image a registry knows as this answer says."""
    world = world_of(Stage(), images=FakeImageLookup({WANTED: answer}))
    return examine_service(NAMED, world=world, offline=offline, wanted=wanted)


def not_built() -> Finding:
    return Finding(code="image-not-built", place="image", cause="may not be", fix="build", severity=Severity.INFO)


def test_before_the_first_deploy_the_registry_is_asked_for_the_image_that_would_run() -> None:
    absent = asked_before(ImageAnswer(image=WANTED, state=ImageState.ABSENT, words="404"), offline=(not_built(),))

    assert codes(absent) == ["absent", "image-absent"]
    assert absent.findings[1].place == f"Deployment/{NAME}"
    assert absent.findings[1].cause == f"the registry has no image {WANTED}"


def test_what_a_registry_that_has_the_image_does_not_tell_is_said() -> None:
    there = asked_before(ImageAnswer(image=WANTED, state=ImageState.PRESENT), offline=(not_built(),))

    assert codes(there) == ["absent"], "it has been built"
    assert there.findings[0].evidence == (
        f"the registry has {WANTED}; whether the nodes may pull it shows once there are pods",
    )


@pytest.mark.parametrize("state", [ImageState.DENIED, ImageState.UNANSWERED])
def test_a_registry_that_does_not_tell_of_the_image_is_no_error(state: ImageState) -> None:
    silent = asked_before(ImageAnswer(image=WANTED, state=state, words="401"), offline=(not_built(),))

    assert codes(silent) == ["absent", "unread", "image-not-built"]
    assert "whether it is there is not known" in silent.findings[1].cause


def test_no_registry_is_asked_for_an_image_that_is_loaded_onto_nodes() -> None:
    lookup, local = FakeImageLookup(), "tfk8s.local/half:model-1"

    found = examine_service(NAMED, world=world_of(Stage(), images=lookup), wanted=lambda: wanted(local))

    assert lookup.asked == []
    assert found.findings[0].evidence == (
        f"no registry is asked for {local}, which nodes have or are given; whether each has it is not known",
    )


def test_a_spec_that_cannot_be_rendered_leaves_the_image_unknown_and_a_deployed_one_is_not_rendered(
    stage: Stage,
) -> None:
    def broken() -> Manifests:
        raise InputError("half cannot be read", hint="mend it")

    assert codes(examine_service(NAMED, world=world_of(Stage()), wanted=broken)) == ["absent"]
    assert codes(examine_service(NAMED, world=world_of(stage), models=(NAME,), wanted=broken)) == codes(
        diagnosis_of(stage)
    )


def test_what_the_login_may_not_read_is_a_finding_of_its_own_and_stops_nothing(stage: Stage) -> None:
    stage.cluster.forbidden = frozenset({"Node", "NetworkPolicy", "Event"})

    diagnosis = diagnosis_of(stage)

    (unread,) = (each for each in diagnosis.findings if each.code == "unread")
    assert all(kind in unread.cause for kind in ("Node", "NetworkPolicy", "Event"))
    assert len(unread.evidence) == 3
    assert unread.severity is Severity.INFO


@pytest.mark.parametrize(
    ("severities", "code"),
    [((), 0), ((Severity.INFO,), 0), ((Severity.INFO, Severity.WARNING), 13), ((Severity.WARNING, Severity.ERROR), 6)],
)
def test_the_exit_code_is_that_of_the_worst_finding(stage: Stage, severities: tuple[Severity, ...], code: int) -> None:
    found = replace(diagnosis_of(stage), findings=tuple(finding(each) for each in severities))

    assert exit_code(found) == code


def test_what_the_registry_says_of_an_image_stands_beside_what_the_nodes_say(stage: Stage) -> None:
    stage.workloads.fates[BAD] = PULL_FAILS
    with pytest.raises(RolloutFailedError):
        stage.apply(small_service(image=BAD), rollback=False)
    lookup = FakeImageLookup({BAD: ImageAnswer(image=BAD, state=ImageState.ABSENT, words="MANIFEST_UNKNOWN")})

    diagnosis = diagnosis_of(stage, images=lookup)

    assert lookup.asked == [BAD]
    assert "asked from this computer: MANIFEST_UNKNOWN" in diagnosis.findings[0].evidence
    assert "MANIFEST_UNKNOWN" in files_of(bundle(diagnosis))["tfk8s-doctor/evidence.yaml"]


def test_a_registry_that_does_not_answer_in_time_holds_nothing_up(stage: Stage) -> None:
    silent = threading.Event()

    class Silent:
        def look_up(self, image: str) -> ImageAnswer:
            silent.wait()
            return ImageAnswer(image=image, state=ImageState.PRESENT)

    evidence = diagnosis_of(stage).evidence
    try:
        (answer,) = ask_registries(evidence, lookup=Silent(), limit_s=0.01).images
    finally:
        silent.set()

    assert answer.state is ImageState.UNANSWERED
    assert "no answer within 0.01 s" in answer.words


def test_a_server_that_lacks_a_version_is_told_beside_the_rules_of_objects(stage: Stage) -> None:
    stage.apply(small_service(replicas=2))
    world = world_of(stage, served(1, 2), served(1, failed=2))

    diagnosis = examine_service(NAMED, world=world, models=(NAME,))

    assert "load-failed" in codes(diagnosis)


def test_a_service_of_somebody_else_is_looked_at_by_the_labels_of_its_deployment() -> None:
    stage = Stage()
    labels = {"app": "half"}
    container = {
        "name": "server",
        "image": "example.test/server:1",
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    deployment = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": NAME, "namespace": "serving"}
    stage.cluster.before_read = lambda: None
    for body in (
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**metadata, "generation": 1}, "spec": deployment},
        {"apiVersion": "v1", "kind": "Service", "metadata": {**metadata, "name": "web"}, "spec": {"selector": labels}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {**metadata, "name": "p", "labels": labels}, "spec": {}},
    ):
        stage.cluster.put(json.loads(json.dumps(body)))

    evidence = diagnosis_of(stage).evidence

    assert [name_of(pod) for pod in evidence.snapshot.pods] == ["p"]
    assert name_of(evidence.snapshot.service or {}) == "web"


def test_two_autoscalers_are_told_as_why_tells_them(stage: Stage) -> None:
    stage.apply(small_service(replicas=None))
    query = ObjectQuery(api_version="autoscaling/v2", kind="HorizontalPodAutoscaler", namespace="serving")
    (scaler,) = stage.cluster.list(query)
    stage.cluster.put({**scaler, "metadata": {"name": "by-hand", "namespace": "serving"}})

    found = next(each for each in diagnosis_of(stage).findings if each.code == "two-autoscalers")

    assert found.severity is Severity.WARNING
    assert "by-hand" in found.cause


def test_the_configuration_that_pods_mount_is_part_of_the_evidence(stage: Stage) -> None:
    (live,) = stage.cluster.list(ObjectQuery(api_version="apps/v1", kind="Deployment", namespace="serving"))
    body = json.loads(json.dumps(live))
    body["spec"]["template"]["spec"]["volumes"] = [{"name": "c", "configMap": {"name": f"{NAME}-config"}}]
    stage.cluster.before_read = lambda: None
    stage.cluster.put(body)

    (config,) = diagnosis_of(stage).evidence.of("configMaps")

    assert name_of(config) == f"{NAME}-config"


def test_an_object_that_apply_made_and_that_is_gone_is_told(stage: Stage) -> None:
    config = next(item.ref for item in small_service().manifests if item.ref.kind == "ConfigMap")
    stage.cluster.delete(config)

    assert "object-missing" in codes(diagnosis_of(stage))


def test_what_was_found_in_the_spec_comes_with_the_rest(stage: Stage) -> None:
    diagnosis = diagnosis_of(stage, offline=(finding(Severity.ERROR),))

    assert codes(diagnosis)[0] == "c"


def test_for_people_each_finding_shows_cause_evidence_fix_and_command(stage: Stage) -> None:
    told = Finding(code="c", place="Pod/p", cause="why", fix="do", evidence=("words",), command="kubectl get pods")
    lines = [*doctor_lines(replace(diagnosis_of(stage), findings=(told,)))]

    assert lines[1:] == ["", "error: Pod/p: why [c]", "  > words", "  fix: do", "  $ kubectl get pods"]


def files_of(packed: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        files = {entry.name: archive.extractfile(entry) for entry in archive.getmembers()}
        return {name: file.read().decode() for name, file in files.items() if file is not None}


def leak(stage: Stage, secret: str) -> None:
    """Put a secret wherever one is put by people; the controllers stand still from now on."""
    stage.cluster.before_read = lambda: None
    pod = stage.cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace="serving"))[0]
    body: JsonObject = json.loads(json.dumps(pod))
    spec = body["spec"]
    assert isinstance(spec, dict)
    spec["containers"] = [
        {
            "name": "model-server",
            "env": [{"name": "API_TOKEN", "value": secret}],
            "args": [f"--api_key={secret}", f"--source=https://user:{secret}@example.test/m?token={secret}"],
        }
    ]
    stage.cluster.put(body)
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    stage.cluster.pod_logs[str(metadata["name"])] = (f"Authorization: Bearer {secret}", f'{{"password": "{secret}"}}')


def test_a_bundle_holds_the_evidence_and_no_secret(stage: Stage) -> None:
    leak(stage, "hunter2hunter2")

    files = files_of(bundle(diagnosis_of(stage)))

    assert [*files] == [
        f"tfk8s-doctor/{name}" for name in ("doctor.txt", "evidence.yaml", "findings.json", "manifest.json")
    ]
    assert all("hunter2" not in text for text in files.values())
    assert files["tfk8s-doctor/evidence.yaml"].count(MASKED) >= 5


def test_a_bundle_says_what_is_in_it_and_what_was_left_out(stage: Stage) -> None:
    manifest = json.loads(files_of(bundle(diagnosis_of(stage)))["tfk8s-doctor/manifest.json"])

    assert [each["name"] for each in manifest["files"]] == ["doctor.txt", "evidence.yaml", "findings.json"]
    assert all(len(each["sha256"]) == 64 for each in manifest["files"])
    assert "kubeconfig" in manifest["leftOut"]


def test_the_same_evidence_makes_the_same_bundle(stage: Stage) -> None:
    diagnosis = diagnosis_of(stage)

    assert bundle(diagnosis) == bundle(diagnosis)


def test_a_bundle_that_cannot_be_written_is_said_and_leaves_nothing(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write"):
        write_bundle(diagnosis_of(stage), path=tmp_path / "missing" / "b.tar.gz")

    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_for_its_owner_alone(stage: Stage, tmp_path: Path) -> None:
    write_bundle(diagnosis_of(stage), path=tmp_path / "b.tar.gz")

    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600


def test_the_data_form_has_every_part_of_a_finding(stage: Stage) -> None:
    value = as_json(replace(diagnosis_of(stage), findings=(finding(Severity.WARNING),)))

    assert value["worst"] == "warning"
    assert value["findings"] == [
        {
            "code": "c",
            "severity": "warning",
            "place": "p",
            "cause": "why",
            "evidence": [],
            "fix": "do",
            "command": None,
            "final": False,
        }
    ]
