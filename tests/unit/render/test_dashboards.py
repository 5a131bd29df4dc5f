"""Dashboards as code: what they show, and that their JSON is what Grafana and Google read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from tests.strategies.specs import service_specs
from tests.unit.render.specs import spec
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.yaml import dump, load_one
from tfk8s.render.google_dashboard import google_dashboard
from tfk8s.render.grafana import dashboard_uid, grafana_config_map, grafana_dashboard
from tfk8s.render.panels import panels
from tfk8s.render.service_rules import rule_groups
from tfk8s.spec import ServiceSpec
from tfk8s.spec.promql import LONGEST

WHOLE: dict[str, Any] = {
    "namespace": "serving",
    "scaling": {"min": 1, "max": 4},
    "serving": {"batching": {}},
    "monitoring": {"objective": {"availability": 99.9, "latencyMilliseconds": 200}},
}


def titles(**fields: Any) -> list[str]:
    return [panel.title for panel in panels(spec(**fields))]


def test_a_service_is_shown_with_all_that_it_has() -> None:
    assert titles(**WHOLE) == [
        "Predictions per second",
        "Errors",
        "Errors by status",
        "Latency",
        "In flight",
        "Waiting for a batch",
        "Burn of the objective",
        "Pods",
        "Versions loaded",
        "Time to load",
        "CPU",
        "Memory",
    ]
    assert not {"Waiting for a batch", "Burn of the objective"} & set(titles())


def test_every_picture_has_its_own_place() -> None:
    places = [tuple(object_at(panel, "gridPos").values()) for panel in objects_at(grafana_dashboard(spec()), "panels")]

    assert len(set(places)) == len(places)


def test_grafana_reads_every_field_of_its_dashboard() -> None:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    ours = grafana_dashboard(spec(**WHOLE))

    read = json.loads(JSONEncoder().encode(Dashboard.from_json(json.loads(json.dumps(ours)))))

    assert missing(ours, read) == []


def test_google_reads_every_field_of_its_dashboard() -> None:
    from google.cloud.monitoring_dashboard_v1 import Dashboard
    from google.protobuf import json_format

    ours = google_dashboard(spec(**WHOLE))
    message = json_format.Parse(json.dumps(ours), Dashboard.pb(Dashboard()))  # refuses what it does not know

    assert missing(ours, json_format.MessageToDict(message)) == []
    for tile in objects_at(ours, "mosaicLayout", "tiles"):
        assert int(str(tile.get("xPos", 0))) + int(str(tile["width"])) <= 48


def missing(ours: Any, read: Any, *, path: str = "") -> list[str]:
    """Fields that were lost in reading, or read as something else; what is as by default may be left out."""
    if isinstance(ours, dict):
        found = [f"{path}.{key}" for key in ours if key not in read and ours[key] not in ("", [], {}, 0, False)]
        shared = [key for key in ours if key in read]
        return found + [lost for key in shared for lost in missing(ours[key], read[key], path=f"{path}.{key}")]
    if isinstance(ours, list):
        if len(ours) != len(read):
            return [path]
        pairs = enumerate(zip(ours, read, strict=True))
        return [lost for index, (one, other) in pairs for lost in missing(one, other, path=f"{path}[{index}]")]
    return [] if ours == read else [f"{path}: {ours!r} became {read!r}"]


def test_grafanas_sidecar_finds_the_dashboard_and_apply_never_prunes_it() -> None:
    found = load_one(dump(grafana_config_map(spec())), source="text").value
    assert isinstance(found, dict)

    assert object_at(found, "metadata", "labels") == {"grafana_dashboard": "1"}
    (text,) = object_at(found, "data").values()
    assert json.loads(str(text)) == grafana_dashboard(spec())


def test_a_newer_dashboard_takes_the_place_of_the_last_one_and_of_no_other() -> None:
    assert dashboard_uid(spec()) == dashboard_uid(spec(scaling={"replicas": 9}))
    assert dashboard_uid(spec()) != dashboard_uid(spec(namespace="other"))
    assert re.fullmatch(r"[a-z0-9-]{1,40}", dashboard_uid(spec()))


def queries(whole: ServiceSpec) -> list[str]:
    asked = [query.promql for panel in panels(whole) for query in panel.queries]
    for group in rule_groups(whole):
        assert isinstance(group, dict)
        asked += [text_at(rule, "expr") for rule in objects_at(group, "rules")]
    return asked


@settings(max_examples=50, deadline=None)
@given(service_specs())
def test_of_any_spec_every_query_can_be_sent_and_is_about_its_own_pods(whole: ServiceSpec) -> None:
    from tfk8s.spec.promql import _flaw

    for query in queries(whole):
        assert _flaw(query) is None
        assert len(query) < LONGEST
        for selector in re.findall(r"\{(?!\{)[^{}]*__name__[^{}]*", query):
            assert f'namespace="{whole.namespace}"' in selector


@pytest.mark.parametrize("make", [grafana_dashboard, google_dashboard])
def test_the_same_spec_gives_the_same_bytes(make: Any) -> None:
    def text() -> str:
        made: JsonObject = make(spec(**WHOLE))
        return json.dumps(made)

    assert text() == text()
