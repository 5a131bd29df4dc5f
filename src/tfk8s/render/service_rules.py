"""Groups of rules of a service: what is recorded, and what somebody is told. The one source of every form of them.

Rules of an objective ask for errors at several rates over several windows (`tfk8s.spec.burn`). Rules of causes tell
what stands behind errors, or will; those about restarts need kube-state-metrics, and are silent where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.names.monitoring import ERRORS, LOAD_ATTEMPTS, LOAD_SUCCESS, REQUESTS, SLOW
from tfk8s.render.queries import Scope, collected, requests_per_second
from tfk8s.render.watched import bucket_of, error_ratio, scope_of_spec, slow_ratio
from tfk8s.spec import Autoscaled, ServiceSpec
from tfk8s.spec.burn import BURNS, WINDOWS, Burn
from tfk8s.spec.monitoring import ObjectiveSpec

EVALUATION_S = 30
AT_MOST_FOR = "15m"
"""A peak that the most pods carry is what they are for; longer than this they may be too few."""
NO_POD_FOR = "5m"
RECENT = "15m"
SERVER = "model-server"


def rule_groups(spec: ServiceSpec) -> list[JsonValue]:
    """All groups, as a rule file of Prometheus has them below `groups`."""
    groups: list[JsonValue] = [_group(spec, "recorded", [*_recordings(spec)])]
    objective = spec.monitoring.objective
    if objective is not None:
        groups.append(_group(spec, "objective", [*_burn_alerts(spec, objective)]))
    groups.append(_group(spec, "causes", [*_cause_alerts(spec)]))
    return groups


def _group(spec: ServiceSpec, part: str, rules: list[JsonValue]) -> JsonObject:
    return {"name": f"{spec.namespace}.{spec.name}.{part}", "interval": f"{EVALUATION_S}s", "rules": rules}


def service_labels(spec: ServiceSpec) -> JsonObject:
    """Labels of everything that is recorded of a service, or told."""
    return {"namespace": spec.namespace, "service": spec.name}


def service_selector(spec: ServiceSpec) -> str:
    """The same, as a query asks for them."""
    return ",".join(f'{key}="{value}"' for key, value in service_labels(spec).items())


def _recordings(spec: ServiceSpec) -> Iterator[JsonValue]:
    yield _record(spec, REQUESTS, requests_per_second(scope_of_spec(spec)))
    objective = spec.monitoring.objective
    windows = WINDOWS if objective is not None else WINDOWS[:1]
    for window in windows:
        yield _record(spec, f"{ERRORS}{window}", error_ratio(scope_of_spec(spec, window=window)))
    if objective is not None and objective.latency_milliseconds is not None:
        bucket = bucket_of(objective.latency_milliseconds)
        for window in windows:
            yield _record(spec, f"{SLOW}{window}", slow_ratio(scope_of_spec(spec, window=window), bucket))


def _record(spec: ServiceSpec, name: str, query: str) -> JsonObject:
    return {"record": name, "expr": query, "labels": service_labels(spec)}


def _burn_alerts(spec: ServiceSpec, objective: ObjectiveSpec) -> Iterator[JsonValue]:
    for burn in BURNS:
        yield _burn_alert(
            spec, "TfServingErrorBudgetBurn", ERRORS, burn, objective, percent=objective.availability, what="failed"
        )
    if objective.latency_milliseconds is not None:
        took = f"took longer than {bucket_of(objective.latency_milliseconds).milliseconds:.0f} ms"
        for burn in BURNS:
            yield _burn_alert(
                spec, "TfServingLatencyBudgetBurn", SLOW, burn, objective, percent=objective.percentile, what=took
            )


def _burn_alert(
    spec: ServiceSpec,
    name: str,
    recorded: str,
    burn: Burn,
    objective: ObjectiveSpec,
    *,
    percent: float,
    what: str,
) -> JsonObject:
    factor = burn.factor(objective.window_days)
    bound = plain(threshold(percent, factor))
    conditions = [f"{recorded}{window}{{{service_selector(spec)}}} > {bound}" for window in (burn.long, burn.short)]
    told = (
        f"{{{{ $value | humanizePercentage }}}} of predictions of {spec.name} {what} in the last {burn.long}, "
        f"{plain(factor)} times what the objective of {percent:g} % allows: at this rate {burn.share} % of what "
        f"{objective.window_days} days allow is gone in {burn.long}"
    )
    labels = {**service_labels(spec), "severity": burn.severity, "window": burn.long}
    return {"alert": name, "expr": "\nand\n".join(conditions), "labels": labels, "annotations": {"summary": told}}


def threshold(percent: float, factor: Decimal) -> Decimal:
    """The ratio of errors at which they come so many times faster than the objective allows."""
    return factor * (100 - Decimal(str(percent))) / 100


def plain(number: Decimal) -> str:
    """Its digits without an exponent, and without zeros that say nothing."""
    return f"{number.normalize():f}"


def _cause_alerts(spec: ServiceSpec) -> Iterator[JsonValue]:
    scope = scope_of_spec(spec)
    scaling = spec.scaling
    least = scaling.min if isinstance(scaling, Autoscaled) else scaling.replicas
    if least > 0:
        told = f"Prometheus reaches no pod of {spec.name}: none runs, or none may be asked"
        yield _cause(spec, "TfServingNoPod", f"absent({collected(scope)})", told, severity="page", lasts=NO_POD_FOR)
    told = f"a version of {spec.name} could not be loaded: {{{{ $labels.model_path }}}}; tfk8s versions list tells more"
    yield _cause(spec, "TfServingLoadFails", _failed_loads(scope), told, severity="ticket")
    if isinstance(scaling, Autoscaled) and scaling.max > scaling.min:
        told = f"{spec.name} has had {scaling.max} pods, its most, for {AT_MOST_FOR}; tfk8s autoscale why tells more"
        query = f"count({collected(scope)}) >= {scaling.max}"
        yield _cause(spec, "TfServingAtMostPods", query, told, severity="ticket", lasts=AT_MOST_FOR)
    told = f"{{{{ $labels.pod }}}} of {spec.name} starts again and again; tfk8s doctor tells more"
    yield _cause(spec, "TfServingRestarts", _restarts(scope), told, severity="ticket")
    told = f"{{{{ $labels.pod }}}} of {spec.name} was stopped because it needed more memory than its limit"
    yield _cause(spec, "TfServingOutOfMemory", _out_of_memory(scope), told, severity="ticket")


def _cause(
    spec: ServiceSpec, name: str, query: str, told: str, *, severity: str, lasts: str | None = None
) -> JsonObject:
    labels = {**service_labels(spec), "severity": severity}
    waits: JsonObject = {} if lasts is None else {"for": lasts}
    return {"alert": name, "expr": query, **waits, "labels": labels, "annotations": {"summary": told}}


def _failed_loads(scope: Scope) -> str:
    """How many more there are than before; a counter that begins with its first failure has no rate yet."""
    of_pods = f'namespace="{scope.namespace}",pod=~"{scope.pods}"'
    failures = f'{{__name__="{LOAD_ATTEMPTS}",{of_pods},status!="{LOAD_SUCCESS}"}}'
    now, before = f"sum by (model_path) ({failures})", f"sum by (model_path) ({failures} offset {RECENT})"
    return f"({now} - ({before} or 0 * {now})) > 0"


def _of_container(scope: Scope) -> str:
    return f'namespace="{scope.namespace}",pod=~"{scope.pods}",container="{SERVER}"'


def _restarts(scope: Scope) -> str:
    counted = f"kube_pod_container_status_restarts_total{{{_of_container(scope)}}}"
    return f"sum by (pod) (increase({counted}[{RECENT}])) > 2"


def _out_of_memory(scope: Scope) -> str:
    of_pod = _of_container(scope)
    reason = f'kube_pod_container_status_last_terminated_reason{{{of_pod},reason="OOMKilled"}}'
    restarted = f"kube_pod_container_status_restarts_total{{{of_pod}}}"
    return f"sum by (pod) ({reason}) > 0\nand on (pod)\nsum by (pod) (increase({restarted}[{RECENT}])) > 0"
