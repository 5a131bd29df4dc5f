from __future__ import annotations

import os
import stat
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tfk8s.cluster.kubeconfig_file import KubeconfigFile, kubeconfig_path
from tfk8s.errors import PreconditionError
from tfk8s.manifest.kubeconfig import KubeconfigEntry

ENTRY = KubeconfigEntry(name="gke_p_l_n", cluster={"server": "https://127.0.0.9"}, user={"token": "t"})
OTHER = "# mine\r\nclusters: []\r\ncontexts: []\r\nusers: []\r\ncurrent-context: x\r\n"


def kubeconfig(path: Path, *, clock: FakeClock | None = None) -> KubeconfigFile:
    return KubeconfigFile(path, clock=clock or FakeClock())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / ".kube" / "config"

    assert kubeconfig(path).put(ENTRY).is_changed

    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert files(path.parent) == ["config"]


def test_bytes_mode_and_link_of_a_file_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "config", tmp_path / "config"
    real.parent.mkdir()
    real.write_bytes(OTHER.encode())
    real.chmod(0o640)
    link.symlink_to(real)

    assert kubeconfig(link).put(ENTRY).is_changed
    assert kubeconfig(link).put(ENTRY).is_changed is False
    assert b"- cluster:\r\n" in real.read_bytes()
    assert kubeconfig(link).remove(ENTRY.name).is_changed

    assert link.is_symlink()
    assert mode(real) == 0o640
    assert real.read_bytes() == OTHER.replace("current-context: x", "current-context: ''").encode()
    assert files(tmp_path) == ["config", "real"]
    assert files(real.parent) == ["config"]


def test_removing_from_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert kubeconfig(tmp_path / "config").remove("x").is_changed is False

    assert files(tmp_path) == []


@pytest.mark.parametrize("data", [b"clusters: [", b"\xff\xfe", b"- a"])
def test_a_broken_file_is_left_as_it_is(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "config"
    path.write_bytes(data)

    with pytest.raises(PreconditionError, match="broken, and was left alone"):
        kubeconfig(path).put(ENTRY)

    assert path.read_bytes() == data
    assert files(tmp_path) == ["config"]


def test_a_lock_of_another_program_is_waited_for_and_then_named(tmp_path: Path) -> None:
    lock, clock = tmp_path / "config.lock", FakeClock()
    lock.touch()
    os.utime(lock, (clock.utc_now().timestamp(), clock.utc_now().timestamp()))
    started_s = clock.monotonic_s()

    with pytest.raises(PreconditionError, match=r"another program holds the kubeconfig: .*config\.lock"):
        kubeconfig(tmp_path / "config", clock=clock).put(ENTRY)

    assert clock.monotonic_s() - started_s >= 10
    assert files(tmp_path) == ["config.lock"]


def test_the_lock_of_a_program_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    lock, clock = tmp_path / "config.lock", FakeClock()
    lock.touch()
    long_ago = datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp()
    os.utime(lock, (long_ago, long_ago))

    assert kubeconfig(tmp_path / "config", clock=clock).put(ENTRY).is_changed

    assert files(tmp_path) == ["config"]


def test_a_folder_in_the_place_of_the_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()

    with pytest.raises(PreconditionError, match=r"config cannot be written: Is a directory"):
        kubeconfig(tmp_path / "config").put(ENTRY)


def test_links_in_a_circle_are_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "config").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "config")

    with pytest.raises(PreconditionError, match="cannot be written"):
        kubeconfig(tmp_path / "config").put(ENTRY)


def test_the_file_is_the_one_that_gcloud_would_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    several = os.pathsep.join(["", "/a", "/b"])

    assert kubeconfig_path(kubeconfig=Path("/x"), environ={"KUBECONFIG": several}) == Path("/x")
    assert kubeconfig_path(kubeconfig=None, environ={"KUBECONFIG": several}) == Path("/a")
    assert kubeconfig_path(kubeconfig=None, environ={}) == tmp_path / ".kube" / "config"
