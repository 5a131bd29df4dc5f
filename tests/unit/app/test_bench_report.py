from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.load.benches import a_bench, a_step
from tfk8s.app.bench_report import bench_report, bench_table, knee_text
from tfk8s.load import Knee, ServerSide
from tfk8s.pictures import Picture, Table, to_html

SLOW = a_step(400, p99_s=0.9)
GOOD = a_step(200, p99_s=0.05)
SERVER = ServerSide(answered=200, failed=1, p50_s=0.004, p99_s=0.03, cpu_cores=1.25)


def test_the_table_has_a_line_a_step_in_their_order() -> None:
    lines = bench_table(a_bench(SLOW, GOOD)).splitlines()

    assert lines[0].split() == ["requests/s", "answered/s", *("p50", "p95", "p99", "p99.9", "max"), "failed", "verdict"]
    assert [line.split()[0] for line in lines[1:]] == ["400", "200"]
    assert [line.split()[-1] for line in lines[1:]] == ["broken", "kept"]


def test_times_are_in_milliseconds_with_three_digits() -> None:
    assert bench_table(a_bench(a_step(100, p99_s=0.0123456))).splitlines()[1].split()[4] == "12.3"


def test_what_servers_counted_is_beside_what_was_seen_here() -> None:
    head, line = bench_table(a_bench(a_step(200, server=SERVER))).splitlines()

    assert "server p50  server p99  server answered  cores/pod" in head
    assert line.split()[-5:] == ["4", "30", "200", "1.25", "kept"]


def test_a_step_without_an_answer_has_no_times() -> None:
    line = bench_table(a_bench(a_step(2, failures=["HTTP 503", "HTTP 503"]))).splitlines()[1]

    assert line.split() == ["2", "0", *("–",) * 5, "2", "broken"]


def test_a_step_that_does_not_count_says_so_in_the_table_and_why_in_the_report() -> None:
    bench = a_bench(GOOD, replace(GOOD, pods_after=2))

    assert "does not count" in bench_table(bench)
    assert "200 requests/s does not count: the number of ready pods changed from 1 to 2." in to_html(
        bench_report(bench)
    )


@pytest.mark.parametrize(
    ("knee", "text"),
    [
        (None, "No step that counts kept the objective: p99 within 200 ms and at most 0.1 % failed."),
        (
            Knee(rps_per_pod=200, at=GOOD, beyond=SLOW),
            "One pod sustains 200 requests a second with p99 within 200 ms and at most 0.1 % failed. "
            "400 requests a second to all pods were too many.",
        ),
        (
            Knee(rps_per_pod=200, at=GOOD, beyond=None),
            "One pod sustains 200 requests a second with p99 within 200 ms and at most 0.1 % failed. "
            "No higher rate was tried: the knee may be higher.",
        ),
    ],
)
def test_the_knee_is_said_with_its_objective_and_what_lies_beyond(knee: Knee | None, text: str) -> None:
    assert knee_text(a_bench(GOOD, SLOW, knee=knee)) == text


def test_a_report_holds_the_picture_each_step_and_failures_by_kind() -> None:
    report = bench_report(a_bench(GOOD, a_step(300, failures=["timeout"] * 40 + ["HTTP 503"] * 2)))

    blocks = {section.heading: section.blocks for section in report.sections}
    failures = blocks["Failures"][0]
    assert isinstance(blocks["Latency by rate"][0], Picture)
    assert isinstance(blocks["Steps"][0], Table)
    assert isinstance(failures, Table)
    assert failures.rows == (("300", "HTTP 503", "2"), ("300", "timeout", "40"))


def test_a_report_without_failures_has_no_table_of_them() -> None:
    assert "Failures" not in [section.heading for section in bench_report(a_bench(GOOD)).sections]


def test_a_report_names_what_was_measured_and_what_to_know_of_it() -> None:
    report = bench_report(a_bench(GOOD, pods=2))

    assert dict(report.facts) == {
        "Service": "serving/resnet",
        "Model": "resnet, version 3",
        "Reached by": "REST, address of the load balancer",
        "Pods": "2 pods together",
        "Each pod requests": "1.5 cores",
        "Objective": "p99 within 200 ms and at most 0.1 % failed",
        "Arrivals": "poisson, seed 7",
        "Connections at most": "64",
        "Started": "2026-01-31T12:00:00Z",
    }
    assert report.sections[-1].blocks[1:] == ("All that was asked for was measured.", "an autoscaler is active")
