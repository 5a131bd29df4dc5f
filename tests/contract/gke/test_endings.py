"""Every way in which an operation ends without success: its message, what to do next, the operation's name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.contract.gke.clusters import Gke
from tests.contract.gke.works import add_pool, delete, ensure, resize
from tests.fakes.gke import faults
from tests.fakes.gke.server import FakeGke
from tfk8s.errors import Tfk8sError

pytestmark = pytest.mark.contract


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
