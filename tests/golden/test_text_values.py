"""What the API wants as text is text to a reader that knows nothing of Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given

from tests.golden.golden_cases import CASES, Case
from tests.golden.strategies import specs
from tests.golden.test_properties import thorough
from tfk8s.render import Rendered, render
from tfk8s.spec import ServiceSpec

TEXT_MAPS = {"labels", "annotations", "matchLabels", "selector", "nodeSelector", "data"}


def texts_of(value: Any) -> Iterator[object]:
    """The values of every map of texts, and of every environment variable."""
    if isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key in TEXT_MAPS and isinstance(item, dict) and "matchLabels" not in item:
            yield from item.values()
        elif key == "env":
            yield from (variable["value"] for variable in item)
        else:
            yield from texts_of(item)


def not_text(rendered: Rendered) -> list[object]:
    read = (yaml.safe_load(rendered.text_of(manifest)) for manifest in rendered.manifests)
    return [text for document in read for text in texts_of(document) if not isinstance(text, str)]


@thorough
@given(specs)
def test_labels_annotations_and_variables_are_string_nodes(spec: ServiceSpec) -> None:
    """K13.1, K13.4: PyYAML reads YAML 1.1, where `on`, `1e3` and `007` are no text unless they stand in quotes."""
    assert not_text(render(spec, {})) == []


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_golden_files_hold_no_number_where_text_belongs(case: Case) -> None:
    """K13.1."""
    rendered = case.render()

    assert not_text(rendered) == []
    assert any(True for manifest in rendered.manifests for _ in texts_of(yaml.safe_load(rendered.text_of(manifest))))
