from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tfk8s.cli.cluster import cluster_command
from tfk8s.cli.main import root
from tfk8s.cli.settings import read_settings
from tfk8s.errors import InputError


def _leaves(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command, *path, name)
        else:
            yield (*path, name), command


Run = Callable[..., Result]
LEAVES = dict(_leaves(cluster_command, "cluster"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs tfk8s in a folder of its own, with nothing of gcloud in the environment."""
    monkeypatch.chdir(tmp_path)
    names = ("CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_COMPUTE_ZONE", "CLOUDSDK_COMPUTE_REGION")
    runner = CliRunner(env=dict.fromkeys(names))
    return lambda *arguments: runner.invoke(root, list(arguments))


def test_the_commands_are_those_of_the_documentation() -> None:
    assert [" ".join(path) for path in LEAVES] == [
        "cluster create",
        "cluster list",
        "cluster status",
        "cluster credentials",
        "cluster pools add",
        "cluster pools resize",
        "cluster pools autoscale",
        "cluster delete",
    ]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_each_command_has_help_with_an_example_and_a_text_for_each_option(path: tuple[str, ...]) -> None:
    command = LEAVES[path]
    shown = CliRunner().invoke(root, [*path, "--help"])

    assert shown.exit_code == 0
    assert f"  tfk8s {' '.join(path)}" in shown.output
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_each_command_reports_in_json_and_yaml_and_what_changes_has_a_dry_run(path: tuple[str, ...]) -> None:
    options = {option for parameter in LEAVES[path].params for option in parameter.opts}

    assert {"--output", "--progress", "--file", "--project", "--location"} <= options
    assert ("--dry-run" in options) is (path[-1] not in ("list", "status", "credentials"))


def test_without_a_name_and_a_spec_both_ways_are_said(run: Run) -> None:
    result = run("cluster", "status")

    assert result.exit_code == 3
    assert "no cluster is named" in result.output
    assert "-f" in result.output


def test_a_cluster_that_options_describe_badly_is_refused_field_by_field(run: Run) -> None:
    result = run("cluster", "create", "Demo", "--zone", "us-central1-a", "--set", "nodess=5")

    assert result.exit_code == 3
    assert "cluster.name: Demo is no cluster name" in result.output
    assert "cluster.project: is missing" in result.output
    assert "did you mean nodes?" in result.output


def test_a_spec_that_is_named_and_missing_is_an_error(run: Run) -> None:
    result = run("cluster", "status", "-f", "other.yaml")

    assert result.exit_code == 3
    assert "there is no other.yaml" in result.output


def test_autoscaling_needs_a_bound(run: Run) -> None:
    result = run("cluster", "pools", "autoscale", "default-pool")

    assert result.exit_code == 2
    assert "--min-nodes" in result.output


def test_a_pool_that_no_spec_describes_is_refused_before_anything_is_asked(run: Run) -> None:
    place = ("--cluster", "demo", "--project", "my-project", "--zone", "us-central1-a")
    result = run("cluster", "pools", "add", "gpu", *place)

    assert result.exit_code == 3
    assert "the spec describes no node pool gpu" in result.output


def test_settings_are_yaml_and_lead_into_maps() -> None:
    settings = ("autopilot=true", "version='1.34'", "autoscaling.max=5", "autoscaling.min=1", "nodeLocations=[a, b]")

    assert read_settings(settings) == {
        "autopilot": True,
        "version": "1.34",
        "autoscaling": {"max": 5, "min": 1},
        "nodeLocations": ["a", "b"],
    }


@pytest.mark.parametrize("setting", ["nodes", "=5", "nodes=", ".a=1", "a..b=1", "nodes=[", "nodes=010"])
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(InputError, match="--set"):
        read_settings((setting,))


def test_a_setting_below_a_value_is_refused() -> None:
    with pytest.raises(InputError, match="nodes has a value already"):
        read_settings(("nodes=5", "nodes.max=7"))
