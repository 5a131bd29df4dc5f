"""The checked-in chart follows the spec and the renderer, and is found wherever this package lies."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.golden.golden_cases import CHARTED, Case
from tfk8s.gitops.chart import chart_files
from tfk8s.gitops.helm_values import helm_values
from tfk8s.manifest import JsonValue
from tfk8s.manifest.yaml import load_one
from tools import chart_patterns, chart_schema, generate_chart


def errors(values: JsonValue) -> list[str]:
    schema = chart_schema.published(chart_schema.schema())
    validator: Any = import_module("jsonschema").Draft7Validator(schema)
    return [error.message for error in validator.iter_errors(values)]


@pytest.mark.parametrize("path", list(generate_chart.generated()), ids=lambda path: path.name)
def test_the_file_is_fresh(path: Path) -> None:
    assert path.read_text("utf-8") == generate_chart.generated()[path], generate_chart.REMEDY


def test_the_chart_is_found_with_every_file() -> None:
    there = sorted(path for path in generate_chart.CHART.rglob("*") if path.is_file())

    assert list(chart_files()) == [path.relative_to(generate_chart.CHART).as_posix() for path in there]
    assert chart_files()["Chart.yaml"] == (generate_chart.CHART / "Chart.yaml").read_text("utf-8")


def test_the_defaults_are_right_by_the_schema() -> None:
    assert errors(load_one(chart_files()["values.yaml"], source="values.yaml").value) == []


@pytest.mark.parametrize("case", CHARTED, ids=[case.name for case in CHARTED])
def test_what_is_written_for_a_spec_is_right_by_the_schema(case: Case) -> None:
    assert errors(helm_values(case.spec(), case.render())) == []


def test_no_part_takes_a_key_that_it_does_not_know() -> None:
    def parts(node: Any, path: str) -> Iterator[tuple[str, Any]]:
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict):
                yield path, node.get("additionalProperties")
            for key, item in node.items():
                yield from parts(item, f"{path}.{key}")
        elif isinstance(node, list):
            for index, item in enumerate(node):
                yield from parts(item, f"{path}[{index}]")

    found = dict(parts(chart_schema.schema(), ""))

    assert len(found) > 15
    assert {path for path, more in found.items() if more is not False} == set()


def test_every_text_that_a_spec_checks_is_matched_by_the_chart() -> None:
    """But for what a chart does not have: clusters, environments, regions, repositories, the key of signatures."""
    elsewhere = ("cluster", "gke", "environment", "region", "gitops", "service", "image._key")
    checks = chart_patterns.checks_of_a_spec()

    unmatched = {check for check in checks - set(chart_patterns.CONSTRAINTS) if not check.startswith(elsewhere)}

    assert unmatched == set()
    assert set(chart_patterns.CONSTRAINTS) <= checks
