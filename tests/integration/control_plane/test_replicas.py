"""Who counts the replicas may change while the service lives: every stored state of the Deployment is looked at."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from tests.integration.control_plane.conftest import FIXED, SCALED, Desk
from tests.testbed import replicas
from tfk8s.plan import owners_of

pytestmark = pytest.mark.control_plane


def every_count(desk: Desk) -> AbstractContextManager[list[int]]:
    """The count in each version of the Deployment that the API server stores meanwhile."""
    return replicas.every_count(desk.testbed, namespace=desk.namespace, deployment="resnet")


def _live(desk: Desk) -> int:
    return int(desk.objects()["Deployment/resnet"]["spec"]["replicas"])


def test_turning_autoscaling_on_never_drops_a_pod(desk: Desk) -> None:
    desk.write_spec(scaling="{replicas: 4}")
    desk.apply()
    desk.write_spec(scaling=SCALED)

    with every_count(desk) as counts:
        result = desk.apply()

    assert "hand-over  Deployment/resnet" in result.stderr
    assert set(counts) == {4}


@pytest.mark.parametrize(
    ("wanted", "expected"), [("{replicas: 2}", [5, 2]), ("{replicas: 5}", [5]), ("{replicas: 7}", [5, 7])]
)
def test_turning_autoscaling_off_starts_from_the_live_count(desk: Desk, wanted: str, expected: list[int]) -> None:
    desk.write_spec(scaling="{replicas: 4}")
    desk.apply()
    desk.write_spec(scaling=SCALED)
    desk.apply()
    _scale_as_autoscaler(desk, 5)
    desk.write_spec(scaling=wanted)

    with every_count(desk) as counts:
        desk.apply()

    assert list(dict.fromkeys(counts)) == expected


def test_there_and_back_again_leaves_a_count_that_can_be_changed(desk: Desk) -> None:
    desk.write_spec(scaling="{replicas: 4}")
    desk.apply()
    for scaling, count in ((SCALED, 4), ("{replicas: 4}", 4), ("{replicas: 3}", 3), (SCALED, 3), (FIXED, 2)):
        desk.write_spec(scaling=scaling)
        desk.apply()
        assert _live(desk) == count


def test_a_spec_that_was_always_autoscaled_never_sets_the_count(desk: Desk) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    _scale_as_autoscaler(desk, 4)
    desk.write_spec(scaling=SCALED, labels="{team: vision}")

    with every_count(desk) as counts:
        desk.apply()

    assert set(counts) == {4}


def test_a_real_autoscaler_gets_the_count_and_gives_it_back(staffed_desk: Desk) -> None:
    """Its controller runs here without metrics: it keeps the count, and raises it to its minimum."""
    desk = staffed_desk
    desk.write_spec(scaling="{replicas: 4}")
    desk.apply()
    desk.write_spec(scaling="{min: 6, max: 8, metrics: [{cpu: 60}]}")

    with every_count(desk) as counts:
        desk.apply()
        desk.kubectl("wait", "deployment/resnet", "--for=jsonpath={.spec.replicas}=6", "--timeout=60s")
        owners = _owners_of_replicas(desk)
        desk.apply()
        desk.write_spec(scaling="{replicas: 5}")
        desk.apply()

    assert list(dict.fromkeys(counts)) == [4, 6, 5]
    assert owners == [("kube-controller-manager", "scale")]


def _owners_of_replicas(desk: Desk) -> list[tuple[str, str]]:
    live = desk.objects()["Deployment/resnet"]
    return [(owner.manager, owner.subresource) for owner in owners_of(live, "spec", "replicas")]


def _scale_as_autoscaler(desk: Desk, count: int) -> None:
    replicas.scale_as_autoscaler(desk.testbed, namespace=desk.namespace, deployment="resnet", count=count)
