"""Writes what is there around each autoscaler of the situations to files, for the unit tests to read.

python -m tests.contract.autoscale.record
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tests.contract.autoscale.scenes import SCENES, begin_all, begin_without_api, lose_api, take_api
from tests.contract.autoscale.situations import NAMESPACE, Stage, stage
from tests.testbed import versions
from tfk8s.app.autoscale_live import look_at_scaler
from tfk8s.app.service import ServiceName
from tfk8s.autoscale.live import LiveScaler
from tfk8s.clock import SystemClock
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import last_seen
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.yaml import dump
from tfk8s.ports import Cluster

_EVENTS: Final = 8
RECORDED: Final = Path(__file__).resolve().parents[2] / "unit/autoscale/recorded"


def main() -> None:
    """Bring each situation about, and record it."""
    with stage(versions.KUBERNETES_NEWEST) as made:
        begin_without_api(made)
        _record(made, "no-api")
        take_api(made)
        begin_all(made)
        for name in SCENES:
            _record(made, name)
        lose_api(made)
        made.await_reason("at-most", "FailedGetResourceMetric")
        _record(made, "at-most", called="api-away")


def _record(made: Stage, name: str, *, called: str = "") -> None:
    _write(ServiceName(name=name, namespace=NAMESPACE), cluster=made.cluster, called=called or name)


def _write(name: ServiceName, *, cluster: Cluster, called: str) -> None:
    seen = look_at_scaler(name, cluster=cluster, clock=SystemClock())
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{called}.yaml").write_text(dump(_document(seen)))


def _document(seen: LiveScaler) -> JsonObject:
    return {
        "takenAt": seen.taken_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "release": "{}.{}".format(*seen.release),
        "scaler": _bare(seen.scaler),
        "target": None if seen.target is None else _bare(seen.target),
        "pods": [_bare(each) for each in seen.pods],
        "events": [_bare(each) for each in _newest(seen.events)],
        "podMetrics": None if seen.pod_metrics is None else [*seen.pod_metrics],
        "apis": {
            group: {"registered": api.is_registered, "available": api.is_available, "message": api.message}
            for group, api in seen.apis.items()
        },
        "siblings": [_bare(each) for each in seen.siblings],
        "scaledObject": None if seen.scaled_object is None else _bare(seen.scaled_object),
    }


def _newest(events: tuple[JsonObject, ...]) -> list[JsonObject]:
    """Return the newest ones, warnings before others."""
    timed = [
        (text_at(event, "type") == "Warning", at, number)
        for number, event in enumerate(events)
        if (at := last_seen(event)) is not None
    ]
    return [events[number] for _, _, number in sorted(timed)[-_EVENTS:]]


def _bare(body: JsonObject) -> JsonObject:
    """Leave out who wrote which field."""
    metadata = body.get("metadata")
    kept = (
        {key: value for key, value in metadata.items() if key != "managedFields"} if isinstance(metadata, dict) else {}
    )
    return {**body, "metadata": kept}


if __name__ == "__main__":
    if sys.argv[1:2] == ["live"]:
        _, _, place, service, file = sys.argv
        _write(ServiceName(name=service, namespace=place), cluster=connect(), called=file)
    else:
        main()
