"""When somebody is told: the rules of a service, evaluated by promtool over days that a second makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.testbed.scaling.promtool import ensure_programs, promtool
from tests.unit.render.specs import spec
from tfk8s.manifest.fields import objects_at
from tfk8s.names.metrics import REQUEST_COUNT, REQUEST_LATENCY
from tfk8s.names.monitoring import LOAD_ATTEMPTS
from tfk8s.render.panels import panels
from tfk8s.render.service_rules import rule_groups

pytestmark = pytest.mark.contract

POD: Final = "resnet-66b4c9d8f5-x2x7q"
OTHER_POD: Final = "resnet-66b4c9d8f5-9wkzr"
SPEC: Final = spec(
    namespace="serving",
    scaling={"min": 1, "max": 2},
    serving={"batching": {}},
    monitoring={"objective": {"availability": 99.9, "latencyMilliseconds": 200}},
)
PER_MINUTE: Final = 60_000
FIRING: Final = 'count by (alertname, severity, window) (ALERTS{alertstate="firing"})'
QUICK_US, SLOW_US = "121462", "218631"
"""Steps of the server below 200 ms, and the first one above."""

Given = dict[str, str]
Told = tuple[str, str, str]


@pytest.fixture(scope="module", autouse=True)
def _programs() -> None:
    ensure_programs()


def growing(name: str, paces: Sequence[tuple[int, float]], *, step_min: int, pod: str = POD, **labels: str) -> Given:
    """A counter of the server that grows by so much a minute, for so many minutes each."""
    named = {"__name__": name, "namespace": "serving", "pod": pod, **labels}
    value, parts = 0.0, []
    for minutes, pace in paces:
        steps = minutes // step_min
        parts.append(f"{value:.10g}+{pace * step_min:.10g}x{steps - 1}")
        value += pace * step_min * steps
    text = ",".join(f'{key}="{text}"' for key, text in named.items())
    return {"series": f"{{{text}}}", "values": " ".join(parts)}


def traffic(
    good_min: int, bad_min: int, *, failed: float = 0.0, slow: float = 0.0, status: str = "INTERNAL", step_min: int = 1
) -> list[Given]:
    """All is well for some minutes; then parts of all requests fail or are slow."""

    def counted(name: str, before: float, after: float, **labels: str) -> Given:
        paces = [(good_min, before * PER_MINUTE), (bad_min, after * PER_MINUTE)]
        return growing(name, paces, step_min=step_min, model_name="resnet", **labels)

    kept, api = 1 - failed, {"API": "predict", "entrypoint": "REST"}
    quick = kept * (1 - slow)
    steps = (good_min + bad_min) // step_min
    return [
        {"series": f'up{{namespace="serving",pod="{POD}"}}', "values": f"1x{steps}"},
        counted(REQUEST_COUNT, 0, failed, status=status),
        counted(f"{REQUEST_LATENCY}_count", 1, kept, **api),
        counted(f"{REQUEST_LATENCY}_bucket", 1, quick, le=QUICK_US, **api),
        counted(f"{REQUEST_LATENCY}_bucket", 1, quick, le=SLOW_US, **api),
        counted(f"{REQUEST_LATENCY}_bucket", 1, kept, le="+Inf", **api),
        counted(REQUEST_COUNT, 60, 60, status="NOT_FOUND"),
    ]


def check(folder: Path, series: list[Given], told: dict[int, list[Told]], *, step_min: int = 1) -> None:
    """Let promtool say which alerts fire at which minutes."""
    groups = [{key: value for key, value in group.items() if key != "interval"} for group in _groups()]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    expected = [
        {"expr": FIRING, "eval_time": f"{minute}m", "exp_samples": [_sample(*one) for one in alerts]}
        for minute, alerts in told.items()
    ]
    test = {"interval": f"{step_min}m", "input_series": series, "promql_expr_test": expected}
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": f"{step_min}m", "tests": [test]}
    (folder / "tests.yaml").write_text(yaml.safe_dump(whole))
    assert "SUCCESS" in promtool("test", "rules", folder / "tests.yaml", timeout_s=120)


def _groups() -> list[dict[str, Any]]:
    return [dict(group) for group in rule_groups(SPEC) if isinstance(group, dict)]


def _sample(alert: str, severity: str, window: str) -> dict[str, object]:
    labels = f'alertname="{alert}",severity="{severity}"' + (f',window="{window}"' if window else "")
    return {"labels": f"{{{labels}}}", "value": 1}


ERRORS, LATENCY = "TfServingErrorBudgetBurn", "TfServingLatencyBudgetBurn"
HOUR: Final = 60
DAY: Final = 24 * HOUR


def test_the_rules_are_valid(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": rule_groups(SPEC)}))

    assert "SUCCESS" in promtool("check", "rules", "--lint-fatal", tmp_path / "rules.yaml")


def test_every_query_of_a_dashboard_can_be_read(tmp_path: Path) -> None:
    asked = [query.promql for panel in panels(SPEC) for query in panel.queries]
    rules = [{"record": f"asked_{number}", "expr": query} for number, query in enumerate(asked)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))

    assert f"{len(asked)} rules found" in promtool("check", "rules", tmp_path / "rules.yaml")


def test_a_month_without_errors_is_quiet(tmp_path: Path) -> None:
    check(tmp_path, traffic(3 * DAY, DAY, step_min=10), {0: [], 3 * DAY: [], 4 * DAY - 10: []}, step_min=10)


@pytest.mark.parametrize(
    ("part", "window", "severity", "history", "silent", "firing", "step"),
    [
        # part / 60 * minutes > 14.4 * 0.001 after 43.2 minutes, and so on
        (0.02, "1h", "page", 2 * HOUR, 42, 45, 1),
        (0.01, "6h", "page", 7 * HOUR, 212, 220, 2),
        (0.005, "1d", "ticket", DAY + HOUR, 855, 875, 5),
        (0.002, "3d", "ticket", 3 * DAY + HOUR, 2140, 2180, 10),
    ],
)
def test_errors_at_a_steady_rate_are_told_when_the_arithmetic_says(
    tmp_path: Path, part: float, window: str, severity: str, history: int, silent: int, firing: int, step: int
) -> None:
    history -= history % step
    told = {history + silent - silent % step: [], history + firing - firing % step: [(ERRORS, severity, window)]}

    check(tmp_path, traffic(history, firing + 2 * step, failed=part, step_min=step), told, step_min=step)


@pytest.mark.parametrize(
    ("part", "window", "severity", "history", "silent", "firing", "step"),
    [
        (0.2, "1h", "page", 2 * HOUR, 42, 45, 1),
        (0.1, "6h", "page", 7 * HOUR, 212, 220, 2),
        (0.05, "1d", "ticket", DAY + HOUR, 855, 875, 5),
        (0.02, "3d", "ticket", 3 * DAY + HOUR, 2140, 2180, 10),
    ],
)
def test_slow_answers_are_told_as_errors_are(
    tmp_path: Path, part: float, window: str, severity: str, history: int, silent: int, firing: int, step: int
) -> None:
    history -= history % step
    told = {history + silent - silent % step: [], history + firing - firing % step: [(LATENCY, severity, window)]}

    check(tmp_path, traffic(history, firing + 2 * step, slow=part, step_min=step), told, step_min=step)


def test_an_outage_is_told_in_two_minutes_and_a_pause_ends_the_page_in_five(tmp_path: Path) -> None:
    series = traffic(2 * HOUR, 10, failed=1.0)
    for given in series[1:]:  # ten minutes later all is well again
        last = float(given["values"].split(" ")[-1].split("+")[0]) + 10 * float(
            given["values"].split("+")[-1].split("x")[0]
        )
        pace = given["values"].split(" ")[0].split("+")[1].split("x")[0]
        given["values"] += f" {last:.10g}+{pace}x30"
    series[0]["values"] = "1x200"
    page, others = (ERRORS, "page", "1h"), [(ERRORS, "page", "6h"), (ERRORS, "ticket", "1d"), (ERRORS, "ticket", "3d")]

    check(tmp_path, series, {2 * HOUR: [], 2 * HOUR + 2: [page, *others][:1], 2 * HOUR + 17: others})


def test_requests_that_are_wrong_themselves_burn_nothing(tmp_path: Path) -> None:
    check(tmp_path, traffic(2 * HOUR, HOUR, failed=0.9, status="INVALID_ARGUMENT"), {3 * HOUR - 1: []})


def test_a_service_that_nobody_asks_is_quiet(tmp_path: Path) -> None:
    idle = [{"series": f'up{{namespace="serving",pod="{POD}"}}', "values": "1x120"}]

    check(tmp_path, idle, {2 * HOUR: []})


def test_pods_that_nobody_reaches_are_told(tmp_path: Path) -> None:
    """Gone, or there and not to be asked."""
    away = [{"series": f'up{{namespace="serving",pod="{POD}"}}', "values": "1x10 0x30"}]
    gone = [{"series": f'up{{namespace="serving",pod="{POD}"}}', "values": "1x10 stale"}]

    for series in (away, gone):
        check(tmp_path, series, {14: [], 17: [("TfServingNoPod", "page", "")]})


def test_a_load_that_fails_is_told_though_its_counter_begins_with_it(tmp_path: Path) -> None:
    pods = {"namespace": "serving", "pod": POD}
    labels = ",".join(f'{key}="{value}"' for key, value in {**pods, "model_path": "/models/resnet/2"}.items())
    series = [
        {"series": f'up{{namespace="serving",pod="{POD}"}}', "values": "1x60"},
        {"series": f'{{__name__="{LOAD_ATTEMPTS}",{labels},status="success"}}', "values": "1x60"},
        {"series": f'{{__name__="{LOAD_ATTEMPTS}",{labels},status="fail"}}', "values": "_x20 2x40"},
    ]

    check(tmp_path, series, {19: [], 25: [("TfServingLoadFails", "ticket", "")], 40: []})


def test_the_most_pods_are_told_when_they_last(tmp_path: Path) -> None:
    series = [
        {"series": f'up{{namespace="serving",pod="{POD}"}}', "values": "1x60"},
        {"series": f'up{{namespace="serving",pod="{OTHER_POD}"}}', "values": "_x9 1x30 stale"},
    ]

    check(tmp_path, series, {24: [], 27: [("TfServingAtMostPods", "ticket", "")], 45: []})


def test_restarts_and_memory_are_told_where_kube_state_metrics_is(tmp_path: Path) -> None:
    labels = f'namespace="serving",pod="{POD}",container="model-server"'
    reason = f'kube_pod_container_status_last_terminated_reason{{{labels},reason="OOMKilled"}}'
    series = [
        {"series": f'up{{namespace="serving",pod="{POD}"}}', "values": "1x60"},
        {"series": f"kube_pod_container_status_restarts_total{{{labels}}}", "values": "0x10 1+1x5 6x44"},
        {"series": reason, "values": "0x10 1x50"},
    ]
    both = [("TfServingOutOfMemory", "ticket", ""), ("TfServingRestarts", "ticket", "")]

    check(tmp_path, series, {10: [], 16: both, 45: []})


def test_rules_are_of_one_interval_so_that_an_alert_sees_what_was_just_recorded() -> None:
    assert {group["interval"] for group in _groups()} == {"30s"}
    assert [len(objects_at(group, "rules")) for group in _groups()] == [15, 8, 5]
