"""What every place of versions promises, asked of each kind of place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.publication.stands import (
    CONTENT,
    Files,
    Stand,
    bucket_left,
    bucket_seen,
    bucket_store,
    digest_text,
    folder_left,
    folder_seen,
    volume_stand,
    volume_store,
    write,
)
from tests.fakes.cloud_storage import cloud_storage
from tests.fakes.events import Recorder
from tfk8s.app.directory_store import DirectoryStore
from tfk8s.errors import InputError
from tfk8s.ports import SilentReporter
from tfk8s.ports.publication import Staged, VersionStore

QUIET = SilentReporter()


def directory(folder: Path) -> Iterator[Stand]:
    models = folder / "models"
    yield Stand(
        store=lambda: DirectoryStore(models, place="./models"),
        seen=lambda: folder_seen(models),
        left=lambda: folder_left(models),
    )


def volume(folder: Path) -> Iterator[Stand]:
    played, cluster, clock = volume_stand(folder)
    base = played.folder / "half"
    yield Stand(
        store=lambda: volume_store(cluster, clock), seen=lambda: folder_seen(base), left=lambda: folder_left(base)
    )
    played.reconcile()
    assert {ref.kind for ref in cluster.refs()} == {"Deployment", "PersistentVolumeClaim"}


def bucket(folder: Path) -> Iterator[Stand]:
    with cloud_storage() as storage:
        storage.put("models/other/7/saved_model.pb", b"not ours")
        yield Stand(
            store=lambda: bucket_store(storage, folder),
            seen=lambda: bucket_seen(storage),
            left=lambda: [name for name in bucket_left(storage) if name != "models"],
        )
        assert storage.objects["models/other/7/saved_model.pb"].data == b"not ours"


@pytest.fixture(params=[directory, volume, bucket], ids=lambda make: make.__name__)
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    yield from request.param(tmp_path)


def published(store: VersionStore, folder: Path, *, number: int = 2, content: Files = CONTENT) -> Staged:
    staged = store.stage(write(folder, number=number, content=content), reporter=QUIET)
    store.publish(staged)
    return staged


def test_an_empty_place_has_no_versions(stand: Stand) -> None:
    assert stand.store().versions() == ()
    assert stand.store().digests((1,)) == {}


def test_a_staged_version_is_whole_and_nobody_sees_it(stand: Stand, tmp_path: Path) -> None:
    staged = stand.store().stage(write(tmp_path), reporter=QUIET)

    assert stand.seen() == {}
    assert stand.store().versions() == ()
    assert (staged.sent_bytes, staged.is_published) == (sum(map(len, CONTENT.values())), False)


def test_a_published_version_is_what_it_was_here_with_nothing_beside_it(stand: Stand, tmp_path: Path) -> None:
    published(stand.store(), tmp_path)

    assert stand.seen() == {2: CONTENT}
    assert stand.left() == []
    assert stand.store().versions() == (2,)
    assert stand.store().digests((2, 3)) == {2: digest_text(CONTENT)}


def test_publishing_again_sends_nothing(stand: Stand, tmp_path: Path) -> None:
    published(stand.store(), tmp_path)

    again = published(stand.store(), tmp_path)

    assert (again.is_published, again.sent_bytes) == (True, 0)
    assert stand.seen() == {2: CONTENT}


def test_a_number_with_another_content_is_refused_and_stays_as_it_is(stand: Stand, tmp_path: Path) -> None:
    published(stand.store(), tmp_path)

    with pytest.raises(InputError, match=r"version 2 is in .* already, with another content"):
        stand.store().stage(write(tmp_path / "other", content={"saved_model.pb": b"other"}), reporter=QUIET)

    assert stand.seen() == {2: CONTENT}


def test_a_version_that_somebody_else_published_meanwhile_is_not_overwritten(stand: Stand, tmp_path: Path) -> None:
    ours = stand.store().stage(write(tmp_path / "ours"), reporter=QUIET)
    published(stand.store(), tmp_path / "theirs", content={"saved_model.pb": b"other"})

    with pytest.raises(InputError, match="with another content"):
        stand.store().publish(ours)

    assert stand.seen() == {2: {"saved_model.pb": b"other"}}


def test_what_was_staged_is_not_sent_again(stand: Stand, tmp_path: Path) -> None:
    stand.store().stage(write(tmp_path), reporter=QUIET)

    again = stand.store().stage(write(tmp_path), reporter=QUIET)

    assert (again.sent_bytes, again.kept_bytes) == (0, sum(map(len, CONTENT.values())))


def test_another_content_under_the_same_number_is_not_mixed_with_what_was_staged(stand: Stand, tmp_path: Path) -> None:
    other: Files = {"saved_model.pb": b"other", "variables/variables.index": b"x"}
    stand.store().stage(write(tmp_path), reporter=QUIET)

    published(stand.store(), tmp_path / "other", content=other)

    assert stand.seen() == {2: other}


def test_files_that_change_while_they_are_read_become_no_version(stand: Stand, tmp_path: Path) -> None:
    version = write(tmp_path)
    (version.directory / "saved_model.pb").write_bytes(b"other" * 1000)

    with pytest.raises(InputError, match=r"saved_model.pb changed while it was copied"):
        stand.store().stage(version, reporter=QUIET)

    assert stand.seen() == {}


def test_abandoning_removes_what_was_staged_and_no_version(stand: Stand, tmp_path: Path) -> None:
    published(stand.store(), tmp_path, number=1)
    stand.store().stage(write(tmp_path, number=2), reporter=QUIET)
    assert stand.left() != []

    stand.store().abandon()

    assert (stand.left(), stand.seen()) == ([], {1: CONTENT})


def test_a_removed_version_is_gone_with_all_its_files(stand: Stand, tmp_path: Path) -> None:
    published(stand.store(), tmp_path, number=1)
    published(stand.store(), tmp_path, number=12)

    stand.store().remove(1)
    stand.store().remove(7)

    assert (stand.seen(), stand.left()) == ({12: CONTENT}, [])
    assert stand.store().versions() == (12,)


def test_a_removed_number_may_come_again(stand: Stand, tmp_path: Path) -> None:
    published(stand.store(), tmp_path)
    stand.store().remove(2)

    published(stand.store(), tmp_path / "again", content={"saved_model.pb": b"other"})

    assert stand.seen() == {2: {"saved_model.pb": b"other"}}


def test_progress_counts_up_to_all_bytes(stand: Stand, tmp_path: Path) -> None:
    recorder = Recorder()

    stand.store().stage(write(tmp_path), reporter=recorder)

    counted = [event for event in recorder.events if type(event).__name__ == "Progress"]
    total = sum(map(len, CONTENT.values()))
    assert [getattr(event, "done", 0) for event in counted][-1] == total
    assert {getattr(event, "total", 0) for event in counted} == {total}
