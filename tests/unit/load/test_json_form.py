from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.load.benches import a_bench, a_step
from tfk8s.errors import InputError
from tfk8s.load import Bench, Knee, ServerSide, bench_of_json, to_json

_SERVER = ServerSide(answered=9, failed=1, p50_s=0.01, p99_s=0.02, cpu_cores=0.7, answered_by_pod={"resnet-a": 9})


def whole() -> Bench:
    low, high = a_step(10, server=_SERVER), a_step(20, p99_s=0.3, failures=["timeout"])
    return a_bench(low, high, knee=Knee(rps_per_pod=10, at=low, beyond=high))


def test_a_bench_comes_back_from_its_json_as_it_was() -> None:
    for bench in (whole(), a_bench(a_step(1, failures=["timeout"])), a_bench()):
        assert bench_of_json(json.loads(json.dumps(to_json(bench)))) == bench


def _set(path: str, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        *way, last = path.split(".")
        for key in way:
            document = document[int(key) if key.isdigit() else key]
        document[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_set("pods", "many"), "pods is text, not a whole number"),
        (_set("pods", True), "pods is true or false, not a whole number"),
        (_set("pods", -1), "pods is -1, not 0 or more"),
        (_set("format", 2), "format is 2, and this version of tfk8s reads 1"),
        (_set("protocol", "smtp"), "protocol is 'smtp', not one of rest, grpc"),
        (_set("ended", "soon"), "ended is 'soon', not one of complete"),
        (_set("podz", 3), "podz is not known"),
        (_set("notes", [1]), "notes[0] is the number 1, not text"),
        (_set("steps", {}), "steps is an object, not a list"),
        (_set("steps.1", None), "steps[1] is null, not an object"),
        (_set("steps.1.seconds", 0), "steps[1].seconds is 0, not above 0"),
        (_set("steps.0.sent", 1.5), "steps[0].sent is the number 1.5, not a whole number"),
        (_set("steps.0.kept", "yes"), "steps[0].kept is text, not true or false"),
        (_set("steps.0.extra", 1), "steps[0].extra is not known"),
        (_set("steps.1.errors.timeout", "1"), "steps[1].errors.timeout is text, not a whole number"),
        (_set("steps.0.latencies.p50_s", None), "steps[0].latencies.p50_s is null, not a number"),
        (_set("steps.0.latencies.p50_s", float("nan")), "steps[0].latencies.p50_s is the number nan, not a number"),
        (_set("steps.0.server.answered_by_pod", []), "steps[0].server.answered_by_pod is a list, not an object"),
        (_set("steps.0.histogram.0", [1]), "steps[0].histogram[0] is no list of a number and a count"),
        (_set("steps.0.histogram.0", [0.1, "9"]), "steps[0].histogram[0].1 is text, not a whole number"),
        (_set("objective.percentile", 100), "objective.percentile is 100, not below 100"),
        (_set("objective.error_share", 2), "objective.error_share is 2, not a part of 1"),
        (_set("knee.step", 2), "knee.step is 2, and there are 2 steps, counted from 0"),
        (_set("knee.beyond", 9), "knee.beyond is 9, and there are 2 steps, counted from 0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(change: Callable[[Any], None], told: str) -> None:
    document = json.loads(json.dumps(to_json(whole())))
    change(document)

    with pytest.raises(InputError) as refused:
        bench_of_json(document, source="bench.json")

    assert refused.value.message.startswith("bench.json is no measurement of tfk8s: ")
    assert told in refused.value.message


def test_every_missing_key_is_refused_with_its_path() -> None:
    def without(value: Any, path: str) -> None:
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            inner = value[key]
            if isinstance(value, dict) and not path.endswith((".errors", ".answered_by_pod")):
                kept = value.pop(key)
                if key not in ("answered_rps", "set_aside"):
                    with pytest.raises(InputError, match="is missing"):
                        bench_of_json(document)
                value[key] = kept
            if isinstance(inner, (dict, list)) and key != "histogram":
                without(inner, f"{path}.{key}")

    document = json.loads(json.dumps(to_json(whole())))

    without(document, "")

    assert bench_of_json(document) == whole()


@pytest.mark.parametrize("value", [None, [], "bench", 3, True])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="it is "):
        bench_of_json(value)
