"""What people's tools wrote becomes ours before we apply; what controllers keep stays theirs."""

from __future__ import annotations

from tests.fakes.cluster import FakeCluster
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at, value_at
from tfk8s.plan import takeover
from tfk8s.plan.managers import applied_fields
from tfk8s.ports.cluster import ApplyOptions

BY_HAND: JsonObject = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "resnet", "namespace": "serving", "annotations": {"mine": "1"}},
    "spec": {"replicas": 3, "paused": True, "selector": {"matchLabels": {"app": "resnet"}}, "template": {}},
}
OURS = Manifest.of(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "resnet", "namespace": "serving"},
        "spec": {"selector": {"matchLabels": {"app": "resnet"}}, "template": {}},
    }
)


def live(cluster: FakeCluster) -> JsonObject:
    body = cluster.get(OURS.ref)
    assert body is not None
    return body


def made(manager: str) -> FakeCluster:
    cluster = FakeCluster()
    cluster.put(BY_HAND, manager=manager)
    return cluster


def taken(cluster: FakeCluster, *, counts_replicas: bool = False) -> JsonObject:
    before = live(cluster)
    fields = takeover.moved_fields(before, counts_replicas=counts_replicas)
    assert cluster.reassign(OURS.ref, fields=fields, version=str(value_at(before, "metadata", "resourceVersion")))
    return cluster.apply(OURS, options=ApplyOptions(force_conflicts=True))


def test_the_makers_are_people_s_tools_and_nobody_once_it_is_ours() -> None:
    cluster = made("kubectl-client-side-apply")

    assert takeover.makers(live(cluster)) == ("kubectl-client-side-apply",)
    assert takeover.makers(live(made("kube-controller-manager"))) == ()
    taken(cluster)
    assert takeover.makers(live(cluster)) == ()


def test_what_we_do_not_say_goes_away() -> None:
    after = taken(made("kubectl-create"))

    assert "paused" not in object_at(after, "spec")
    assert object_at(after, "metadata", "annotations") == {}
    assert applied_fields(after)


def test_the_count_stays_with_who_held_it_unless_we_count() -> None:
    after = taken(made("helm"))

    assert value_at(after, "spec", "replicas") == 3


def test_the_prediction_keeps_what_controllers_wrote() -> None:
    cluster = made("kubectl-client-side-apply")
    body = live(cluster)
    annotated: JsonObject = {**object_at(body, "metadata"), "annotations": {"mine": "1", "neg-status": "{}"}}
    cluster.put({**body, "metadata": annotated}, manager="glbc")

    outcome = takeover.outcome(OURS, live(cluster))

    assert object_at(outcome.body, "metadata", "annotations") == {"neg-status": "{}"}
    assert value_at(outcome.body, "spec", "replicas") == 3
