"""`tfk8s drift` as a command, against a real API server that people and other tools write to with kubectl."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.integration.control_plane.conftest import FIXED, SCALED, Desk
from tests.testbed.replicas import scale_as_autoscaler
from tfk8s.cli.main import root
from tfk8s.manifest.ownership import service_selector

pytestmark = pytest.mark.control_plane

ALL = "deploy,svc,cm,sa,pdb,hpa,netpol"


def rendered(desk: Desk, *arguments: str) -> Path:
    """The files that Git would hold."""
    folder = desk.folder / "manifests"
    done = CliRunner().invoke(root, ["render", "-f", str(desk.folder / "tfk8s.yaml"), "--out", str(folder), *arguments])
    assert done.exit_code == 0, done.output
    return folder


def differing(desk: Desk, *arguments: str | Path) -> dict[str, dict[str, Any]]:
    """What drift says in JSON: fields by path, for each object as `state Kind`."""
    result = desk.run("drift", "-o", "json", *arguments)
    (service,) = json.loads(result.stdout)["services"]
    assert result.exit_code == (10 if service["objects"] else 0), result.output
    return {
        f"{item['state']} {item['kind']}": {field["path"]: field for field in item["fields"]}
        for item in service["objects"]
    }


def counted_by_autoscaler(desk: Desk) -> None:
    scale_as_autoscaler(desk.testbed, namespace=desk.namespace, deployment="resnet", count=4)


TOOLS: dict[str, Callable[[Desk, Path], object]] = {
    "tfk8s": lambda desk, _: desk.apply(),
    "argocd": lambda desk, files: desk.kubectl(
        "apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller", "-f", str(files)
    ),
    "flux": lambda desk, files: desk.kubectl(
        "apply", "--server-side", "--force-conflicts", "--field-manager=kustomize-controller", "-f", str(files)
    ),
    "helm": lambda desk, files: desk.kubectl("create", "--field-manager=helm", "-f", str(files)),
    "kubectl apply": lambda desk, files: desk.kubectl("apply", "-f", str(files)),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("scaling", [FIXED, SCALED], ids=["fixed", "scaled"])
def test_there_is_no_drift_after_any_tool_applied_what_git_says(desk: Desk, tool: str, scaling: str) -> None:
    desk.write_spec(scaling=scaling)
    files = rendered(desk)
    TOOLS[tool](desk, files)
    if scaling == SCALED:
        counted_by_autoscaler(desk)

    assert differing(desk) == {}
    assert differing(desk, "--against", files) == {}


def test_what_people_do_with_kubectl_shows_with_field_author_and_time(desk: Desk) -> None:
    desk.write_spec(expose="{type: NodePort, ports: [rest]}")
    desk.apply()
    desk.kubectl("scale", "deployment/resnet", "--replicas=3")
    desk.kubectl("set", "env", "deployment/resnet", "DEBUG=1")
    desk.kubectl("label", "service/resnet", "team=vision")
    desk.kubectl("patch", "service/resnet", "--type=json", "-p", NODE_PORT)
    desk.kubectl("annotate", "serviceaccount/resnet", "networking.gke.io/by-hand=1")
    desk.kubectl("delete", "pdb/resnet")
    labels = json.dumps({"metadata": {"labels": service_selector("resnet")}})
    desk.kubectl("create", "configmap", "resnet-old")
    desk.kubectl("patch", "configmap/resnet-old", "-p", labels)

    found = differing(desk)

    assert set(found) == {
        *("changed ServiceAccount", "changed Deployment", "changed Service"),
        *("missing PodDisruptionBudget", "extra ConfigMap"),
    }
    deployment = found["changed Deployment"]
    authors = {path.rpartition("[")[2]: field["writer"]["manager"] for path, field in deployment.items()}
    assert {"kubectl", "kubectl-set"} == set(authors.values())
    assert deployment[".spec.replicas"]["git"] == 2
    assert deployment[".spec.replicas"]["live"] == 3
    assert deployment[".spec.replicas"]["writer"]["subresource"] == "scale"
    times = {field["writer"]["time"] for path, field in deployment.items() if path != ".spec.replicas"}
    assert all(re.fullmatch(r"20\d\d-.*Z", time) for time in times)  # the server keeps none of a write through scale
    assert {".metadata.labels.team", ".spec.ports[rest].nodePort"} == set(found["changed Service"])
    assert set(found["changed ServiceAccount"]) == {".metadata.annotations[networking.gke.io/by-hand]"}


NODE_PORT = '[{"op": "replace", "path": "/spec/ports/0/nodePort", "value": 31789}]'


def test_marks_of_controllers_and_tools_are_left_alone_with_a_reason(desk: Desk) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    desk.kubectl("annotate", "--field-manager=glbc", "service/resnet", 'cloud.google.com/neg-status={"zones":[]}')
    desk.kubectl("annotate", "--field-manager=argocd-controller", "deploy/resnet", "argocd.argoproj.io/tracking-id=x:y")
    desk.kubectl(
        "label", "--field-manager=kustomize-controller", "cm/resnet-config", "kustomize.toolkit.fluxcd.io/name=x"
    )
    desk.kubectl("rollout", "restart", "deployment/resnet")
    counted_by_autoscaler(desk)

    result = desk.run("drift", "-o", "json")

    assert result.exit_code == 0, result.output
    (service,) = json.loads(result.stdout)["services"]
    assert {item["owner"] for item in service["leftAlone"]} == {
        *("HorizontalPodAutoscaler", "GKE load balancers", "Argo CD", "Flux", "kubectl rollout restart")
    }


def test_nothing_is_stored_by_looking(desk: Desk) -> None:
    desk.write_spec()
    desk.apply()
    desk.kubectl("set", "env", "deployment/resnet", "DEBUG=1")
    before = desk.objects(ALL)

    assert desk.run("drift").exit_code == 10

    assert desk.objects(ALL) == before


def test_a_viewer_gets_the_answer_too_and_is_told_what_is_not_seen(desk: Desk) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    desk.kubectl("create", "rolebinding", "viewer", "--clusterrole=system:aggregate-to-view", "--user=nobody")
    viewer = desk.testbed.nobody_kubeconfig

    clean = desk.run("drift", kubeconfig=viewer)
    desk.kubectl("set", "env", "deployment/resnet", "DEBUG=1")
    desk.kubectl("patch", "hpa/resnet", "-p", '{"spec": {"maxReplicas": 9}}')
    found = desk.run("drift", kubeconfig=viewer)

    assert clean.exit_code == 0, clean.output
    assert clean.stderr.count("may not patch") == 1
    assert found.exit_code == 10
    assert "env[DEBUG]" in found.stdout
    assert ".spec.maxReplicas: 5 in Git, 9 in the cluster (by kubectl-patch at 20" in found.stdout


def test_watching_tells_changes_alone_and_ends_with_the_code_of_the_last_state(desk: Desk) -> None:
    desk.write_spec()
    desk.apply()
    command = [sys.executable, "-m", "tfk8s", "drift", "--watch", "--interval", "0.1"]
    command += ["-f", str(desk.folder / "tfk8s.yaml"), "--kubeconfig", str(desk.testbed.kubeconfig)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        desk.kubectl("scale", "deployment/resnet", "--replicas=3")
        lines.append(child.stdout.readline())
        desk.kubectl("scale", "deployment/resnet", "--replicas=2")
        lines.append(child.stdout.readline())
        desk.kubectl("delete", "pdb/resnet")
        lines.append(child.stdout.readline())
        child.send_signal(signal.SIGINT)
        rest, errors = child.communicate(timeout=60)

    assert [line.split(" ", 1)[1].strip() for line in lines] == [
        "no drift",
        f"resnet in {desk.namespace}: 1 changed; Git has 6 objects: Deployment/resnet .spec.replicas",
        "no drift",
        f"resnet in {desk.namespace}: 1 missing; Git has 6 objects: missing PodDisruptionBudget/resnet",
    ]
    assert (rest, errors.strip(), child.returncode) == ("", "", 10)
