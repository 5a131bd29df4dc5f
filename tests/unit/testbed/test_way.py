from __future__ import annotations

import pytest

from tests.testbed.progress import SetupError
from tests.testbed.way import Way, choose


def no() -> bool:
    return False


def yes() -> bool:
    return True


def never() -> bool:
    raise AssertionError("this question must not be asked")


@pytest.mark.parametrize("way", list(Way))
def test_the_variable_decides_without_a_probe(way: Way) -> None:
    chosen, reason = choose(
        {"TFK8S_TESTBED": way.value}, daemon_is_ours=never, docker_answers=never, registry_answers=never
    )

    assert chosen is way
    assert "TFK8S_TESTBED" in reason


def test_a_misspelt_way_is_refused_with_the_two_that_exist() -> None:
    with pytest.raises(SetupError, match="`public` or `packages`"):
        choose({"TFK8S_TESTBED": "pubic"})


def test_our_own_daemon_means_packages_without_asking_the_network() -> None:
    chosen, _ = choose({}, daemon_is_ours=yes, docker_answers=never, registry_answers=never)

    assert chosen is Way.PACKAGES


def test_without_docker_the_network_is_not_asked() -> None:
    chosen, reason = choose({}, daemon_is_ours=no, docker_answers=no, registry_answers=never)

    assert chosen is Way.PACKAGES
    assert reason == "no Docker daemon answers"


def test_docker_without_a_registry_means_packages() -> None:
    chosen, reason = choose({}, daemon_is_ours=no, docker_answers=yes, registry_answers=no)

    assert chosen is Way.PACKAGES
    assert "registry" in reason


def test_docker_and_a_registry_mean_public() -> None:
    chosen, _ = choose({}, daemon_is_ours=no, docker_answers=yes, registry_answers=yes)

    assert chosen is Way.PUBLIC
