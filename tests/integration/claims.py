"""A volume that every pod may mount: a folder of the node stands for it."""

from __future__ import annotations

from tests.integration.service import PATIENCE_S
from tests.testbed.fixtures import Cluster

CLAIM = "models"

_OBJECTS = """
apiVersion: v1
kind: PersistentVolume
metadata: {{name: "{namespace}"}}
spec:
  capacity: {{storage: 64Mi}}
  accessModes: [ReadWriteMany]
  storageClassName: ""
  hostPath: {{path: "{path}"}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {claim}, namespace: "{namespace}"}}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: "{namespace}"
  resources: {{requests: {{storage: 64Mi}}}}
"""


def make_claim(cluster: Cluster, *, namespace: str, path: str) -> None:
    """Make the claim `models` on a folder of the node, and wait until it is bound.

    A pod that comes before that is put aside by the scheduler, which was seen to leave it there for minutes.
    """
    cluster.kubectl("apply", "--filename=-", stdin=_OBJECTS.format(namespace=namespace, path=path, claim=CLAIM))
    bound = ("--for=jsonpath={.status.phase}=Bound", f"--timeout={PATIENCE_S:.0f}s")
    claim = (f"persistentvolumeclaim/{CLAIM}", f"--namespace={namespace}")
    cluster.kubectl("wait", *bound, *claim, timeout_s=PATIENCE_S + 10)


def drop_volume(cluster: Cluster, *, namespace: str) -> None:
    """Let the volume go with its claim."""
    cluster.kubectl("delete", "persistentvolume", namespace, "--wait=false", "--ignore-not-found")
