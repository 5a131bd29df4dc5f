from __future__ import annotations

from tests.unit.app.courses import CHEAP, COURSE
from tfk8s.app.simulate_picture import Terms, courses_picture
from tfk8s.pictures import Mark, Style


def test_one_course_shows_traffic_pods_latency_drops_and_cost_over_one_axis_of_seconds() -> None:
    picture = courses_picture({"hpa.yaml": COURSE}, title="One policy")

    assert [(panel.label, [series.name for series in panel.series]) for panel in picture.panels] == [
        ("traffic (requests/s)", ["traffic"]),
        ("pods", ["asked for", "ready"]),
        ("p50 (ms)", ["latency"]),
        ("dropped (requests/s)", ["dropped"]),
        ("cost so far (pod-hours)", ["cost"]),
    ]
    assert picture.x_axis == "seconds"
    assert {tuple(series.xs) for panel in picture.panels for series in panel.series} == {(0, 15, 30)}


def test_figures_are_in_the_units_of_their_axes() -> None:
    panels = courses_picture({"hpa.yaml": COURSE}, title="One policy").panels

    assert [list(panel.series[0].ys) for panel in panels[2:4]] == [[50, 2500, 50], [0, 100, 0]]
    assert list(panels[4].series[0].ys) == [2 * 15 / 3600, 6 * 15 / 3600, 10 * 15 / 3600]


def test_pods_asked_for_at_a_sync_hold_in_the_step_after_it() -> None:
    pods = courses_picture({"hpa.yaml": COURSE}, title="One policy").panels[1]

    assert [(list(series.ys), series.style) for series in pods.series] == [
        ([2, 2, 4], Style.STEPS),
        ([2, 2, 4], Style.STEPS),
    ]


def test_with_a_price_the_cost_is_money() -> None:
    cost = courses_picture({"a": COURSE}, title="Priced", terms=Terms(pod_hour_price=36, currency="EUR")).panels[-1]

    assert cost.label == "cost so far (EUR)"
    assert [round(y or 0, 9) for y in cost.series[0].ys] == [0.3, 0.9, 1.5]


def test_the_percentile_is_named_and_the_objective_is_a_mark() -> None:
    panel = courses_picture({"a": COURSE}, title="Objective", terms=Terms(percentile=99, bound_s=0.2)).panels[2]

    assert panel.label == "p99 (ms)"
    assert panel.marks == (Mark(name="objective: 200 ms", y=200),)


def test_two_policies_have_a_panel_of_pods_each_of_one_scale_and_share_the_others() -> None:
    picture = courses_picture({"a.yaml": COURSE, "b.yaml": CHEAP}, title="Two policies")

    assert [panel.label for panel in picture.panels] == [
        *("traffic (requests/s)", "pods (a.yaml)", "pods (b.yaml)", "p50 (ms)", "dropped (requests/s)"),
        "cost so far (pod-hours)",
    ]
    assert [panel.reaches for panel in picture.panels[1:3]] == [4, 4]
    assert {tuple(series.name for series in panel.series) for panel in picture.panels[3:]} == {("a.yaml", "b.yaml")}
