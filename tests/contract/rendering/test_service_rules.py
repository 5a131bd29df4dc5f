"""When somebody is told: the rules of a service, evaluated by promtool over days that a second makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from tests.strategies.specs import service_specs
from tests.testbed.scaling.promtool import ensure_programs, promtool
from tests.unit.render.specs import spec
from tfk8s.manifest.fields import objects_at
from tfk8s.names.metrics import REQUEST_COUNT, REQUEST_LATENCY
from tfk8s.names.monitoring import LOAD_ATTEMPTS
from tfk8s.render.panels import panels
from tfk8s.render.service_rules import rule_groups
from tfk8s.spec import ServiceSpec

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
QUICK_US, SLOW_US = "121440", "218591"
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


class Phase(NamedTuple):
    """So many minutes in which parts of all requests fail, or are slow."""

    minutes: int
    failed: float = 0.0
    slow: float = 0.0


def traffic(*phases: Phase, status: str = "INTERNAL", step_min: int = 1) -> list[Given]:
    """One phase after the other, at one rate of requests."""

    def counted(name: str, part: Callable[[Phase], float], **labels: str) -> Given:
        paces = [(phase.minutes, part(phase) * PER_MINUTE) for phase in phases]
        return growing(name, paces, step_min=step_min, model_name="resnet", **labels)

    def answered(phase: Phase) -> float:
        return 1 - phase.failed

    def quick(phase: Phase) -> float:
        return answered(phase) * (1 - phase.slow)

    api = {"API": "predict", "entrypoint": "REST"}
    return [
        up(sum(phase.minutes for phase in phases) // step_min),
        counted(REQUEST_COUNT, lambda phase: phase.failed, status=status),
        counted(f"{REQUEST_LATENCY}_count", answered, **api),
        counted(f"{REQUEST_LATENCY}_bucket", quick, le=QUICK_US, **api),
        counted(f"{REQUEST_LATENCY}_bucket", quick, le=SLOW_US, **api),
        counted(f"{REQUEST_LATENCY}_bucket", answered, le="+Inf", **api),
        counted(REQUEST_COUNT, lambda _: 60.0, status="NOT_FOUND"),
    ]


def up(steps: int | str, *, pod: str = POD) -> Given:
    """Whether Prometheus reaches a pod: for so many steps, or as the values say."""
    values = f"1x{steps}" if isinstance(steps, int) else steps
    return {"series": f'up{{namespace="serving",pod="{pod}"}}', "values": values}


def check(
    folder: Path, series: list[Given], told: dict[int, list[Told]], *, step_min: int = 1, window: str | None = None
) -> None:
    """Let promtool say which alerts fire at which minutes; of those with a window that one alone, where it is named."""
    groups = [{"name": group["name"], "rules": _of_window(group, window)} for group in _groups()]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    expected = [
        {"expr": FIRING, "eval_time": f"{minute}m", "exp_samples": [_sample(*one) for one in alerts]}
        for minute, alerts in told.items()
    ]
    test = {"interval": f"{step_min}m", "input_series": series, "promql_expr_test": expected}
    whole = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": f"{step_min}m",
        "group_eval_order": [group["name"] for group in groups],  # else by chance, and records of a step ago are gone
        "tests": [test],
    }
    (folder / "tests.yaml").write_text(yaml.safe_dump(whole))
    assert "SUCCESS" in promtool("test", "rules", folder / "tests.yaml", timeout_s=120)


def _of_window(group: dict[str, Any], window: str | None) -> list[dict[str, Any]]:
    """Other windows would need days of history before they said what the arithmetic does."""
    return [rule for rule in group["rules"] if window is None or rule["labels"].get("window", window) == window]


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


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(service_specs())
def test_of_any_spec_promtool_takes_the_rules_and_reads_every_query(whole: ServiceSpec) -> None:
    """Names as long as they may be, several models, any objective."""
    asked = [query.promql for panel in panels(whole) for query in panel.queries]
    shown = {"name": "asked", "rules": [{"record": f"asked_{n}", "expr": query} for n, query in enumerate(asked)]}
    groups = rule_groups(whole)
    count = len(asked) + sum(len(objects_at(group, "rules")) for group in groups if isinstance(group, dict))

    with TemporaryDirectory() as folder:
        file = Path(folder, "rules.yaml")
        file.write_text(yaml.safe_dump({"groups": [*groups, shown]}))
        assert f"{count} rules found" in promtool("check", "rules", file)


def test_days_without_errors_are_quiet(tmp_path: Path) -> None:
    check(tmp_path, traffic(Phase(4 * DAY), step_min=20), {0: [], 3 * DAY: [], 4 * DAY - 20: []}, step_min=20)


@pytest.mark.parametrize("alert", [ERRORS, LATENCY])
@pytest.mark.parametrize(
    ("part", "window", "severity", "history", "silent", "firing", "step"),
    [
        # part / 60 * minutes > 14.4 * 0.001 after 43.2 minutes, and so on; of answers ten times as many may be slow
        (0.02, "1h", "page", 2 * HOUR, 41, 45, 1),
        (0.01, "6h", "page", 7 * HOUR, 204, 224, 4),
        (0.005, "1d", "ticket", DAY + HOUR, 840, 880, 10),
        (0.002, "3d", "ticket", 3 * DAY + HOUR, 2120, 2180, 20),
    ],
)
def test_a_steady_part_that_fails_or_is_slow_is_told_when_the_arithmetic_says(
    tmp_path: Path,
    alert: str,
    part: float,
    window: str,
    severity: str,
    history: int,
    silent: int,
    firing: int,
    step: int,
) -> None:
    history -= history % step
    told = {history + silent - silent % step: [], history + firing - firing % step: [(alert, severity, window)]}
    minutes = firing + 2 * step
    bad = Phase(minutes, failed=part) if alert == ERRORS else Phase(minutes, slow=10 * part)
    series = traffic(Phase(history), bad, step_min=step)

    check(tmp_path, series, told, step_min=step, window=window)


def test_an_outage_is_told_in_two_minutes_and_its_end_ends_the_page_in_five(tmp_path: Path) -> None:
    series = traffic(Phase(2 * HOUR), Phase(10, failed=1.0), Phase(30))
    told = {2 * HOUR: [], 2 * HOUR + 2: [(ERRORS, "page", "1h")], 2 * HOUR + 17: []}

    check(tmp_path, series, told, window="1h")


def test_errors_too_few_for_a_page_make_tickets(tmp_path: Path) -> None:
    series = traffic(Phase(3 * DAY), Phase(1000, failed=0.005), step_min=20)
    tickets = [(ERRORS, "ticket", "1d"), (ERRORS, "ticket", "3d")]

    check(tmp_path, series, {3 * DAY + 840: [], 3 * DAY + 900: tickets}, step_min=20)


def test_requests_that_are_wrong_themselves_burn_nothing(tmp_path: Path) -> None:
    check(tmp_path, traffic(Phase(2 * HOUR), Phase(HOUR, failed=0.9), status="INVALID_ARGUMENT"), {3 * HOUR - 1: []})


def test_a_service_that_nobody_asks_is_quiet(tmp_path: Path) -> None:
    check(tmp_path, [up(2 * HOUR)], {2 * HOUR: []})


def test_pods_that_nobody_reaches_are_told(tmp_path: Path) -> None:
    """Gone, or there and not to be asked."""
    for values in ("1x10 0x30", "1x10 stale"):
        check(tmp_path, [up(values)], {14: [], 17: [("TfServingNoPod", "page", "")]})


def test_a_load_that_fails_is_told_though_its_counter_begins_with_it(tmp_path: Path) -> None:
    pods = {"namespace": "serving", "pod": POD}
    labels = ",".join(f'{key}="{value}"' for key, value in {**pods, "model_path": "/models/resnet/2"}.items())
    series = [
        up(60),
        {"series": f'{{__name__="{LOAD_ATTEMPTS}",{labels},status="success"}}', "values": "1x60"},
        {"series": f'{{__name__="{LOAD_ATTEMPTS}",{labels},status="fail"}}', "values": "_x20 2x40"},
    ]

    check(tmp_path, series, {19: [], 25: [("TfServingLoadFails", "ticket", "")], 40: []})


def test_the_most_pods_are_told_when_they_last(tmp_path: Path) -> None:
    series = [
        up(60),
        up("_x10 1x30 stale", pod=OTHER_POD),
    ]

    check(tmp_path, series, {24: [], 27: [("TfServingAtMostPods", "ticket", "")], 45: []})


def test_restarts_and_memory_are_told_where_kube_state_metrics_is(tmp_path: Path) -> None:
    labels = f'namespace="serving",pod="{POD}",container="model-server"'
    reason = f'kube_pod_container_status_last_terminated_reason{{{labels},reason="OOMKilled"}}'
    series = [
        up(60),
        {"series": f"kube_pod_container_status_restarts_total{{{labels}}}", "values": "0x10 1+1x5 6x44"},
        {"series": reason, "values": "0x10 1x50"},
    ]
    both = [("TfServingOutOfMemory", "ticket", ""), ("TfServingRestarts", "ticket", "")]

    check(tmp_path, series, {10: [], 16: both, 45: []})


def test_rules_are_of_one_interval_so_that_an_alert_sees_what_was_just_recorded() -> None:
    assert {group["interval"] for group in _groups()} == {"30s"}
    assert [len(objects_at(group, "rules")) for group in _groups()] == [15, 8, 5]
