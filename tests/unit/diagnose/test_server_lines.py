"""What one line of the model server says; the forms are those that its libraries write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.diagnose.server_lines import SEVERITIES, ServerLines

_TIME = "2026-01-01 00:00:00.123456"


@pytest.mark.parametrize(
    ("text", "severity", "source"),
    [
        (f"{_TIME}: I tensorflow_serving/core/a.cc:42] hello", "INFO", "tensorflow_serving/core/a.cc:42"),
        (f"{_TIME}: W   27891 external/org_tensorflow/b.cc:7] w", "WARNING", "external/org_tensorflow/b.cc:7"),
        (f"{_TIME}: E c.cc:1] ", "ERROR", "c.cc:1"),
        (f"{_TIME}: F c.cc:1] Check failed: x == y", "FATAL", "c.cc:1"),
        ("E0102 03:04:05.000006      77 cuda_dnn.cc:8310] no GPU", "ERROR", "cuda_dnn.cc:8310"),
        ("I0000 00:00:1712345678.901234   55 d.cc:9] early", "INFO", "d.cc:9"),
        (f"{_TIME}: I tensorflow_serving/core/a.cc] no line", "INFO", "tensorflow_serving/core/a.cc"),
        ("WARNING: All log messages before absl::InitializeLog()", "WARNING", ""),
        ("[warn] getaddrinfo: address family for nodename not supported", "WARNING", ""),
        ("[evhttp_server.cc : 261] NET_LOG: Entering the event loop ...", "INFO", "evhttp_server.cc:261"),
    ],
)
def test_each_form_of_a_line_is_read(text: str, severity: str, source: str) -> None:
    found = ServerLines().read(text)

    assert (found.severity, found.source, found.text) == (severity, source, text)


@pytest.mark.parametrize(
    ("said", "model", "version"),
    [
        ("Successfully loaded servable version {name: resnet version: 12}", "resnet", 12),
        ("Loading servable: {name: half_plus version: 1} failed: NOT_FOUND: {name: other version: 2}", "half_plus", 1),
        ("No versions of servable resnet found under base path /models/resnet. Did you forget", "resnet", None),
        ("Could not find base path /models/resnet for servable resnet with error NOT_FOUND", "resnet", None),
        ("Request to assign label to version 3 of model resnet, which is not currently available", "resnet", 3),
        (" (Re-)adding model: resnet", "resnet", None),
        ("Building single TensorFlow model file config:  model_name: a model_base_path: /models/a", "a", None),
        ("Running gRPC ModelServer at 0.0.0.0:8500 ...", "", None),
    ],
)
def test_a_line_names_its_model_and_version(said: str, model: str, version: int | None) -> None:
    found = ServerLines().read(f"{_TIME}: I a.cc:1] {said}")

    assert (found.model, found.version) == (model, version)


def test_a_line_of_another_form_goes_with_the_one_before_it() -> None:
    lines = ServerLines()
    lines.read(f"{_TIME}: E a.cc:1] Loading servable: {{name: resnet version: 2}} failed: INTERNAL: trace:")

    more = lines.read("  at frame 1")
    next_one = lines.read(f"{_TIME}: I a.cc:2] Running")

    assert (more.severity, more.model, more.version, more.source) == ("ERROR", "resnet", 2, "")
    assert more.text == "  at frame 1"
    assert (next_one.severity, next_one.model, next_one.version) == ("INFO", "", None)


def test_before_the_first_line_of_the_server_nothing_is_known() -> None:
    assert ServerLines().read("exec /usr/bin/tf_serving_entrypoint.sh: exec format error").severity == ""


@given(st.lists(st.text(max_size=400), max_size=8))
def test_any_text_is_kept_as_it_is_and_has_a_known_severity(texts: list[str]) -> None:
    lines = ServerLines()

    found = [lines.read(text) for text in texts]

    assert [line.text for line in found] == texts
    assert {line.severity for line in found} <= {"", *SEVERITIES}
