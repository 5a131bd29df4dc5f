from __future__ import annotations

from dataclasses import replace

from tests.unit.app.courses import CHEAP, COURSE
from tfk8s.app.simulate_picture import Terms
from tfk8s.app.simulate_report import courses_report, courses_table
from tfk8s.pictures import Picture, to_text

SUMMED = replace(COURSE, requests=7500, pod_hours=10 * 15 / 3600, nodes=[1, 2, 2], late=[])


def test_a_table_has_a_row_a_measure_and_a_column_a_policy() -> None:
    table = courses_table({"a.yaml": SUMMED, "b.yaml": replace(CHEAP, requests=7500, pod_hours=2000.4, late=[])})

    assert table.head == ("", "a.yaml", "b.yaml")
    assert {row[0]: row[1:] for row in table.rows} == {
        "pods asked for": ("2 to 4", "1 to 1"),
        "changes of pods": ("1", "0"),
        "pod-hours": ("0.0417", "2,000"),
        "node-hours": ("0.0208", "0.0125"),
        "requests": ("7,500", "7,500"),
        "dropped": ("20 %", "40 %"),
        "p50, usual (ms)": ("2,500", "5,000"),
        "p50, worst (ms)": ("2,500", "5,000"),
    }


def test_the_usual_latency_is_that_of_most_requests_not_of_most_steps() -> None:
    course = replace(SUMMED, rates=[1.0, 1.0, 90.0], latency_s=[0.05, 0.06, 4.0])

    assert ("p50, usual (ms)", "4,000") in courses_table({"a": course}).rows


def test_a_price_and_a_bound_have_their_rows() -> None:
    terms = Terms(percentile=99, bound_s=0.2, pod_hour_price=36, currency="EUR")

    rows = courses_table({"a": replace(SUMMED, late=[0.0, 750.0, 0.0])}, terms=terms).rows

    assert {("cost (EUR)", "1.50"), ("beyond 200 ms", "10 %"), ("p99, worst (ms)", "2,500")} <= {*rows}


def test_a_table_reads_well_on_a_terminal() -> None:
    assert to_text(courses_table({"a.yaml": SUMMED})).splitlines()[:3] == [
        "                 a.yaml",
        "pods asked for   2 to 4",
        "changes of pods       1",
    ]


def test_a_report_holds_the_figures_the_picture_and_what_was_assumed() -> None:
    report = courses_report(
        {"a.yaml": SUMMED}, title="A policy", facts=[("Pod", "40 requests/s")], notes=["Nodes are made in 2 min."]
    )

    assert report.summary == "a.yaml: 0.0417 pod-hours, 20 % of the requests dropped."
    assert report.facts == (
        ("Traffic", "100 to 300 requests a second over 45 s"),
        ("Period of a sync", "15 s"),
        ("Pod", "40 requests/s"),
    )
    assert [section.heading for section in report.sections] == ["Figures", "Course", "How it was computed"]
    assert isinstance(report.sections[1].blocks[0], Picture)
    assert report.sections[2].blocks[1:] == ("Nodes are made in 2 min.",)


def test_traffic_of_nothing_is_told_too() -> None:
    nothing = replace(SUMMED, rates=[0.0, 0.0, 0.0], requests=0, dropped=[0.0] * 3)

    assert ("dropped", "0 %") in courses_table({"a": nothing}).rows
