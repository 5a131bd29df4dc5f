"""Whether the service's most pods fit into the cluster's most nodes, and what helps when they do not."""

from __future__ import annotations

import pytest

from tests.fakes.managed import Desk, detail, pool
from tfk8s.app.cluster_choice import ChosenCluster, ClusterChoice, choose
from tfk8s.app.cluster_status import ClusterStatus, cluster_status, status_json, status_lines
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.ownership import ownership_labels
from tfk8s.ports import ClusterUnreachableError, FieldDifference, NodePool
from tfk8s.spec import load_spec

NAME = "serving"
SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {{source: "gs://models/resnet"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: {cpu}, memory: 1Gi{gpu}}}
scaling: {scaling}
cluster: {{provider: gke, project: my-project, location: us-central1-a, name: serving}}
"""
SCALED = "{min: 1, max: 10, metrics: [{cpu: 60}]}"


def of_spec(*, scaling: str = SCALED, cpu: str = "500m", gpu: str = "") -> ChosenCluster:
    return choose(ClusterChoice(spec=load_spec(SPEC.format(scaling=scaling, cpu=cpu, gpu=gpu))), environ={})


def look(desk: Desk, *pools: NodePool, chosen: ChosenCluster | None = None) -> ClusterStatus:
    desk.clusters.details[NAME] = detail(NAME, *pools)
    return cluster_status(chosen or of_spec(), world=desk.world)


def text(status: ClusterStatus) -> str:
    return "\n".join(status_lines(status))


def add_node(desk: Desk, name: str, *, pool_name: str = "default-pool", taint: str = "") -> None:
    taints: list[JsonObject] = [{"key": taint, "effect": "NoSchedule"}] if taint else []
    desk.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {"cloud.google.com/gke-nodepool": pool_name, "kubernetes.io/arch": "amd64"},
            },
            "spec": {"taints": [*taints]},
            "status": {"allocatable": {"cpu": "1930m", "memory": "5Gi", "pods": "110"}},
        }
    )


def add_pod(desk: Desk, name: str, *, node: str, cpu: str, owner: str = "ReplicaSet", ours: bool = False) -> None:
    labels: JsonObject = {**ownership_labels("resnet")} if ours else {}
    desk.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": "serving",
                "labels": labels,
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": owner, "name": "o", "uid": "u"}],
            },
            "spec": {"nodeName": node, "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]},
            "status": {"phase": "Running"},
        }
    )


def test_a_cluster_that_is_not_there_says_how_to_make_it() -> None:
    with pytest.raises(PreconditionError, match="there is no cluster serving") as caught:
        cluster_status(of_spec(), world=Desk().world)

    assert "tfk8s cluster create" in str(caught.value.hint)


def test_nodes_pools_operation_conditions_and_differences_are_shown() -> None:
    desk = Desk()
    desk.clusters.differences = (FieldDifference(field="nodes", wanted="3", found="5", remedy="resize it"),)
    shown = text(look(desk, pool(is_autoscaled=True, fewest_nodes=1, most_nodes=9, is_spot=True)))

    assert "serving in us-central1-a: RUNNING, Kubernetes 1.34.1-gke.1, 5 nodes, made by tfk8s" in shown
    assert "pool default-pool: 5 nodes of e2-medium, spot, 1 to 9 by autoscaling, RUNNING" in shown
    assert "differs in nodes: wanted 3, found 5; resize it" in shown


def test_pods_that_fit_are_said_to_fit_by_the_nodes_that_are_there() -> None:
    desk = Desk()
    for number in range(4):
        add_node(desk, f"n{number}")
        add_pod(desk, f"system-{number}", node=f"n{number}", cpu="300m", owner="DaemonSet")
        add_pod(desk, f"own-{number}", node=f"n{number}", cpu="500m", ours=True)

    status = look(desk, pool(nodes=4, most_nodes=4))

    assert status.room is not None
    assert status.room.pods == 12  # 1630m are left on each node: three pods of 500m; the service's own count as room
    assert "room for the service: all 10 pods fit (0.5 cores, 1024 MiB each; 12 would)" in text(status)
    assert status.remedy is None


def test_pods_that_do_not_fit_name_the_scarce_resource_and_the_command_that_raises_the_bound() -> None:
    desk = Desk()
    add_node(desk, "n0")
    add_pod(desk, "system", node="n0", cpu="300m", owner="DaemonSet")
    add_pod(desk, "other", node="n0", cpu="1")
    three_zones = pool(nodes=3, fewest_nodes=3, most_nodes=6, is_autoscaled=True, zones=3)

    status = look(desk, three_zones)

    assert status.room is not None
    # on the node that is there one pod beside others, on each of five further nodes three beside the system's own
    assert status.room.pods == 1 + 5 * 3
    assert status.room.short_of is None

    status = look(desk, three_zones, chosen=of_spec(scaling="{min: 1, max: 20, metrics: [{cpu: 60}]}"))

    assert "16 of 20 pods fit (0.5 cores, 1024 MiB each): short of cpu" in text(status)
    assert "let the pool default-pool grow by 2 more nodes" in text(status)
    assert "tfk8s cluster pools autoscale default-pool --max-nodes 3" in text(status)


def test_nodes_that_have_not_joined_yet_are_judged_by_their_machine() -> None:
    status = look(Desk(), pool(nodes=3, most_nodes=3))

    assert status.room is not None
    assert status.room.pods == 6


def test_a_pool_whose_nodes_are_closed_to_the_pods_is_no_room_however_large_it_may_grow() -> None:
    desk = Desk()
    add_node(desk, "n0", taint="dedicated")

    status = look(desk, pool(nodes=1, most_nodes=9, is_autoscaled=True))

    assert status.room is not None
    assert status.room.pods == 0


def test_a_pool_without_autoscaling_is_resized() -> None:
    desk = Desk()
    desk.cluster.before_read = _unreachable

    status = look(desk, pool(nodes=2, most_nodes=2), chosen=of_spec(scaling="{replicas: 9}"))

    assert "4 of 9 pods fit" in text(status)
    assert "give the pool default-pool 3 more nodes: tfk8s cluster pools resize default-pool --nodes 5" in text(status)


def test_a_pod_that_is_larger_than_every_node_needs_larger_machines() -> None:
    desk = Desk()
    desk.cluster.before_read = _unreachable

    status = look(desk, pool(), chosen=of_spec(cpu="4"))

    assert "0 of 10 pods fit (4 cores, 1024 MiB each): short of cpu" in text(status)
    assert "no node of the cluster has cpu for one pod" in text(status)
    assert "tfk8s cluster pools add POOL" in text(status)


def test_a_cluster_that_does_not_answer_is_judged_by_its_machines_and_says_so() -> None:
    desk = Desk()
    desk.cluster.before_read = _unreachable

    status = look(desk, pool())

    assert status.room is not None
    assert status.room.pods == 10
    assert "judged by their type alone" in str(desk.told.events)


def test_nodes_with_gpus_and_taints_are_no_room_for_pods_without() -> None:
    desk = Desk()
    add_node(desk, "n0")
    add_node(desk, "g0", pool_name="gpu", taint="nvidia.com/gpu")

    status = look(desk, pool(nodes=1, most_nodes=1), pool("gpu", nodes=1, most_nodes=5, gpus=1))

    assert status.room is not None
    assert {found.name: found.holds(status.room.need) for found in status.room.pools} == {"default-pool": 3, "gpu": 0}


def test_a_service_with_gpus_counts_the_gpus() -> None:
    desk = Desk()
    desk.cluster.before_read = _unreachable

    status = look(
        desk,
        pool(),
        pool("gpu", nodes=2, most_nodes=2, gpus=1),
        chosen=of_spec(scaling="{replicas: 3}", gpu=", gpu: 1"),
    )

    assert "2 of 3 pods fit (0.5 cores, 1024 MiB, 1 GPUs each): short of nvidia.com/gpu" in text(status)
    assert "tfk8s cluster pools resize gpu --nodes 3" in text(status)


def test_without_pools_nodes_follow_the_pods() -> None:
    assert "unknown: the cluster makes nodes as pods need them (Autopilot)" in text(look(Desk()))


def test_a_cluster_of_another_name_has_no_service_to_fit_in() -> None:
    desk = Desk()
    desk.clusters.details["other"] = detail("other", pool())
    place: JsonObject = {"project": "my-project", "location": "us-central1-a"}
    other = choose(ClusterChoice(name="other", fields=place), environ={})

    assert "no spec whose cluster this is" in text(cluster_status(other, world=desk.world))


def test_the_json_form_has_the_numbers() -> None:
    desk = Desk()
    desk.cluster.before_read = _unreachable

    shown = status_json(look(desk, pool(nodes=2, most_nodes=2)))

    assert shown["room"] == {
        "pods": 4,
        "wanted": 10,
        "shortOf": "cpu",
        "byPool": {"default-pool": 4},
        "podCpuMillis": 500,
        "podMemoryBytes": 2**30,
        "podGpus": 0,
        "remedy": "tfk8s cluster pools resize default-pool --nodes 5",
    }


def _unreachable() -> None:
    raise ClusterUnreachableError("the cluster does not answer", hint="is it running?")
