"""What we write is exactly what the real kubectl reads."""

from __future__ import annotations

import json
import os
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.values import json_values, texts
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump, dump_documents, load_documents

pytestmark = pytest.mark.contract

_COUNT = 1000
"""Values in one call of kubectl."""

T = TypeVar("T")


def kubectl_reads(kubectl: str, text: str, *, folder: Path) -> list[JsonObject]:
    """Every object as kubectl understood it, without the annotation that the call adds."""
    command = [kubectl, "annotate", "--local", "-f", "-", "tfk8s.dev/probe=1", "-o", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "KUBECONFIG": str(folder / "none")}
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    decoder, objects, at = _exact_decoder(), list[JsonObject](), 0
    while at < len(done.stdout.rstrip()):
        found, at = decoder.raw_decode(done.stdout, at)
        at += len(done.stdout[at:]) - len(done.stdout[at:].lstrip())
        found["metadata"].pop("annotations")
        objects.append(found)
    return objects


def _exact_decoder() -> json.JSONDecoder:
    """Numbers as they stand, because kubectl writes 1e16 as an integer."""
    return json.JSONDecoder(parse_int=Decimal, parse_float=Decimal)


def exactly(value: JsonValue) -> object:
    """Our value in the form that `kubectl_reads` returns."""
    return _exact_decoder().decode(json.dumps(value))


def probe(number: int, value: JsonValue) -> JsonObject:
    return {"apiVersion": "tfk8s.dev/v1", "kind": "Probe", "metadata": {"name": f"p{number}"}, "spec": value}


def drawn(strategy: st.SearchStrategy[T], *, count: int) -> list[T]:
    """Draw many values first, so that one call of kubectl reads them all."""
    values: list[T] = []

    @settings(max_examples=count, deadline=None, database=None)
    @given(strategy)
    def draw(value: T) -> None:
        values.append(value)

    draw()
    return values


def test_kubectl_reads_any_value_as_it_was_meant(kubectl: str, tmp_path: Path) -> None:
    objects = [probe(number, {"value": value}) for number, value in enumerate(drawn(json_values(), count=_COUNT))]

    read = kubectl_reads(kubectl, dump_documents(objects), folder=tmp_path)

    for ours, theirs in zip(objects, read, strict=True):
        assert theirs == exactly(ours), f"written as\n{dump(ours)}"


def test_kubectl_reads_any_text_in_any_place_verbatim(kubectl: str, tmp_path: Path) -> None:
    data = {
        **dict.fromkeys(drawn(texts(), count=_COUNT), "key"),
        **{f"k{n}": text for n, text in enumerate(drawn(texts(), count=_COUNT))},
    }
    config: JsonObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {**data}}
    pod: JsonObject = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {**data}}}

    read = kubectl_reads(kubectl, dump_documents([config, pod]), folder=tmp_path)

    assert read == [config, pod]


def test_kubectl_disagrees_with_careless_writing(kubectl: str, tmp_path: Path) -> None:
    """The oracle can tell: unquoted, the same words become something else, and our reader refuses them."""
    careless = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: no\n  b: 010\n  c: 1e3\n"

    (read,) = kubectl_reads(kubectl, careless, folder=tmp_path)

    assert read["data"] == {"a": False, "b": 8, "c": 1000}
    with pytest.raises(Exception, match="3 errors"):
        load_documents(careless, source="careless")
