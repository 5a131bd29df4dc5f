"""What `tfk8s image push` sent to a registry is pulled by a real node under the registry's own name, and serves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import Service, service
from tests.registry.running import ACCESS_TOKEN, ARTIFACT_REGISTRY, RunningRegistry, password_auth
from tests.registry.serving import push_model_server
from tests.testbed.fixtures import Cluster
from tests.testbed.nodepulls import nodes_pull
from tfk8s.manifest import JsonObject

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("node pulls")]

NOTHING = "sha256:" + 64 * "0"
REPOSITORY = f"{ARTIFACT_REGISTRY}/project/repository/half"


@pytest.fixture
def base(artifact_registry: RunningRegistry, server_image: str, tmp_path: Path) -> str:
    """The model server's image in the registry; the node has its layers already."""
    return push_model_server(artifact_registry, tmp_path)


@pytest.fixture
def half(
    tmp_path: Path,
    cluster: Cluster,
    namespace: str,
    base: str,
    models: Path,
    artifact_registry: RunningRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Service]:
    """A service whose image lies in the registry; its commands are logged in at Google, and its node may pull."""
    for name, value in artifact_registry.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOUDSDK_AUTH_ACCESS_TOKEN", ACCESS_TOKEN)
    with service(tmp_path / "half", cluster=cluster, namespace=namespace, image=base, models=models) as made:
        made.write(image={"base": base, "repository": REPOSITORY})
        yield made


@pytest.fixture
def bare(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    """A service whose image was never pushed."""
    folder = tmp_path / "half"
    with service(folder, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(image={"base": server_image, "repository": REPOSITORY, "digest": NOTHING})
        yield made


def test_a_pushed_image_is_pulled_by_the_node_and_answers(
    half: Service, cluster: Cluster, artifact_registry: RunningRegistry, tmp_path: Path
) -> None:
    (tmp_path / "q.json").write_text('{"instances": [2.0, 4.0]}')
    pushed = half.run("image push", "-o", "json")
    assert pushed.returncode == 0, pushed.stderr
    digest = str(json.loads(pushed.stdout)["digest"])
    half.write(image={"base": half.image, "repository": REPOSITORY, "digest": digest})

    with nodes_pull(
        ARTIFACT_REGISTRY, data=artifact_registry.data, folder=tmp_path / "door", nodes=cluster.nodes
    ) as pulls:
        applied = half.run("apply")
        answer = half.run("predict", str(tmp_path / "q.json"), "-o", "json")

    assert applied.returncode == 0, applied.stderr
    assert json.loads(answer.stdout)["outputs"] == {"y": [3.0, 4.0]}
    (pod,) = half.objects("pod")
    assert _image_id(pod) == f"{REPOSITORY}@{digest}"
    log = pulls.read_text()
    assert f"/v2/project/repository/half/manifests/{digest}" in log


@pytest.mark.parametrize("may_pull", [True, False], ids=["absent", "forbidden"])
def test_a_node_that_may_not_pull_is_told_from_an_image_that_is_not_there(
    bare: Service, cluster: Cluster, registry: RunningRegistry, tmp_path: Path, may_pull: bool
) -> None:
    """K08.4."""
    door = tmp_path / "door"
    auth = {} if may_pull else password_auth(door)

    with nodes_pull(ARTIFACT_REGISTRY, data=registry.data, folder=door, nodes=cluster.nodes, auth=auth):
        broken = bare.run("apply", "--no-rollback")

    assert broken.returncode == 6, broken.stderr
    assert f"{REPOSITORY}@{NOTHING}" in broken.stderr
    assert ("roles/artifactregistry.reader" in broken.stderr) == (not may_pull)
    assert (f"the registry has no image {REPOSITORY}" in broken.stderr) == may_pull


def _image_id(pod: JsonObject) -> str:
    """The image that the node runs, by the digest under which it was pulled."""
    status = pod["status"]
    assert isinstance(status, dict)
    containers = status["containerStatuses"]
    assert isinstance(containers, list)
    (container,) = containers
    assert isinstance(container, dict)
    return str(container["imageID"])
