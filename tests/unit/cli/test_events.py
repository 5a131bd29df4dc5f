"""`tfk8s events` on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.fakes.cluster import FakeCluster
from tfk8s.app.events import EventNews, ServiceEvent
from tfk8s.app.service import ServiceName
from tfk8s.cli import events, wiring
from tfk8s.cli.main import root
from tfk8s.cli.output import Format
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import read_event

EVENT: JsonObject = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "a", "namespace": "serving", "uid": "u"},
    "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "serving", "name": "resnet"},
    "type": "Normal",
    "reason": "ScalingReplicaSet",
    "message": "Scaled up",
    "lastTimestamp": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    found = FakeCluster()
    monkeypatch.setattr(
        wiring, "named_service", lambda _, *, name: (ServiceName(name=name, namespace="serving"), found)
    )
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["events", "--name", "resnet", *arguments])


def test_events_are_told_as_text_json_and_yaml(cluster: FakeCluster) -> None:
    cluster.put(EVENT)

    assert run().stdout == "2026-01-01T00:00:00Z   Deployment/resnet ScalingReplicaSet: Scaled up\n"
    told = json.loads(run("-o", "json").stdout)
    assert told == yaml.safe_load(run("-o", "yaml").stdout)
    assert [item["reason"] for item in told["events"]] == ["ScalingReplicaSet"]


def test_that_there_are_none_is_said(cluster: FakeCluster) -> None:
    cluster.put(EVENT)

    assert run("--warnings").stdout == "no warnings of resnet in serving\n"
    assert json.loads(run("--warnings", "-o", "json").stdout) == {"events": []}


@pytest.mark.parametrize(("output", "start"), [("text", "2026-01-01"), ("json", "{"), ("yaml", "--- {")])
def test_a_watch_tells_a_line_an_event_and_ends_on_ctrl_c_with_0(
    output: Format, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def news() -> Iterator[EventNews]:
        yield EventNews(ServiceEvent(read_event(EVENT), None))
        yield EventNews(None, "nobody answers")
        raise KeyboardInterrupt

    assert events._until_interrupted(news(), output=output) == 0

    told = capsys.readouterr()
    assert told.out.startswith(start)
    assert told.out.count("\n") == 1
    assert told.err == "warning: nobody answers\n\n"
