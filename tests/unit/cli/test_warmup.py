"""What `tfk8s warmup` writes and says, and what it refuses before it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from tests.unit.model.savedmodels import Version, graph, saved_model, signature, tensor
from tfk8s.app.warmup import RecordedRequest, WarmupPlan
from tfk8s.app.warmup_file import WarmupWrite, Written
from tfk8s.app.warmup_measure import Measured, Timing
from tfk8s.app.warmup_report import to_json, to_text
from tfk8s.cli.main import root
from tfk8s.model import DType, ModelVersion, Signature, TensorSpec
from tfk8s.model.warmup import WARMUP_FILE
from tfk8s.ports import PredictRequest, Rows


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """One float input x of shape (-1, 2)."""
    named = {"serving_default": signature({"x": tensor(shape=(-1, 2))})}
    Version(graph_bytes=saved_model(graph(signatures=named))).write(tmp_path / "m" / "1")
    return tmp_path / "m"


def test_it_says_what_it_wrote_and_that_the_version_is_another_one_now(model: Path) -> None:
    done = CliRunner().invoke(root, ["warmup", str(model), "--json", "-", "--copies", "2"], input="[[1, 2]]")

    assert done.exit_code == 0, done.output
    file = model / "1" / WARMUP_FILE
    first, second, third = done.stdout.splitlines()
    assert first == f"m version 1: wrote {file} (2 records, {file.stat().st_size} B)"
    assert second == "  stdin x 2: serving_default, x DT_FLOAT [1, 2]"
    assert third.startswith("digest: sha256:")
    assert "give it a new number" in done.stderr


def test_a_dry_run_writes_nothing(model: Path) -> None:
    done = CliRunner().invoke(root, ["warmup", str(model), "--json", "-", "--dry-run", "-o", "json"], input="[[1, 2]]")

    said = json.loads(done.stdout)
    assert (said["action"], said["dry_run"], said["digest"]["after"]) == ("written", True, None)
    assert [path.name for path in (model / "1").iterdir()] == ["saved_model.pb"]


def test_the_same_again_is_told_as_unchanged_without_a_warning(model: Path) -> None:
    command = ["warmup", str(model), "--json", "-"]
    CliRunner().invoke(root, command, input="[[1, 2]]")

    done = CliRunner().invoke(root, command, input="[[1, 2]]")

    assert done.exit_code == 0
    assert "unchanged" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 3, "there is nothing to record"),
        (("--image", "p.png"), 3, "p.png: input 'x' has the shape [-1, 2], the picture has [4, 4, 3]"),
        (("--json", "p.png"), 3, "name it with --image"),
        (("--image", "q.json"), 3, "name it with --json"),
        (("--json", "nowhere.json"), 3, "cannot read nowhere.json"),
        (("--json", "three.json"), 3, "the signature says (-1, 2)"),
        (("--json", "q.json", "--copies", "1001"), 2, "--copies"),
        (("--json", "q.json", "--batch", "0"), 2, "--batch"),
        (("--json", "q.json", "--measure"), 4, "tensorflow_model_server is not on the PATH"),
    ],
)
def test_what_goes_wrong_ends_with_its_exit_code_and_changes_nothing(
    model: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
) -> None:
    folder = model.parent
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", str(folder))  # neither docker nor the server
    Image.new("RGB", (4, 4)).save(folder / "p.png")
    (folder / "q.json").write_text("[[1, 2]]")
    (folder / "three.json").write_text("[[1, 2, 3]]")

    done = CliRunner().invoke(root, ["warmup", "m", *arguments])

    assert done.exit_code == code, done.output
    assert words in done.stderr
    assert done.stdout == ""
    assert [path.name for path in (model / "1").iterdir()] == ["saved_model.pb"]


def test_a_measurement_shows_the_first_and_second_request_of_both_servers() -> None:
    x = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
    asked = Signature(name="serving_default", method_name="", inputs=(x,), outputs=(x,))
    request = PredictRequest(model="m", signature=asked, body=Rows(instances=[1.0]))
    recorded = RecordedRequest(source="q.json", request=request, shapes={"x": (1,)}, record=b"")
    version = ModelVersion(number=1, directory="1", path=Path("m/1"), size_bytes=1)
    plan = WarmupPlan(model="m", version=version, requests=(recorded,), copies=1)
    written = WarmupWrite(action=Written.WRITTEN, before="sha256:a", after="sha256:b")
    measured = Measured(
        server="a server",
        source="q.json",
        without=Timing(ready_s=1.0, first_s=0.5, second_s=0.01),
        warmed=Timing(ready_s=1.5, first_s=0.02, second_s=0.01),
    )

    text = to_text(plan, written, measured=measured, is_dry_run=False)
    value = to_json(plan, written, measured=measured, is_dry_run=False)

    assert text.splitlines()[-3:] == [
        "measured with a server, asked q.json:",
        "  without warm-up  first request 500.0 ms, second 10.0 ms, ready after 1.0 s",
        "  with warm-up     first request 20.0 ms, second 10.0 ms, ready after 1.5 s",
    ]
    assert value["measured"] == {
        "server": "a server",
        "source": "q.json",
        "without": {"ready_s": 1.0, "first_s": 0.5, "second_s": 0.01},
        "warmed": {"ready_s": 1.5, "first_s": 0.02, "second_s": 0.01},
    }
