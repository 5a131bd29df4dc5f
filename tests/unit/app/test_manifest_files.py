from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.render.specs import rendered
from tfk8s.app.manifest_files import HEADER, State, compare_files, files_of, write_files
from tfk8s.errors import InputError

ONE = {"16-service-a.yaml": f"{HEADER}\nkind: Service\n"}
TWO = {**ONE, "17-deployment-a.yaml": f"{HEADER}\nkind: Deployment\n"}


def test_files_are_named_in_apply_order_one_an_object() -> None:
    found = rendered(namespace="serving", createNamespace=True, scaling={"min": 1, "max": 2})
    files = files_of(found)

    assert list(files) == sorted(files)
    assert [name.split("-")[1] for name in files] == [manifest.ref.kind.lower() for manifest in found.manifests]
    assert all(text.startswith(HEADER + "\napiVersion: ") for text in files.values())


def test_writing_twice_writes_nothing_the_second_time(tmp_path: Path) -> None:
    first, second = write_files(tmp_path / "a" / "b", TWO), write_files(tmp_path / "a" / "b", TWO)

    assert (first.written, first.unchanged) == (tuple(TWO), ())
    assert (second.written, second.unchanged) == ((), tuple(TWO))
    assert compare_files(tmp_path / "a" / "b", TWO) == ()


def test_stale_files_of_ours_are_removed_and_others_stay(tmp_path: Path) -> None:
    write_files(tmp_path, TWO)
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    (tmp_path / "99-notes.yaml").write_text("# mine\n")
    (tmp_path / "README.md").write_text(HEADER + "\n")

    result = write_files(tmp_path, ONE)

    assert result.removed == ("17-deployment-a.yaml",)
    assert {path.name for path in tmp_path.iterdir()} == {*ONE, "kustomization.yaml", "99-notes.yaml", "README.md"}


def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "16-service-a.yaml").write_text("kind: Service\n")

    with pytest.raises(InputError, match=r"16-service-a\.yaml was not written by tfk8s"):
        write_files(tmp_path, TWO)
    assert [path.name for path in tmp_path.iterdir()] == ["16-service-a.yaml"]


def test_half_a_file_of_a_killed_run_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".16-service-a.yaml.partial").write_text("half")

    write_files(tmp_path, ONE)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == ONE


def test_missing_changed_and_stale_files_are_told_apart_with_their_diffs(tmp_path: Path) -> None:
    write_files(tmp_path, {**ONE, "23-old-a.yaml": f"{HEADER}\nkind: Old\n"})
    (tmp_path / "16-service-a.yaml").write_text(f"{HEADER}\nkind: Servant\n")

    found = {difference.name: difference for difference in compare_files(tmp_path, TWO)}

    assert {name: difference.state for name, difference in found.items()} == {
        "16-service-a.yaml": State.CHANGED,
        "17-deployment-a.yaml": State.MISSING,
        "23-old-a.yaml": State.STALE,
    }
    assert {"-kind: Servant", "+kind: Service"} <= set(found["16-service-a.yaml"].diff)


def test_a_folder_that_is_not_there_misses_everything_and_is_not_made(tmp_path: Path) -> None:
    assert [difference.state for difference in compare_files(tmp_path / "none", ONE)] == [State.MISSING]
    assert not (tmp_path / "none").exists()


def test_a_file_where_the_folder_should_be_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for use in (write_files, compare_files):
        with pytest.raises(InputError, match="cannot use"):
            use(tmp_path / "file", ONE)
