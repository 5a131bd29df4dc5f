"""A cluster reached by address, authority and token alone, as GKE gives them: no kubeconfig, nothing on the PATH."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.server import FakeGke
from tests.integration.control_plane.conftest import Desk
from tests.testbed.certificates import authority
from tfk8s.cli.main import root
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


PLACE = "{provider: gke, project: my-project, location: us-central1-a, name: resnet-serving-cluster}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """Somebody's computer: logged in to Google Cloud, with a spec whose cluster GKE has made."""

    folder: Path
    desk: Desk

    def run(self, verb: str, *arguments: str) -> Result:
        """With the folder alone on the PATH: no gcloud, no kubectl, no plugin but what a test puts there."""
        spec = str(self.folder / "tfk8s.yaml")
        return CliRunner(env={"PATH": str(self.folder)}).invoke(root, [verb, "-f", spec, *arguments])

    def write_kubeconfig(self, *contexts: str, current: str) -> None:
        """Contexts that lead to nowhere, with a plugin that is not installed."""
        plugin = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "gke-gcloud-auth-plugin"}
        content = {
            "current-context": current,
            "clusters": [{"name": name, "cluster": {"server": "https://127.0.0.1:1"}} for name in contexts],
            "users": [
                {"name": name, "user": {"exec": plugin} if name == CONTEXT else {"token": "t"}} for name in contexts
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in contexts],
        }
        (self.folder / "kubeconfig").write_text(json.dumps(content))


@pytest.fixture
def laptop(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    desk.write_spec(cluster=PLACE)
    given = endpoint(desk)
    with FakeGke() as gke:
        gke.world.looks = 1  # the clock is the real one
        behind = Behind(endpoint=given.server.removeprefix("https://"), ca=given.ca_certificate, token=given.token())
        gke.world.behind["resnet-serving-cluster"] = behind
        for name, value in gke.environment("resnet-serving-cluster").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        created = CliRunner().invoke(root, ["cluster", "create", "--no-kubeconfig", "-f", str(tmp_path / "tfk8s.yaml")])
        assert created.exit_code == 0, created.output
        yield Laptop(folder=tmp_path, desk=desk)


def test_the_commands_reach_the_specs_cluster_without_kubeconfig_and_plugin(laptop: Laptop) -> None:
    """K28.1."""
    applied = laptop.run("apply", "--no-wait")
    status = laptop.run("status", "-o", "json")
    diff = laptop.run("diff", "--exit-code")

    assert applied.exit_code == 0, applied.output
    assert f"context {CONTEXT} (https://" in applied.stderr
    assert laptop.desk.kubectl("get", "deployment", "resnet", "-o", "name").strip() == "deployment.apps/resnet"
    assert json.loads(status.stdout)["namespace"] == laptop.desk.namespace
    assert diff.exit_code == 0, diff.output
    assert not (laptop.folder / "kubeconfig").exists()


def test_a_context_whose_plugin_is_missing_is_passed_over(laptop: Laptop) -> None:
    """K28.1."""
    laptop.write_kubeconfig(CONTEXT, current=CONTEXT)

    assert laptop.run("apply", "--no-wait").exit_code == 0


def test_without_a_login_it_is_said_why_one_is_needed_and_nothing_is_changed(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.write_kubeconfig("other", current="other")
    for name in ("TFK8S_GKE_ENDPOINT", "GOOGLE_OAUTH_ACCESS_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_GCE_CHECK", "true")

    refused = laptop.run("apply", "--no-wait")

    assert refused.exit_code == 4
    assert "there is no Google login on this computer" in refused.stderr
    assert f"no kubeconfig leads to the spec's cluster (context {CONTEXT})" in refused.stderr
    assert laptop.desk.kubectl("get", "deployments", "-o", "name") == ""


def test_a_kubeconfig_that_is_named_is_taken_at_its_word(laptop: Laptop) -> None:
    laptop.write_kubeconfig(CONTEXT, current=CONTEXT)

    named = laptop.run("apply", "--no-wait", "--kubeconfig", str(laptop.folder / "kubeconfig"))

    assert named.exit_code == 4
    assert "gke-gcloud-auth-plugin" in named.stderr


def test_a_context_of_the_cluster_beside_another_that_is_current_is_a_question(laptop: Laptop) -> None:
    """K28.3."""
    laptop.write_kubeconfig(CONTEXT, "other", current="other")
    (laptop.folder / "gke-gcloud-auth-plugin").touch(mode=0o755)

    refused = laptop.run("apply", "--no-wait")

    assert refused.exit_code == 4
    assert f"the spec means the cluster of context {CONTEXT}, and the current context is other" in refused.stderr
    assert laptop.desk.kubectl("get", "deployments", "-o", "name") == ""


def test_the_room_of_the_cluster_is_counted_on_its_own_nodes(laptop: Laptop) -> None:
    status = CliRunner().invoke(root, ["cluster", "status", "-f", str(laptop.folder / "tfk8s.yaml"), "-o", "json"])

    assert status.exit_code == 0, status.output
    room = json.loads(status.stdout)["room"]
    assert room["wanted"] == 2
    assert room["podCpuMillis"] == 100
