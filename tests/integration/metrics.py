"""The metrics API of the cluster, which knows of a pod some time after it runs, and does not answer at every moment."""

from __future__ import annotations

import json

from tests.integration.service import PATIENCE_S
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError


def wait_for_numbers(cluster: Cluster, *, of: str, count: int = 1) -> None:
    """Wait until there are numbers of so many `nodes`, or pods: `namespaces/NAME/pods`."""

    def are_there() -> bool:
        try:
            answer = cluster.kubectl("get", "--raw", f"/apis/metrics.k8s.io/v1beta1/{of}")
        except SetupError:
            return False
        return len(json.loads(answer)["items"]) >= count

    wait_until(are_there, timeout_s=PATIENCE_S, what=f"numbers of {of}", interval_s=1)
