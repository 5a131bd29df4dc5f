"""The rules of a service as objects: of Prometheus' operator, and of Google's managed Prometheus."""

from __future__ import annotations

from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.service_rules import rule_groups
from tfk8s.render.watched import bucket_of, is_far
from tfk8s.spec import object_name


def operator_rule(facts: Facts) -> Draft:
    """Draft the PrometheusRule."""
    return _draft(facts, template="prometheus_rule", name=facts.spec.name)


def managed_rules(facts: Facts) -> Draft:
    """Draft the Rules; those of an autoscaler have the service's own name."""
    return _draft(facts, template="gke_alerts", name=object_name(facts.spec.name, "alerts"))


def _draft(facts: Facts, *, template: str, name: str) -> Draft:
    values: dict[str, object] = {"metadata": facts.metadata(name), "groups": rule_groups(facts.spec)}
    reasons: dict[Path, str] = {
        ("spec", "groups", 1): "errors at several rates, over several windows: sre.google/workbook/alerting-on-slos"
    }
    objective = facts.spec.monitoring.objective
    wanted = None if objective is None else objective.latency_milliseconds
    if wanted is not None and is_far(bucket_of(wanted), wanted):
        reasons["spec", "groups", 0] = (
            f"the server counts in steps: {bucket_of(wanted).milliseconds:.0f} ms is the first that is no less than "
            f"the objective's {wanted} ms"
        )
    return Draft(template=template, values=values, reasons=reasons)
