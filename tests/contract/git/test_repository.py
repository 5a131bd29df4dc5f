"""What is read of a repository that is there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.contract.git.clone import Clone
from tfk8s.errors import InputError
from tfk8s.git import GitRepository

pytestmark = pytest.mark.contract

NAMES = (
    "plain.yaml",
    "with space.yaml",
    "new\nline.yaml",
    "-dash.yaml",
    ":(top)*.yaml",
    "tab\tbed.yaml",
    "ünï 🦜.yaml",
)


def test_a_file_of_any_name_is_read_as_it_was_at_a_revision_and_not_as_it_is_now(clone: Clone) -> None:
    for name in NAMES:
        clone.write(f"folder/{name}", f"old {name}")
    first = clone.commit("first")
    for name in NAMES:
        clone.write(f"folder/{name}", "new")
    repository = GitRepository.find(clone.root)

    assert repository.files(first, below=clone.root / "folder") == {name: f"old {name}".encode() for name in NAMES}
    assert {repository.text(first, clone.root / "folder" / name) for name in NAMES} == {
        f"old {name}".encode() for name in NAMES
    }


def test_bytes_that_are_no_text_come_back_as_they_are(clone: Clone) -> None:
    data = bytes(range(256)) + b"\n\n\0"
    (clone.root / "model.bin").write_bytes(data)
    (clone.root / "empty").touch()
    clone.commit("binary")
    repository = GitRepository.find(clone.root)

    assert repository.files("HEAD", below=clone.root) == {"empty": b"", "model.bin": data}
    assert repository.files("HEAD", below=clone.root, suffixes=(".bin",)) == {"model.bin": data}


def test_what_was_not_there_is_told_apart_from_what_was_empty(clone: Clone) -> None:
    clone.write("file", "")
    clone.commit("one file")
    repository = GitRepository.find(clone.root)

    assert repository.text("HEAD", clone.root / "file") == b""
    assert repository.text("HEAD", clone.root / "other") is None
    assert repository.files("HEAD", below=clone.root / "no" / "folder") == {}


def test_a_symbolic_link_is_read_as_the_file_that_it_led_to(clone: Clone) -> None:
    clone.write("services/spec.yaml", "name: resnet")
    (clone.root / "tfk8s.yaml").symlink_to("services/spec.yaml")
    (clone.root / "loop").symlink_to("loop")
    clone.commit("a link")
    repository = GitRepository.find(clone.root)

    assert repository.text("HEAD", clone.root / "tfk8s.yaml") == b"name: resnet"
    assert repository.text("HEAD", clone.root / "loop") is None


@pytest.mark.parametrize("revision", ["main", "v1", "HEAD", "HEAD~0", "main^{commit}"])
def test_a_branch_a_tag_and_a_relative_revision_mean_their_commit(clone: Clone, revision: str) -> None:
    commit = clone.commit("first")
    clone.git("tag", "--annotate", "v1", "--message", "one")
    repository = GitRepository.find(clone.root)

    assert repository.resolve(revision) == commit
    assert repository.resolve(commit[:9]) == commit


@pytest.mark.parametrize("revision", ["releese-1", "--all", "-n1", "", "HEAD~7", "a\0b", "HEAD:file"])
def test_a_revision_that_is_none_is_refused_by_its_name(clone: Clone, revision: str) -> None:
    clone.write("file", "x")
    clone.commit("first")
    clone.git("branch", "release-1")

    with pytest.raises(InputError, match="no revision") as caught:
        GitRepository.find(clone.root).resolve(revision)
    assert (caught.value.hint == "did you mean release-1?") is (revision == "releese-1")


def test_a_shallow_clone_says_so_where_it_lacks_a_revision(clone: Clone, tmp_path: Path) -> None:
    clone.commit("first")
    clone.write("a.yaml", "1")
    clone.commit("second")
    subprocess.run(["git", "clone", "--quiet", "--depth=1", clone.root.as_uri(), tmp_path / "shallow"], check=True)
    repository = GitRepository.find(tmp_path / "shallow")

    assert [commit.subject for commit in repository.log(tmp_path / "shallow", limit=9)] == ["second"]
    with pytest.raises(InputError) as caught:
        repository.resolve("HEAD~1")
    assert "fetch-depth: 0" in str(caught.value.hint)


def test_a_path_is_clean_until_it_is_changed_and_other_paths_do_not_count(clone: Clone) -> None:
    kept, changed = clone.write("kept/a.yaml", "a"), clone.write("changed/b.yaml", "b")
    clone.commit("both")
    repository = GitRepository.find(clone.root)
    assert repository.is_clean(clone.root)

    changed.write_text("other", encoding="utf-8")
    unknown = clone.write("-new.yaml", "c")

    assert repository.is_clean(kept.parent)
    assert not repository.is_clean(changed)
    assert not repository.is_clean(unknown)
    assert not repository.is_clean(clone.root)


def test_the_history_of_a_path_is_newest_first_with_who_and_what(clone: Clone) -> None:
    path = clone.write("a.yaml", "1")
    assert GitRepository.find(clone.root).log(path, limit=5) == ()
    first = clone.commit("add a\n\nwith a body")
    clone.write("b.yaml", "1")
    clone.commit("add b")
    clone.write("a.yaml", "2")
    last = clone.commit("change a: 1 -> 2")

    found = GitRepository.find(clone.root).log(path, limit=5)

    assert [(commit.revision, commit.subject) for commit in found] == [(last, "change a: 1 -> 2"), (first, "add a")]
    assert {commit.author for commit in found} == {"Ana Ünal"}
    assert found[0].time.tzinfo is not None
    assert len(GitRepository.find(clone.root).log(path, limit=1)) == 1


def test_nothing_is_written_while_it_is_read(clone: Clone) -> None:
    path = clone.write("a.yaml", "1")
    clone.commit("first")
    os.utime(path, (1, 1))  # makes `git status` want to refresh the index
    before = {item: item.stat().st_mtime_ns for item in sorted(clone.root.rglob("*"))}
    repository = GitRepository.find(clone.root)

    repository.is_clean(path)
    repository.files("HEAD", below=clone.root)
    repository.log(path, limit=1)

    assert {item: item.stat().st_mtime_ns for item in sorted(clone.root.rglob("*"))} == before
