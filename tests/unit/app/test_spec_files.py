"""Specs are found by their first field, in folders as well; whatever is wrong in any is told in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfk8s.app.spec_files import find_specs, read_spec_files
from tfk8s.errors import InputError


def write(path: Path, name: str, *, more: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# Our own.\napiVersion: tfk8s.dev/v1\nname: {name}\nmodel: {{source: ./m}}\n{more}")
    return path


def test_a_folder_gives_every_spec_below_it_by_name(tmp_path: Path) -> None:
    second, first = write(tmp_path / "b" / "tfk8s.yaml", "b"), write(tmp_path / "a" / "any.yml", "a")
    write(tmp_path / ".git" / "tfk8s.yaml", "hidden")
    (tmp_path / "a" / "service.yaml").write_text("apiVersion: v1\nkind: Service\n")
    (tmp_path / "README.md").write_text("apiVersion: tfk8s.dev/v1\n")

    files = read_spec_files([tmp_path])

    assert find_specs(tmp_path) == [first, second]
    assert [(file.path, file.base, file.spec.name) for file in files] == [
        (first, first.parent, "a"),
        (second, second.parent, "b"),
    ]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "tfk8s.yaml", "a")

    assert [file.path for file in read_spec_files([path, tmp_path])] == [path]


def test_stdin_may_stand_among_files(tmp_path: Path) -> None:
    path = write(tmp_path / "tfk8s.yaml", "a")

    files = read_spec_files([Path("-"), path], stdin=path.read_bytes().replace(b"name: a", b"name: b"))

    assert [(file.source, file.spec.name) for file in files] == [("<stdin>", "b"), (str(path), "a")]


def test_every_wrong_file_is_told_in_one_go(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "A")
    write(tmp_path / "b.yaml", "b")
    write(tmp_path / "c.yaml", "c", more="nmespace: x\n")

    with pytest.raises(InputError, match="2 of 3 specs are wrong") as caught:
        read_spec_files([tmp_path])

    assert [line.split(": ")[0] for line in caught.value.details] == [
        f"{tmp_path / 'a.yaml'}:3:7",
        f"{tmp_path / 'c.yaml'}:5:1",
    ]


def test_two_specs_of_one_service_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "resnet")
    write(tmp_path / "b.yaml", "resnet")

    with pytest.raises(InputError, match=r"a\.yaml and .*b\.yaml are both resnet in default"):
        read_spec_files([tmp_path])


def test_services_that_meet_in_an_environment_only_are_refused_too(tmp_path: Path) -> None:
    for name in "ab":
        environments = "environments: {prod: {namespace: prod}}\n"
        write(tmp_path / f"{name}.yaml", "resnet", more=f"namespace: {name}\n{environments}")

    with pytest.raises(InputError, match=r"are both resnet in prod \(in environment prod\)"):
        read_spec_files([tmp_path])
    with pytest.raises(InputError, match="are both resnet in prod"):
        read_spec_files([tmp_path], environment="prod")


def test_an_environment_is_asked_of_every_spec(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "a", more="environments: {prod: {namespace: prod}}\n")
    (file,) = read_spec_files([tmp_path], environment="prod")
    write(tmp_path / "b.yaml", "b")

    assert (file.spec.namespace, dict(file.environments)) == ("prod", {})
    with pytest.raises(InputError, match=r"b\.yaml has no environments, so no prod"):
        read_spec_files([tmp_path], environment="prod")


def test_a_folder_without_a_spec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no spec below"):
        read_spec_files([tmp_path])
