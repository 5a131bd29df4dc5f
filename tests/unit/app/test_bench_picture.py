from __future__ import annotations

from dataclasses import replace

from tests.unit.load.benches import OBJECTIVE, a_bench, a_step
from tfk8s.app.bench_picture import bench_picture
from tfk8s.load import Knee, ServerSide
from tfk8s.pictures import Mark, Place, Style

STEPS = (a_step(100, p99_s=0.02), a_step(400, p99_s=0.9), a_step(200, p99_s=0.05))


def test_latency_is_shown_over_rates_in_their_order_whatever_the_order_of_steps() -> None:
    latency = bench_picture(a_bench(*STEPS)).panels[0]

    assert [series.name for series in latency.series] == ["p50", "p99"]
    assert [(list(series.xs), [round(y or 0) for y in series.ys]) for series in latency.series] == [
        ([100, 200, 400], [20, 50, 900])
    ] * 2
    assert latency.label == "latency (ms)"
    assert latency.is_logarithmic


def test_the_objective_is_a_mark_and_the_knee_a_place() -> None:
    picture = bench_picture(a_bench(*STEPS, knee=Knee(rps_per_pod=200, at=STEPS[2], beyond=STEPS[1])))

    assert picture.panels[0].marks == (Mark(name="objective: p99 within 200 ms", y=200),)
    assert picture.places == (Place(name="knee: 200 requests/s", x=200),)


def test_the_percentile_of_the_objective_has_a_line_of_its_own() -> None:
    bench = replace(a_bench(*STEPS), objective=replace(OBJECTIVE, percentile=95))

    assert [series.name for series in bench_picture(bench).panels[0].series] == ["p50", "p95", "p99"]


def test_without_an_objective_there_is_neither() -> None:
    picture = bench_picture(replace(a_bench(*STEPS), objective=None))

    assert [panel.marks for panel in picture.panels] == [(), (), ()]
    assert picture.places == ()


def test_failures_are_below_as_a_share_of_what_was_due() -> None:
    picture = bench_picture(a_bench(a_step(100), a_step(200, failures=["HTTP 503"] * 20)))

    assert [panel.label for panel in picture.panels] == ["latency (ms)", "answered (requests/s)", "failed (%)"]
    assert picture.panels[2].series[0].ys == [0, 10]


def test_processor_is_shown_where_it_is_known_beside_what_was_requested() -> None:
    server = ServerSide(p50_s=0.01, cpu_cores=1.2)

    picture = bench_picture(a_bench(a_step(100, server=server), a_step(200)))

    assert picture.panels[-1].label == "processor (cores)"
    assert picture.panels[-1].series[0].ys == [1.2, None]
    assert picture.panels[-1].marks == (Mark(name="requested: 1.5", y=1.5),)
    assert picture.panels[0].series[-1].name == "p50 of the server itself"
    assert picture.panels[0].series[-1].ys == [10, None]


def test_a_step_that_does_not_count_is_a_point_beside_the_lines() -> None:
    latency = bench_picture(a_bench(STEPS[0], replace(STEPS[2], late=100, kept=False))).panels[0]

    assert list(latency.series[0].xs) == [100]
    assert latency.series[-1].style is Style.POINTS
    assert (list(latency.series[-1].xs), latency.series[-1].name) == ([200], "p99, step does not count")


def test_a_step_without_answers_is_a_gap() -> None:
    latency = bench_picture(a_bench(STEPS[0], a_step(2, failures=["timeout"] * 2))).panels[0]

    assert [y is None for y in latency.series[0].ys] == [True, False]
