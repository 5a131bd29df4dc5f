"""Who counts a Deployment's replicas: every count that was ever stored, and a write as the autoscaler makes it."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.fixtures import Cluster

_LAST: Final = 99
"""A count that no test sets: what ends the watch."""


@contextmanager
def every_count(cluster: Cluster, *, namespace: str, deployment: str) -> Iterator[list[int]]:
    """The count in each version of the Deployment that the API server stores while the body runs."""
    command = [str(cluster.kubectl_path), "--kubeconfig", str(cluster.kubeconfig), "--namespace", namespace]
    command += ["get", "deployment", deployment, "--watch", "--output=jsonpath={.spec.replicas}{'\\n'}"]
    counts: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        try:
            assert watch.stdout is not None
            counts.append(int(watch.stdout.readline()))
            yield counts
            cluster.kubectl("--namespace", namespace, "scale", f"deployment/{deployment}", f"--replicas={_LAST}")
            for line in watch.stdout:
                if int(line) == _LAST:
                    break
                counts.append(int(line))
        finally:
            watch.terminate()


def scale_as_autoscaler(cluster: Cluster, *, namespace: str, deployment: str, count: int) -> None:
    """Write through the scale subresource, as the autoscaler's controller does, which needs metrics to do so itself."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}/scale"
    scale = json.loads(cluster.kubectl("get", "--raw", path))
    scale["spec"]["replicas"] = count
    raw = f"{path}?fieldManager=kube-controller-manager"
    cluster.kubectl("replace", "--raw", raw, "-f", "-", stdin=json.dumps(scale))
