"""What `tfk8s bench` reads from its command line, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.load.benches import OBJECTIVE, a_bench, a_step
from tfk8s.cli.bench import exit_code, figures_text
from tfk8s.cli.main import root
from tfk8s.errors import INTERRUPTED, OBJECTIVE_MISSED, PredictionError
from tfk8s.load import NO_FREE_CONNECTION, Bench, Knee, Objective

ADDRESS = ("--address", "127.0.0.1:9", "--model", "m")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["bench", *arguments])


def test_without_a_rate_or_an_objective_there_is_nothing_to_measure() -> None:
    result = run(*ADDRESS)

    assert result.exit_code == 2
    assert "--objective p99=200ms, or --rate 10" in result.output


@pytest.mark.parametrize(
    "text", ["200ms", "p99", "p0=1s", "p100=1s", "p99=0ms", "p99=1m", "p99=1s,failed=200%", "p99=-1s"]
)
def test_what_is_no_objective_is_refused_with_examples(text: str) -> None:
    result = run(*ADDRESS, "--objective", text)

    assert result.exit_code == 2
    assert "p95=1.5s,failed=1%" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--rate", "10", "--picture", "a.gif"), ".svg, .png"),
        (("--rate", "10", "--save", "/nowhere/a.json"), "no file in a folder that is there"),
        (("--rate", "10", "--duration", "soon"), "no duration"),
        (("--rate", "0"), "0.01<=x"),
        (("--rate", "10", "--version", "1", "--label", "stable"), "exclude each other"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_sent(arguments: tuple[str, ...], told: str) -> None:
    result = run(*ADDRESS, *arguments)

    assert result.exit_code == 2
    assert told in result.output


def test_an_address_needs_the_name_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = run("--address", "127.0.0.1:9", "--rate", "1")

    assert result.exit_code == 3
    assert "give both --address and --model" in result.output


def test_what_is_no_address_is_told_by_its_option() -> None:
    result = run("--address", "ftp://x", "--model", "m", "--rate", "1")

    assert result.exit_code == 3
    assert "--address 'ftp://x' is no address" in result.output


def bench(*, ended: str = "complete", knee: bool = False, objective: Objective | None = OBJECTIVE) -> Bench:
    step = a_step(10, p99_s=0.05 if knee else 0.5)
    made = a_bench(step, knee=Knee(rps_per_pod=10, at=step, beyond=None) if knee else None)
    return replace(made, ended=ended, objective=objective)  # type: ignore[arg-type]


def test_the_exit_code_tells_whether_the_objective_was_kept() -> None:
    assert exit_code(bench(knee=True), is_search=True) == 0
    assert exit_code(bench(knee=True, ended="bounds"), is_search=True) == 0
    assert exit_code(bench(), is_search=True) == OBJECTIVE_MISSED
    assert exit_code(bench(objective=None), is_search=False) == 0
    assert exit_code(bench(knee=True, ended="interrupted"), is_search=True) == INTERRUPTED


def test_of_rates_that_were_asked_for_each_must_keep_the_objective() -> None:
    kept, broken = a_step(10), a_step(20, p99_s=0.5)
    knee = Knee(rps_per_pod=10, at=kept, beyond=broken)

    assert exit_code(a_bench(kept), is_search=False) == 0
    assert exit_code(a_bench(kept, broken, knee=knee), is_search=False) == OBJECTIVE_MISSED
    assert exit_code(a_bench(kept, broken, knee=knee), is_search=True) == 0


def test_where_nothing_was_answered_it_fails_with_the_kinds() -> None:
    failed = replace(a_bench(a_step(3, failures=["HTTP 503"] * 3)), ended="failing")

    with pytest.raises(PredictionError, match="nothing was answered: HTTP 503"):
        exit_code(failed, is_search=True)


def test_each_kind_of_failure_is_explained_once_below_the_table() -> None:
    one = a_step(10, failures=["HTTP 503", NO_FREE_CONNECTION])

    text = figures_text(a_bench(one, one))

    assert text.count("a front has no ready pod") == 1
    assert text.count("raise --connections") == 1


def test_a_measurement_that_ended_early_says_why() -> None:
    assert "interrupted" in figures_text(bench(ended="interrupted"))
    assert "bounds" in figures_text(bench(ended="bounds"))


def test_the_help_has_examples() -> None:
    assert "tfk8s bench --objective p99=200ms" in run("--help").output
