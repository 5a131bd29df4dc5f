"""Where there is no repository to read, and what a shell or a hook has set."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.git.clone import Clone
from tfk8s.errors import InputError, PreconditionError
from tfk8s.git import GitRepository

pytestmark = pytest.mark.contract


def test_the_repository_of_a_path_is_found_from_any_depth_and_through_a_link(clone: Clone, tmp_path: Path) -> None:
    deep = clone.write("services/eu/tfk8s.yaml", "name: resnet")
    clone.commit("deep")
    (tmp_path / "link").symlink_to(clone.root)

    assert GitRepository.find(deep).root == clone.root
    assert GitRepository.find(deep.parent / "not" / "there.yaml").root == clone.root
    through = GitRepository.find(tmp_path / "link" / "services")
    assert through.text("HEAD", tmp_path / "link" / "services" / "eu" / "tfk8s.yaml") == b"name: resnet"


def test_a_relative_path_starts_from_the_current_folder(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("services/tfk8s.yaml", "name: resnet")
    clone.commit("one")
    monkeypatch.chdir(clone.root / "services")
    repository = GitRepository.find(Path("tfk8s.yaml"))

    assert repository.text("HEAD", Path("tfk8s.yaml")) == b"name: resnet"
    assert repository.files("HEAD", below=Path()) == {"tfk8s.yaml": b"name: resnet"}
    assert repository.files("HEAD", below=Path("..")) == {"services/tfk8s.yaml": b"name: resnet"}


def test_a_folder_without_a_repository_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(PreconditionError, match="not in a Git repository"):
        GitRepository.find(tmp_path)


def test_a_bare_repository_has_nothing_to_compare_with(clone: Clone, tmp_path: Path) -> None:
    clone.git("init", "--quiet", "--bare", str(tmp_path / "bare.git"))

    with pytest.raises(PreconditionError, match="bare repository"):
        GitRepository.find(tmp_path / "bare.git")


def test_a_repository_of_another_user_is_refused_with_the_command_that_allows_it(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.commit("first")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    with pytest.raises(PreconditionError, match="belongs to another user") as caught:
        GitRepository.find(clone.root)
    assert f"safe.directory {clone.root}" in str(caught.value.hint)


def test_a_computer_without_git_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PreconditionError, match="git is not on the PATH"):
        GitRepository.find(tmp_path)


def test_a_path_of_another_place_is_refused(clone: Clone, tmp_path: Path) -> None:
    clone.commit("first")

    with pytest.raises(InputError, match="not in the repository"):
        GitRepository.find(clone.root).text("HEAD", tmp_path / "elsewhere.yaml")


def test_what_git_sets_for_a_hook_does_not_lead_to_another_repository(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clone.write("services/tfk8s.yaml", "name: resnet")
    clone.commit("one")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    assert GitRepository.find(path).text("HEAD", path) == b"name: resnet"
    assert GitRepository.find(path).is_clean(path)


def test_a_program_that_the_repository_names_is_not_run(clone: Clone, tmp_path: Path) -> None:
    path = clone.write("a.yaml", "1")
    clone.commit("one")
    ran = tmp_path / "ran"
    hook = clone.write("monitor", f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    clone.git("config", "core.fsmonitor", str(hook))

    assert GitRepository.find(path).is_clean(path)
    assert not ran.exists()
