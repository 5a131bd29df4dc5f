"""Values as operators give them, through the real helm: text stays text, and the selector stays the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.desk import HelmDesk
from tests.golden.test_text_values import texts_of
from tests.testbed.progress import SetupError
from tools import pack_chart

pytestmark = pytest.mark.contract

MODEL = ("--set", "model.source=gs://models/half,serviceAccount.googleServiceAccount=none")
SCALED = ("--set-json", 'scaling={"min": 2, "max": 6, "metrics": [{"cpu": 60}]}')
CHANGES = (
    (),
    ("--set", "labels.team=vision,labels.version=2"),
    ("--set", "image.base=tensorflow/serving:2.19.1"),
    ("--set", "model.versions={1}"),
    SCALED,
)
"""None of these may reach the selector."""
NO_PLAIN_TEXT = [
    "on",
    "1e3",
    "007",
    "~",
    "null",
    "",
    " ",
    "12:30:00",
    "1_000",
    "{a: b}",
    "- x",
    "a\nb",
    "é'\"",
    "{{ x }}",
]


def documents(text: str) -> list[dict[str, Any]]:
    """The manifests, as a reader of YAML 1.1 understands them."""
    return [document for document in yaml.safe_load_all(text) if document]


def selectors(text: str) -> set[tuple[str, str]]:
    """By what each object chooses its pods: kind and selector."""
    keys = {
        "Deployment": "selector",
        "PodDisruptionBudget": "selector",
        "Service": "selector",
        "NetworkPolicy": "podSelector",
    }
    return {
        (document["kind"], json.dumps(document["spec"][keys[document["kind"]]], sort_keys=True))
        for document in documents(text)
        if document["kind"] in keys
    }


def test_the_chart_passes_either_lint(desk: HelmDesk) -> None:
    desk.helm("lint", "--strict", pack_chart.CHART, *MODEL)


@pytest.mark.parametrize("written", ["4", "1000000", "12345678901", "0.5", "true"])
def test_a_number_is_the_same_text_however_it_was_given(written: str, desk: HelmDesk, chart: Path) -> None:
    """K13.3: `--set` makes an integer of it, and a values file a float, which Go writes as 1e+06."""
    file = desk.folder / "in-a-file.yaml"
    file.write_text(f"serving: {{env: {{THREADS: {written}}}}}\n")

    given = [
        desk.template(chart, *MODEL, *arguments)
        for arguments in (
            ("--set", f"serving.env.THREADS={written}"),
            ("--set-string", f"serving.env.THREADS={written}"),
            ("--values", str(file)),
        )
    ]

    assert f'value: "{written}"' in given[1]
    assert given == [given[1]] * 3


@pytest.mark.parametrize("where", ["serving.env", "labels", "annotations", "expose.annotations"])
def test_text_that_yaml_takes_for_something_else_stays_text(where: str, desk: HelmDesk, chart: Path) -> None:
    """K13.1."""
    texts = ["on", "1e3", "007", "true"] if where == "labels" else NO_PLAIN_TEXT
    given = {f"key{number}": text for number, text in enumerate(texts)}

    read = documents(desk.template(chart, *MODEL, "--set-json", f"{where}={json.dumps(given)}"))

    found = [text for document in read for text in texts_of(document)]
    assert [text for text in found if not isinstance(text, str)] == []
    assert [text for text in texts if text not in found] == []


def test_a_value_that_is_no_text_is_refused_with_its_field(desk: HelmDesk, chart: Path) -> None:
    with pytest.raises(SetupError, match=r"serving.*env.*THREADS"):
        desk.template(chart, *MODEL, "--set-json", 'serving.env={"THREADS": [4]}')


def test_an_autoscaled_service_has_no_count_and_a_fixed_one_no_autoscaler(desk: HelmDesk, chart: Path) -> None:
    """K15.1."""

    def shape(*arguments: str) -> tuple[object, bool]:
        read = {document["kind"]: document for document in documents(desk.template(chart, *MODEL, *arguments))}
        return read["Deployment"]["spec"].get("replicas"), "HorizontalPodAutoscaler" in read

    assert shape(*SCALED) == (None, True)
    assert shape("--set", "scaling.replicas=3") == (3, False)


def test_the_selector_holds_no_release_of_anything(desk: HelmDesk, chart: Path, older_chart: Path) -> None:
    """K18.1: neither of the chart, nor of the model or the image, nor a label of the user."""
    found = [
        selectors(desk.template(archive, *MODEL, *arguments))
        for archive in (chart, older_chart)
        for arguments in CHANGES
    ]

    everywhere = set().union(*found)
    assert {"Deployment", "Service", "PodDisruptionBudget"} <= {kind for kind, _ in everywhere}
    assert len(everywhere) == len({kind for kind, _ in everywhere}), everywhere
