"""A cluster reached by address, authority and token alone, as GKE gives them: no kubeconfig, nothing on the PATH."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.control_plane.conftest import Desk
from tests.testbed.certificates import authority
from tfk8s.cluster import KubernetesCluster, connect_endpoint
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifest
from tfk8s.manifest.fields import text_at
from tfk8s.ports import ClusterEndpoint, ObjectQuery

pytestmark = pytest.mark.control_plane
CONTEXT = "gke_my-project_us-central1-a_resnet-serving-cluster"


@pytest.fixture(autouse=True)
def _nothing_else_to_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def endpoint(desk: Desk, **changed: Any) -> ClusterEndpoint:
    """What a provider would say of the control plane."""
    content = json.loads(desk.testbed.kubeconfig.read_text())
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    given = {
        "server": cluster["server"],
        "ca_certificate": Path(cluster["certificate-authority"]).read_bytes(),
        "token": lambda: user["token"],
    }
    return ClusterEndpoint(**{**given, **changed})


def connected(desk: Desk, **changed: Any) -> KubernetesCluster:
    return connect_endpoint(endpoint(desk, **changed), context=CONTEXT)


def test_objects_are_read_listed_applied_and_deleted_with_no_program_on_the_path(desk: Desk, tmp_path: Path) -> None:
    cluster = connected(desk)
    manifest = Manifest.of(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": desk.namespace}}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))

        cluster.apply(manifest)
        got = cluster.get(manifest.ref)
        listed = cluster.list(ObjectQuery(api_version="v1", kind="ConfigMap", namespace=desk.namespace))
        deleted = cluster.delete(manifest.ref)

    assert got is not None
    assert "a" in [text_at(item, "metadata", "name") for item in listed]
    assert deleted
    assert str(cluster.identity).startswith(f"context {CONTEXT} (https://")


def test_the_token_is_asked_for_before_each_request_so_that_one_that_ran_out_is_replaced(desk: Desk) -> None:
    good = endpoint(desk).token()
    given = iter(["wrong", good, good])
    cluster = connected(desk, token=lambda: next(given))

    with pytest.raises(PreconditionError, match="wrong or has expired") as caught:
        cluster.release()
    assert "gcloud auth application-default login" in str(caught.value.hint)
    assert "wrong" not in str(caught.value.details)

    assert cluster.release().startswith("v1.")


def test_a_login_that_fails_is_told_in_its_own_words(desk: Desk) -> None:
    def token() -> str:
        raise PreconditionError("no login of Google Cloud", hint="log in")

    with pytest.raises(PreconditionError, match="no login of Google Cloud"):
        connected(desk, token=token).release()


def test_another_authority_is_not_trusted(desk: Desk, tmp_path: Path) -> None:
    other = authority(tmp_path, name="another").certificate.read_bytes()

    with pytest.raises(PreconditionError, match="is not trusted") as caught:
        connected(desk, ca_certificate=other).release()

    assert "authority" in str(caught.value.hint)


def test_an_authority_that_is_no_certificate_is_told_before_anything_is_sent(desk: Desk) -> None:
    with pytest.raises(PreconditionError, match=f"certificate authority of {CONTEXT}"):
        connected(desk, ca_certificate=b"-----BEGIN-FAKE-CA-----\n")


def test_a_token_is_never_shown(desk: Desk) -> None:
    assert endpoint(desk).token() not in repr(endpoint(desk))
