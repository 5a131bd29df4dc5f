from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError
from tfk8s.manifest.server_config import (
    ModelConfig,
    ServerConfig,
    config_hash,
    read_server_config,
    write_server_config,
)

NUMBERS = st.integers(0, 2**63 - 1)
MODELS = st.builds(
    ModelConfig,
    name=st.text(min_size=1),
    base_path=st.text(min_size=1),
    versions=st.sampled_from(["latest", "all"]) | st.lists(NUMBERS, max_size=4).map(tuple),
    labels=st.dictionaries(st.text(min_size=1), NUMBERS, max_size=4),
)
CONFIGS = st.lists(MODELS, max_size=4, unique_by=lambda model: model.name).map(
    lambda models: ServerConfig(models=tuple(models))
)

ONE_MODEL = """\
model_config_list {
  config {
    name: "resnet"
    base_path: "/models/resnet"
    model_platform: "tensorflow"
    model_version_policy {
      specific {
        versions: 1
        versions: 2
      }
    }
    version_labels {
      key: "canary"
      value: 2
    }
    version_labels {
      key: "stable"
      value: 1
    }
  }
}
"""


@given(CONFIGS)
def test_what_is_written_reads_back_and_is_written_alike(config: ServerConfig) -> None:
    text = write_server_config(config)

    assert read_server_config(text) == config
    assert write_server_config(read_server_config(text)) == text


def test_the_text_is_one_field_a_line_with_labels_in_order() -> None:
    labels = {"stable": 1, "canary": 2}
    model = ModelConfig(name="resnet", base_path="/models/resnet", versions=(1, 2), labels=labels)

    assert write_server_config(ServerConfig(models=(model,))) == ONE_MODEL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model_config_list {", "expected"),
        ("", "no list of models"),
        ("model_config_list { config { name: 'm' } }", "model_platform"),
        (ONE_MODEL.replace("tensorflow", "caffe"), "another platform"),
        (ONE_MODEL.replace("versions: 1", "versions: 1.5"), "no number"),
        (ONE_MODEL.replace("model_platform", "logging_config { } model_platform"), "logging_config"),
        (ONE_MODEL.replace("specific {", "latest { num_versions: 3 } specific {"), "not one version policy"),
        ("custom_model_config { }", "custom_model_config"),
        (ONE_MODEL + ONE_MODEL, "no list of models"),
    ],
)
def test_what_would_be_lost_or_is_no_configuration_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_server_config(text)


def test_several_of_the_latest_versions_are_refused_because_they_are_no_list() -> None:
    text = ONE_MODEL.replace(
        "specific {\n        versions: 1\n        versions: 2\n      }", "latest { num_versions: 2 }"
    )

    with pytest.raises(InputError, match="name them"):
        read_server_config(text)


def test_a_model_is_replaced_by_its_name_and_an_unknown_one_is_refused_with_the_known() -> None:
    config = read_server_config(ONE_MODEL)
    moved = ModelConfig(name="resnet", base_path="/models/resnet", versions=(2,), labels={"stable": 2})

    assert config.replaced(moved).model("resnet") == moved
    assert config.model("resnet").numbers == {1, 2}
    with pytest.raises(InputError, match="no model other") as refused:
        config.model("other")
    assert "resnet" in (refused.value.hint or "")


def test_the_hash_follows_names_and_contents_alone() -> None:
    assert config_hash({"a": "1", "b": "2"}) == config_hash({"b": "2", "a": "1"})
    assert len({config_hash(files) for files in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": ""})}) == 4
