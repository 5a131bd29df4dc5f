from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tfk8s.app.whole_file import write_whole


def test_a_file_is_replaced_and_a_link_to_it_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)

    write_whole(link, b"new")

    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_what_cannot_be_put_in_its_place_leaves_the_old_file_and_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no space left"):
        write_whole(file, b"new")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "old")]


def test_a_file_for_its_owner_alone_is_so_whatever_an_earlier_run_left(tmp_path: Path) -> None:
    (tmp_path / ".file.partial").touch(mode=0o644)

    write_whole(tmp_path / "file", b"new", mode=0o600)

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)

    assert pipe.is_fifo()
