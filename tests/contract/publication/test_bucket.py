"""Versions in a bucket: the order of its objects, its refusals, cut connections, and runs that are killed."""

from __future__ import annotations

import logging
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.contract.publication.stands import CONTENT, Files, bucket_left, bucket_seen, bucket_store, write
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_storage import BUCKET, LOGIN, UPLOAD_KEY, CloudStorage, Fault, cloud_storage
from tfk8s.cloud.gcs.client import StorageClient
from tfk8s.cloud.gcs.store import BucketStore
from tfk8s.errors import InputError, PreconditionError
from tfk8s.ports import SilentReporter

QUIET = SilentReporter()
ALL = sum(map(len, CONTENT.values()))
LARGE: Files = {"saved_model.pb": b"graph", "variables/variables.data-00000-of-00001": bytes(20 << 20)}


@pytest.fixture
def storage() -> Iterator[CloudStorage]:
    with cloud_storage() as made:
        yield made


def publish(storage: CloudStorage, folder: Path, *, content: Files = CONTENT) -> int:
    store = bucket_store(storage, folder)
    staged = store.stage(write(folder, content=content), reporter=QUIET)
    store.publish(staged)
    return staged.sent_bytes


def test_the_graph_is_written_last_and_removed_first(storage: CloudStorage, tmp_path: Path) -> None:
    publish(storage, tmp_path)
    copies = [line for line in storage.requests if "rewriteTo" in line]
    storage.requests.clear()

    bucket_store(storage, tmp_path).remove(2)

    deleted = [line for line in storage.requests if line.startswith("DELETE")]
    assert copies[-1].endswith("saved_model.pb")
    assert deleted[0].endswith("saved_model.pb")
    assert len(deleted) == len(CONTENT)


def test_servers_must_not_follow_what_is_there_while_a_version_comes(storage: CloudStorage, tmp_path: Path) -> None:
    assert bucket_store(storage, tmp_path).needs_pin


def test_a_number_without_a_graph_is_no_version(storage: CloudStorage, tmp_path: Path) -> None:
    storage.put("models/half/3/variables/variables.index", b"half")
    storage.put("models/half/4/saved_model.pbtxt", b"text")

    assert bucket_store(storage, tmp_path).versions() == (4,)
    assert bucket_store(storage, tmp_path).digests((3, 4)) == {4: None}


def test_an_object_without_a_checksum_is_not_taken_for_the_same(storage: CloudStorage, tmp_path: Path) -> None:
    publish(storage, tmp_path)
    storage.put("models/half/2/fingerprint.pb", CONTENT["fingerprint.pb"], has_md5=False)

    with pytest.raises(InputError, match="with another content"):
        publish(storage, tmp_path)


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "it lacks storage.objects.list"), (404, "there is no bucket gs://models-bucket"), (401, "has expired")],
)
def test_a_refusal_is_told_with_its_remedy_and_nothing_is_changed(
    storage: CloudStorage, tmp_path: Path, status: int, words: str
) -> None:
    storage.fault = lambda *_: Fault(status=status, message="words of Google")

    with pytest.raises(PreconditionError, match=words) as caught:
        bucket_store(storage, tmp_path).versions()

    assert caught.value.hint


def test_a_missing_right_to_write_is_named(storage: CloudStorage, tmp_path: Path) -> None:
    storage.fault = lambda _, method, __: Fault(status=403) if method == "POST" else None

    with pytest.raises(PreconditionError, match=r"storage\.objects\.create"):
        publish(storage, tmp_path)

    assert storage.objects == {}


@pytest.mark.parametrize("status", [429, 503, 0])
def test_what_passes_is_tried_again(storage: CloudStorage, tmp_path: Path, status: int) -> None:
    storage.fault = lambda number, *_: Fault(status=status, headers={"Retry-After": "7"}) if number % 3 == 0 else None

    publish(storage, tmp_path)

    assert bucket_seen(storage) == {2: CONTENT}


def test_a_server_that_says_wait_is_waited_for(storage: CloudStorage) -> None:
    storage.fault = lambda number, *_: Fault(status=429, headers={"Retry-After": "7"}) if number == 1 else None
    clock = FakeClock()
    begun = clock.monotonic_s()
    client = StorageClient(
        BUCKET, token=lambda: LOGIN, session=requests.Session(), clock=clock, endpoint=storage.endpoint
    )

    assert BucketStore(client, path="models/half", memory=None).versions() == ()
    assert clock.monotonic_s() - begun == 7.0


def test_a_token_that_runs_out_is_asked_for_again(storage: CloudStorage) -> None:
    tokens = iter(["ya29.old", LOGIN, LOGIN])
    client = StorageClient(
        BUCKET, token=lambda: next(tokens), session=requests.Session(), clock=FakeClock(), endpoint=storage.endpoint
    )

    assert BucketStore(client, path="models/half", memory=None).versions() == ()


