"""`tfk8s cluster` as a user runs it: the real command line and client library against the server, without gcloud."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.fakes.gke import faults
from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.server import FakeGke
from tfk8s.cli.main import root

NAME = "resnet-serving-cluster"
CONTEXT = f"gke_my-project_us-central1-a_{NAME}"
PLACE = ("--project", "my-project", "--zone", "us-central1-a")
Run = Callable[..., Result]


@pytest.fixture
def run(server: FakeGke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs tfk8s in a folder of its own, logged in by a token."""
    monkeypatch.chdir(tmp_path)
    server.world.looks = 1  # how often an operation is looked at before it is over; the clock is the real one
    environment = {
        "HOME": str(tmp_path),
        "PATH": str(tmp_path),
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        **server.environment(),
    }
    names = ("CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_COMPUTE_ZONE", "CLOUDSDK_COMPUTE_REGION")
    runner = CliRunner(env={**dict.fromkeys(names), **environment})
    return lambda *arguments, **options: runner.invoke(root, ["cluster", *arguments], **options)


def succeeded(result: Result) -> Result:
    assert result.exit_code == 0, result.output
    return result


def made(run: Run, *more: str) -> Result:
    return succeeded(run("create", NAME, *PLACE, "--nodes", "5", *more))


def sent(server: FakeGke, method: str) -> list[dict[str, Any]]:
    return [json.loads(json.dumps(call.request)) for call in server.calls if call.method == method]


