from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, record
from tfk8s.model import read_model

NAME = "assets.extra/tf_serving_warmup_requests"


@pytest.mark.parametrize("records", [0, 1, 1000])
def test_recorded_requests_up_to_a_thousand_are_fine(tmp_path: Path, records: int) -> None:
    Version(files={NAME: record(b"request") * records}).write(tmp_path / "1")

    info = read_model(tmp_path)

    assert info.findings == ()
    assert info.latest is not None
    assert info.latest.has_warmup


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record(b"request") * 1001, "more than 1000"),
        (record(b"request") + record(b"request")[:-1], "cut off"),
        (record(b"request") + b"garbage that is no record", "not a TFRecord file from byte 23"),
        (b"short", "not a TFRecord file from byte 0"),
    ],
)
def test_what_fails_the_load_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    Version(files={NAME: content}).write(tmp_path / "1")

    info = read_model(tmp_path)

    (finding,) = info.findings
    assert finding.code == "warmup-broken"
    assert reason in finding.message
    assert not info.servable


def test_a_model_without_recorded_requests_is_fine(tmp_path: Path) -> None:
    Version().write(tmp_path / "1")

    info = read_model(tmp_path)

    assert info.latest is not None
    assert not info.latest.has_warmup
