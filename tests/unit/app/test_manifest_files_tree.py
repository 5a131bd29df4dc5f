"""Trees of rendered files: nested folders, files without a first line of ours, links, and runs that were killed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk8s.app.folder_index import INDEX
from tfk8s.app.manifest_files import HEADER, State, compare_files, write_files
from tfk8s.errors import InputError


def headed(text: str) -> str:
    return f"{HEADER}\n{text}\n"


TREE = {
    "base/16-service-a.yaml": headed("kind: Service"),
    "overlays/dev/kustomization.yaml": headed("resources: [../../base]"),
    "chart/values.schema.json": "{}\n",
    "chart/templates/NOTES.txt": "Hello\n",
}
PART = {"base/16-service-a.yaml": TREE["base/16-service-a.yaml"]}


def contents(directory: Path) -> dict[str, str]:
    """Every file below a folder, and every empty folder as a path that ends in a slash."""
    found: dict[str, str] = {}
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_file():
            found[name] = path.read_text()
        elif not any(path.iterdir()):
            found[f"{name}/"] = ""
    return found


def written(files: Mapping[str, str]) -> dict[str, str]:
    """What a folder holds when nothing but these files was written into it."""
    with TemporaryDirectory() as fresh:
        write_files(Path(fresh), files)
        return contents(Path(fresh))


def test_a_tree_is_written_with_a_list_of_its_files_and_then_left_as_it_is(tmp_path: Path) -> None:
    first = write_files(tmp_path, TREE)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    second = write_files(tmp_path, TREE)

    assert first.written == (*TREE, INDEX)
    assert (second.written, second.removed) == ((), ())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times
    assert compare_files(tmp_path, TREE) == ()
    assert contents(tmp_path).keys() == {*TREE, INDEX}


def test_stale_files_of_a_tree_go_with_the_folders_that_they_leave_empty(tmp_path: Path) -> None:
    write_files(tmp_path, TREE)
    (tmp_path / "overlays" / "mine.yaml").write_text("kind: Secret\n")

    stale = {difference.name for difference in compare_files(tmp_path, PART) if difference.state is State.STALE}
    result = write_files(tmp_path, PART)

    assert set(result.removed) == stale == {*TREE} - {*PART}
    assert contents(tmp_path) == {**written(PART), "overlays/mine.yaml": "kind: Secret\n"}


def test_another_rendering_in_a_deeper_folder_is_left_alone(tmp_path: Path) -> None:
    write_files(tmp_path / "base", {"17-deployment-b.yaml": headed("kind: Deployment")})

    write_files(tmp_path, TREE)
    write_files(tmp_path, {})

    assert contents(tmp_path) == {"base/17-deployment-b.yaml": headed("kind: Deployment")}


def test_a_file_that_cannot_say_whose_it_is_is_ours_as_long_as_nobody_edited_it(tmp_path: Path) -> None:
    write_files(tmp_path, TREE)
    newer = {**TREE, "chart/values.schema.json": '{"type": "object"}\n'}
    write_files(tmp_path, newer)
    (tmp_path / "chart" / "values.schema.json").write_text("mine\n")
    before = contents(tmp_path)

    with pytest.raises(InputError, match=r"values\.schema\.json was changed since tfk8s wrote it"):
        write_files(tmp_path, TREE)
    assert contents(tmp_path) == before
    write_files(tmp_path, PART)
    assert contents(tmp_path) == {**written(PART), "chart/values.schema.json": "mine\n"}


def test_a_file_under_our_first_line_is_overwritten_whatever_was_edited(tmp_path: Path) -> None:
    write_files(tmp_path, TREE)
    (tmp_path / "base" / "16-service-a.yaml").write_text(headed("kind: Servant"))

    write_files(tmp_path, TREE)

    assert contents(tmp_path) == written(TREE)


def link_to_file(tmp_path: Path) -> Path:
    (tmp_path / "out" / "base").mkdir(parents=True)
    (tmp_path / "out" / "base" / "16-service-a.yaml").symlink_to(tmp_path / "theirs.yaml")
    return tmp_path / "theirs.yaml"


def link_to_folder(tmp_path: Path) -> Path:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "base").symlink_to(tmp_path / "theirs")
    return tmp_path / "theirs" / "16-service-a.yaml"


@pytest.mark.parametrize("link", [link_to_file, link_to_folder])
def test_links_are_not_written_through_even_to_what_looks_like_ours(
    tmp_path: Path, link: Callable[[Path], Path]
) -> None:
    target = link(tmp_path)
    target.write_text(headed("kind: Servant"))

    for use in (write_files, compare_files):
        with pytest.raises(InputError, match="is a link, which is not followed"):
            use(tmp_path / "out", TREE)

    assert target.read_text() == headed("kind: Servant")
    assert not (tmp_path / "out" / "overlays").exists()


@pytest.mark.parametrize("entry", ["../theirs.yaml", "a/../../theirs.yaml", "/etc/hostname", "out/theirs.yaml"])
def test_a_list_that_names_files_elsewhere_removes_none_of_them(tmp_path: Path, entry: str) -> None:
    (tmp_path / "theirs.yaml").write_text(headed("kind: Service"))
    write_files(tmp_path / "here", TREE)
    (tmp_path / "here" / "out").symlink_to(tmp_path)
    with (tmp_path / "here" / INDEX).open("a") as index:
        index.write(f"<<<<<<< HEAD\n{entry}\n")

    write_files(tmp_path / "here", PART)

    assert (tmp_path / "theirs.yaml").exists()
    assert (tmp_path / "here" / "out").is_symlink()


def test_a_file_where_a_folder_is_needed_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "overlays").write_text("mine\n")

    with pytest.raises(InputError, match="overlays is no folder"):
        write_files(tmp_path, TREE)
    assert contents(tmp_path) == {"overlays": "mine\n"}


class Killed(BaseException):
    """The process ends here."""


_CHANGES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"})
_left: list[int] = []


def _count(event: str, arguments: tuple[object, ...]) -> None:
    if not _left or event not in _CHANGES or (event == "open" and arguments[1] not in ("x", "w")):
        return
    _left[0] -= 1
    if _left[0] < 0:
        raise Killed


sys.addaudithook(_count)


@contextmanager
def killed_after(changes: int) -> Iterator[None]:
    """Let this many changes of the file system happen, and end with the next."""
    _left.append(changes)
    try:
        yield
    except Killed:
        pass
    finally:
        _left.clear()


paths = st.sampled_from(["10-a-x.yaml", "base/10-a-x.yaml", "base/b/c.txt", "chart/README.md", "chart/d/e.json"])
file_sets = st.dictionaries(paths, st.sampled_from(["one\n", "two\n", headed("a: 1"), headed("a: 2")]), max_size=5).map(
    lambda drawn: {
        path: text if not path.endswith(".yaml") or text.startswith("#") else headed(text.strip())
        for path, text in drawn.items()
    }
)
their_files = st.dictionaries(
    st.sampled_from(["README.md", "base/notes.txt", "base/b/own.yaml", "chart/own/x"]), st.just("mine\n"), max_size=3
)


@settings(deadline=None, max_examples=150)
@given(earlier=file_sets, theirs=their_files, cut=file_sets, changes=st.integers(0, 14), last=file_sets)
def test_a_run_that_was_killed_anywhere_is_made_good_by_the_next(
    earlier: dict[str, str], theirs: dict[str, str], cut: dict[str, str], changes: int, last: dict[str, str]
) -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        write_files(directory, earlier)
        for path, text in theirs.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text)

        with killed_after(changes):
            write_files(directory, cut)
        write_files(directory, last)

        assert contents(directory) == {**written(last), **theirs}
        assert compare_files(directory, last) == ()


def test_killing_reaches_every_change_of_a_run() -> None:
    """The property above would hold of a run that is never cut short."""
    seen: set[str | int] = set()
    for changes in range(40):
        with TemporaryDirectory() as name:
            with killed_after(changes):
                write_files(Path(name), TREE)
                seen.add("finished")
            seen.add(len(contents(Path(name))))
    assert "finished" in seen
    assert seen >= {0, 1, 2, 3, 4, 5}
