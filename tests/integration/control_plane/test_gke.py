"""A "GKE" cluster with a real API server behind it: made through GKE's protocol, reached by what GKE says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.gke.clusters import NAME, Gke, cluster, gke_for
from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.server import FakeGke
from tests.integration.control_plane.conftest import Desk
from tfk8s.cluster import connect_endpoint
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifest
from tfk8s.ports import ClusterAccess, ClusterRequest, SilentReporter

pytestmark = pytest.mark.control_plane


def behind(desk: Desk) -> Behind:
    """The control plane of the tests, as GKE would tell of it."""
    content = json.loads(desk.testbed.kubeconfig.read_text())
    found, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    authority = Path(found["certificate-authority"]).read_bytes()
    return Behind(endpoint=found["server"].removeprefix("https://"), ca=authority, token=user["token"])


def made(gke: Gke) -> ClusterAccess:
    return gke.provider.ensure(ClusterRequest(cluster=cluster()), reporter=SilentReporter()).access


def test_the_endpoint_the_authority_and_a_token_that_gke_gives_open_a_real_api_server(
    desk: Desk, tmp_path: Path
) -> None:
    with FakeGke() as server:
        server.stand_behind(NAME, behind(desk))
        gke = gke_for(server, state=tmp_path, token=lambda: server.environment(NAME)["GOOGLE_OAUTH_ACCESS_TOKEN"])
        access = made(gke)
        gke.close()
    assert access.endpoint is not None
    reached = connect_endpoint(access.endpoint, context=access.context)
    manifest = Manifest.of(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-gke", "namespace": desk.namespace}}
    )

    reached.apply(manifest)

    assert reached.get(manifest.ref) is not None
    assert reached.identity.context == f"gke_my-project_us-central1-a_{NAME}"


def test_another_token_than_that_of_the_login_is_turned_away(desk: Desk, tmp_path: Path) -> None:
    with FakeGke() as server:
        server.stand_behind(NAME, behind(desk))
        gke = gke_for(server, state=tmp_path, token=lambda: "not-this-one")
        access = made(gke)
        gke.close()
    assert access.endpoint is not None

    with pytest.raises(PreconditionError):
        connect_endpoint(access.endpoint, context=access.context).release()
