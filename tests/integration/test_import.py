"""Hand-written objects that serve, imported and applied over under load: the same objects, and no request lost."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed import versions
from tests.testbed.fixtures import Cluster
from tests.testbed.process import run, wait_until
from tfk8s.manifest.fields import objects_at, text_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("host ports")]

BOUNDS = Bounds(seconds=800, requests=4000, workers=4, rate_per_s=5)  # longer than what happens under it

BY_HAND = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: half-deployment, namespace: {namespace}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: half}}}}
  template:
    metadata: {{labels: {{app: half, tier: serving}}}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: tf-serving
        image: {image}
        command: [tensorflow_model_server]
        args: [--port=9000, --rest_api_port=8500, --model_name={model}, --model_base_path=/models/{model}]
        ports: [{{containerPort: 9000}}, {{containerPort: 8500}}]
        lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
        resources: {{limits: {{cpu: 200m, memory: 1Gi}}}}
        readinessProbe: {{tcpSocket: {{port: 8500}}, periodSeconds: 1}}
        livenessProbe: {{tcpSocket: {{port: 9000}}, initialDelaySeconds: 120}}
---
apiVersion: v1
kind: Service
metadata: {{name: half, namespace: {namespace}}}
spec:
  type: NodePort
  selector: {{app: half}}
  ports: [{{name: http-serving, port: 80, targetPort: 8500, nodePort: {port}}}]
"""


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def _holding_image(half: Service) -> str:
    """An image that holds the model, in the nodes alone, as people make one by hand."""
    done = half.run("image build", "--load", f"kind:{versions.CLUSTER_NAME}", "-o", "json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["image"])


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except OSError:
        return False
    return True


def test_what_serves_is_taken_over_in_place_and_no_request_is_lost(half: Service) -> None:
    _, port = half.cluster.host_ports
    file = half.folder / "by-hand.yaml"
    file.write_text(BY_HAND.format(namespace=half.namespace, image=_holding_image(half), model=MODEL, port=port))
    half.cluster.kubectl("apply", "-f", file)
    waiting = [
        "rollout",
        "status",
        "deployment/half-deployment",
        "--namespace",
        half.namespace,
        f"--timeout={PATIENCE_S:.0f}s",
    ]
    half.cluster.kubectl(*waiting, timeout_s=PATIENCE_S + 10)
    before = _uids(half)
    run([sys.executable, "-m", "tfk8s", "import", file, "--out", half.spec, "--force"], timeout_s=60)

    ask = rest(f"http://{LOOPBACK}:{port}/v1/models/{MODEL}:predict", b'{"instances": [2.0]}')
    wait_until(
        lambda: _answers(ask),
        timeout_s=PATIENCE_S,
        what="an answer: without a probe, a pod counts as ready before that",
    )
    load = Load(ask, bounds=BOUNDS)
    with running(load):
        applied = half.run("apply", "--force-conflicts")
        wait_until(lambda: len(half.objects("pod")) == 1, timeout_s=PATIENCE_S, what="the end of the old pod")

    assert applied.returncode == 0, applied.stderr
    assert load.failures == []
    assert load.answered > 50
    assert {name: uid for name, uid in _uids(half).items() if name in before} == before
    (pod,) = half.objects("pod")
    assert [text_at(container, "name") for container in objects_at(pod, "spec", "containers")] == ["model-server"]


def _uids(half: Service) -> dict[str, object]:
    found: dict[str, object] = {}
    for kind in ("deployment", "service"):
        for item in half.objects(kind):
            metadata = item["metadata"]
            assert isinstance(metadata, dict)
            found[f"{kind}/{metadata['name']}"] = metadata["uid"]
    return found
