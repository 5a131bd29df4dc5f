from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from tfk8s.cli.image import image_command
from tfk8s.cli.image_output import Outputs, Place, outputs_option
from tfk8s.cli.main import root

COMMANDS = ["build", "push", "pin", "sbom", "sign", "verify"]


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["image", *arguments])


def _outputs(*arguments: str) -> Outputs | str:
    found: list[Outputs] = []

    @click.command()
    @outputs_option
    def command(*, outputs: Outputs) -> None:
        found.append(outputs)

    result = CliRunner().invoke(command, arguments)
    return found[0] if found else result.output


def test_the_group_is_listed_and_lists_its_commands() -> None:
    assert "Build and push the image with the models." in CliRunner().invoke(root, ["--help"]).output
    assert list(image_command.commands) == COMMANDS
    assert "Send the image to its registry" in _run("--help").output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_an_example(command: str) -> None:
    result = _run(command, "--help")

    assert result.exit_code == 0
    assert f"  tfk8s image {command}\n" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_help_text(command: str) -> None:
    options = [found for found in image_command.commands[command].params if isinstance(found, click.Option)]

    assert [option.name for option in options if not option.help] == []


def test_an_output_is_a_form_or_a_place_or_both() -> None:
    assert _outputs() == Outputs(form="text", places=())
    assert _outputs("-o", "json") == Outputs(form="json", places=())
    assert _outputs("-o", "oci:a:b", "-o", "yaml", "--output", "tar:c") == Outputs(
        form="yaml", places=(Place(kind="oci", path=Path("a:b")), Place(kind="tar", path=Path("c")))
    )


@pytest.mark.parametrize("value", ["xml", "oci", "oci:", "zip:x", ""])
def test_an_output_of_another_form_is_refused(value: str) -> None:
    assert "is none of text, json, yaml, oci:DIR, tar:FILE" in str(_outputs("-o", value))


def test_two_forms_of_the_answer_are_refused() -> None:
    assert "two forms of the answer: json and yaml" in str(_outputs("-o", "json", "-o", "yaml"))


def test_completion_offers_commands_and_what_an_output_begins_with() -> None:
    def offered(*words: str, start: str = "") -> list[str]:
        completion = ShellComplete(root, {}, "tfk8s", "_TFK8S_COMPLETE")
        return [item.value for item in completion.get_completions([*words], start)]

    assert "image" in offered(start="im")
    assert offered("image") == sorted(COMMANDS)
    assert offered("image", "build", "-o", start="o") == ["oci:"]
    assert set(offered("image", "build", "-o")) == {"text", "json", "yaml", "oci:", "tar:"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("build", "m", "-f", "tfk8s.yaml"), "MODEL_DIR and --file exclude each other"),
        (("push", "m", "-f", "tfk8s.yaml"), "MODEL_DIR and --file exclude each other"),
        (("build", "--load", "kind", "-o", "oci:x"), "leave out oci: and tar:"),
        (("build", "--load", "kind", "--base", "oci:x"), "leave out oci: and tar:"),
        (("build", "m", "--annotation", "key"), "'key' has no value: write KEY=VALUE"),
        (("build", "m", "--load", "docker"), "write kind, or kind:NAME"),
        (("push", "m", "--licence", "MIT"), "add --sbom spdx or cyclonedx"),
        (("push", "m", "--key", "cosign.key"), "add --sign"),
        (("push", "m", "--transparency-log"), "add --sign"),
        (("sbom", "m", "--from", "r.example/m:1"), "name no model, spec or licence beside it"),
        (("sbom", "--licence", "MIT", "--from", "r.example/m:1"), "name no model, spec or licence beside it"),
    ],
)
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    result = _run(*arguments)

    assert result.exit_code == 2
    assert text in result.output


@pytest.mark.parametrize("command", [("sbom",), ("push", "--sbom", "cyclonedx")])
def test_a_licence_that_is_none_ends_it_before_a_registry_is_asked(command: tuple[str, ...], tmp_path: Path) -> None:
    result = _run(*command, str(tmp_path), "--licence", "as you like", "--repository", "r.example/m")

    assert result.exit_code == 3
    assert "no licence expression of SPDX" in result.output


def test_without_spec_and_directory_the_way_to_a_spec_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = _run("push")

    assert result.exit_code == 3
    assert "tfk8s init MODEL_DIR" in result.output
