from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from tests.fakes.clock import START, FakeClock
from tfk8s.image.upload_journal import UploadJournal, upload_state_dir
from tfk8s.ports import Digest

DIGEST = Digest("sha256:" + "a" * 64)


def _journal(directory: Path | None) -> UploadJournal:
    return UploadJournal(directory, clock=FakeClock())


def _killed(journal: UploadJournal, location: str) -> None:
    """A process that ends within the block closes its files and nothing else."""
    with contextlib.suppress(KeyboardInterrupt), journal.entry("a.test/x", digest=DIGEST) as entry:
        entry.remember(location)
        raise KeyboardInterrupt


def _found(journal: UploadJournal, repository: str = "a.test/x") -> str:
    with journal.entry(repository, digest=DIGEST) as entry:
        return entry.location


def test_the_place_is_where_the_xdg_specification_puts_state() -> None:
    assert upload_state_dir({"HOME": "/home/u"}) == Path("/home/u/.local/state/tfk8s/uploads")
    assert upload_state_dir({"HOME": "/home/u", "XDG_STATE_HOME": "/s"}) == Path("/s/tfk8s/uploads")


def test_an_upload_that_was_broken_off_is_remembered_for_its_repository(tmp_path: Path) -> None:
    _killed(_journal(tmp_path), "https://a.test/longer-than-the-next")
    _killed(_journal(tmp_path), "https://a.test/up")

    assert _found(_journal(tmp_path), "a.test/other") == ""
    assert _found(_journal(tmp_path)) == "https://a.test/up"


def test_an_upload_that_is_done_is_forgotten(tmp_path: Path) -> None:
    journal = _journal(tmp_path)
    _killed(journal, "https://a.test/up")
    _found(journal)

    assert _found(journal) == ""
    assert list(tmp_path.iterdir()) == []


def test_two_pushes_at_once_do_not_share_an_upload(tmp_path: Path) -> None:
    journal = _journal(tmp_path)
    with journal.entry("a.test/x", digest=DIGEST) as first:
        first.remember("https://a.test/first")

        with journal.entry("a.test/x", digest=DIGEST) as second:
            second.remember("https://a.test/second")
            assert second.location == "https://a.test/second"
        assert len(list(tmp_path.iterdir())) == 1


def test_only_the_user_may_read_where_an_upload_goes(tmp_path: Path) -> None:
    _killed(_journal(tmp_path / "new"), "https://a.test/up?signature=x")

    (file,) = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_registries_have_cleared_away_is_cleared_away_here(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("{}")
    eight_days_before = START.timestamp() - 8 * 86400
    os.utime(old, (eight_days_before, eight_days_before))

    _found(_journal(tmp_path))

    assert not old.exists()


def test_a_place_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for directory in (None, tmp_path / "file" / "below"):
        _killed(_journal(directory), "https://a.test/up")
        assert _found(_journal(directory)) == ""


def test_a_damaged_entry_is_none(tmp_path: Path) -> None:
    _killed(_journal(tmp_path), "https://a.test/up")
    (file,) = tmp_path.iterdir()
    file.write_text("{")

    assert _found(_journal(tmp_path)) == ""
