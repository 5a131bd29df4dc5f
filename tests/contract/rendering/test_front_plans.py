"""Fronts on a real API server: planned, applied, left alone by a second plan, pruned, refused without their kinds."""

from __future__ import annotations

import json

import pytest

from tests.fakes.clock import FakeClock
from tests.golden.golden_cases import CASES, Case, case
from tests.testbed.fixtures import Cluster
from tfk8s.app.carry_out import ApplyResult, World, carry_out
from tfk8s.app.planning import plan_service, read_inventory
from tfk8s.app.record import record
from tfk8s.app.rendering import render_service
from tfk8s.app.service import Deployable
from tfk8s.cluster import connect
from tfk8s.errors import PreconditionError
from tfk8s.manifest.release import parse_minor
from tfk8s.plan import Action, PlanOptions
from tfk8s.ports import SilentReporter
from tfk8s.spec.gke_iap import GATEWAY_SECRET_ENTRIES, INGRESS_SECRET_ENTRIES

pytestmark = pytest.mark.control_plane

FRONTS = [found for found in CASES if found.name.startswith(("gateway-", "ingress-"))]
CLASSES = (
    "eg",
    "gke-l7-global-external-managed",
    "gke-l7-global-external-managed-mc",
    "gke-l7-regional-external-managed",
)


CLIENT: dict[str, object] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "stringData": dict.fromkeys((*GATEWAY_SECRET_ENTRIES, *INGRESS_SECRET_ENTRIES), "of an OAuth client"),
}
"""What the cases with Identity-Aware Proxy name."""


def deployable(wanted: Case, *, namespace: str, release: str) -> Deployable:
    """The case in a namespace that is there already."""
    spec = wanted.spec().model_copy(update={"namespace": namespace, "create_namespace": False})
    minor = parse_minor(release)
    return render_service(spec, base=wanted.folder, infos=wanted.infos(), kubernetes_minor=minor).deployable


def world_of(cluster: Cluster) -> World:
    return World(cluster=connect(kubeconfig=cluster.kubeconfig), clock=FakeClock(), reporter=SilentReporter())


def put(cluster: Cluster, *objects: dict[str, object]) -> None:
    """Apply as somebody else."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    cluster.kubectl("apply", "--server-side", "--field-manager=somebody", "-f", "-", stdin=text)


@pytest.fixture
def cluster(control_plane_with_kinds: Cluster) -> Cluster:
    """A control plane with the classes that the cases name, and the Gateway that one of them joins."""
    api = "gateway.networking.k8s.io/v1"
    classes: list[dict[str, object]] = [
        {
            "apiVersion": api,
            "kind": "GatewayClass",
            "metadata": {"name": name},
            "spec": {"controllerName": "networking.gke.io/a" if name.startswith("gke-") else "gateway.envoyproxy.io/a"},
        }
        for name in CLASSES
    ]
    listener = {"name": "https", "port": 80, "protocol": "HTTP"}
    shared: dict[str, object] = {
        "apiVersion": api,
        "kind": "Gateway",
        "metadata": {"name": "shared", "namespace": "infra"},
        "spec": {"gatewayClassName": "eg", "listeners": [listener]},
    }
    put(control_plane_with_kinds, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "infra"}}, *classes)
    put(control_plane_with_kinds, shared)
    return control_plane_with_kinds


def bring(wanted: Deployable, *, world: World) -> list[str]:
    """Apply without waiting for pods, which a control plane alone never has; gives the actions."""
    options = PlanOptions(instance=wanted.name.name)
    planned = plan_service(wanted, cluster=world.cluster, options=options)
    record(wanted.name, planned.inventory.joined(wanted.manifests), world=world)
    carry_out(planned.plan, world=world, result=ApplyResult())
    record(wanted.name, read_inventory(wanted.name, cluster=world.cluster).settled(wanted.manifests), world=world)
    return [f"{change.action.value} {change.ref.kind}" for change in planned.plan.changes]


@pytest.mark.parametrize("wanted", FRONTS, ids=lambda found: found.name)
def test_a_front_that_was_applied_is_planned_as_unchanged(wanted: Case, cluster: Cluster, kinds_namespace: str) -> None:
    world = world_of(cluster)
    service = deployable(wanted, namespace=kinds_namespace, release=cluster.version)
    put(cluster, {**CLIENT, "metadata": {"name": "half-plus-iap", "namespace": kinds_namespace}})

    first = bring(service, world=world)
    second = plan_service(service, cluster=world.cluster, options=PlanOptions(instance=service.name.name)).plan

    assert {line.split()[0] for line in first} == {Action.CREATE.value}
    assert [str(change.ref) for change in second.changes if change.action is not Action.UNCHANGED] == []


def test_another_type_prunes_what_only_the_old_one_needed(cluster: Cluster, kinds_namespace: str) -> None:
    world = world_of(cluster)
    before, after = (
        deployable(case(name), namespace=kinds_namespace, release=cluster.version)
        for name in ("gateway-envoy", "ingress-nginx")
    )
    bring(before, world=world)

    actions = bring(after, world=world)

    gone = ["prune BackendTrafficPolicy", "prune GRPCRoute", "prune HTTPRoute", "prune HTTPRoute", "prune Gateway"]
    assert [line for line in actions if line in gone] == gone
    assert "create Ingress" in actions
    assert all(world.cluster.get(item.ref) is None for item in before.manifests if f"prune {item.ref.kind}" in gone)


def test_a_cluster_without_the_gateway_api_is_told_so_before_anything_is_written(
    control_plane: Cluster, cp_namespace: str
) -> None:
    world = world_of(control_plane)
    service = deployable(case("gateway-envoy"), namespace=cp_namespace, release=control_plane.version)

    with pytest.raises(PreconditionError) as refused:
        plan_service(service, cluster=world.cluster, options=PlanOptions())

    assert "does not serve Gateway and HTTPRoute and GRPCRoute of gateway.networking.k8s.io/v1" in refused.value.message
    assert "standard-install.yaml" in (refused.value.hint or "")
