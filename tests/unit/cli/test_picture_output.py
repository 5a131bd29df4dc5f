from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.unit.pictures.pictures import a_picture
from tfk8s.cli.picture_output import Target, html_option, picture_option, write_page, write_picture
from tfk8s.errors import InputError, PreconditionError
from tfk8s.pictures import Report

REPORT = Report(title="resnet", summary="", facts=(), sections=())
worked: list[str] = []


@click.command()
@picture_option
@html_option
def work(*, picture: Target | None, html: Target | None) -> None:
    worked.append("work")
    if picture:
        write_picture(picture, a_picture())
    if html:
        write_page(html, REPORT)


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    worked.clear()


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(work, args)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG"), ("a.png", b"\x89PNG")])
def test_a_picture_has_the_form_that_its_file_ends_in(tmp_path: Path, name: str, start: bytes) -> None:
    assert run("--picture", str(tmp_path / name))[0] == 0

    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_page_is_written_in_the_place_of_another(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("old")

    assert run("--html", str(file))[0] == 0

    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("option", "name", "reason"),
    [
        ("--picture", "a.pdf", "ends in none of .svg, .png"),
        ("--picture", "a", "ends in none of .svg, .png"),
        ("--picture", "a.html", "ends in none of .svg, .png"),
        ("--html", "a.svg", "ends in none of .html, .htm"),
        ("--picture", "no/such/a.svg", "there is no folder"),
        ("--html", "folder.html", "is a folder"),
    ],
)
def test_a_file_that_could_not_be_written_is_refused_before_the_work(
    tmp_path: Path, option: str, name: str, reason: str
) -> None:
    (tmp_path / "folder.html").mkdir()

    code, output = run(option, str(tmp_path / name))

    assert code == 2
    assert reason in output
    assert worked == []


@pytest.mark.parametrize(("option", "name"), [("--picture", "a.svg"), ("--html", "a.html")])
def test_without_matplotlib_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(PreconditionError, match="pictures need matplotlib"):
        run(option, str(tmp_path / name))

    assert worked == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "file.html")

    write_page(Target(path=tmp_path / "link.html", kind="html"), REPORT)

    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "file.html").is_file()


def test_a_folder_that_went_meanwhile_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*gone/a\.html: No such file or directory"):
        write_page(Target(path=tmp_path / "gone" / "a.html", kind="html"), REPORT)


def test_without_the_options_nothing_is_drawn() -> None:
    assert run() == (0, "")
    assert worked == ["work"]
