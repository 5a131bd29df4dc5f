from __future__ import annotations

from dataclasses import replace

from tests.unit.autoscale.autoscalers import config
from tfk8s.app.simulate_picture import courses_picture
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.simulate import simulate
from tfk8s.autoscale.trace import Trace
from tfk8s.pictures import Style

ANY = simulate(Trace(times_s=(0.0, 30.0), rates=(1.0, 1.0)), config(), around=Surroundings(pod_rate=100))
COURSE = replace(
    ANY,
    step_s=15,
    rates=[100.0, 300.0, 100.0],
    replicas=[2, 4, 4],
    ready=[2, 2, 4],
    latency_s=[0.05, 2.5, 0.05],
    dropped=[0.0, 1500.0, 0.0],
)
CHEAP = replace(COURSE, replicas=[1, 1, 1], ready=[1, 1, 1], latency_s=[0.05, 5.0, 5.0], dropped=[0.0, 3000.0, 0.0])


def test_one_course_shows_traffic_pods_latency_drops_and_cost_over_one_axis_of_seconds() -> None:
    picture = courses_picture({"hpa.yaml": COURSE}, title="One policy")

    assert [(panel.label, [series.name for series in panel.series]) for panel in picture.panels] == [
        ("traffic (requests/s)", ["traffic"]),
        ("pods", ["asked for", "ready"]),
        ("latency (ms)", ["latency"]),
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
    cost = courses_picture({"a": COURSE}, title="Priced", pod_hour_price=36, currency="EUR").panels[-1]

    assert cost.label == "cost so far (EUR)"
    assert [round(y or 0, 9) for y in cost.series[0].ys] == [0.3, 0.9, 1.5]


def test_two_policies_have_a_panel_of_pods_each_of_one_scale_and_share_the_others() -> None:
    picture = courses_picture({"a.yaml": COURSE, "b.yaml": CHEAP}, title="Two policies")

    assert [panel.label for panel in picture.panels] == [
        *("traffic (requests/s)", "pods (a.yaml)", "pods (b.yaml)", "latency (ms)", "dropped (requests/s)"),
        "cost so far (pod-hours)",
    ]
    assert [panel.reaches for panel in picture.panels[1:3]] == [4, 4]
    assert {tuple(series.name for series in panel.series) for panel in picture.panels[3:]} == {("a.yaml", "b.yaml")}