def kubeconfig(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((folder / "kubeconfig").read_text())
    return content


def test_the_seed_command_makes_five_nodes_shows_what_costs_and_writes_the_context(
    run: Run, server: FakeGke, tmp_path: Path
) -> None:
    """K28.2."""
    result = made(run)

    (request,) = sent(server, "CreateCluster")
    assert request["parent"] == "projects/my-project/locations/us-central1-a"
    assert request["cluster"]["nodePools"][0]["initialNodeCount"] == 5
    place = f"create cluster {NAME} in the zone us-central1-a of project my-project"
    assert result.stderr.splitlines()[0] == place  # before anything is sent
    assert "runs, and costs, until the cluster is deleted: " in result.stderr
    assert "operation operation-" in result.stderr
    assert result.stdout.startswith(f"{NAME} created; context {CONTEXT}")
    assert kubeconfig(tmp_path)["current-context"] == CONTEXT


def test_creating_again_says_that_it_exists_and_lists_the_differences(run: Run, server: FakeGke) -> None:
    """K27.1."""
    made(run)

    again = made(run)
    changed = succeeded(run("create", NAME, *PLACE, "--nodes", "7", "-o", "json"))

    assert f"{NAME} exists, and is as it is wanted" in again.stdout
    (difference,) = json.loads(changed.stdout)["differences"]
    assert (difference["field"], difference["wanted"], difference["found"]) == ("nodes", "7", "5")
    remedy = difference["remedy"]
    assert remedy.startswith(f"tfk8s cluster pools resize default-pool --nodes 7 --cluster {NAME} ")
    succeeded(run(*remedy.removeprefix("tfk8s cluster ").split()))  # without a spec: the command is whole
    assert len(sent(server, "CreateCluster")) == 1


def test_a_dry_run_prints_the_request_and_sends_nothing(run: Run, server: FakeGke, tmp_path: Path) -> None:
    as_yaml = made(run, "--dry-run")
    as_json = made(run, "--dry-run", "-o", "json")

    request = json.loads(as_json.stdout)
    assert yaml.safe_load(as_yaml.stdout) == request
    assert request["parent"] == "projects/my-project/locations/us-central1-a"
    assert request["cluster"]["name"] == NAME
    assert sent(server, "CreateCluster") == []
    assert not (tmp_path / "kubeconfig").exists()


def test_the_entry_is_gclouds_and_the_rest_of_the_file_stays(run: Run, tmp_path: Path) -> None:
    mine = "# mine\nclusters:\n- name: a\n  cluster: {server: 'https://a'}\ncontexts: []\nusers: []\n"
    (tmp_path / "kubeconfig").write_text(mine)
    made(run, "--no-kubeconfig")
    assert (tmp_path / "kubeconfig").read_text() == mine

    result = succeeded(run("credentials", NAME, *PLACE))

    content = kubeconfig(tmp_path)
    assert (tmp_path / "kubeconfig").read_text().startswith(mine.partition("contexts")[0])
    assert [item["name"] for item in content["clusters"]] == ["a", CONTEXT]
    (user,) = content["users"]
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert "token" not in user["user"]
    assert f"context {CONTEXT} in {tmp_path / 'kubeconfig'} is the current one" in result.stdout
    assert json.loads(succeeded(run("credentials", NAME, *PLACE, "-o", "json")).stdout)["changed"] is False


def test_the_entry_names_the_address_and_the_authority_of_the_cluster(
    run: Run, server: FakeGke, tmp_path: Path
) -> None:
    authority = b"-----BEGIN CERTIFICATE-----\n"
    server.world.behind[NAME] = Behind(endpoint="127.0.0.9:6443", ca=authority)
    made(run)

    (cluster,) = kubeconfig(tmp_path)["clusters"]
    assert cluster["cluster"]["server"] == "https://127.0.0.9:6443"
    assert base64.b64decode(cluster["cluster"]["certificate-authority-data"]) == authority


def test_clusters_are_listed_with_their_makers(run: Run) -> None:
    assert "no clusters" in succeeded(run("list", "--project", "my-project")).stdout
    made(run)

    listed = succeeded(run("list", "--project", "my-project")).stdout.splitlines()
    shown = json.loads(succeeded(run("list", "--project", "my-project", "-o", "json")).stdout)

    assert listed[0].split() == ["NAME", "LOCATION", "STATUS", "RELEASE", "NODES", "MADE", "BY"]
    assert listed[1].split()[:3] == [NAME, "us-central1-a", "RUNNING"]
    assert listed[1].split()[-2:] == ["5", "tfk8s"]
    assert shown["clusters"][0]["madeByTfk8s"] is True


def test_the_status_shows_pools_and_a_cluster_that_is_missing_says_how_to_make_it(run: Run) -> None:
    missing = run("status", NAME, *PLACE)
    assert missing.exit_code == 4
    assert "tfk8s cluster create" in missing.stderr
    made(run)

    shown = succeeded(run("status", NAME, *PLACE)).stdout

    assert f"{NAME} in us-central1-a: RUNNING" in shown
    assert "5 nodes, made by tfk8s" in shown
    assert "pool default-pool: 5 nodes of e2-medium" in shown


def test_a_pool_is_resized_and_autoscaled_once(run: Run, server: FakeGke) -> None:
    made(run)
    there = ("--cluster", NAME, *PLACE)

    assert "already" in succeeded(run("pools", "resize", "default-pool", "--nodes", "5", *there)).stdout
    assert (
        "would get nodes 7"
        in succeeded(run("pools", "resize", "default-pool", "--nodes", "7", "--dry-run", *there)).stdout
    )
    assert sent(server, "SetNodePoolSize") == []
    succeeded(run("pools", "resize", "default-pool", "--nodes", "7", *there))
    succeeded(run("pools", "autoscale", "default-pool", "--min-nodes", "1", "--max-nodes", "9", *there))

    assert [request["nodeCount"] for request in sent(server, "SetNodePoolSize")] == [7]
    (scaling,) = sent(server, "SetNodePoolAutoscaling")
    assert scaling["autoscaling"] == {"enabled": True, "minNodeCount": 1, "maxNodeCount": 9}
    assert "1 to 9 by autoscaling" in succeeded(run("status", NAME, *PLACE)).stdout


def test_deletion_is_shown_and_asked_for_and_takes_the_entry_along(run: Run, server: FakeGke, tmp_path: Path) -> None:
    """K28.2."""
    made(run)
    shown = succeeded(run("delete", NAME, *PLACE, "--dry-run"))
    refused = run("delete", NAME, *PLACE, input="n\n")
    assert refused.exit_code == 1
    assert sent(server, "DeleteCluster") == []

    gone = succeeded(run("delete", NAME, *PLACE, input="y\n"))

    assert f"delete the cluster {NAME} in us-central1-a with everything in it" in shown.stdout
    assert "delete the node pool default-pool: 5 nodes of e2-medium and their disks" in shown.stdout
    assert "nothing of this can be undone" in gone.stderr
    assert 0 <= gone.stderr.find(f"delete the cluster {NAME} in us-central1-a") < gone.stderr.index("operation")
    assert f"{NAME} is deleted" in gone.stdout
    assert len(sent(server, "DeleteCluster")) == 1
    content = kubeconfig(tmp_path)
    assert (content["clusters"], content["users"], content["current-context"]) == ([], [], "")
    assert "nothing to delete" in succeeded(run("delete", NAME, *PLACE, "--yes")).stdout


def test_a_region_works_as_a_zone_does(run: Run, server: FakeGke) -> None:
    """K27.2."""
    succeeded(run("create", NAME, "--project", "my-project", "--region", "us-central1", "--nodes", "1"))

    assert sent(server, "CreateCluster")[0]["parent"] == "projects/my-project/locations/us-central1"
    assert "3 nodes" in succeeded(run("status", NAME, "--project", "my-project", "--region", "us-central1")).stdout


def test_settings_reach_the_request(run: Run, server: FakeGke) -> None:
    made(run, "--machine-type", "e2-standard-4", "--set", "spot=true", "--set", "autoscaling.max=8")

    (pool,) = sent(server, "CreateCluster")[0]["cluster"]["nodePools"]
    assert pool["config"]["machineType"] == "e2-standard-4"
    assert pool["config"]["spot"] is True
    assert pool["autoscaling"]["maxNodeCount"] == 8


def test_a_region_multiplies_nodes_by_its_zones_and_says_so_with_all_quotas(run: Run) -> None:
    """K26.1."""
    there = ("--project", "my-project", "--region", "us-central1")
    shown = succeeded(
        run("create", NAME, *there, "--nodes", "4", "--machine-type", "e2-standard-2", "--dry-run")
    ).stderr

    assert "12 nodes of e2-standard-2 (4 in each of 3 zones)" in shown
    assert "24 CPUs, 12 external addresses, 1200 GB of SSD disks" in shown


def test_a_quota_that_does_not_suffice_is_told_with_its_numbers_and_asked_for_once(run: Run, server: FakeGke) -> None:
    """K26.2, K26.3."""
    short = faults.quota_in_words(("CPUS", 12.0, 4.0, 8.0, 8.0), ("SSD_TOTAL_GB", 300.0, 50.0, 250.0, 250.0))
    server.fail("CreateCluster", short, times=-1)

    refused = run("create", NAME, *PLACE, "--nodes", "5")

    assert refused.exit_code == 8
    assert "CPUS: 12 needed, 8 available" in refused.stderr
    assert "SSD_TOTAL_GB: 300 needed, 250 available" in refused.stderr
    assert all(word in refused.stderr for word in ("one zone", "diskType", "diskSizeGb"))
    assert len(sent(server, "CreateCluster")) == 1


def test_no_version_is_asked_for_and_one_that_is_refused_lists_those_on_offer(run: Run, server: FakeGke) -> None:
    """K27.3."""
    made(run)
    assert "initialClusterVersion" not in sent(server, "CreateCluster")[0]["cluster"]

    refused = run("create", "other", *PLACE, "--set", "version='1.20'")

    assert refused.exit_code == 8
    assert "1.34.1-gke.1" in refused.stderr


def test_a_change_of_a_pool_names_the_cluster_first(run: Run) -> None:
    """K28.2."""
    made(run)

    changed = succeeded(run("pools", "resize", "default-pool", "--nodes", "7", "--cluster", NAME, *PLACE))

    assert changed.stderr.splitlines()[0] == f"cluster {NAME} in us-central1-a (project my-project)"
