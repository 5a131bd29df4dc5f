"""Several services are looked at with few requests, and with the same result as one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.service import NAME, config_map, small_service
from tfk8s.app.diff import diff_service, diff_services
from tfk8s.app.one_look import OneLook
from tfk8s.app.service import Deployable
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.plan import PlanOptions
from tfk8s.ports.cluster import ForbiddenError, ObjectQuery


class Counting(FakeCluster):
    """Counts what it is asked for."""

    def __init__(self, *, namespaces: tuple[str, ...]) -> None:
        super().__init__(namespaces=namespaces)
        self.asked: Counter[str] = Counter()
        self.unlistable: frozenset[str] = frozenset()

    def get(self, ref: ObjectRef) -> JsonObject | None:
        self.asked["get"] += 1
        return super().get(ref)

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        self.asked[f"list {query.kind} {query.namespace}"] += 1
        if query.kind in self.unlistable:
            raise ForbiddenError(f"{query.kind} may not be listed")
        return super().list(query)

    def serves(self, *, api_version: str, kind: str) -> bool:
        self.asked[f"serves {kind}"] += 1
        return super().serves(api_version=api_version, kind=kind)


PLACES = ("one", "two", "three")


def applied(*places: str, replicas: int | None = 2) -> tuple[Counting, list[Deployable]]:
    """A cluster on which the same service is applied in some namespaces."""
    cluster = Counting(namespaces=places)
    services = [small_service(namespace=place, replicas=replicas) for place in places]
    for service in services:
        for manifest in service.manifests:
            cluster.apply(manifest)
    cluster.asked.clear()
    return cluster, services


def test_what_services_share_is_asked_for_once() -> None:
    cluster, services = applied(*PLACES)

    report = diff_services(services, cluster=cluster, options=PlanOptions())

    assert (report.pending, report.unchanged) == ((), len(PLACES) * len(services[0].manifests))
    assert cluster.asked["list Node "] == 1
    assert max(times for name, times in cluster.asked.items() if name.startswith("list")) == 1
    assert cluster.asked["get"] == len(PLACES), "the inventories, which are not there yet"


def test_the_metrics_apis_that_autoscalers_read_are_asked_for_once() -> None:
    cluster, services = applied(*PLACES, replicas=None)

    report = diff_services(services, cluster=cluster, options=PlanOptions())

    assert cluster.asked["list APIService "] == 1
    assert len([warning for warning in report.warnings if "metrics-server" in warning.hint]) == len(PLACES)


def test_several_services_are_told_in_their_order_and_as_one_by_one() -> None:
    cluster, _ = applied(*PLACES)
    wanted = [small_service(namespace=place, replicas=number + 2) for number, place in enumerate(PLACES)]

    together = diff_services(wanted, cluster=cluster, options=PlanOptions())
    alone = [diff_service(one, cluster=cluster, options=PlanOptions(instance=NAME)) for one in wanted]

    assert together.changes == tuple(change for report in alone for change in report.changes)
    assert [(change.ref.namespace, change.action) for change in together.pending] == [
        ("two", "update"),
        ("three", "update"),
    ]


def test_many_namespaces_are_listed_with_the_whole_cluster() -> None:
    places = tuple(f"place-{number}" for number in range(9))
    cluster, services = applied(*places)

    report = diff_services(services, cluster=cluster, options=PlanOptions())

    assert report.pending == ()
    assert cluster.asked["list Deployment "] == 1


def test_a_login_that_may_not_list_asks_for_each_object() -> None:
    cluster, services = applied("one", "two")
    look = OneLook(cluster, manifests=[item for service in services for item in service.manifests])
    cluster.unlistable = frozenset({"Deployment"})
    ref = services[0].deployment

    assert look.get(ref) == cluster.get(ref)


def test_an_object_that_somebody_else_made_is_found_by_its_name() -> None:
    cluster, services = applied("one")
    foreign = config_map("of-others", namespace="one")
    cluster.put({**foreign.body, "metadata": {"name": "of-others", "namespace": "one"}})
    look = OneLook(cluster, manifests=services[0].manifests)

    assert look.get(foreign.ref) is not None
    assert look.get(replace(foreign.ref, name="nobody")) is None


def test_nothing_can_be_changed_through_it() -> None:
    cluster, services = applied("one")
    look = OneLook(cluster, manifests=services[0].manifests)

    with pytest.raises(NotImplementedError):
        look.apply(services[0].manifests[0])
    with pytest.raises(NotImplementedError):
        look.delete(services[0].manifests[0].ref)
