"""KEDA's operator, as far as its objects show: an autoscaler of each ScaledObject, which goes after it."""

from __future__ import annotations

from tests.fakes.cluster import SERVED, FakeCluster
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.scalers import (
    AUTOSCALER,
    AUTOSCALER_API,
    KEDA_API,
    SCALED_OBJECT,
    VERTICAL,
    VERTICAL_API,
    bounds_of,
    is_of_keda,
    made_by,
    name_given_by,
)
from tfk8s.ports.cluster import ObjectQuery

WITH_KEDA = SERVED | {(KEDA_API, SCALED_OBJECT), (KEDA_API, "TriggerAuthentication"), (VERTICAL_API, VERTICAL)}


class FakeKeda:
    """Plays the operator at each read of a cluster.

    Attributes:
        is_slow: whether what it made stays after its ScaledObject has gone, as with a garbage collector that is busy.
    """

    def __init__(self, cluster: FakeCluster) -> None:
        """Watch the cluster from now on, beside whoever plays there already."""
        self._cluster = cluster
        self._inside = False
        self.is_slow = False
        self._others = cluster.before_read
        cluster.before_read = self.reconcile

    def reconcile(self) -> None:
        """Make, take over and remove autoscalers."""
        if self._inside:
            return
        self._others()
        self._inside = True
        try:
            self._reconcile()
        finally:
            self._inside = False

    def _reconcile(self) -> None:
        alive = {text_at(body, "metadata", "uid"): body for body in self._list(KEDA_API, SCALED_OBJECT)}
        made = [body for body in self._list(AUTOSCALER_API, AUTOSCALER) if is_of_keda(body)]
        for body in made:
            if text_at(made_by(body), "uid") not in alive and not self.is_slow:
                self._cluster.delete(Manifest.of(body).ref)
        for body in alive.values():
            wanted = _autoscaler(body)
            live = self._cluster.get(Manifest.of(wanted).ref)
            if live is None or not is_of_keda(live):
                self._cluster.put(wanted, manager="keda")

    def _list(self, api_version: str, kind: str) -> tuple[JsonObject, ...]:
        return self._cluster.list(ObjectQuery(api_version=api_version, kind=kind))


def _autoscaler(scaled: JsonObject) -> JsonObject:
    """What KEDA makes: the labels of the ScaledObject are copied, ours among them."""
    metadata = object_at(scaled, "metadata")
    least, most = bounds_of(scaled)
    owner: JsonObject = {"apiVersion": KEDA_API, "kind": SCALED_OBJECT, "controller": True}
    owner |= {"name": metadata["name"], "uid": metadata["uid"]}
    return {
        "apiVersion": AUTOSCALER_API,
        "kind": AUTOSCALER,
        "metadata": {
            "name": name_given_by(scaled),
            "namespace": metadata["namespace"],
            "labels": object_at(metadata, "labels"),
            "ownerReferences": [owner],
        },
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": text_at(scaled, "spec", "scaleTargetRef", "name"),
            },
            "minReplicas": max(1, least),
            "maxReplicas": most,
        },
    }


def autoscaler_ref(name: str, *, namespace: str = "serving") -> ObjectRef:
    """A HorizontalPodAutoscaler."""
    return ObjectRef(api_version=AUTOSCALER_API, kind=AUTOSCALER, namespace=namespace, name=name)
