"""A service whose objects somebody made by hand: it is found, reached, taken over and told under the names it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.unit.render.specs import spec
from tfk8s.app.carry_out import ApplyResult, World, carry_out
from tfk8s.app.front import find_front
from tfk8s.app.planning import plan_service
from tfk8s.app.reach import service_port
from tfk8s.app.rendering import render_service
from tfk8s.app.service import Deployable, ServiceName
from tfk8s.app.snapshot import take_snapshot
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.plan import Action, PlanOptions
from tfk8s.spec import ServiceSpec

KEPT: dict[str, Any] = {
    "namespace": "serving",
    "model": {"source": "image:///models/resnet"},
    "image": {"base": "registry.example.com/resnet:1"},
    "expose": {"ports": ["rest", "grpc"], "servicePorts": {"rest": 80}},
    "existing": {
        "deployment": "by-hand",
        "service": "way-in",
        "selector": {"app": "half"},
        "serviceSelector": {"tier": "web"},
        "serverPorts": {"rest": 8500, "grpc": 9000},
        "portNames": {"rest": "http"},
    },
}


def kept(**changes: Any) -> ServiceSpec:
    return spec(**{**KEPT, **changes})


def deployable(**changes: Any) -> Deployable:
    return render_service(kept(**changes), base=Path()).deployable


def by_hand(kind: str, name: str, body: JsonObject, *, api_version: str = "v1") -> JsonObject:
    metadata: JsonObject = {"name": name, "namespace": "serving"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def test_old_and_new_pods_are_selected_and_lead_to_the_same_ports() -> None:
    made = {item.ref.kind + "/" + item.ref.name: item.body for item in deployable().manifests}
    deployment, service = made["Deployment/by-hand"], made["Service/way-in"]

    labels = object_at(deployment, "spec", "template", "metadata", "labels")
    assert {"app": "half", "tier": "web"}.items() <= labels.items()
    assert object_at(deployment, "spec", "selector", "matchLabels") == {"app": "half"}
    assert object_at(service, "spec", "selector") == {"tier": "web"}
    ports = {(port["name"], port["port"], port["targetPort"]) for port in objects_at(service, "spec", "ports")}
    assert ports == {("http", 80, 8500), ("grpc", 8500, 9000)}


def test_pods_and_objects_are_found_by_what_is_kept() -> None:
    cluster = FakeCluster()
    for name in ("old", "new"):
        cluster.put(
            {**by_hand("Pod", name, {}), "metadata": {"name": name, "namespace": "serving", "labels": {"tier": "web"}}}
        )
    cluster.put(by_hand("Deployment", "by-hand", {"spec": {}}, api_version="apps/v1"))
    cluster.put(by_hand("Service", "way-in", {"spec": {}}))

    snapshot = take_snapshot(ServiceName.of(kept()), cluster=cluster)

    assert [text_at(pod, "metadata", "name") for pod in snapshot.pods] == ["new", "old"]
    assert text_at(snapshot.deployment, "metadata", "name") == "by-hand"
    assert text_at(snapshot.service, "metadata", "name") == "way-in"


def test_ports_are_told_apart_whatever_they_are_called_and_numbered() -> None:
    service = next(item.body for item in deployable().manifests if item.ref.name == "way-in")

    numbers = {way: (service_port(service, transport=way) or {}).get("port") for way in ("rest", "grpc")}

    assert numbers == {"rest": 80, "grpc": 8500}
    assert deployable().transport() == "rest"
    assert (
        deployable(expose={"ports": ["grpc"]}, existing={**KEPT["existing"], "portNames": {"grpc": ""}}).transport()
        == "grpc"
    )


def test_an_ingress_under_another_name_is_the_front() -> None:
    expose = {"type": "Ingress", "host": "a.example.com", "tls": "none"}
    existing = {**KEPT["existing"], "ingress": "door", "portNames": {"rest": ""}}
    rendered = deployable(expose=expose, existing=existing)
    cluster = FakeCluster()
    for item in rendered.manifests:
        if item.ref.kind in ("Service", "Ingress"):
            cluster.put(item.body)

    front = find_front(rendered.service, cluster=cluster, transport="rest")

    assert front is not None
    assert front.ref.name == "door"
    (rule,) = objects_at(next(item.body for item in rendered.manifests if item.ref.name == "door"), "spec", "rules")
    assert objects_at(rule, "http", "paths")[0]["backend"] == {"service": {"name": "way-in", "port": {"number": 8501}}}


@pytest.mark.parametrize("force", [False, True])
def test_what_was_made_by_hand_is_taken_over_whole_and_only_when_asked(force: bool) -> None:
    cluster = FakeCluster()
    old: JsonObject = {"spec": {"selector": {"matchLabels": {"app": "half"}}, "replicas": 1, "paused": True}}
    cluster.put(by_hand("Deployment", "by-hand", old, api_version="apps/v1"), manager="kubectl-client-side-apply")
    wanted = deployable()

    options = PlanOptions(force_conflicts=force, instance="resnet")
    plan = plan_service(wanted, cluster=cluster, options=options).plan

    (change,) = [item for item in plan.changes if item.ref.kind == "Deployment"]
    if not force:
        assert change.action is Action.BLOCKED
        assert "kubectl-client-side-apply" in change.reason
        return
    assert change.action is Action.UPDATE
    assert any(item.path == ".spec.paused" and item.after is None for item in change.differences)
    carry_out(plan, world=World(cluster=cluster, clock=FakeClock(), reporter=Recorder()), result=ApplyResult())
    live = cluster.get(change.ref) or {}
    assert "paused" not in object_at(live, "spec")
    assert plan_service(wanted, cluster=cluster, options=PlanOptions(instance="resnet")).plan.pending == ()


def test_the_manifest_of_a_kept_object_names_it() -> None:
    refs = {item.ref for item in deployable().manifests}

    assert {deployable().deployment, deployable().service} <= refs
    assert Manifest.of(by_hand("Service", "way-in", {})).ref == deployable().service
