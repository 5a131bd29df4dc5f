from __future__ import annotations

from tests.testbed import engine


def test_the_fence_refuses_whatever_leaves_the_bridge() -> None:
    for rule in engine.fence_rules("br9"):
        assert rule[:6] == ("DOCKER-USER", "-i", "br9", "!", "-o", "br9")
        assert rule[rule.index("-j") + 1] == "REJECT"


def test_tcp_is_reset_so_that_no_client_waits() -> None:
    tcp, rest = engine.fence_rules()

    assert tcp[6:8] == ("-p", "tcp")
    assert tcp[-1] == "tcp-reset"
    assert "-p" not in rest


def test_the_bridge_name_fits_the_kernels_limit() -> None:
    assert len(engine.BRIDGE) <= 15


def test_containers_run_behind_the_capability_wrapper() -> None:
    settings = engine.daemon_settings()

    assert settings["default-runtime"] == "runcwrap"
    assert "/run/tfk8s-testbed/runcwrap" in str(settings["runtimes"])


def test_a_wall_is_recognised_only_when_its_two_rules_come_first() -> None:
    rules = ["-A " + " ".join(rule) for rule in engine.fence_rules()]
    chain = ["-N DOCKER-USER", *rules, "-A DOCKER-USER -j RETURN"]

    assert engine.is_fence(chain)
    assert not engine.is_fence(["-N DOCKER-USER", "-A DOCKER-USER -j RETURN", *rules])
    assert not engine.is_fence(["-N DOCKER-USER", rules[0], "-A DOCKER-USER -j RETURN"])
    assert not engine.is_fence([])
