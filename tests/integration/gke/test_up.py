"""The whole job on GKE: from a model to an answer at the service's own address, and back to nothing.

Google's side is `google.py`; the nodes behind it are real, pull the pushed image under its real name, and get an
address for the service.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gke.google import Google, google, spec_text
from tests.integration.gke.killing import CommandLine
from tests.integration.gke.moments import at_event, at_gke, at_upload
from tests.registry.running import ARTIFACT_REGISTRY
from tests.registry.serving import push_model_server
from tests.testbed.certificates import Certificate
from tests.testbed.edge.fixtures import Edge
from tests.testbed.fixtures import Cluster
from tests.testbed.nodepulls import nodes_pull
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.xdist_group("node pulls")]

UP_S = 200.0


@pytest.fixture
def cloud(
    cluster: Cluster, registry_authority: Certificate, registry_certificate: Certificate, tmp_path: Path
) -> Iterator[Google]:
    folder = tmp_path / "google"
    with (
        google(cluster, folder=folder, authority=registry_authority, certificate=registry_certificate) as made,
        nodes_pull(ARTIFACT_REGISTRY, data=made.registry.data, folder=tmp_path / "door", nodes=cluster.nodes),
    ):
        yield made


@pytest.fixture
def desk(
    cloud: Google, namespace: str, server_image: str, models: Path, load_balancer: Edge, tmp_path: Path
) -> CommandLine:
    """A computer with a spec, a model and a Google login; no kubectl, gcloud, docker or kubeconfig is used."""
    del server_image  # the nodes hold its layers, and pull the model's alone
    load_balancer.give_addresses(namespace)
    base = push_model_server(cloud.registry, tmp_path)
    shutil.copytree(models / "half_plus", tmp_path / "spec" / "half_plus")
    spec = tmp_path / "spec" / "tfk8s.yaml"
    spec.write_text(spec_text(namespace=namespace, base=base))
    return CommandLine(spec=spec, environment=cloud.environment(tmp_path))


def _objects(cloud: Google, namespace: str, kinds: str = "deployment,service,hpa,pod,configmap") -> list[str]:
    listed = cloud.behind.kubectl("get", kinds, "--namespace", namespace, "--output=name").split()
    return sorted(name for name in listed if name != "configmap/kube-root-ca.crt")


def _pool(cloud: Google) -> JsonObject:
    (pool,) = objects_at(cloud.creations()[-1], "cluster", "nodePools")
    return pool


def test_up_on_gke_ends_in_an_answer_at_the_services_address_and_down_leaves_nothing(
    cloud: Google, desk: CommandLine, namespace: str, tmp_path: Path
) -> None:
    """K23.3. Killed on the way at the steps that take long; see test_killed.py for all the others."""
    (tmp_path / "q.json").write_text('{"instances": [2.0, 4.0]}')
    killed = [
        desk.killed(at_upload(cloud, after_bytes=10, method="PUT", path="/manifests/"), "up"),
        desk.killed(at_gke(cloud, "GetOperation", "after"), "up"),
        desk.killed(at_event("Waiting", what=f"Deployment/half in {namespace}"), "up"),
    ]

    up = desk.json("up", "--input", str(tmp_path / "q.json"), timeout_s=UP_S)
    cloud.registry.traffic.forget()
    again = desk.json("up", timeout_s=UP_S)
    predicted = desk.json("predict", str(tmp_path / "q.json"))
    status = desk.json("status")
    nodes = desk.json("cluster status")
    down = desk.run("down", "--yes", "--delete-images", timeout_s=UP_S)

    assert killed[:2] == [True, True]
    assert integer_at(_pool(cloud), "initialNodeCount") == 5
    assert [job.kind for job in cloud.gke.world.jobs.values()] == ["CREATE_CLUSTER", "DELETE_CLUSTER"]
    addresses = up["addresses"]
    assert isinstance(addresses, list)
    (address,) = addresses
    assert (text_at(up, "prediction", "url"), text_at(predicted, "url")) == (address, address)
    assert object_at(up, "prediction")["outputs"] == predicted["outputs"] == {"y": [3.0, 4.0]}
    assert (again["changed"], again["imageBuilt"], cloud.registry.traffic.blob_bytes()) == ([], False, 0)
    assert str(address) in json.dumps(status)
    assert nodes
    assert down.returncode == 0, down.stderr
    assert (cloud.clusters(), cloud.repositories()) == ([], [])
    assert _objects(cloud, namespace, "deployment,service,hpa,configmap") == []
    assert cloud.registry.proxy is not None
    assert cloud.registry.proxy.refused() == ()
    assert cloud.token not in json.dumps([up, again, predicted, status, nodes]) + down.stdout + down.stderr
