"""`tfk8s autoscale rules` prints what an adapter's configuration takes."""

from __future__ import annotations

import json

from click.testing import CliRunner

from tests.unit.render.specs import body, rendered
from tfk8s.cli.main import root
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.yaml import load_one


def test_the_rules_are_one_document_in_either_form() -> None:
    text = CliRunner().invoke(root, ["autoscale", "rules"])
    as_json = CliRunner().invoke(root, ["autoscale", "rules", "-o", "json"])

    assert (text.exit_code, as_json.exit_code) == (0, 0)
    assert load_one(text.stdout, source="rules").value == json.loads(as_json.stdout)


def test_every_metric_that_an_autoscaler_asks_the_adapter_for_has_its_rule() -> None:
    metrics = [{"requestsPerSecond": 5}, {"inFlight": 5}, {"latencyMilliseconds": 5}]
    found = rendered(scaling={"max": 9, "metrics": metrics, "source": {"kind": "prometheus-adapter"}})
    asked = objects_at(body(found, "HorizontalPodAutoscaler"), "spec", "metrics")

    printed = json.loads(CliRunner().invoke(root, ["autoscale", "rules", "-o", "json"]).stdout)

    named = {rule["name"]["as"]: rule for rule in printed["externalRules"]}
    for metric in asked:
        query = named[text_at(metric, "external", "metric", "name")]["metricsQuery"]
        selector = json.loads(json.dumps(metric))["external"]["metric"]["selector"]
        for label in (*selector["matchLabels"], *(entry["key"] for entry in selector["matchExpressions"])):
            assert f'<<index .LabelValuesByName "{label}">>' in query
