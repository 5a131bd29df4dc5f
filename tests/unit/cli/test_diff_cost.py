"""`tfk8s diff --prices`: what rendered files and the spec cost, without a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfk8s.cli.main import root

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {name: resnet, source: "gs://models/resnet"}
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 2, memory: 4Gi}
scaling: {min: 2, max: 6}
cluster:
  provider: gke
  project: my-project
  location: us-central1-a
  name: serving
  nodes: 1
  machineType: e2-standard-4
  autoscaling: {min: 1, max: 20}
  privateNodes: true
"""
PRICES = """\
apiVersion: prices.tfk8s.dev/v1
currency: EUR
date: "2026-01-31"
source: a test
anywhere:
  clusterHour: 0
  machines: {e2-standard-4: {hour: 0.1}, e2-standard-8: {hour: 0.2}}
  disks: {pd-balanced: {gbMonth: 0}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Manifests of a spec, and the spec with more pods."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prices.yaml").write_text(PRICES)
    (tmp_path / "tfk8s.yaml").write_text(SPEC)
    assert CliRunner().invoke(root, ["render", "--out", "manifests"]).exit_code == 0
    (tmp_path / "tfk8s.yaml").write_text(SPEC.replace("max: 6", "max: 9"))
    return tmp_path


def diff(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(root, ["diff", "--against", "manifests", *arguments])
    assert result.exit_code == exit_code, result.output
    return result


def test_the_change_of_the_bill_is_told_in_every_form(folder: Path) -> None:
    text = diff("--prices", "prices.yaml").stdout
    markdown = diff("--prices", "prices.yaml", "-o", "markdown").stdout
    found = json.loads(diff("--prices", "prices.yaml", "-o", "json").stdout)

    assert "cost: 2 to 6 pods, 146.00 to 438.00 EUR a month -> 2 to 9 pods, 146.00 to 657.00 EUR a month\n" in text
    assert "**Cost**: 2 to 6 pods, 146.00 to 438.00 EUR a month" in markdown
    assert found["cost"]["after"] == {"pods": {"min": 2, "max": 9}, "month": {"min": 146.0, "max": 657.0}}


def test_the_sentence_of_the_page_has_the_form_of_the_command(folder: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "cost.md").read_text(encoding="utf-8")
    example = next(line for line in page.splitlines() if line.startswith("cost: "))
    printed = next(line for line in diff("--prices", "prices.yaml").stdout.splitlines() if line.startswith("cost: "))

    def form(line: str) -> list[str]:
        return [word for word in line.replace("USD", "EUR").split() if not word[0].isdigit()]

    assert form(example) == form(printed)


def test_without_prices_nothing_is_said_of_them(folder: Path) -> None:
    assert "cost" not in diff().stdout
    assert "cost" not in json.loads(diff("-o", "json").stdout)


def test_prices_that_cannot_be_read_end_the_command_before_anything_is_shown(folder: Path) -> None:
    (folder / "prices.yaml").write_text(PRICES.replace("EUR", "euro"))

    result = diff("--prices", "prices.yaml", exit_code=3)

    assert result.stdout == ""
    assert "currency: euro is no currency" in result.output


REGIONS = "regions:\n  us: {cluster: {location: us-central1-a}}\n  eu: {cluster: {location: europe-west1-b}}\n"


def test_of_several_regions_each_is_priced_where_it_runs(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(SPEC + REGIONS)
    assert CliRunner().invoke(root, ["render", "--out", "manifests"]).exit_code == 0
    (folder / "tfk8s.yaml").write_text(SPEC.replace("max: 6", "max: 9") + REGIONS)

    both = diff("--prices", "prices.yaml").stdout
    one = diff("--prices", "prices.yaml", "--region", "us").stdout

    assert "cost: 4 to 12 pods, 292.00 to 876.00 EUR a month -> 4 to 18 pods, 292.00 to 1,314.00 EUR a month\n" in both
    assert "cost: 2 to 6 pods, 146.00 to 438.00 EUR a month -> 2 to 9 pods, 146.00 to 657.00 EUR a month\n" in one
