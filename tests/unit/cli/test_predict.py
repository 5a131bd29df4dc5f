"""What `tfk8s predict` writes, and what it refuses before it asks anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tfk8s.app.predict import Prediction
from tfk8s.app.ranking import rank
from tfk8s.cli.main import root
from tfk8s.cli.predict import prediction_text
from tfk8s.manifest import JsonValue

TWO_MODELS = """\
apiVersion: tfk8s.dev/v1
name: two
models:
- {name: a, source: ./a}
- {name: b, source: ./b}
"""


def prediction(outputs: dict[str, JsonValue], *, labels: tuple[str, ...] = ()) -> Prediction:
    ranked = {key: rank(value, top=2, labels=labels) for key, value in outputs.items()}
    return Prediction(
        model="m",
        version=3,
        signature="serving_default",
        url="http://127.0.0.1:8501",
        seconds=0.0124,
        outputs=outputs,
        rankings={key: found for key, found in ranked.items() if found is not None},
    )


def test_scores_are_written_as_a_ranking_with_names() -> None:
    text = prediction_text(prediction({"p": [[0.1, 0.7, 0.2]]}, labels=("ant", "honey bee", "cat")))

    assert text.splitlines() == [
        "m version 3, signature serving_default: answered in 12 ms",
        "p:",
        "  honey bee  0.7",
        "  cat        0.2",
    ]


def test_several_examples_are_numbered_and_classes_without_names_have_numbers() -> None:
    text = prediction_text(prediction({"p": [[0.1, 0.9], [0.8, 0.2]]}))

    assert text.splitlines()[1:] == [
        "p, example 0:",
        "  class 1  0.9",
        "  class 0  0.1",
        "p, example 1:",
        "  class 0  0.8",
        "  class 1  0.2",
    ]


def test_anything_else_is_written_as_json() -> None:
    text = prediction_text(prediction({"y": [[2.5]], "t": ["é"]}))

    assert text.splitlines()[1:] == ["y: [[2.5]]", 't: ["é"]']


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("-", "--version", "1", "--label", "a"), 2, "exclude each other"),
        (("-", "--version", "-1"), 2, "--version"),
        (("-", "--scale", "0..2"), 2, "--scale"),
        (("nowhere.jpg", "--url", "http://127.0.0.1:1", "--model", "m"), 3, "cannot read nowhere.jpg"),
        (("-", "--url", "http://127.0.0.1:1"), 3, "which model to ask"),
        (("-",), 3, "which service to ask"),
        (("-", "-f", "two.yaml"), 3, "several models: a, b"),
        (("-", "-f", "two.yaml", "--url", "ftp://x", "--model", "a"), 3, "no address of a model server"),
        (("-", "-f", "nowhere.yaml"), 3, "nowhere.yaml"),
        (("-", "--labels-file", "two.yaml", "--url", "x:y", "--model", "a"), 3, "no address"),
    ],
)
def test_what_cannot_be_asked_is_refused_without_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "two.yaml").write_text(TWO_MODELS)
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(root, ["predict", *arguments], input="[1.0]")

    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("m", "-f", "two.yaml"), 2, "exclude each other"),
        (("m", "--port", "8501"), 2, "must differ"),
        (("m",), 3, "m"),
        ((), 3, "tfk8s.yaml"),
        (("-f", "two.yaml"), 3, "a"),
    ],
)
def test_serve_refuses_what_cannot_be_served_without_starting_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "two.yaml").write_text(TWO_MODELS)
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(root, ["serve", *arguments])

    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""
