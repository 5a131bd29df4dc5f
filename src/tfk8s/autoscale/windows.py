"""Stabilization windows: the least of recent recommendations upwards, the most downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.autoscale.state import with_recommendation

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Behavior, Flags
    from tfk8s.autoscale.state import Recommendation


def stabilize_plain(
    recommendations: tuple[Recommendation, ...], wanted: int, *, now: float, window_s: float
) -> tuple[int, tuple[Recommendation, ...]]:
    """Return the most of recent recommendations, as for an autoscaler without `behavior`, and what is remembered."""
    cutoff = now - window_s
    highest, place = wanted, -1
    for index, (at, replicas) in enumerate(recommendations):
        if at < cutoff:
            place = index
        elif replicas > highest:
            highest = replicas
    return highest, with_recommendation(recommendations, (now, wanted), place=place)


def stabilize(
    recommendations: tuple[Recommendation, ...],
    wanted: int,
    *,
    current: int,
    now: float,
    windows_s: tuple[float, float],
) -> tuple[int, tuple[Recommendation, ...]]:
    """Return the replicas within both windows' limits, and what is remembered.

    Args:
        recommendations: Of earlier syncs.
        wanted: Of this one.
        current: Replicas now; kept where both windows allow it.
        now: Time of this sync.
        windows_s: Windows upwards and downwards. An age of exactly one window no longer counts.
    """
    up_cutoff, down_cutoff = now - windows_s[0], now - windows_s[1]
    lowest = highest = wanted
    place = -1
    for index, (at, replicas) in enumerate(recommendations):
        if at > down_cutoff:
            if replicas > highest:
                highest = replicas
        elif at < down_cutoff and at < up_cutoff:
            place = index
    if windows_s[0] > 0:  # a window of none holds nothing, and is the usual one
        lowest = min([wanted, *[replicas for at, replicas in recommendations if at > up_cutoff]])
    stable = min(max(current, lowest), highest)
    return stable, with_recommendation(recommendations, (now, wanted), place=place)


def windows_of(behavior: Behavior, flags: Flags) -> tuple[float, float]:
    """Return the windows upwards and downwards in seconds."""
    down = behavior.down.window_s
    return behavior.up.window_s or 0, flags.downscale_stabilization_s if down is None else down
