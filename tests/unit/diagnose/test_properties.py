"""Evidence of any form is examined without an error: an API server, or who wrote to it, may hold anything."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.diagnose.evidences import RECORDED, recorded, taken_at
from tfk8s.diagnose import examine
from tfk8s.diagnose.catalogue import RULES
from tfk8s.manifest.evidence_form import as_data, from_data
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["", "8501", "x" * 50, "1Ti", "-1", "2026-01-01T00:00:00Z", "True", "Pending", "UNHEALTHY"]),
    st.text(max_size=20),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.none())), max_size=2),
    st.dictionaries(st.sampled_from(["name", "kind", "status", "spec", "x"]), st.text(max_size=5), max_size=2),
)
NAMES = sorted(path.stem for path in RECORDED.glob("*.yaml"))


@cache
def plain(name: str) -> dict[str, Any]:
    """What was recorded, with an answer of a registry about its image."""
    data = as_data(recorded(name))
    image = text_at(objects_at(data, "deployment", "spec", "template", "spec", "containers")[0], "image")
    answer = ImageAnswer(image=image, state=ImageState.PRESENT, digests=("sha256:1",), platforms=("linux/arm64",))
    return as_data(replace(from_data(data), images=(answer,)))


@cache
def places(name: str) -> tuple[tuple[str | int, ...], ...]:
    def walk(value: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        yield at
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            yield from walk(item, (*at, key))

    data = plain(name)
    return tuple(place for place in walk(data, ()) if len(place) > 1 and place[0] not in ("logs", "takenAt"))


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(NAMES))
    data = copy.deepcopy(plain(name))
    for place in draw(st.lists(st.sampled_from(places(name)), min_size=1, max_size=6)):
        value: Any = data
        try:
            for step in place[:-1]:
                value = value[step]
            value[place[-1]] = draw(ODD)
        except (KeyError, IndexError, TypeError):
            continue  # what was above it has changed
    return data


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(mangled())
def test_evidence_of_any_form_is_examined(data: dict[str, Any]) -> None:
    evidence = from_data(data)

    for finding in examine(evidence, now=taken_at(evidence)):
        assert finding.code in RULES
        assert all(isinstance(line, str) for line in (*finding.evidence, finding.cause, finding.fix, finding.place))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(mangled())
def test_what_is_written_of_evidence_reads_back_the_same(data: dict[str, Any]) -> None:
    once = as_data(from_data(data))

    assert as_data(from_data(once)) == once
