"""`tfk8s cluster create`, `credentials`, `delete` and `pools` without a cloud."""

from __future__ import annotations

import pytest

from tests.fakes.managed import Desk, FakeKubeconfig, detail, pool
from tfk8s.app.cluster_choice import ChosenCluster, ClusterChoice, choose
from tfk8s.app.cluster_create import create, preview_lines
from tfk8s.app.cluster_credentials import write_credentials
from tfk8s.app.cluster_delete import delete_cluster, plan_cluster_deletion
from tfk8s.app.cluster_pools import add_pool, change_pool
from tfk8s.errors import CloudError, InputError, PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.ownership import ownership_labels
from tfk8s.ports import ClusterUnreachableError, FieldDifference, PoolChange
from tfk8s.ports.kubeconfig import KubeconfigChange
from tfk8s.spec import load_spec

NAME = "resnet-serving-cluster"
CONTEXT = f"gke_my-project_us-central1-a_{NAME}"
SPEC = f"""\
apiVersion: tfk8s.dev/v1
name: resnet
model: {{source: ./m}}
image: {{repository: us-central1-docker.pkg.dev/my-project/models/resnet}}
cluster:
  provider: gke
  project: my-project
  location: us-central1-a
  name: {NAME}
  nodePools: [{{name: big, nodes: 1, machineType: e2-standard-8}}]
"""
DIFFERENCE = FieldDifference(field="nodes", wanted="5", found="3", remedy="tfk8s cluster pools resize default-pool")


def of_spec() -> ChosenCluster:
    return choose(ClusterChoice(spec=load_spec(SPEC)), environ={})


def named() -> ChosenCluster:
    return choose(ClusterChoice(name=NAME, spec=load_spec(SPEC)), environ={})


def service(name: str, *, kind: str = "LoadBalancer", ours: bool = True) -> JsonObject:
    labels: JsonObject = {**ownership_labels("resnet")} if ours else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "serving", "labels": labels},
        "spec": {"type": kind},
    }


def make(desk: Desk, *, with_kubeconfig: bool = True) -> str:
    request = of_spec().request
    preview = desk.clusters.preview(request)
    created = create(request, preview=preview, with_kubeconfig=with_kubeconfig, world=desk.world)
    return created.cluster.outcome.value


def test_a_missing_cluster_is_made_and_its_credentials_are_written() -> None:
    desk = Desk()

    assert make(desk) == "created"

    assert desk.clusters.changes == [f"create {NAME}"]
    assert list(desk.kubeconfig.entries) == [CONTEXT]


def test_creating_again_changes_nothing_and_shows_the_differences() -> None:
    desk = Desk()
    make(desk)
    desk.clusters.differences = (DIFFERENCE,)

    assert make(desk) == "unchanged"

    assert desk.clusters.changes == [f"create {NAME}"]
    shown = "\n".join(preview_lines(of_spec().request, desk.clusters.preview(of_spec().request)))
    assert f"{NAME} exists and differs in 1 fields" in shown
    assert "nodes: wanted 5, found 3" in shown
    assert "tfk8s cluster pools resize default-pool" in shown


def test_what_is_made_and_what_costs_is_told_before() -> None:
    lines = preview_lines(of_spec().request, Desk().clusters.preview(of_spec().request))

    assert lines == (f"create cluster {NAME}", "runs, and costs, until the cluster is deleted: 5 e2-medium")


def test_a_cluster_that_is_being_made_is_waited_for() -> None:
    desk = Desk()
    desk.clusters.details[NAME] = detail(NAME, status="PROVISIONING")

    (first, *_) = preview_lines(of_spec().request, desk.clusters.preview(of_spec().request))

    assert first == f"the cluster {NAME} does not run now: start it, or wait for what works on it"


def test_the_entry_is_the_one_that_gcloud_writes() -> None:
    desk = Desk()
    make(desk)

    entry = desk.kubeconfig.entries[CONTEXT]
    assert entry.cluster == {
        "certificate-authority-data": "LS0tLS1CRUdJTi1GQUtFLUNBLS0tLS0K",
        "server": "https://127.0.0.9",
    }
    assert entry.user == {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "gke-gcloud-auth-plugin",
            "installHint": "Install gke-gcloud-auth-plugin for use with kubectl by following "
            "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin",
            "provideClusterInfo": True,
        }
    }
    assert "secret" not in repr(entry)