def test_a_connection_that_is_cut_half_way_goes_on(storage: CloudStorage, tmp_path: Path) -> None:
    cut: list[int] = []

    def fault(number: int, method: str, _: str) -> Fault | None:
        if method == "PUT" and len(cut) < 3:
            cut.append(number)
            return Fault(after_bytes=1_000_000)
        return None

    storage.fault = fault

    publish(storage, tmp_path, content=LARGE)

    assert len(cut) == 3
    assert bucket_seen(storage) == {2: LARGE}


def test_somebody_who_writes_the_same_object_meanwhile_is_told(storage: CloudStorage, tmp_path: Path) -> None:
    storage.fault = lambda _, method, path: Fault(status=412) if (method, path[:7]) == ("POST", "/upload") else None

    with pytest.raises(PreconditionError, match="somebody else writes version 2"):
        publish(storage, tmp_path)


@pytest.mark.parametrize("fault", [Fault(status=403), Fault(status=500), Fault()])
def test_no_message_and_no_log_holds_the_login_or_the_address_of_an_upload(
    storage: CloudStorage, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.INFO)
    storage.fault = lambda _, method, __: fault if method == "PUT" else None

    with pytest.raises(PreconditionError) as caught:
        publish(storage, tmp_path)

    said = "\n".join([str(caught.value), str(caught.value.hint), *caught.value.details, caplog.text])
    assert LOGIN not in said
    assert UPLOAD_KEY not in said
    notes = list((tmp_path / "uploads").iterdir())
    assert notes
    assert {stat.S_IMODE(note.stat().st_mode) for note in notes} == {0o600}


def killed_run(folder: Path, *, at: int, content: Files) -> CloudStorage:
    """A process that publishes until the server has got so many requests; then what the server holds."""
    write(folder, content=content)
    process = os.fork()
    if process == 0:
        try:
            while not (folder / "endpoint").exists():
                time.sleep(0.01)
            publish(CloudStorage(endpoint=(folder / "endpoint").read_text()), folder, content=content)
        finally:
            os._exit(1)
    with cloud_storage() as storage:

        def fault(number: int, *_: str) -> Fault | None:
            if number >= at:
                os.kill(process, signal.SIGKILL)
                return Fault()
            return None

        storage.fault = fault
        (folder / "partial").write_text(storage.endpoint)
        (folder / "partial").rename(folder / "endpoint")
        _, status = os.waitpid(process, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    return storage


def next_run(storage: CloudStorage, folder: Path, *, content: Files) -> None:
    """The same place, with the uploads that were under way."""
    storage.fault = lambda *_: None
    with cloud_storage(storage):
        publish(storage, folder, content=content)


@pytest.mark.parametrize("at", [2, 5, 9, 14, 19, 24, 27, 31])
def test_a_run_that_is_killed_at_any_request_leaves_no_whole_version_that_is_none_and_nothing_is_sent_twice(
    tmp_path: Path, at: int
) -> None:
    storage = killed_run(tmp_path, at=at, content=CONTENT)
    seen = bucket_seen(storage)
    assert all("saved_model.pb" not in files or files == CONTENT for files in seen.values())

    next_run(storage, tmp_path, content=CONTENT)

    assert bucket_seen(storage) == {2: CONTENT}
    assert bucket_left(storage) == []
    assert storage.received == ALL


def test_a_large_file_goes_on_where_the_killed_run_was(tmp_path: Path) -> None:
    storage = killed_run(tmp_path, at=6, content=LARGE)
    assert 0 < storage.received < sum(map(len, LARGE.values()))

    next_run(storage, tmp_path, content=LARGE)

    assert bucket_seen(storage) == {2: LARGE}
    assert storage.received == sum(map(len, LARGE.values()))


def test_a_list_or_a_copy_without_an_end_is_given_up(storage: CloudStorage, tmp_path: Path) -> None:
    large = "models/half/.tfk8s-incoming-2-x/saved_model.pb"
    storage.put(large, bytes(200_000))
    storage.put("models/half/1/saved_model.pb", b"graph")
    storage.page_size = 1
    client = StorageClient(
        BUCKET,
        token=lambda: LOGIN,
        session=requests.Session(),
        clock=FakeClock(),
        endpoint=storage.endpoint,
        most_parts=1,
    )

    with pytest.raises(PreconditionError, match=r"the list of models/half/ in bucket .* has no end after 1 answers"):
        list(client.objects("models/half/"))
    with pytest.raises(PreconditionError, match=r"the copy of models/half/.* has no end"):
        client.copy(large, "models/half/2/saved_model.pb", generation="0")
