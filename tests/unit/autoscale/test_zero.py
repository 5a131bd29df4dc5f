"""To zero and back, as KEDA does it."""

from __future__ import annotations

from dataclasses import replace

from tfk8s.autoscale.zero import Sleeper, Trigger, Zero

ZERO = Zero(triggers=(Trigger(metric=0, activation=2), Trigger(metric=1)), polling_s=30, cooldown_s=60)


def test_a_service_sleeps_after_the_cooldown_and_wakes_at_the_next_look() -> None:
    sleeper, replicas, seen = Sleeper(ZERO), 3, []
    for step in range(14):
        demand = 5.0 if step in (0, 1, 9, 10) else 1.0
        replicas = sleeper.look(replicas, (demand, 0.0), now=15.0 * step)
        seen.append(replicas)

    # demand at 0 s; looks each 30 s; at 60 s the cooldown is not over; back at 135 s, seen at 150 s
    assert seen == [3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 1, 1, 1, 1]


def test_a_service_that_was_never_in_demand_has_a_cooldown_of_its_own() -> None:
    sleeper = Sleeper(replace(ZERO, first_cooldown_s=100))

    assert [sleeper.look(1, (0.0, 0.0), now=now) for now in (0.0, 90.0, 120.0)] == [1, 1, 0]


def test_any_trigger_is_demand_and_a_value_at_its_activation_is_none() -> None:
    assert Sleeper(ZERO).look(0, (2.0, 0.0), now=100) == 0
    assert Sleeper(ZERO).look(0, (2.0, 0.1), now=100) == 1
