"""Versions in a volume: the pod that writes it, what is refused before anything is sent, files that came in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.publication.stands import CONTENT, DEPLOYMENT, Files, folder_seen, volume_stand, volume_store, write
from tests.fakes.pod_volume import CLAIM
from tfk8s.app.publication import local_version
from tfk8s.errors import InputError, PreconditionError, WaitTimeoutError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import service_selector, workload_selector
from tfk8s.ports import ObjectQuery, SilentReporter
from tfk8s.ports.cluster import ClusterUnreachableError

QUIET = SilentReporter()
ALL = sum(map(len, CONTENT.values()))


def programs(folder: Path, **scripts: str) -> Path:
    """Programs of a test in the place of coreutils."""
    (folder / "programs").mkdir()
    for name, text in scripts.items():
        (folder / "programs" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "programs" / name).chmod(0o755)
    return folder / "programs"


def test_the_pod_that_writes_is_small_bounded_and_of_no_service(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    jobs: list[JsonObject] = []
    query = ObjectQuery(api_version="batch/v1", kind="Job", namespace="serving")
    volume.before_run = lambda _: jobs.extend(cluster.list(query))

    volume_store(cluster, clock).versions()

    template = object_at(jobs[0], "spec", "template")
    pod, container = object_at(template, "spec"), objects_at(template, "spec", "containers")[0]
    labels = labels_of(template).items()
    assert not labels >= service_selector("half").items()
    assert not labels >= workload_selector("half").items()
    assert 0 < integer_at(jobs[0], "spec", "activeDeadlineSeconds") <= 3600
    assert integer_at(jobs[0], "spec", "ttlSecondsAfterFinished") <= 60
    assert (text_at(container, "image"), text_at(pod, "serviceAccountName")) == ("example.test/serving:1", "half")
    assert value_at(pod, "automountServiceAccountToken") is False
    assert [value_at(pod, "securityContext", name) for name in ("runAsUser", "runAsGroup", "fsGroup")] == [65532] * 3
    assert value_at(container, "securityContext", "readOnlyRootFilesystem") is True
    assert "affinity" not in pod


def test_a_volume_of_one_node_is_written_beside_the_servers_that_have_it(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    metadata: JsonObject = {"name": "half-1", "namespace": "serving", "labels": {**workload_selector("half")}}
    cluster.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": {"phase": "Running"}})
    jobs: list[JsonObject] = []
    query = ObjectQuery(api_version="batch/v1", kind="Job", namespace="serving")
    volume.before_run = lambda _: jobs.extend(cluster.list(query))

    volume_store(cluster, clock).versions()
    volume.claim("ReadWriteMany")
    jobs.append({})
    volume_store(cluster, clock).versions()

    rule = objects_at(
        jobs[0],
        *("spec", "template", "spec", "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"),
    )[0]
    assert value_at(rule, "labelSelector", "matchLabels") == service_selector("half")
    assert "affinity" not in object_at(jobs[-1], "spec", "template", "spec")


@pytest.mark.parametrize(
    ("mode", "words"), [("ReadOnlyMany", "nothing in the cluster can write it"), ("ReadWriteOncePod", "no other pod")]
)
def test_a_claim_that_cannot_be_written_is_refused_before_a_pod_is_made(tmp_path: Path, mode: str, words: str) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    volume.claim(mode)

    with pytest.raises(PreconditionError, match=words):
        volume_store(cluster, clock).stage(write(tmp_path), reporter=QUIET)

    assert volume.jobs == 0


def test_a_pod_that_does_not_start_is_told_and_taken_away(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    volume.starts = False

    with pytest.raises(WaitTimeoutError, match=f"the pod that writes {CLAIM} did not start"):
        volume_store(cluster, clock).versions()

    volume.reconcile()
    assert {ref.kind for ref in cluster.refs()} == {DEPLOYMENT.kind, "PersistentVolumeClaim"}


def test_a_version_larger_than_what_is_free_is_refused_with_both_numbers(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    volume.programs = programs(tmp_path, stat='[ "$1" = -f ] && echo 100 4096 || exec /usr/bin/stat "$@"')

    with pytest.raises(PreconditionError, match=f"{ALL:,} bytes are missing, 409,600 are free"):
        volume_store(cluster, clock).stage(write(tmp_path), reporter=QUIET)

    assert volume.sent == 0


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    (volume.folder / "half").write_text("a file")

    with pytest.raises(PreconditionError, match="cannot be written by the servers' user"):
        volume_store(cluster, clock).stage(write(tmp_path), reporter=QUIET)


def test_a_disk_that_fills_up_meanwhile_is_told_and_no_version(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    is_full = '[ -e "$(dirname "$0")/full" ]'
    stat = f'[ "$1" = -f ] || exec /usr/bin/stat "$@"; {is_full} && echo 0 1 || echo 9999 4096'
    volume.programs = programs(tmp_path, stat=stat, dd='touch "$(dirname "$0")/full"; exit 1')

    with pytest.raises(PreconditionError, match="is full: 0 bytes are free"):
        volume_store(cluster, clock).stage(write(tmp_path), reporter=QUIET)

    assert folder_seen(volume.folder / "half") == {}


def test_a_file_that_came_in_part_goes_on_at_its_byte(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    version = write(tmp_path)
    staged = volume_store(cluster, clock).stage(version, reporter=QUIET)
    name = "variables/variables.data-00000-of-00001"
    there = volume.folder / "half" / str(staged.base_path).rpartition("/")[2] / "2" / name
    there.write_bytes(CONTENT[name][:1_000_000])

    again = volume_store(cluster, clock).stage(version, reporter=QUIET)

    assert again.sent_bytes == len(CONTENT[name]) - 1_000_000
    assert there.read_bytes() == CONTENT[name]


def test_a_staged_file_with_other_bytes_is_sent_again(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    version = write(tmp_path)
    staged = volume_store(cluster, clock).stage(version, reporter=QUIET)
    inside = volume.folder / "half" / str(staged.base_path).rpartition("/")[2] / "2"
    (inside / "saved_model.pb").write_bytes(b"wrong")
    (inside / "stray").write_bytes(b"of nobody")

    store = volume_store(cluster, clock)
    store.publish(store.stage(version, reporter=QUIET))

    assert folder_seen(volume.folder / "half") == {2: CONTENT}


def test_a_connection_that_breaks_leaves_no_version_and_the_next_run_goes_on(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    version = write(tmp_path)

    def cut(number: int) -> None:
        if number == 9:
            raise ClusterUnreachableError("the connection broke")

    volume.before_run = cut
    with pytest.raises(ClusterUnreachableError):
        volume_store(cluster, clock).stage(version, reporter=QUIET)
    assert folder_seen(volume.folder / "half") == {}

    store = volume_store(cluster, clock)
    store.publish(store.stage(version, reporter=QUIET))

    assert (folder_seen(volume.folder / "half"), volume.sent) == ({2: CONTENT}, ALL)


def test_a_name_that_no_shell_should_see_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    content: Files = {"saved_model.pb": b"graph", "assets/two\nlines": b"x"}

    with pytest.raises(InputError, match="has a name that cannot be published"):
        write(tmp_path, content=content)
    assert local_version(write(tmp_path / "good").directory, number=2).files[-1].name == "saved_model.pb"


def test_what_a_pod_left_that_died_after_the_rename_is_cleared_away(tmp_path: Path) -> None:
    volume, cluster, clock = volume_stand(tmp_path)
    version = write(tmp_path)
    store = volume_store(cluster, clock)
    staged = store.stage(version, reporter=QUIET)
    store.publish(staged)
    (volume.folder / "half" / str(staged.base_path).rpartition("/")[2]).mkdir()

    assert store.stage(version, reporter=QUIET).is_published

    assert [path.name for path in (volume.folder / "half").iterdir()] == ["2"]
