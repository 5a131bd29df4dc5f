"""`tfk8s autoscale recommend` on the command line: what it takes, what it prints, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.app.benches import BENCH
from tfk8s.cli.main import root
from tfk8s.load import to_json

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {source: "gs://models/resnet", name: resnet}
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 500m, memory: 1Gi}
scaling: {replicas: 2}  # for now
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tfk8s.yaml").write_text(SPEC)
    (tmp_path / "bench.json").write_text(json.dumps(to_json(BENCH)))
    rows = [f"{15 * index},{20 if index < 80 else 12}" for index in range(120)]
    (tmp_path / "trace.csv").write_text("\n".join(rows))
    return tmp_path


def run(folder: Path, *words: str, trace: bool = True) -> Result:
    given = ["autoscale", "recommend", str(folder / "bench.json"), "-f", str(folder / "tfk8s.yaml"), "--offline"]
    given += ["--trace", str(folder / "trace.csv")] if trace else []
    return CliRunner().invoke(root, [*given, *words])


def test_the_arithmetic_the_checks_and_the_change_are_shown_and_nothing_is_written(folder: Path) -> None:
    done = run(folder)

    assert done.exit_code == 0, done.output
    assert "one pod     10 requests/s" in done.stdout
    assert "quota: unknown" in done.stdout
    assert "-scaling: {replicas: 2}  # for now" in done.stdout
    assert (folder / "tfk8s.yaml").read_text() == SPEC


def test_traffic_can_be_made(folder: Path) -> None:
    done = run(folder, "--generate", "day:5,40,1d", trace=False)

    assert done.exit_code == 0, done.output
    assert "5 to 40 requests/s" in done.stdout


def test_write_writes_the_spec_with_its_comments(folder: Path) -> None:
    done = run(folder, "--write")

    assert done.exit_code == 0, done.output
    assert f"wrote {folder / 'tfk8s.yaml'}" in done.stderr
    text = (folder / "tfk8s.yaml").read_text()
    assert "replicas" not in text
    assert text.startswith(SPEC[: SPEC.index("{replicas")])
    assert text.endswith("# for now\n")


def test_json_is_the_whole_answer(folder: Path) -> None:
    value = json.loads(run(folder, "-o", "json", "--pod-price", "0.1").stdout)

    assert value["scaling"]["metrics"] == [{"cpu": 72}]  # 0.4 / 0.5 x 0.9
    assert value["keepsObjective"] is True
    assert value["simulated"]["cost"] == pytest.approx(value["simulated"]["podHours"] * 0.1)
    assert value["written"] == []


@pytest.mark.parametrize(
    ("words", "trace", "message"),
    [
        ((), False, "give --trace FILE, --generate TEXT, or --peak"),
        (("--peak", "10"), True, "give --trace FILE, --generate TEXT, or --peak"),
        (("--peak", "10", "--floor", "11"), False, "--floor is above --peak"),
        (("--objective", "fast"), True, "is no objective"),
        (("--pod-price", "1", "--node-price", "1"), True, "one of them is the cost"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    folder: Path, words: tuple[str, ...], trace: bool, message: str
) -> None:
    done = run(folder, *words, trace=trace)

    assert done.exit_code == 2
    assert message in done.output


def test_a_file_that_is_no_measurement_is_an_error_of_the_input(folder: Path) -> None:
    (folder / "bench.json").write_text("[1")
    done = run(folder)

    assert done.exit_code == 3
    assert "bench.json is no JSON" in done.output
    assert "tfk8s bench --save" in done.output


def test_an_objective_tighter_than_the_service_is_an_error_with_its_reason(folder: Path) -> None:
    done = run(folder, "--objective", "p95=10ms")

    assert done.exit_code == 3
    assert "no number of pods makes them faster" in done.output
