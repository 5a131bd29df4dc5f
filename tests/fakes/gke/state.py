"""The server's state in a file, so that the process may be ended and begun again."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from google.cloud.container_v1 import Cluster, Operation

from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.jobs import Job
from tests.fakes.gke.world import World


def save(world: World, file: Path) -> None:
    """Write clusters, operations and what stands behind them; the file is replaced as a whole."""
    known = {
        "clusters": {path: _text(Cluster.serialize(cluster)) for path, cluster in world.clusters.items()},
        "jobs": [
            {
                "operation": _text(Operation.serialize(job.operation)),
                "cluster": job.cluster,
                "pool": job.pool,
                "looks": job.looks,
                "seen": job.seen,
            }
            for job in world.jobs.values()
        ],
        "behind": {
            name: {"endpoint": behind.endpoint, "ca": behind.ca.decode(), "token": behind.token}
            for name, behind in world.behind.items()
        },
    }
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
    temporary.replace(file)


def load(world: World, file: Path) -> None:
    """Take over what a server before this one knew; failures that were to come are forgotten."""
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for path, text in known["clusters"].items():
        world.clusters[path] = Cluster.deserialize(base64.b64decode(text))
    for entry in known["jobs"]:
        operation = Operation.deserialize(base64.b64decode(entry.pop("operation")))
        world.jobs[operation.name] = Job(operation=operation, **entry)
    for name, entry in known["behind"].items():
        world.behind[name] = Behind(endpoint=entry["endpoint"], ca=entry["ca"].encode(), token=entry["token"])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
