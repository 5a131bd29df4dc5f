"""Every failure of the API at every step: its message, what to do next, its exit code. Nothing is sent twice for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from google.rpc.status_pb2 import Status

from tests.contract.gke.clusters import NAME, Gke, cluster
from tests.fakes.gke import faults
from tests.fakes.gke.server import CHANGES, FakeGke
from tfk8s.cloud.gke.api import PAUSES_S
from tfk8s.errors import Tfk8sError
from tfk8s.ports import ClusterRequest
from tfk8s.ports.managed import PoolChange

pytestmark = pytest.mark.contract

GPU = {"name": "gpu-pool", "machineType": "g2-standard-8", "nodes": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What Google answers, and what the user must read.

    Attributes:
        says: parts of the message.
        hint: parts of what to do next.
        tries: how often a call that only reads is made; a call that changes something never more than once unless
            nothing was answered.
    """

    name: str
    status: Status
    exit_code: int
    says: tuple[str, ...]
    hint: tuple[str, ...]
    tries: int = 1


REPEATED = len(PAUSES_S) + 1
FAULTS = (
    Fault(
        name="the API is not enabled",
        status=faults.api_disabled(),
        exit_code=4,
        says=("the API container.googleapis.com is not enabled in the project my-project",),
        hint=("gcloud services enable container.googleapis.com --project my-project",),
    ),
    Fault(
        name="no billing",
        status=faults.billing_disabled(),
        exit_code=4,
        says=("the project my-project has no active billing account",),
        hint=("gcloud billing projects link my-project", "console.cloud.google.com/billing/linkedaccount?project="),
    ),
    Fault(
        name="no billing account",
        status=faults.billing_not_found(),
        exit_code=4,
        says=("the project my-project has no active billing account",),
        hint=("gcloud billing accounts list",),
    ),
    Fault(
        name="a permission is missing",
        status=faults.permission_denied(),
        exit_code=8,
        says=("the login lacks the permission container.clusters.create on projects/my-project",),
        hint=("gcloud projects add-iam-policy-binding my-project", "--role=roles/container.clusterAdmin"),
    ),
    Fault(
        name="a permission is missing, in words",
        status=faults.permission_in_words("container.clusters.get"),
        exit_code=8,
        says=("the login lacks the permission container.clusters.get",),
        hint=("--role=roles/container.clusterViewer",),
    ),
    Fault(
        name="the nodes' account may not be used",
        status=faults.permission_denied("iam.serviceAccounts.actAs", on="projects/my-project/serviceAccounts/nodes"),
        exit_code=8,
        says=("iam.serviceAccounts.actAs on projects/my-project/serviceAccounts/nodes",),
        hint=("--role=roles/iam.serviceAccountUser",),
    ),
    Fault(
        name="denied without a word",
        status=faults.status("PERMISSION_DENIED", "The caller does not have permission"),
        exit_code=8,
        says=("Google denied it",),
        hint=("gcloud auth list", "roles/container.admin"),
    ),
    Fault(
        name="no such project",
        status=faults.reasoned("PERMISSION_DENIED", "CONSUMER_INVALID", "Project 'my-project' not found or deleted."),
        exit_code=8,
        says=("there is no project my-project that this login may use",),
        hint=("gcloud projects list", "cluster.project"),
    ),
    Fault(
        name="the project is not for this login",
        status=faults.reasoned("PERMISSION_DENIED", "USER_PROJECT_DENIED", "Caller does not have required permission."),
        exit_code=8,
        says=("there is no project my-project that this login may use",),
        hint=("gcloud projects list",),
    ),
    Fault(
        name="no such location",
        status=faults.location_unknown("us-central1-z"),
        exit_code=8,
        says=("there is no location us-central1-a, or the project my-project may not use it",),
        hint=("gcloud compute zones list --project my-project", "cluster.location"),
    ),
    Fault(
        name="a policy on locations",
        status=faults.reasoned("PERMISSION_DENIED", "LOCATION_ORG_POLICY_VIOLATED", "Violates gcp.resourceLocations."),
        exit_code=8,
        says=("a policy of the organisation forbids it (LOCATION_ORG_POLICY_VIOLATED)",),
        hint=("administrator",),
    ),
    Fault(
        name="a service perimeter",
        status=faults.reasoned("PERMISSION_DENIED", "SECURITY_POLICY_VIOLATED", "Request is prohibited."),
        exit_code=8,
        says=("a policy of the organisation forbids it (SECURITY_POLICY_VIOLATED)",),
        hint=("administrator",),
    ),
    Fault(
        name="the login is not accepted",
        status=faults.unauthenticated(),
        exit_code=4,
        says=("Google does not accept the login, or it has expired",),
        hint=("gcloud auth application-default login",),
    ),
    Fault(
        name="the token has expired",
        status=faults.reasoned("UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED", "Request had invalid credentials."),
        exit_code=4,
        says=("the access token has expired",),
        hint=("log in again: gcloud auth application-default login",),
    ),
    Fault(
        name="the token's scope does not do",
        status=faults.reasoned("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Insufficient scopes."),
        exit_code=4,
        says=("made without the scope cloud-platform",),
        hint=("gcloud auth application-default login",),
    ),
    Fault(
        name="the account is gone",
        status=faults.reasoned("UNAUTHENTICATED", "ACCOUNT_STATE_INVALID", "Account is disabled."),
        exit_code=4,
        says=("the account of the login is disabled or deleted",),
        hint=("log in again",),
    ),
    Fault(
        name="quota, worked out by GKE",
        status=faults.quota_in_words(("CPUS", 5.0, 1.0, 8.0, 4.0)),
        exit_code=8,
        says=("the quota of the project my-project does not suffice: CPUS: 5 needed, 4 available, limit 8",),
        hint=("diskType", "diskSizeGb", "one zone", "console.cloud.google.com/iam-admin/quotas?project=my-project"),
    ),
    Fault(
        name="quota, several",
        status=faults.quota_in_words(("CPUS", 12.0, 4.0, 8.0, 8.0), ("SSD_TOTAL_GB", 300.0, 50.0, 250.0, 250.0)),
        exit_code=8,
        says=("CPUS: 12 needed, 8 available, limit 8", "SSD_TOTAL_GB: 300 needed, 250 available, limit 250"),
        hint=("fewer nodes",),
    ),
    Fault(
        name="quota, structured",
        status=faults.quota_structured(),
        exit_code=8,
        says=("SSD-TOTAL-GB-per-project-region: limit 250",),
        hint=("diskType: pd-standard",),
    ),
    Fault(
        name="quota, by reason",
        status=faults.quota_by_reason(),
        exit_code=8,
        says=("does not suffice: ClustersPerProject: limit 50",),
        hint=("iam-admin/quotas?project=my-project",),
    ),
    Fault(
        name="quota, unnamed",
        status=faults.status("RESOURCE_EXHAUSTED", "Quota exceeded."),
        exit_code=8,
        says=("the quota of the project my-project does not suffice",),
        hint=("iam-admin/quotas",),
    ),
    Fault(
        name="the network is missing",
        status=faults.network_missing("default"),
        exit_code=8,
        says=("the project my-project has no network default",),
        hint=("gcloud compute networks create default --subnet-mode=auto --project my-project", "cluster.network"),
    ),
    Fault(
        name="a field is refused",
        status=faults.field_invalid("Cluster.node_pools[0].config.machine_type", "is not available here"),
        exit_code=8,
        says=("GKE does not accept the request", "is not available here"),
        hint=("tfk8s cluster create --dry-run",),
    ),
    Fault(
        name="the state forbids it",
        status=faults.status("FAILED_PRECONDITION", "Cluster has deletion protection."),
        exit_code=8,
        says=("GKE refuses it in the present state",),
        hint=("look at the cluster: https://console.cloud.google.com/kubernetes/",),
    ),
    Fault(
        name="the server is no GKE",
        status=faults.status("UNIMPLEMENTED", "Method not found."),
        exit_code=8,
        says=("what answers is not the API of GKE",),
        hint=("TFK8S_GKE_ENDPOINT",),
    ),
    Fault(
        name="nobody answers",
        status=faults.unavailable(),
        exit_code=8,
        says=("Google's API does not answer (UNAVAILABLE)",),
        hint=("status.cloud.google.com", "run the same command again"),
        tries=REPEATED,
    ),
    Fault(
        name="the deadline is over",
        status=faults.deadline(),
        exit_code=8,
        says=("Google's API does not answer (DEADLINE_EXCEEDED)",),
        hint=("run the same command again",),
        tries=REPEATED,
    ),
    Fault(
        name="an error inside",
        status=faults.internal(),
        exit_code=8,
        says=("Google's API does not answer (INTERNAL)",),
        hint=("run the same command again",),
        tries=REPEATED,
    ),
    Fault(
        name="too many requests",
        status=faults.rate_limited(),
        exit_code=8,
        says=("too many requests of the project my-project",),
        hint=("wait a minute",),
        tries=REPEATED,
    ),
    Fault(
        name="a code of tomorrow",
        status=faults.status("DATA_LOSS", "Something was lost."),
        exit_code=8,
        says=("Something was lost",),
        hint=("https://console.cloud.google.com/kubernetes/",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A call that fails: the n-th one of its method while something is done with the cluster.

    Attributes:
        begins: what the message begins with.
        has_cluster: whether the cluster exists before.
    """

    name: str
    method: str
    begins: str
    run: Callable[[Gke], object]
    after: int = 0
    has_cluster: bool = False


WANTED = ClusterRequest(cluster=cluster(nodePools=[GPU]))


def ensure(gke: Gke) -> object:
    return gke.ensure(nodePools=[GPU])


def delete(gke: Gke) -> object:
    return gke.delete()


def resize(gke: Gke) -> None:
    gke.provider.change_pool(WANTED, PoolChange(pool="default-pool", nodes=2), reporter=gke.told)


def rebound(gke: Gke) -> None:
    change = PoolChange(pool="default-pool", min_nodes=1, max_nodes=3)
    gke.provider.change_pool(WANTED, change, reporter=gke.told)


def add_pool(gke: Gke) -> None:
    gke.provider.add_pool(WANTED, pool="gpu-pool", reporter=gke.told)


CREATE, DELETE, LOOK = f"cannot create the cluster {NAME}", f"cannot delete the cluster {NAME}", "cannot look at"
STEPS = (
    Step(name="looking first", method="GetCluster", begins=CREATE, run=ensure),
    Step(name="looking for an operation", method="ListOperations", begins=CREATE, run=ensure),
    Step(name="creating", method="CreateCluster", begins=CREATE, run=ensure),
    Step(name="waiting", method="GetOperation", begins=CREATE, run=ensure, after=1),
    Step(name="looking after", method="GetCluster", begins=CREATE, run=ensure, after=1),
    Step(name="describe", method="GetCluster", begins=LOOK, run=lambda gke: gke.provider.describe(NAME)),
    Step(
        name="list",
        method="ListClusters",
        begins="cannot list the clusters of the project my-project",
        run=lambda gke: gke.provider.list(),
    ),
    Step(
        name="detail",
        method="ListOperations",
        begins=LOOK,
        run=lambda gke: gke.provider.detail(WANTED),
        has_cluster=True,
    ),
    Step(name="looking before deleting", method="GetCluster", begins=DELETE, run=delete),
    Step(name="deleting", method="DeleteCluster", begins=DELETE, run=delete, has_cluster=True),
    Step(name="waiting for the end", method="GetOperation", begins=DELETE, run=delete, after=1, has_cluster=True),
    Step(
        name="adding a pool",
        method="CreateNodePool",
        begins="cannot add the node pool gpu-pool to",
        run=add_pool,
        has_cluster=True,
    ),
    Step(
        name="resizing a pool",
        method="SetNodePoolSize",
        begins="cannot change the node pool default-pool of",
        run=resize,
        has_cluster=True,
    ),
    Step(
        name="bounding a pool",
        method="SetNodePoolAutoscaling",
        begins="cannot change the node pool default-pool of",
        run=rebound,
        has_cluster=True,
    ),
)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_failure_says_what_to_do(fault: Fault, step: Step, gke: Gke, server: FakeGke) -> None:
    if step.has_cluster:
        gke.ensure()
        server.calls.clear()
    server.fail(step.method, fault.status, times=-1, after=step.after)

    with pytest.raises(Tfk8sError) as failed:
        step.run(gke)

    error = failed.value
    assert error.exit_code == fault.exit_code
    assert error.message.startswith(step.begins)
    assert not error.message.endswith(".")
    assert error.hint is not None
    is_change = step.method in CHANGES
    asked = len(server.requests(step.method)) - step.after
    if is_change and fault.tries > 1:  # begun or not: looked at each time, and told at the end
        assert asked >= 1
        assert all(part in f"{error.message} {gke.messages()}" for part in fault.says)
        return
    assert asked == fault.tries
    assert all(part in error.message for part in fault.says)
    assert all(part in error.hint for part in fault.hint)
    assert fault.status.message.removesuffix(".") in "\n".join((error.message, *error.details))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an operation ends, and what the user must read."""

    name: str
    failure: faults.OperationFailure
    says: tuple[str, ...]
    hint: tuple[str, ...]


ENDINGS = (
    Ending(
        name="no machines",
        failure=faults.stockout(),
        says=("Google has no machines of this kind left in us-central1-a at present",),
        hint=("another zone in cluster.location", "machineType", "try again later"),
    ),
    Ending(
        name="no machines, by reason",
        failure=faults.stockout_by_reason(),
        says=("Google has no machines of this kind left",),
        hint=("another zone",),
    ),
    Ending(
        name="no machines, by the other reason",
        failure=faults.stockout_by_reason("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"),
        says=("Google has no machines of this kind left",),
        hint=("another zone",),
    ),
    Ending(
        name="no machines, as older servers say it",
        failure=faults.condition_alone("GCE_STOCKOUT", "Try a different location, or try again later."),
        says=("Google has no machines of this kind left",),
        hint=("another zone",),
    ),
    Ending(
        name="no machines, in a quoted code",
        failure=faults.ended("RESOURCE_EXHAUSTED", "Not all instances running in IGM. Errors: [GCE_STOCKOUT]: x"),
        says=("Google has no machines of this kind left",),
        hint=("another zone",),
    ),
    Ending(
        name="quota at the nodes",
        failure=faults.quota_at_nodes(),
        says=("does not suffice: IN_USE_ADDRESSES: limit 8",),
        hint=("fewer nodes", "iam-admin/quotas?project=my-project"),
    ),
    Ending(
        name="quota, as older servers say it",
        failure=faults.condition_alone("GCE_QUOTA_EXCEEDED", "Quota 'CPUS' exceeded.  Limit: 24.0 in region x."),
        says=("does not suffice: CPUS: limit 24",),
        hint=("fewer nodes",),
    ),
    Ending(
        name="the service agent is gone",
        failure=faults.condition_alone("GKE_SERVICE_ACCOUNT_DELETED", "The robot account was deleted."),
        says=("the service agent of GKE was deleted or lost its role",),
        hint=("roles/container.serviceAgent",),
    ),
    Ending(
        name="the nodes' account lacks permissions",
        failure=faults.condition_alone("NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS", "Missing permissions."),
        says=("the service account of the nodes lacks permissions",),
        hint=("roles/container.defaultNodeServiceAccount",),
    ),
    Ending(
        name="the key cannot be used",
        failure=faults.condition_alone("CLOUD_KMS_KEY_ERROR", "Cannot encrypt."),
        says=("the key that encrypts the cluster's secrets cannot be used",),
        hint=("cryptoKeyEncrypterDecrypter",),
    ),
    Ending(
        name="cancelled",
        failure=faults.ended("CANCELLED", "Operation was cancelled."),
        says=("the operation was cancelled",),
        hint=("begin anew",),
    ),
    Ending(
        name="an error inside",
        failure=faults.ended("INTERNAL", "An unknown error has occurred."),
        says=("An unknown error has occurred",),
        hint=("https://console.cloud.google.com/kubernetes/",),
    ),
    Ending(
        name="the network went missing",
        failure=faults.ended("INVALID_ARGUMENT", 'Project "my-project" has no network named "default".'),
        says=("the project my-project has no network default",),
        hint=("gcloud compute networks create default",),
    ),
    Ending(
        name="a permission went missing",
        failure=faults.ended("PERMISSION_DENIED", 'Required "compute.networks.use" permission for "x".'),
        says=("the login lacks the permission compute.networks.use",),
        hint=("roles/compute.networkUser",),
    ),
)


@pytest.mark.parametrize("kind", ["CREATE_CLUSTER", "DELETE_CLUSTER", "CREATE_NODE_POOL", "SET_NODE_POOL_SIZE"])
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_an_operation_that_ends_without_success_says_what_to_do(
    ending: Ending, kind: str, gke: Gke, server: FakeGke
) -> None:
    work = {
        "CREATE_CLUSTER": ensure,
        "DELETE_CLUSTER": delete,
        "CREATE_NODE_POOL": add_pool,
        "SET_NODE_POOL_SIZE": resize,
    }
    if kind != "CREATE_CLUSTER":
        gke.ensure()
    server.fail_operation(kind, ending.failure)

    with pytest.raises(Tfk8sError) as failed:
        work[kind](gke)

    error = failed.value
    assert error.exit_code == 8
    assert error.message.startswith("cannot ")
    assert all(part in error.message for part in ending.says)
    assert error.hint is not None
    assert all(part in error.hint for part in ending.hint)
    operation = list(server.world.jobs)[-1]
    assert f"operation: {operation}" in error.details


def test_a_server_that_is_not_there_is_one_clear_error(gke: Gke, server: FakeGke) -> None:
    server.__exit__()

    with pytest.raises(Tfk8sError, match=r"Google's API does not answer \(UNAVAILABLE\)") as failed:
        gke.ensure()

    assert failed.value.exit_code == 8
    assert gke.clock.monotonic_s() == sum(PAUSES_S)
