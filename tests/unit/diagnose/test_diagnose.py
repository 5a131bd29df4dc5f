"""What is seen of a broken service, and the cause that is told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import yaml

from tfk8s.diagnose import Finding, conditions_of, diagnose, diagnose_scaler, find_in_log, warnings_of
from tfk8s.manifest import JsonObject
from tfk8s.manifest.snapshot import Snapshot

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)


def ago(seconds: int) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


def read(text: str) -> JsonObject:
    value = yaml.safe_load(text)
    assert isinstance(value, dict)
    return value


def snapshot(
    status: str,
    *,
    log: tuple[str, ...] = (),
    events: tuple[JsonObject, ...] = (),
    deployment: str = "",
    owner: str = "r1",
) -> Snapshot:
    """A Deployment with one new pod of that status."""
    revision = 'annotations: {deployment.kubernetes.io/revision: "1"}'
    pod = read(f"metadata: {{name: p, ownerReferences: [{{uid: {owner}}}]}}")
    return Snapshot(
        deployment=read(f"metadata: {{name: resnet, uid: d1, {revision}}}\n{deployment}"),
        replica_sets=(read(f"metadata: {{name: rs, uid: r1, {revision}, ownerReferences: [{{uid: d1}}]}}"),),
        pods=({**pod, "status": read(status)},),
        events=events,
        logs={"p": log},
    )


def only(found: tuple[Finding, ...]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def container(state: str, *, restarts: int = 0, last: str = "{}", age: int = 60) -> str:
    return (
        f"startTime: '{ago(age)}'\n"
        f"containerStatuses: [{{name: server, image: 'x:1', restartCount: {restarts}, "
        f"state: {state}, lastState: {last}}}]"
    )


RUNNING = "{running: {}}"


@pytest.mark.parametrize(
    ("reason", "final"),
    [("ErrImagePull", False), ("ImagePullBackOff", True), ("InvalidImageName", True), ("ErrImageNeverPull", True)],
)
def test_an_image_that_cannot_be_pulled(reason: str, final: bool) -> None:
    found = only(diagnose(snapshot(container(f"{{waiting: {{reason: {reason}, message: 'no such tag'}}}}")), now=NOW))

    assert (found.code, found.is_final, found.evidence) == ("image-pull", final, ("no such tag",))
    assert "x:1" in found.cause


@pytest.mark.parametrize(("age", "final"), [(5, False), (60, True)])
def test_a_container_that_cannot_be_configured_is_final_once_it_had_time(age: int, final: bool) -> None:
    waiting = "{waiting: {reason: CreateContainerConfigError, message: 'configmap \"c\" not found'}}"

    found = only(diagnose(snapshot(container(waiting, age=age)), now=NOW))

    assert (found.code, found.is_final) == ("container-config", final)
    assert found.evidence == ('configmap "c" not found',)


def test_a_crash_shows_the_last_lines() -> None:
    state = "{waiting: {reason: CrashLoopBackOff}}"
    last = "{terminated: {exitCode: 2, reason: Error}}"

    found = only(diagnose(snapshot(container(state, restarts=1, last=last), log=("one", "", "two")), now=NOW))

    assert (found.code, found.is_final, found.evidence) == ("crash", True, ("one", "two"))
    assert "exit code 2" in found.cause


@pytest.mark.parametrize(
    ("code", "reason", "final"), [(2, "Error", False), (137, "OOMKilled", True), (132, "Error", True)]
)
def test_a_first_crash_may_be_a_passing_one_but_not_every_one_is(code: int, reason: str, final: bool) -> None:
    ended = f"{{terminated: {{exitCode: {code}, reason: {reason}}}}}"

    assert only(diagnose(snapshot(container(ended)), now=NOW)).is_final is final


def test_memory_that_ran_out_is_told_as_such() -> None:
    last = "{terminated: {exitCode: 137, reason: OOMKilled}}"

    found = only(diagnose(snapshot(container(RUNNING, restarts=1, last=last)), now=NOW))

    assert (found.code, found.is_final) == ("out-of-memory", True)
    assert "resources.memory" in found.fix


def test_an_illegal_instruction_is_told_by_the_exit_code_or_by_the_log() -> None:
    last = "{terminated: {exitCode: 132, reason: Error}}"
    line = "/usr/bin/tf_serving_entrypoint.sh: line 3:     7 Illegal instruction     (core dumped)"

    by_code = only(diagnose(snapshot(container(RUNNING, restarts=1, last=last)), now=NOW))
    by_log = only(diagnose(snapshot(container(RUNNING, restarts=1, last=last), log=(line,)), now=NOW))

    assert by_code.code == by_log.code == "illegal-instruction"
    assert "AVX" in by_code.fix


def test_another_architecture_is_told_from_the_runtimes_words() -> None:
    waiting = "{waiting: {reason: RunContainerError, message: 'exec /usr/bin/x: exec format error'}}"

    found = only(diagnose(snapshot(container(waiting)), now=NOW))

    assert found.code == "architecture"
    assert "amd64" in found.fix


def test_the_servers_words_take_the_place_of_the_crash() -> None:
    state, last = "{waiting: {reason: CrashLoopBackOff}}", "{terminated: {exitCode: 255, reason: Error}}"
    line = "E loader_harness.cc: Loading servable: {name: m version: 3} failed: Not found: Op type not registered 'Foo'"

    found = only(diagnose(snapshot(container(state, restarts=2, last=last), log=(line,)), now=NOW))

    assert found.code == "missing-operation"
    assert "Foo" in found.cause
    assert "newer image.base" in found.fix


@pytest.mark.parametrize(("age", "count"), [(5, 0), (25, 1)])
def test_a_complaint_about_the_model_counts_once_the_pod_had_time(age: int, count: int) -> None:
    line = "E file_system_storage_path_source.cc:353] Could not find base path /models/resnet for servable resnet"

    found = diagnose(snapshot(container(RUNNING, age=age), log=(line,)), now=NOW)

    assert len(found) == count


def unschedulable(since: int, words: str = "0/1 nodes are available: 1 Insufficient cpu.") -> str:
    condition = f"type: PodScheduled, status: 'False', reason: Unschedulable, lastTransitionTime: '{ago(since)}'"
    return f"conditions: [{{{condition}, message: '{words}'}}]"


@pytest.mark.parametrize(("since", "final"), [(10, False), (60, True)])
def test_a_pod_that_no_node_takes_is_final_after_a_while(since: int, final: bool) -> None:
    found = only(diagnose(snapshot(unschedulable(since)), now=NOW))

    assert (found.code, found.is_final) == ("unschedulable", final)
    assert "Insufficient cpu" in found.evidence[0]


def test_a_cluster_that_grows_is_waited_for() -> None:
    event = read("{reason: TriggeredScaleUp, involvedObject: {kind: Pod, name: p}}")

    found = only(diagnose(snapshot(unschedulable(500), events=(event,)), now=NOW))

    assert not found.is_final


def test_a_missing_gpu_is_named() -> None:
    found = only(diagnose(snapshot(unschedulable(60, "0/1 nodes: 1 Insufficient nvidia.com/gpu.")), now=NOW))

    assert "nvidia.com/gpu" in found.cause
    assert "GPUs" in found.fix


@pytest.mark.parametrize(("since", "final"), [(5, False), (30, True)])
def test_pods_that_the_cluster_refuses(since: int, final: bool) -> None:
    condition = f"type: ReplicaFailure, status: 'True', reason: FailedCreate, lastTransitionTime: '{ago(since)}'"
    words = "pods is forbidden: exceeded quota: few"
    text = f"status: {{conditions: [{{{condition}, message: '{words}'}}]}}"

    found = only(diagnose(snapshot("{}", deployment=text), now=NOW))

    assert (found.code, found.is_final, found.evidence) == ("pod-refused", final, (words,))


def test_an_old_pod_and_a_ready_one_have_no_causes() -> None:
    pull = container("{waiting: {reason: ImagePullBackOff}}")

    assert diagnose(snapshot(pull, owner="older"), now=NOW) == ()
    assert diagnose(snapshot(pull + "\nconditions: [{type: Ready, status: 'True'}]"), now=NOW) == ()


def test_the_same_cause_on_several_pods_is_told_once() -> None:
    one = snapshot(container("{waiting: {reason: ImagePullBackOff}}"))
    first = one.pods[0]
    second: JsonObject = {**first, "metadata": {**read("name: q"), "ownerReferences": [read("uid: r1")]}}
    both = Snapshot(deployment=one.deployment, replica_sets=one.replica_sets, pods=(first, second))

    assert only(diagnose(both, now=NOW)).place == "Pod/p"


def test_an_autoscaler_without_numbers_quotes_the_condition_and_never_fails_a_rollout() -> None:
    words = "unable to get metrics for resource cpu: no metrics returned"
    scaler = read(
        "metadata: {name: resnet}\n"
        f"status: {{conditions: [{{type: ScalingActive, status: 'False', reason: FailedGetResourceMetric, "
        f"message: '{words}'}}, {{type: AbleToScale, status: 'True'}}]}}"
    )

    found = only(diagnose_scaler(scaler))

    assert (found.evidence, found.is_final) == ((words,), False)
    assert "metrics-server" in found.fix


LINES = [
    ("No versions of servable resnet found under base path /models/resnet. Did you forget to name", "model-versions"),
    ("File system scheme 's3' not implemented (file: 's3://b/m')", "file-system"),
    ("Request to assign label to version 2 of model resnet, which is not currently available", "label"),
    ("unknown argument: --enable_batchin", "bad-flag"),
    ("Loading servable: {name: m version: 1} failed: Data loss: truncated", "model-load"),
    ("Failed to start server. Error: Unknown: 1 servable(s) did not become available", "model-load"),
    (
        "x@p.iam.gserviceaccount.com does not have storage.objects.list access to the Google Cloud Storage bucket.",
        "bucket-access",
    ),
]


@pytest.mark.parametrize(("line", "code"), LINES)
def test_each_line_of_the_server_has_a_cause_and_a_fix(line: str, code: str) -> None:
    found = only(find_in_log(("I unrelated", line), place="Pod/p"))

    assert found.code == code
    assert found.evidence == (line,)
    assert "{" not in found.fix


def test_ordinary_lines_mean_nothing() -> None:
    lines = ("I Successfully loaded servable version {name: m version: 1}", "[warn] getaddrinfo: address family", "")

    assert find_in_log(lines, place="Pod/p") == ()


def test_the_newest_warnings_about_our_objects_come_first() -> None:
    def event(name: str, reason: str, when: int) -> JsonObject:
        about = f"involvedObject: {{kind: Pod, name: {name}}}"
        return read(f"{{type: Warning, reason: {reason}, message: m, lastTimestamp: '{ago(when)}', {about}}}")

    seen = snapshot("{}", events=(event("p", "Old", 90), event("p", "New", 1), event("foreign", "Other", 1)))

    assert warnings_of(seen) == ("event New of Pod/p: m", "event Old of Pod/p: m")


def test_a_warning_by_the_newer_api_of_events_counts_from_when_it_was_seen_last() -> None:
    about = "type: Warning, message: m, involvedObject: {kind: Pod, name: p}"
    seen_again = f"eventTime: '{ago(90)}', series: {{count: 9, lastObservedTime: '{ago(1)}'}}"
    again = read(f"{{reason: Again, {seen_again}, {about}}}")
    between = read(f"{{reason: Between, lastTimestamp: '{ago(30)}', {about}}}")

    assert warnings_of(snapshot("{}", events=(between, again)))[0] == "event Again of Pod/p: m"


def test_conditions_that_are_as_they_should_be_are_left_out() -> None:
    body = read(
        "status: {conditions: [{type: Available, status: 'False', reason: R, message: M}, "
        "{type: Progressing, status: 'True'}, {type: ReplicaFailure, status: 'True', reason: Q, message: N}]}"
    )

    assert conditions_of(body) == ("condition Available=False (R): M", "condition ReplicaFailure=True (Q): N")
