"""A canary against a real API server: what is made beside a service, by whom, and what other commands make of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tests.integration.control_plane.conftest import SCALED, Desk
from tests.integration.control_plane.test_versions import run, write_spec
from tests.testbed.process import wait_until
from tfk8s.app.canary_live import drain_canary, live_canary, make_canary, write_down
from tfk8s.app.canary_spec import CanaryTarget, tried_spec
from tfk8s.app.carry_out import World
from tfk8s.app.rendering import render_service
from tfk8s.app.service import ServiceName
from tfk8s.manifest.fields import labels_of
from tfk8s.render.canary import CanaryWish, canary_manifests
from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.comparison import Limits
from tfk8s.rollout.traffic import Side, Traffic
from tfk8s.spec import load_spec, object_names

pytestmark = pytest.mark.control_plane

NEW = CanaryRecord(
    model="resnet",
    version=2,
    label="stable",
    before=1,
    weight=20,
    started=datetime(2026, 11, 29, 1, 2, 3, tzinfo=timezone.utc),
    for_s=300.0,
    start_s=60.0,
    limits=Limits(),
    phase="observing",
)


def scaled(desk: Desk) -> None:
    file = write_spec(desk)
    file.write_text(file.read_text().replace("{replicas: 2}", SCALED))
    desk.apply()


@pytest.fixture
def beside(desk: Desk) -> Desk:
    """A service with an autoscaler, and a canary beside it, as a run leaves it that is killed while it observes."""
    scaled(desk)
    begin(desk)
    return desk


@pytest.fixture
def staffed_beside(staffed_desk: Desk) -> Desk:
    """The same where controllers work, so that what is deleted goes."""
    scaled(staffed_desk)
    begin(staffed_desk)
    return staffed_desk


def world(desk: Desk) -> World:
    return World(cluster=desk.cluster, clock=FakeClock(), reporter=Recorder())


def name_of(desk: Desk) -> ServiceName:
    return ServiceName.of(load_spec(desk.folder / "tfk8s.yaml"))


def begin(desk: Desk) -> None:
    spec = load_spec(desk.folder / "tfk8s.yaml")
    target = CanaryTarget(model="resnet", version=2, label="stable", before=1)
    tried = render_service(tried_spec(spec, target), base=Path()).deployable
    objects = canary_manifests(tried.manifests, CanaryWish(names=object_names(spec), replicas=1))
    make_canary(objects, NEW, name=name_of(desk), world=world(desk))


def of_service(desk: Desk) -> dict[str, tuple[str, int, str]]:
    """What must stay as it is: identity, generation and version of each object of the service itself."""
    return {
        name: (body["metadata"]["uid"], body["metadata"].get("generation", 0), body["metadata"]["resourceVersion"])
        for name, body in desk.objects().items()
        if "canary" not in name and name != "ConfigMap/resnet-inventory"
    }


def selector_of(body: dict[str, Any]) -> dict[str, str]:
    return dict(body["spec"]["selector"].get("matchLabels", body["spec"]["selector"]))


def test_it_stands_beside_the_service_and_nothing_of_the_service_is_written(desk: Desk) -> None:
    scaled(desk)
    before = of_service(desk)

    begin(desk)
    begin(desk)

    assert of_service(desk) == before
    live = desk.objects()
    assert {name for name in live if "canary" in name} == {"Deployment/resnet-canary", "ConfigMap/resnet-canary-config"}
    pods = labels_of(live["Deployment/resnet-canary"]["spec"]["template"])
    assert selector_of(live["Service/resnet"]).items() <= pods.items()
    for name in ("Deployment/resnet", "PodDisruptionBudget/resnet"):
        assert not selector_of(live[name]).items() <= pods.items()
    assert live["HorizontalPodAutoscaler/resnet"]["spec"]["scaleTargetRef"]["name"] == "resnet"


def test_what_the_autoscaler_counts_pods_by_leaves_the_pods_of_a_canary_out(beside: Desk) -> None:
    """K38.2: an autoscaler asks the scale subresource which pods count, whatever becomes of others."""
    path = f"/apis/apps/v1/namespaces/{beside.namespace}/deployments/resnet/scale"
    selector = json.loads(beside.kubectl("get", "--raw", path))["status"]["selector"]
    counted = dict(pair.split("=") for pair in selector.split(","))
    live = beside.objects()
    canary, own = (labels_of(live[f"Deployment/{name}"]["spec"]["template"]) for name in ("resnet-canary", "resnet"))

    assert counted
    assert counted.items() <= own.items()
    assert not counted.items() <= canary.items()


def test_the_record_is_written_without_a_new_revision_and_read_back(beside: Desk) -> None:
    desk = beside
    name = name_of(desk)
    seen = Side(total=Traffic(latencies={10 * 1.8**9: 7}, errors={"INTERNAL": 1}), last={"uid": Traffic()})
    template = desk.objects()["Deployment/resnet-canary"]["spec"]["template"]

    write_down(replace(NEW, canary=seen, looks=3), name=name, cluster=desk.cluster)

    live = live_canary(name, cluster=desk.cluster)
    assert live is not None
    assert live.record == replace(NEW, canary=seen, looks=3)
    body = desk.objects()["Deployment/resnet-canary"]
    assert body["spec"]["template"] == template
    managers = {entry["manager"] for entry in body["metadata"]["managedFields"]}
    assert managers == {"tfk8s", "tfk8s-versions"}


def test_its_pods_are_taken_away_before_its_record(beside: Desk) -> None:
    desk = beside
    name = name_of(desk)

    drain_canary(NEW.moved("removing", outcome="promoted"), name=name, world=world(desk), timeout_s=5.0)

    assert desk.objects()["Deployment/resnet-canary"]["spec"]["replicas"] == 0
    live = live_canary(name, cluster=desk.cluster)
    assert live is not None
    assert live.record is not None
    assert live.record.outcome == "promoted"


def test_apply_diff_and_drift_leave_it_alone_and_say_that_it_is_there(beside: Desk) -> None:
    desk = beside
    before = {name: body["metadata"]["uid"] for name, body in desk.objects().items()}

    applied = desk.apply()
    diff = desk.run("diff", "--exit-code")
    drift = desk.run("drift")

    told = "a canary of version 2 of resnet by label stable has been there since 2026-11-29 01:02:03 UTC"
    assert told in applied.stderr
    assert told in diff.output
    assert told in drift.output
    assert (diff.exit_code, drift.exit_code) == (0, 0), diff.output + drift.output
    assert {name: body["metadata"]["uid"] for name, body in desk.objects().items()} == before


def test_another_apply_changes_the_service_and_prunes_no_canary(beside: Desk) -> None:
    desk = beside
    file = desk.folder / "tfk8s.yaml"
    file.write_text(file.read_text().replace("cpu: 100m", "cpu: 150m"))

    desk.apply()

    live = desk.objects()
    assert "Deployment/resnet-canary" in live
    containers = live["Deployment/resnet"]["spec"]["template"]["spec"]["containers"]
    assert containers[0]["resources"]["requests"]["cpu"] == "150m"


def test_abort_removes_it_and_delete_would_have_taken_it_along(staffed_beside: Desk) -> None:
    desk = staffed_beside
    deletion = json.loads(desk.run("delete", "--dry-run", "-o", "json").stdout)
    canary = [f"ConfigMap/resnet-canary-config in {desk.namespace}", f"Deployment/resnet-canary in {desk.namespace}"]
    uids = {name: body["metadata"]["uid"] for name, body in desk.objects().items() if "canary" not in name}

    shown = run(desk, "canary", "--abort", "--dry-run", "-o", "json")
    done = run(desk, "canary", "--abort")

    assert set(canary) <= set(deletion["delete"])
    assert json.loads(shown.stdout)["delete"] == canary
    assert done.exit_code == 0, done.output
    assert "removed a canary of version 2" in done.stdout
    assert {name: body["metadata"]["uid"] for name, body in desk.objects().items()} == uids
    assert "there is no canary" in run(desk, "canary", "--abort").stdout


def test_a_canary_of_another_version_and_a_service_without_one_are_refused_in_words(beside: Desk) -> None:
    other = run(beside, "canary", "3")

    assert other.exit_code == 4
    assert "a canary of version 2 of resnet by label stable has been there since" in other.output
    assert "Traceback" not in other.output
    assert run(beside, "canary").exit_code == 2
    assert run(beside, "canary", "2", "--for", "soon").exit_code == 2


def test_without_a_ready_pod_there_is_nothing_to_compare_with(desk: Desk) -> None:
    scaled(desk)
    before = desk.objects()

    refused = run(desk, "canary", "2")

    assert refused.exit_code == 4
    assert "no pod of resnet is ready" in refused.output
    assert desk.objects() == before


def test_a_canary_whose_pods_no_node_takes_is_aborted_and_the_service_is_what_it_was(staffed_desk: Desk) -> None:
    """The whole command on a cluster whose controllers work and whose nodes do not: pods stay Pending."""
    desk = staffed_desk
    write_spec(desk)
    desk.apply()
    make_ready(desk)
    before = {name: body["metadata"]["uid"] for name, body in desk.objects().items()}
    generation = desk.objects()["Deployment/resnet"]["metadata"]["generation"]

    plan = run(desk, "canary", "2", "--weight", "33", "--dry-run", "-o", "json")
    done = run(desk, "canary", "2", "--weight", "33", "--start-timeout", "3s", "-o", "json")
    history = json.loads(run(desk, "history", "-o", "json").stdout)

    assert json.loads(plan.stdout)["share"] == {"canary": 1, "beside": 2, "percent": pytest.approx(33.3, abs=0.1)}
    assert done.exit_code == 6, done.output
    assert json.loads(done.stdout)["promoted"] is False
    assert "0 of 1 pods are ready after 3 s" in done.output
    assert {name: body["metadata"]["uid"] for name, body in desk.objects().items()} == before
    assert desk.objects()["Deployment/resnet"]["metadata"]["generation"] == generation
    told = [(item["action"], item["to"], item["state"]) for item in history["changes"]]
    assert sorted(told) == [("canary", 2, "aborted"), ("canary", 2, "done")]


def make_ready(desk: Desk) -> None:
    """Say of every pod that it runs and is ready, as a kubelet would."""

    def pods() -> list[str]:
        return desk.kubectl("get", "pods", "-o", "name").split()

    wait_until(lambda: len(pods()) == 2, timeout_s=60, what="two pods")
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    for pod in pods():
        desk.kubectl("patch", pod, "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