def test_no_entry_is_written_when_none_is_wanted() -> None:
    desk = Desk()
    make(desk, with_kubeconfig=False)

    assert desk.kubeconfig.entries == {}


def test_credentials_of_a_cluster_that_does_not_run_say_what_to_do() -> None:
    desk = Desk()
    with pytest.raises(CloudError, match="does not exist") as caught:
        write_credentials(NAME, world=desk.world)
    assert "tfk8s cluster create" in str(caught.value.hint)

    desk.clusters.details[NAME] = detail(NAME, status="PROVISIONING")
    with pytest.raises(CloudError, match="does not run now"):
        write_credentials(NAME, world=desk.world)


def test_a_provider_without_an_address_writes_its_entry_itself() -> None:
    desk = Desk()
    desk.clusters.has_endpoint = False
    desk.clusters.details["tfk8s"] = detail("tfk8s", pool())

    written = write_credentials("tfk8s", world=desk.world)

    assert (desk.exported, desk.kubeconfig.entries) == (["tfk8s"], {})
    assert written.context == "kind-tfk8s"


def test_deletion_names_everything_that_goes() -> None:
    desk = Desk()
    make(desk)
    desk.cluster.put(service("resnet"))
    desk.cluster.put(service("inside", kind="ClusterIP"))
    desk.cluster.put(service("theirs", ours=False))

    text = "\n".join(plan_cluster_deletion(of_spec(), world=desk.world).lines())

    assert "delete the load balancer of Service/resnet in serving" in text
    assert f"delete the cluster {NAME} in us-central1-a with everything in it" in text
    assert "delete the node pool default-pool: 5 nodes of e2-medium and their disks" in text
    assert "also in it: Service/theirs in serving, whose load balancer may stay and be billed" in text
    assert "inside" not in text
    assert desk.cluster.writes == []


def test_load_balancers_of_ours_go_before_the_cluster_and_the_entry_after_it() -> None:
    desk = Desk()
    make(desk)
    desk.cluster.put(service("resnet"))
    desk.cluster.put(service("theirs", ours=False))
    order: list[str] = []
    desk.cluster.before_write = lambda what: order.append(f"{what} while there are {list(desk.clusters.details)}")

    delete_cluster(plan_cluster_deletion(of_spec(), world=desk.world), world=desk.world, timeout_s=60)

    assert order == [f"delete Service/resnet in serving while there are ['{NAME}']"]
    assert desk.clusters.changes == [f"create {NAME}", f"delete {NAME}"]
    assert (desk.clusters.details, desk.kubeconfig.entries) == ({}, {})


def test_a_cluster_that_is_gone_still_loses_its_entry() -> None:
    desk = Desk()
    make(desk)
    desk.clusters.details.clear()
    plan = plan_cluster_deletion(of_spec(), world=desk.world)

    delete_cluster(plan, world=desk.world, timeout_s=60)

    assert plan.is_empty
    assert desk.kubeconfig.entries == {}
    assert desk.clusters.changes == [f"create {NAME}"]


def test_a_cluster_of_others_is_deleted_only_when_it_is_named() -> None:
    desk = Desk()
    desk.clusters.details[NAME] = detail(NAME, pool(), is_ours=False)

    with pytest.raises(PreconditionError, match="was not made by tfk8s") as caught:
        plan_cluster_deletion(of_spec(), world=desk.world)
    assert f"tfk8s cluster delete {NAME}" in str(caught.value.hint)

    plan = plan_cluster_deletion(named(), world=desk.world)
    assert f"  {NAME} was not made by tfk8s" in plan.lines()


def test_a_cluster_that_does_not_answer_can_be_deleted_and_says_what_is_unknown() -> None:
    desk = Desk()
    make(desk)

    def unreachable() -> None:
        raise ClusterUnreachableError("the cluster does not answer", hint="is it running?")

    desk.cluster.before_read = unreachable
    plan = plan_cluster_deletion(of_spec(), world=desk.world)

    assert "  unknown what runs in it: the cluster does not answer" in plan.lines()
    delete_cluster(plan, world=desk.world, timeout_s=60)
    assert desk.clusters.details == {}


def test_workloads_of_others_are_named_and_the_clouds_own_are_not() -> None:
    desk = Desk()
    make(desk)
    for namespace, name in (("serving", "web"), ("kube-system", "dns"), ("gke-managed-system", "agent")):
        desk.cluster.put(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace}}
        )

    assert plan_cluster_deletion(of_spec(), world=desk.world).lost == ("Deployment/web in serving",)


