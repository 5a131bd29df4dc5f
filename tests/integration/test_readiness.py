"""A pod is ready exactly while its model is served (K09), from a volume that it may only read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden.strategies import spec_of
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tfk8s.app.manifest_files import files_of
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import condition_of, integer_at, objects_at, time_at
from tfk8s.manifest.yaml import dump_documents
from tfk8s.render.timing import READINESS_PERIOD_S

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

MODEL = "half_plus"
START_S = 240.0


def volume_with_a_writer(namespace: str, *, image: str) -> str:
    """A claim, and a pod that has it mounted so that files can be put there."""
    metadata: JsonObject = {"name": "models", "namespace": namespace}
    claim: JsonObject = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}},
    }
    writer: JsonObject = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "writer", "namespace": namespace},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "writer",
                    "image": image,
                    "command": ["sleep", "600"],
                    "volumeMounts": [{"name": "models", "mountPath": "/models"}],
                }
            ],
            "volumes": [{"name": "models", "persistentVolumeClaim": {"claimName": "models"}}],
        },
    }
    return dump_documents([claim, writer])


@pytest.fixture
def claim(cluster: Cluster, namespace: str, models: Path) -> str:
    """A volume that holds version 1 of the model under `half_plus`."""
    cluster.kubectl("apply", "-f", "-", stdin=volume_with_a_writer(namespace, image=cluster.busybox_image))
    cluster.kubectl(
        "wait",
        "pod/writer",
        "--for=condition=Ready",
        "--namespace",
        namespace,
        f"--timeout={START_S:.0f}s",
        timeout_s=START_S + 10,
    )
    cluster.kubectl("exec", "writer", "--namespace", namespace, "--", "mkdir", "-p", f"/models/{MODEL}")
    cluster.kubectl("cp", models / MODEL / "1", f"{namespace}/writer:/models/{MODEL}/1")
    return f"pvc://models/{MODEL}"


def server_pod(cluster: Cluster, namespace: str) -> JsonObject:
    """The model server's one pod; {} while there is none."""
    selector = "--selector=app.kubernetes.io/component=model-server"
    listed = json.loads(cluster.kubectl("get", "pods", selector, "--namespace", namespace, "--output=json"))
    pods = objects_at(listed, "items")
    return pods[0] if pods else {}


def is_ready(pod: JsonObject) -> bool:
    return condition_of(pod, "Ready").get("status") == "True"


def restarts(pod: JsonObject) -> int:
    return sum(integer_at(status, "restartCount") for status in objects_at(pod, "status", "containerStatuses"))


def apply(cluster: Cluster, namespace: str, *, source: str, image: str) -> None:
    """Render a service of the model on the volume, and apply the very files."""
    document = {
        "apiVersion": "tfk8s.dev/v1",
        "name": "half",
        "namespace": namespace,
        "model": {"name": MODEL, "source": source},
        "image": {"base": image},
        "resources": {"cpu": "200m", "memory": "1Gi"},
        "serving": {"filePollSeconds": 1},
    }
    rendered = render_service(RenderRequest(spec=spec_of(document), base=Path()))
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin="---\n".join(files_of(rendered).values()))


def test_a_pod_whose_model_disappears_is_unready_within_three_periods_and_comes_back_with_it(
    cluster: Cluster, namespace: str, server_image: str, claim: str
) -> None:
    apply(cluster, namespace, source=claim, image=server_image)
    wait_until(lambda: is_ready(server_pod(cluster, namespace)), timeout_s=START_S, what="the first load")
    inside = ("exec", "writer", "--namespace", namespace, "--")

    cluster.kubectl(*inside, "mv", f"/models/{MODEL}/1", f"/models/{MODEL}/away")
    gone = cluster.kubectl(*inside, "date", "-u", "+%Y-%m-%dT%H:%M:%SZ").strip()
    wait_until(lambda: not is_ready(server_pod(cluster, namespace)), timeout_s=START_S, what="the pod to be unready")
    pod = server_pod(cluster, namespace)
    still_open = ("bash", "-c", ": > /dev/tcp/127.0.0.1/8501")
    cluster.kubectl("exec", "deployment/half", "--namespace", namespace, "--", *still_open)
    cluster.kubectl(*inside, "mv", f"/models/{MODEL}/away", f"/models/{MODEL}/1")
    wait_until(lambda: is_ready(server_pod(cluster, namespace)), timeout_s=START_S, what="the pod to be ready again")

    unready_at = time_at(condition_of(pod, "Ready"), "lastTransitionTime")
    gone_at = time_at({"at": gone}, "at")
    assert unready_at is not None
    assert gone_at is not None
    assert (unready_at - gone_at).total_seconds() <= 3 * READINESS_PERIOD_S + 1  # times are whole seconds
    assert restarts(server_pod(cluster, namespace)) == 0
