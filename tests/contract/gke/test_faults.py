"""Every failure of the API at every step: its message, what to do next, its exit code. Nothing is sent twice for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.contract.gke.clusters import NAME, Gke
from tests.contract.gke.fault_table import FAULTS, Fault
from tests.contract.gke.works import WANTED, add_pool, delete, ensure, rebound, resize
from tests.fakes.gke.server import CHANGES, FakeGke
from tfk8s.cloud.gke.api import PAUSES_S
from tfk8s.errors import Tfk8sError

pytestmark = pytest.mark.contract


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


def test_a_server_that_is_not_there_is_one_clear_error(gke: Gke, server: FakeGke) -> None:
    server.__exit__()

    with pytest.raises(Tfk8sError, match=r"Google's API does not answer \(UNAVAILABLE\)") as failed:
        gke.ensure()

    assert failed.value.exit_code == 8
    assert gke.clock.monotonic_s() == sum(PAUSES_S)
