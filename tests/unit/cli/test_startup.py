from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import click
import pytest

from tfk8s.cli.commands import COMMANDS

HEAVY = (
    *("kubernetes", "google.cloud", "google.protobuf", "grpc", "jinja2", "pydantic"),
    *("yaml", "requests", "numpy", "PIL", "matplotlib"),
)
ROOT = Path(__file__).resolve().parents[3]


def _modules_after(code: str) -> set[str]:
    listing = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listing.stdout.split())


def _help(*args: str) -> str:
    return (
        "from tfk8s.cli.main import root\n"
        "import contextlib, io\n"
        f"with contextlib.redirect_stdout(io.StringIO()): root({[*args, '--help']!r}, standalone_mode=False)"
    )


def test_root_help_loads_no_heavy_package() -> None:
    loaded = _modules_after(_help())

    assert "tfk8s.cli.main" in loaded
    assert not loaded.intersection(HEAVY)


def test_what_tells_figures_without_a_picture_loads_nothing_that_draws() -> None:
    loaded = _modules_after("import tfk8s.app.bench_report, tfk8s.app.simulate_picture, tfk8s.cli.picture_output")

    assert "tfk8s.pictures.drawing" in loaded
    assert not loaded & {"matplotlib", "numpy", "PIL"}


def test_a_simulation_without_a_picture_loads_nothing_that_draws(tmp_path: Path) -> None:
    hpa = tmp_path / "hpa.yaml"
    hpa.write_text(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 3}\n"
    )
    arguments = ["autoscale", "simulate", "--hpa", str(hpa), "--generate", "step:10,20,1h", "--pod-rate", "40"]

    loaded = _modules_after(
        "import contextlib, io\nfrom tfk8s.cli.main import root\n"
        f"with contextlib.redirect_stdout(io.StringIO()): root({arguments!r}, standalone_mode=False)"
    )

    assert "tfk8s.app.simulate_picture" in loaded
    assert not loaded & {"matplotlib", "numpy", "PIL"}


def test_rendering_a_spec_without_a_model_or_cluster_here_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    spec = tmp_path / "tfk8s.yaml"
    spec.write_text(
        "apiVersion: tfk8s.dev/v1\nname: a\nmodel: {source: gs://b/m}\nserviceAccount: {googleServiceAccount: none}\n"
    )
    quiet = "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): "
    call = f"root(['render', '-f', {str(spec)!r}], standalone_mode=False)"

    loaded = _modules_after(f"from tfk8s.cli.main import root\n{quiet}{call}")

    needed = {"pydantic", "yaml"}
    needless = {
        *("tfk8s.model", "tfk8s.ports", "tfk8s.plan", "tfk8s.spec.cluster", "tfk8s.spec.gitops"),
        "tfk8s.manifest.textproto",
        *("kubernetes_validate", "rich", "git", "logging", "importlib.metadata", "email"),
    }
    assert needed <= loaded
    assert not loaded & ({*HEAVY} - needed | needless)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_loads_no_heavy_package(name: str) -> None:
    loaded = _modules_after(_help(name))

    assert COMMANDS[name].module in loaded
    assert not loaded.intersection(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_shows_an_example(name: str) -> None:
    command = getattr(import_module(COMMANDS[name].module), f"{name}_command")

    assert isinstance(command, click.Command)
    assert f"tfk8s {name}" in (command.help or "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_has_a_help_text(name: str) -> None:
    command = getattr(import_module(COMMANDS[name].module), f"{name}_command")

    without = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]

    assert without == []


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=dict(os.environ))
    return time.perf_counter() - start


@pytest.mark.timed
def test_help_starts_within_one_and_a_half_times_of_importing_click_and_rich() -> None:
    ours, base = [], []
    for _ in range(9):  # in turn, so that a busy machine slows both
        ours.append(_seconds("import sys; sys.argv = ['tfk8s', '--help']; from tfk8s.cli.main import main; main()"))
        base.append(_seconds("import click, rich"))

    assert min(ours) < 1.5 * min(base)