def test_a_kubeconfig_that_is_broken_does_not_hold_up_a_deletion() -> None:
    class Broken(FakeKubeconfig):
        def remove(self, name: str) -> KubeconfigChange:
            raise PreconditionError("the kubeconfig config is broken, and was left alone", hint="move it aside")

    desk = Desk(kubeconfig=Broken())
    make(desk)

    delete_cluster(plan_cluster_deletion(of_spec(), world=desk.world), world=desk.world, timeout_s=60)

    assert desk.clusters.details == {}
    assert f"take the context {CONTEXT} out by hand" in str(desk.told.events)


IMAGES = "us-central1-docker.pkg.dev/my-project/models/resnet"


def test_the_image_repository_goes_only_when_it_is_asked_for_and_also_after_the_cluster() -> None:
    desk = Desk()
    desk.repositories.create(IMAGES, reporter=desk.told)
    kept = plan_cluster_deletion(of_spec(), world=desk.world)
    gone = plan_cluster_deletion(of_spec(), world=desk.world, delete_images=True)

    assert (kept.is_empty, gone.is_empty) == (True, False)
    assert f"delete the image repository of {IMAGES} with every image in it" in gone.lines()
    delete_cluster(gone, world=desk.world, timeout_s=60)
    assert desk.repositories.done == [f"created {IMAGES}", f"deleted {IMAGES}"]


def test_a_repository_of_others_or_of_no_spec_is_refused() -> None:
    desk = Desk()
    desk.repositories.there.add(IMAGES)

    with pytest.raises(PreconditionError, match="was not made by tfk8s"):
        plan_cluster_deletion(of_spec(), world=desk.world, delete_images=True)
    place: JsonObject = {"project": "my-project", "location": "us-central1-a"}
    other = choose(ClusterChoice(name="other", fields=place), environ={})
    with pytest.raises(InputError, match="no spec says which images"):
        plan_cluster_deletion(other, world=desk.world, delete_images=True)


def test_a_pool_of_the_spec_is_added_once() -> None:
    desk = Desk()
    make(desk)

    assert add_pool(of_spec(), "big", world=desk.world)
    desk.clusters.details[NAME] = detail(NAME, pool(), pool("big"))
    assert not add_pool(of_spec(), "big", world=desk.world)

    assert desk.clusters.changes[1:] == [f"add big to {NAME}"]
    with pytest.raises(InputError, match="describes no node pool small") as caught:
        add_pool(of_spec(), "small", world=desk.world)
    assert "there are: big" in str(caught.value.hint)


def test_sizes_are_changed_only_when_they_are_others() -> None:
    desk = Desk()
    scaled = pool("scaled", zones=3, nodes=6, fewest_nodes=3, most_nodes=9, is_autoscaled=True)
    desk.clusters.details[NAME] = detail(NAME, pool(), scaled)

    def change(**sizes: int) -> bool:
        name = "default-pool" if "nodes" in sizes and sizes["nodes"] > 4 else "scaled"
        return change_pool(of_spec(), PoolChange(pool=name, **sizes), world=desk.world)

    assert not change(nodes=5)
    assert not change(nodes=2)
    assert not change(min_nodes=1, max_nodes=3)
    assert not change(max_nodes=3)
    assert desk.clusters.changes == []
    assert change(nodes=6)
    assert change(max_nodes=5)
    assert desk.clusters.changes == [
        f"change default-pool of {NAME} to (6, None, None)",
        f"change scaled of {NAME} to (None, None, 5)",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (PoolChange(pool="none", nodes=1), "has no node pool none"),
        (PoolChange(pool="scaled", nodes=9), "9 nodes in each zone are outside the bounds"),
        (PoolChange(pool="scaled", min_nodes=5, max_nodes=2), "exclude each other"),
        (PoolChange(pool="scaled", min_nodes=5), "at least 5 nodes and at most 3"),
    ],
)
def test_sizes_that_cannot_be_are_refused_before_anything_is_sent(change: PoolChange, message: str) -> None:
    desk = Desk()
    scaled = pool("scaled", zones=3, nodes=6, fewest_nodes=3, most_nodes=9, is_autoscaled=True)
    desk.clusters.details[NAME] = detail(NAME, scaled)

    with pytest.raises(InputError, match=message):
        change_pool(of_spec(), change, world=desk.world)

    assert desk.clusters.changes == []
