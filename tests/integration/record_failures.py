"""Breaks a service on the kind cluster in every way of `failures`, and keeps what is seen for the unit tests.

python -m tests.integration.record_failures [NAME ...]
"""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tests.integration.breaking import Objects, of_kind
from tests.integration.broken_surroundings import VOLUME
from tests.integration.failures import FAILURES
from tests.integration.service import service
from tests.modelserver import image
from tests.modelserver.__main__ import make_models
from tests.modelserver.paths import Paths
from tests.testbed import clients, versions, way
from tests.testbed.cluster import Testbed
from tests.testbed.fixtures import Cluster
from tests.testbed.images import load_image
from tests.testbed.layout import layout
from tests.testbed.progress import say, step
from tfk8s.app.evidence import take_evidence
from tfk8s.app.service import ServiceName
from tfk8s.clock import SystemClock
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import NEVER, last_seen
from tfk8s.manifest.evidence_form import as_data
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.yaml import dump

RECORDED: Final = Path(__file__).resolve().parents[1] / "unit/diagnose/recorded"
SOUND: Final = "healthy"
_SETTLED_S: Final = 180.0
_EVENTS: Final = 16
_PODS: Final = 3
_MADE: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "namespace")
_KINDS: Final = "configmap,serviceaccount,service,deployment,networkpolicy,poddisruptionbudget"


def main() -> None:
    """Bring one service up, break copies of it, wait, record."""
    wanted = sys.argv[1:] or [*FAILURES]
    cluster = _cluster()
    namespaces = {name: f"doctor-{name}" for name in (SOUND, *wanted)}
    try:
        with step("the image of the double"):
            load_image(image.build(Paths.from_environment()))
        with step("a service that works"):
            objects = _sound(cluster, namespace=namespaces[SOUND])
        with step(f"{len(wanted)} that do not"):
            for name in wanted:
                _break(name, objects, cluster=cluster, namespace=namespaces[name])
            time.sleep(_SETTLED_S)
        RECORDED.mkdir(exist_ok=True)
        for name, namespace in namespaces.items():
            _record(name, cluster=cluster, namespace=namespace)
    finally:
        for namespace in namespaces.values():
            cluster.kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found")
        cluster.kubectl("delete", "persistentvolume", VOLUME, "--wait=false", "--ignore-not-found")


def _cluster() -> Cluster:
    where = layout()
    testbed = Testbed(way=way.choose(os.environ)[0], layout=where)
    return Cluster(
        kubeconfig=where.kubeconfig,
        context=versions.CONTEXT,
        version="",
        kubectl_path=clients.client("kubectl", where=where),
        nodes=testbed.node_names(),
    )


def _sound(cluster: Cluster, *, namespace: str) -> Objects:
    """Bring a service up, and return its objects as they were applied."""
    cluster.kubectl("create", "namespace", namespace)
    paths = Paths.from_environment()
    with (
        tempfile.TemporaryDirectory() as folder,
        service(
            Path(folder),
            cluster=cluster,
            namespace=namespace,
            image=versions.DOUBLE_IMAGE,
            models=make_models(paths, paths.models),
        ) as made,
    ):
        made.up()
        listed = json.loads(cluster.kubectl("get", _KINDS, "--namespace", namespace, "--output=json"))
        _record(SOUND, cluster=cluster, namespace=namespace)
        return [_bare(body) for body in listed["items"] if not _is_made_by_others(body)]


def _is_made_by_others(body: dict[str, Any]) -> bool:
    return body["metadata"]["name"] in ("kube-root-ca.crt", "default")


def _bare(body: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in body["metadata"].items() if key not in _MADE}
    metadata.pop("annotations", None)
    spec = dict(body.get("spec", {}))
    for key in ("clusterIP", "clusterIPs"):
        spec.pop(key, None)
    kept = {key: value for key, value in body.items() if key not in ("status", "spec", "metadata")}
    return {**kept, "metadata": metadata, **({"spec": spec} if spec else {})}


def _break(name: str, objects: Objects, *, cluster: Cluster, namespace: str) -> None:
    broken = copy.deepcopy(objects)
    container = of_kind(broken, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["requests"]["cpu"] = "20m"  # so that a small node takes all of them
    FAILURES[name](broken)
    for each in (body for body in broken if body["kind"] == "Service"):
        for port in each["spec"]["ports"]:
            port.pop("nodePort", None)
    cluster.kubectl("create", "namespace", namespace)
    whole = {"apiVersion": "v1", "kind": "List", "items": broken}
    cluster.kubectl("create", "--namespace", namespace, "--filename=-", stdin=json.dumps(whole))
    say(f"{name}: {(FAILURES[name].__doc__ or '').splitlines()[0]}")


def _record(name: str, *, cluster: Cluster, namespace: str) -> None:
    path = RECORDED / f"{name}.yaml"
    if name == SOUND and path.exists() and time.time() - path.stat().st_mtime < _SETTLED_S * 3:
        return  # its Service has gone with the folder of its spec
    connected = connect(kubeconfig=cluster.kubeconfig, context=cluster.context)
    found = take_evidence(ServiceName(name="half", namespace=namespace), cluster=connected, clock=SystemClock())
    data = as_data(found)
    data = {**data, "events": [*_newest(data["events"])], "pods": [*_youngest(data["pods"])]}
    path.parent.mkdir(exist_ok=True)
    path.write_text(dump(data))
    say(f"recorded {name}")


def _newest(events: Any) -> list[JsonObject]:
    """The newest ones, warnings before others."""
    told = [(text_at(each, "type") == "Warning", last_seen(each) or NEVER, n) for n, each in enumerate(events)]
    return [events[number] for _, _, number in sorted(told)[-_EVENTS:]]


def _youngest(pods: Any) -> list[JsonObject]:
    """Evicted pods stay, and there is a new one each time."""
    return sorted(pods, key=lambda pod: text_at(pod, "metadata", "creationTimestamp"))[-_PODS:]


if __name__ == "__main__":
    main()
