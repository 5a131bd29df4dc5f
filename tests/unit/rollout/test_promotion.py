"""The way of all running servers to another configuration, over fleets that follow the real server's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.server_fleet import MODEL, SimulatedFleet, one_model
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.rollout.promotion import (
    Aim,
    Done,
    Facts,
    Failed,
    Order,
    Reload,
    Stage,
    Step,
    Wait,
    WriteConfig,
    next_step,
)
from tfk8s.rollout.states import ServingState

ENOUGH = 80
ONE = one_model((1,), {"stable": 1})
BOTH = one_model((1, 2), {"stable": 1})
MOVED = one_model((1, 2), {"stable": 2})
ONLY_TWO = one_model((2,), {"stable": 2})


def aim(config: ServerConfig = MOVED) -> Aim:
    return Aim(config=config, versions=frozenset({(MODEL, 2)}), labels=frozenset({(MODEL, "stable")}))


def fleet(config: ServerConfig = ONE, *, pods: int = 2, broken: frozenset[int] = frozenset()) -> SimulatedFleet:
    made = SimulatedFleet(config=config, broken=broken)
    for _ in range(pods):
        made.join()
    made.settle()
    return made


def carry_out(step: Step, servers: SimulatedFleet) -> None:
    match step:
        case WriteConfig():
            servers.config = step.config
        case Reload():
            for order in step.orders:
                servers.obey(order)
        case Failed() if step.back is not None:
            servers.config = step.back
        case _:
            servers.look()


def run(servers: SimulatedFleet, *, to: Aim) -> Step:
    for _ in range(ENOUGH):
        step = next_step(servers.facts(), aim=to)
        if isinstance(step, (Done, Failed)):
            return step
        carry_out(step, servers)
        servers.look()
    raise AssertionError(f"no end: {next_step(servers.facts(), aim=to)}")


def told(servers: SimulatedFleet, *, to: Aim) -> list[str]:
    """The steps to the end, in short."""
    lines = []
    for _ in range(ENOUGH):
        step = next_step(servers.facts(), aim=to)
        match step:
            case WriteConfig():
                lines.append(f"write {step.stage.value}")
            case Reload():
                lines.append(f"{step.stage.value} on {', '.join(order.pod for order in step.orders)}")
            case Done():
                return [*lines, "done"]
            case Failed():
                return [*lines, f"failed on {step.pod}"]
            case Wait():
                pass
        carry_out(step, servers)
        servers.look()
    raise AssertionError(lines)


def test_a_version_is_loaded_on_one_server_first_then_on_all_then_the_label_moves_then_the_old_one_goes() -> None:
    assert told(fleet(pods=3), to=aim(ONLY_TWO)) == [
        "write load",
        "load on p0",
        "load on p1, p2",
        "write move",
        "move on p0, p1, p2",
        "write unload",
        "unload on p0, p1, p2",
        "done",
    ]


def test_a_label_that_moves_among_loaded_versions_loads_nothing() -> None:
    assert told(fleet(BOTH), to=aim()) == ["write move", "move on p0, p1", "done"]


def test_what_is_there_already_is_only_looked_at() -> None:
    assert told(fleet(MOVED), to=aim()) == ["done"]


def test_a_service_without_pods_gets_the_configuration_that_they_will_start_with() -> None:
    servers = SimulatedFleet(config=ONE)

    assert told(servers, to=aim()) == ["write load", "write move", "done"]
    servers.join()
    servers.settle()
    assert servers.pods[0].resolve("stable") == 2


def test_a_load_that_fails_ends_it_with_the_servers_words_and_the_configuration_without_the_version() -> None:
    servers = fleet(broken=frozenset({2}))

    end = run(servers, to=aim())

    assert isinstance(end, Failed)
    assert (end.pod, end.version, end.error, end.back) == ("p0", 2, "UNKNOWN", ONE)
    assert [pod.resolve("stable") for pod in servers.pods] == [1, 1]
    assert 2 not in servers.pods[1].server.states, "the second server was never asked to load it"


def test_after_a_failed_load_another_try_is_made_and_not_the_old_failure_told_again() -> None:
    servers = fleet(broken=frozenset({2}))
    failed = run(servers, to=aim())
    carry_out(failed, servers)
    for pod in servers.pods:
        servers.obey(Order(pod=pod.name, uid=pod.uid, config=servers.config))
    servers.settle()
    assert servers.pods[0].server.states[2] == (ServingState.END, "UNKNOWN"), "the report keeps it"
    for pod in servers.pods:
        pod.server.broken = frozenset()

    assert isinstance(run(servers, to=aim()), Done)
    assert [pod.resolve("stable") for pod in servers.pods] == [2, 2]


def test_a_server_that_dies_of_the_load_ends_it_before_the_others_are_told() -> None:
    servers = fleet(BOTH, pods=2)
    servers.config = BOTH
    for pod in servers.pods:
        pod.server.states.pop(2)
    facts = servers.facts()
    died = Facts(config=facts.config, pods=facts.pods, died={"u0": "OOMKilled"})

    step = next_step(died, aim=aim())

    assert isinstance(step, Failed)
    assert (step.pod, step.error, step.back) == ("p0", "OOMKilled", ONE)


def test_a_server_that_looked_and_found_no_such_version_ends_it() -> None:
    servers = fleet(BOTH, pods=1)
    servers.pods[0].server.states.pop(2)
    facts = servers.facts()

    step = next_step(Facts(config=BOTH, pods=facts.pods, asked=frozenset({"u0"})), aim=aim())

    assert isinstance(step, Failed)
    assert (step.error, step.back) == ("its server finds no version 2 in /models/m", ONE)


def test_a_broken_version_that_nobody_asked_for_is_in_nobodys_way() -> None:
    broken = one_model((1, 2, 3), {"stable": 1, "canary": 3})
    servers = fleet(broken, broken=frozenset({3}))

    end = run(servers, to=aim(one_model((1, 2, 3), {"stable": 2, "canary": 3})))

    assert isinstance(end, Done)
    assert [pod.resolve("stable") for pod in servers.pods] == [2, 2]
    assert [pod.server.labels["canary"] for pod in servers.pods] == [3, 3], "it points where it pointed"


def test_a_pod_whose_server_has_not_started_keeps_nobody_waiting_and_one_that_starts_does() -> None:
    servers = fleet(MOVED)
    servers.join()
    facts = servers.facts()

    waits = next_step(facts, aim=aim())
    goes_on = next_step(Facts(config=facts.config, pods=facts.pods, outside=frozenset({"u2"})), aim=aim())

    assert waits == Wait(stage=Stage.MOVE, reasons=("p2: its server does not answer yet",))
    assert goes_on == Done(pods=("p0", "p1"))


def test_a_pod_that_started_before_the_label_moved_is_moved_when_it_is_there() -> None:
    servers = fleet(ONE)
    servers.join()
    servers.config = MOVED

    assert isinstance(run(servers, to=aim()), Done)
    assert [pod.resolve("stable") for pod in servers.pods] == [2, 2, 2]
    assert servers.refused == []


def test_a_server_that_started_with_an_old_file_keeps_the_version_that_its_label_leads_to() -> None:
    servers = fleet(ONE, pods=1)
    servers.config = ONLY_TWO

    assert isinstance(run(servers, to=aim(ONLY_TWO)), Done)
    assert servers.lost == []
    assert servers.pods[0].server.available == {2}


EVENTS = st.one_of(
    st.just(("look",)),
    st.just(("join",)),
    st.just(("kill",)),
    st.tuples(st.just("leave"), st.integers(0, 3)),
    st.tuples(st.just("restart"), st.integers(0, 3), st.booleans()),
)
NUMBERS = (1, 2, 3)


@st.composite
def configs(draw: st.DrawFn) -> ServerConfig:
    versions = draw(st.sets(st.sampled_from(NUMBERS), min_size=1).map(lambda chosen: tuple(sorted(chosen))))
    labels = draw(st.dictionaries(st.sampled_from(["canary", "stable"]), st.sampled_from(versions)))
    return one_model(versions, labels)


@given(
    start=configs(),
    target=configs(),
    pods=st.integers(1, 3),
    events=st.lists(st.lists(EVENTS, max_size=2), max_size=25),
    broken=st.sets(st.sampled_from(NUMBERS), max_size=1),
    refreshes=st.booleans(),
)
def test_whatever_happens_no_label_is_lost_no_order_is_refused_and_it_ends(
    start: ServerConfig,
    target: ServerConfig,
    pods: int,
    events: list[list[tuple[object, ...]]],
    broken: set[int],
    *,
    refreshes: bool,
) -> None:
    """Servers join, leave and restart, also with an old file; loads fail; whoever promotes dies after any step."""
    (model,) = start.models
    assert isinstance(model.versions, tuple)
    working = frozenset(broken - set(model.versions))
    servers = fleet(start, pods=pods, broken=working)
    servers.refreshes = refreshes
    whole = Aim.whole(target)

    for round_ in events:
        step = next_step(servers.facts(), aim=whole)
        for event in round_:
            happen(servers, event)
        if isinstance(step, Failed):
            break
        carry_out(step, servers)
        servers.check()
    servers.settle()
    end = run(servers, to=whole)

    (wanted,) = target.models
    assert [loss for loss in servers.lost if loss.split()[1] in wanted.labels] == []
    if isinstance(end, Failed):
        assert end.version in working
        return
    assert servers.config == target
    for pod in servers.pods:
        assert {label: pod.resolve(label) for label in wanted.labels} == wanted.labels
        assert pod.server.available == set(wanted.versions if isinstance(wanted.versions, tuple) else ())


def happen(servers: SimulatedFleet, event: tuple[object, ...]) -> None:
    match event:
        case ("look",):
            servers.look()
        case ("join",):
            servers.join()
        case ("kill",):
            servers.memory.clear()
        case ("leave", int(index)):
            servers.leave(index)
        case ("restart", int(index), bool(is_refreshed)):
            servers.restart(index, is_refreshed=is_refreshed)
        case _:
            pytest.fail(f"no such event: {event}")


@given(start=configs(), target=configs(), pods=st.integers(1, 3))
def test_no_server_is_ever_told_a_label_that_it_cannot_serve(
    start: ServerConfig, target: ServerConfig, pods: int
) -> None:
    servers = fleet(start, pods=pods)

    run(servers, to=Aim.whole(target))

    assert servers.refused == []


def test_the_step_that_deadlocks_is_refused_by_the_simulated_server_too() -> None:
    """K12: the version that the label is to move to is not loaded, so the label is refused, so it is never loaded."""
    servers = fleet(ONE, pods=1)

    servers.obey(Order(pod="p0", uid="u0", config=MOVED))
    servers.settle()

    assert servers.refused == ["stable -> 2"]
    assert 2 not in servers.pods[0].server.states
