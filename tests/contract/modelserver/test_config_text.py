"""Texts of a model configuration, as protobuf reads them with the server's own messages, and as `tfk8s check` does."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.modelserver import venv
from tests.modelserver.paths import Paths
from tfk8s.check.config_fields import MODELS, field_troubles
from tfk8s.manifest import textproto

pytestmark = pytest.mark.contract

READS_WITH_PROTOBUF = """
import json, sys
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2
def reads(text):
    try:
        text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    except text_format.ParseError:
        return False
    return True
json.dump([reads(text) for text in json.load(sys.stdin)], sys.stdout)
"""

_MODEL = 'name: "a" base_path: "/models/a" model_platform: "tensorflow"'
TEXTS = [
    f"model_config_list {{ config {{ {_MODEL} }} }}",
    f"model_config_list: {{ config: [{{ {_MODEL} }}, {{ {_MODEL} }}] }}",
    f"model_config_list < config < {_MODEL} > >  # a comment",
    'model_config_list { config { name: "a" model_type: TENSORFLOW } }',
    "model_config_list { config { model_version_policy { all {} } } }",
    "model_config_list { config { model_version_policy { latest { num_versions: 2 } } } }",
    "model_config_list { config { model_version_policy { specific { versions: [1, 2] } } } }",
    "model_config_list { config { model_version_policy { specific { versions: 1 versions: 2 } } } }",
    'model_config_list { config { version_labels { key: "a" value: 1 } version_labels { key: "b" value: 2 } } }',
    "model_config_list { config { logging_config { sampling_config { sampling_rate: 0.1 } } } }",
    "",
    "model_config_list {",
    "model_config { }",
    'model_config_list { config { nam: "a" } }',
    'model_config_list { config { name: "a" name: "b" } }',
    "model_config_list { config { name: 7 } }",
    'model_config_list { config: "a" }',
    "model_config_list { config { model_version_policy { all {} latest {} } } }",
    'model_config_list { config { model_version_policy: "all" } }',
    "model_config_list { config { model_version_policy { specific { versions: 1.5 } } } }",
    'model_config_list { config { version_labels { key: "a" value: "1" } } }',
    'model_config_list { config { version_labels { label: "a" } } }',
    'model_config_list { config { name: "a } }',
    "model_config_list { } model_config_list { }",
]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, bool]:
    """Whether protobuf reads each text."""
    python = venv.ensure(Paths.from_environment())
    done = subprocess.run(
        [python, "-c", READS_WITH_PROTOBUF],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )
    return dict(zip(TEXTS, json.loads(done.stdout), strict=True))


def _is_read(text: str) -> bool:
    try:
        fields = textproto.read(text)
    except ValueError:
        return False
    return not list(field_troubles(fields, message=MODELS))


@pytest.mark.parametrize("text", TEXTS)
def test_check_refuses_what_protobuf_refuses_and_nothing_else(text: str, verdicts: dict[str, bool]) -> None:
    assert _is_read(text) is verdicts[text]
