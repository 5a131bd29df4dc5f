"""Traces from Prometheus: one series of a range query, gaps and all."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.autoscale.prometheus import read_range
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue

EVEN: list[JsonValue] = [[1700000000, "10"], [1700000015.5, "20.25"], [1700000030, "0"]]


def answer(*series: list[JsonValue], kind: str = "matrix") -> JsonObject:
    result: list[JsonValue] = [
        {"metric": {"job": f"job-{index}"}, "values": values} for index, values in enumerate(series)
    ]
    return {"status": "success", "data": {"resultType": kind, "result": result}}


def test_one_series_is_a_trace() -> None:
    found = read_range(json.dumps(answer(EVEN)))

    assert found.times_s == (1700000000, 1700000015.5, 1700000030)
    assert found.rates == (10, 20.25, 0)
    assert found.notes == ()


def test_a_gap_keeps_the_rate_before_it_and_is_told() -> None:
    values: list[JsonValue] = [[0, "10"], [15, "NaN"], [30, "12"], [45, "13"], [60, "14"], [135, "15"]]
    found = read_range(json.dumps(answer(values)))

    assert found.every(15) == [10, 10, 12, 13, 14, 14, 14, 14, 14, 15]
    assert found.notes == ("2 gaps of 75 s in all, the longest 60 s: the rate before each is taken to hold",)


def test_samples_at_the_ends_that_are_no_number_make_the_trace_shorter() -> None:
    values: list[JsonValue] = [[0, "NaN"], [15, "1"], [30, "2"], [45, "NaN"]]
    found = read_range(json.dumps(answer(values)))

    assert found.times_s == (15, 30)
    assert found.notes == ("2 samples are no number: the trace is shorter",)


def test_several_series_are_named() -> None:
    with pytest.raises(InputError, match="holds 7 series, and traffic is one") as caught:
        read_range(json.dumps(answer(*[EVEN] * 7)))

    assert caught.value.details[0] == '{job="job-0"}'
    assert caught.value.details[-1] == "and 2 more"
    assert caught.value.hint == "ask for their sum: sum(...)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "range.json, line 1 is no JSON"),
        ("[" * 100_000, "nested too deep|no JSON"),
        ("[]", "holds no object"),
        ("{}", "status is not success"),
        ('{"status": "error", "error": "parse error: unexpected end"}', "Prometheus answered: parse error"),
        ('{"status": "success"}', "data.resultType is missing"),
        ('{"status": "success", "data": []}', "data is no object"),
        (json.dumps(answer(EVEN, kind="vector")), "data.resultType is vector, not matrix"),
        (json.dumps(answer()), "the query found nothing"),
        (json.dumps(answer([])), r"data.result\[0\].values holds no sample"),
        (json.dumps(answer([[0, "NaN"]])), "holds no sample"),
        (json.dumps(answer([[0]])), r"values\[0\] is no pair"),
        (json.dumps(answer([["0", "1"]])), r"values\[0\]\[0\] is no time"),
        (json.dumps(answer([[True, "1"]])), r"values\[0\]\[0\] is no time"),
        (json.dumps(answer([[0, 1]])), r"values\[0\]\[1\] is not text"),
        (json.dumps(answer([[0, "one"]])), r"values\[0\]\[1\] is no number"),
        (json.dumps(answer([[0, "+Inf"]])), r"values\[0\]\[1\] is infinite"),
        (json.dumps(answer([[0, "-1"]])), r"values\[0\]: rate -1 is negative"),
        (json.dumps(answer([[0, "1"], [0, "2"]])), r"values\[1\]: time 0 does not follow 0"),
    ],
)
def test_what_is_no_answer_of_one_series_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_range(text, name="range.json")


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=8,
)


@given(ANYTHING, st.sampled_from(["values", "result", "data", "root"]))
def test_any_json_is_a_trace_or_refused(junk: JsonValue, place: str) -> None:
    body: dict[str, JsonValue] = {"status": "success", "data": junk}
    if place == "root":
        text = json.dumps(junk)
    elif place == "data":
        text = json.dumps(body)
    else:
        result = junk if place == "result" else [{"metric": {}, "values": junk}]
        text = json.dumps({**body, "data": {"resultType": "matrix", "result": result}})
    with suppress(InputError):
        assert read_range(text).times_s
