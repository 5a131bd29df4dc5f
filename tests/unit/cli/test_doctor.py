from __future__ import annotations

from click.testing import CliRunner

from tfk8s.cli.main import root


def test_a_spec_and_a_name_together_are_refused() -> None:
    result = CliRunner().invoke(root, ["doctor", "-f", "x.yaml", "--name", "resnet"])

    assert result.exit_code == 2
    assert "-f or --name" in result.output


def test_help_tells_the_exit_codes_and_an_example() -> None:
    text = " ".join(CliRunner().invoke(root, ["doctor", "--help"]).output.split())

    assert "13: warnings. 6: errors." in text
    assert "tfk8s doctor --bundle" in text
