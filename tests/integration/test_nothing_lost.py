"""What `make loss` measures, on the test cluster: ours loses nothing; a plain Deployment shows that losses are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.service import service
from tests.loss.clients import GRPC, KEPT, NEW
from tests.loss.measuring import Result, measure
from tests.loss.ours import Ours
from tests.loss.plain import Plain
from tests.loss.stages import ours, plain
from tests.testbed import versions
from tests.testbed.fixtures import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("host ports")]

RATE_PER_S = 5.0


@pytest.fixture
def ports(cluster: Cluster) -> tuple[int, int]:
    rest, grpc = cluster.host_ports
    return rest, grpc


@pytest.fixture
def our_service(
    tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path, ports: tuple[int, int]
) -> Iterator[Ours]:
    with (
        service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made,
        ours(made, kind=versions.CLUSTER_NAME, ports=ports) as stage,
    ):
        yield stage


@pytest.fixture
def plain_service(
    tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path, ports: tuple[int, int]
) -> Iterator[Plain]:
    with (
        service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made,
        plain(made, kind=versions.CLUSTER_NAME, ports=ports) as stage,
    ):
        yield stage


def lost(result: Result) -> dict[str, tuple[int, tuple[tuple[str, int], ...]]]:
    """Failures by client, with their reasons, of the clients that are promised to lose none."""
    return {each.client: (each.failed, each.reasons) for each in result.promised if each.failed}


def happen(stage: Ours | Plain, name: str, act: Callable[[], None]) -> Result:
    result = measure(name, act, stage=stage, rate_per_s=RATE_PER_S)
    assert all(each.asked > 20 for each in result.lost), result
    return result


def test_no_request_is_lost_when_a_pod_is_evicted_and_another_is_deleted(our_service: Ours) -> None:
    """K17.3, K20.2."""
    our_service.start(replicas=2)

    def both() -> None:
        our_service.evict_pod()
        our_service.pods.wait_until_serving(2)
        our_service.pods.delete_one(wait=False)

    assert lost(happen(our_service, "eviction, deletion", both)) == {}


def test_a_plain_deployment_loses_requests_of_every_client_when_its_image_changes(
    plain_service: Plain, server_image: str
) -> None:
    """So the measuring can see losses.

    The new image has no model, so its server never opens its ports. Without a readiness probe the new pod is ready
    for Kubernetes when its process runs: the roll-out succeeds, the old pod is taken away, and the Service leads to the
    new one alone. The same happens while a model is loaded, but there the clients may be lucky: it can be loaded before
    the Service leads to its pod.
    """
    plain_service.apply(version=1, replicas=1)

    result = happen(plain_service, "rolling update of the image", lambda: plain_service.become(server_image))

    assert {*lost(result)} == {NEW, KEPT, GRPC}, result
