"""Releases on a real API server through the real helm: what an upgrade, a rollback and the end do to what is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.charts.desk import HelmDesk
from tests.charts.packed import FROZEN
from tests.testbed.replicas import every_count, scale_as_autoscaler

pytestmark = pytest.mark.control_plane

BASE: Mapping[str, Any] = {
    "model": {"source": "gs://models/half"},
    "serviceAccount": {"googleServiceAccount": "none"},
    "resources": {"cpu": "100m", "memory": "1Gi"},
}
FIXED: Mapping[str, Any] = {**BASE, "scaling": {"replicas": 4}}
SCALED: Mapping[str, Any] = {**BASE, "scaling": {"min": 2, "max": 6, "metrics": [{"cpu": 60}]}}
ROUTED: Mapping[str, Any] = {**SCALED, "expose": {"ports": ["rest", "grpc"]}}
"""With every object of core Kubernetes, those with the longest suffixes among them."""


def installed(desk: HelmDesk, chart: Path, values: Mapping[str, Any]) -> HelmDesk:
    """The same desk, with the release installed."""
    desk.install(chart, "--values", desk.values(values))
    return desk


def scale(desk: HelmDesk, count: int) -> None:
    assert desk.cluster is not None
    scale_as_autoscaler(desk.cluster, namespace=desk.namespace, deployment="half", count=count)


def generation(desk: HelmDesk) -> int:
    return int(desk.objects("deploy")["Deployment/half"]["metadata"]["generation"])


def wanted(desk: HelmDesk) -> dict[str, Any]:
    """What everybody wants of the live objects, without what the server keeps for itself."""
    return {
        name: {key: part for key, part in body.items() if key not in {"metadata", "status"}}
        | {"labels": body["metadata"].get("labels"), "annotations": body["metadata"].get("annotations")}
        for name, body in desk.objects("svc,cm,sa,pdb,hpa,netpol").items()
    } | {"Deployment": desk.objects("deploy")["Deployment/half"]["spec"]}


def test_no_upgrade_and_no_rollback_changes_the_count_of_the_autoscaler(live_desk: HelmDesk, chart: Path) -> None:
    """K15.3: helm exits 0, and the live count never leaves what the autoscaler wrote."""
    desk = installed(live_desk, chart, SCALED)
    scale(desk, 5)
    assert desk.cluster is not None

    with every_count(desk.cluster, namespace=desk.namespace, deployment="half") as counts:
        desk.upgrade(chart, "--values", desk.values({**SCALED, "labels": {"team": "vision"}}))
        desk.upgrade(chart, "--values", desk.values({**SCALED, "lifecycle": {"drainSeconds": 20}}))
        desk.rollback(1)

    assert set(counts) == {5}


def test_a_fixed_count_that_was_scaled_by_hand_goes_over_to_the_autoscaler_unharmed(
    live_desk: HelmDesk, chart: Path
) -> None:
    """The way of docs/chart.md, by helm 4, whichever helm made the release. Without it the count leaves the manifest
    and falls to the API's default of 1.
    """
    desk = replace(installed(live_desk, chart, FIXED), line="helm")
    assert desk.cluster is not None
    desk.kubectl("scale", "deployment/half", "--replicas=5")

    with every_count(desk.cluster, namespace=desk.namespace, deployment="half") as counts:
        desk.upgrade(chart, "--server-side=true", "--values", desk.values(SCALED))

    assert set(counts) == {5}


def test_the_next_chart_version_recreates_nothing_and_restarts_nothing(
    staffed_desk: HelmDesk, chart: Path, older_chart: Path
) -> None:
    """K18.1."""
    desk = installed(staffed_desk, older_chart, FIXED)
    uids, before = desk.uids(), generation(desk)

    desk.upgrade(chart, "--reuse-values")

    assert desk.uids() == uids
    assert generation(desk) == before


@pytest.mark.parametrize("frozen", sorted(FROZEN.glob("*.tgz")), ids=lambda archive: archive.stem)
def test_a_release_of_an_earlier_chart_is_upgraded_in_place(frozen: Path, live_desk: HelmDesk, chart: Path) -> None:
    """K18.1: a selector, a name or another field that may not change would be refused here."""
    desk = installed(live_desk, frozen, SCALED)
    uids = desk.uids()

    desk.upgrade(chart, "--values", desk.values(SCALED))

    assert desk.uids() == uids


def test_a_rollback_brings_back_what_was(staffed_desk: HelmDesk, chart: Path) -> None:
    desk = installed(staffed_desk, chart, FIXED)
    before, uids = wanted(desk), desk.uids()
    changed = {
        **FIXED,
        "serving": {"env": {"THREADS": "2"}},
        "scaling": {"replicas": 2},
        "networkPolicy": {"enabled": False},
    }
    desk.upgrade(chart, "--values", desk.values(changed))
    assert wanted(desk) != before

    desk.rollback(1)

    assert wanted(desk) == before
    kept = desk.uids()
    assert {name for name in uids if kept[name] != uids[name]} == {"NetworkPolicy/half"}


def test_after_the_end_of_a_release_nothing_of_it_is_left(staffed_desk: HelmDesk, chart: Path) -> None:
    desk = installed(staffed_desk, chart, SCALED)
    desk.kubectl("wait", "deployment/half", "--for=jsonpath={.status.unavailableReplicas}=2", "--timeout=60s")

    desk.uninstall()

    desk.kubectl("wait", "pod,replicaset", "--all", "--for=delete", "--timeout=60s")
    assert desk.objects() == {}


def test_the_longest_release_name_gives_names_that_the_server_takes(staffed_desk: HelmDesk, chart: Path) -> None:
    """K14.3."""
    desk, release = staffed_desk, "a" * 52 + "b"

    desk.install(chart, "--values", desk.values(ROUTED), release=release)

    names = [name.partition("/")[2] for name in desk.uids()]
    assert f"{release}-headless" in names
    assert [name for name in names if len(name) > 63 or name.endswith("-")] == []
