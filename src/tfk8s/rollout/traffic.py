"""What model servers counted between two looks at them: predictions that failed, and how long the others took.

Counters of a server grow from its start. Two looks at the same server give what happened between them; a counter that
has become smaller tells that the server started again in between, and then all of it is new.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Predictions of one model.

    Attributes:
        latencies: answered ones by the upper bound of their bucket, in microseconds; `inf` is the last bucket.
        errors: failed ones by the name of their gRPC code.
    """

    latencies: Mapping[float, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        """Predictions that were answered."""
        return sum(self.latencies.values())

    @property
    def failed(self) -> int:
        """Predictions that were not."""
        return sum(self.errors.values())

    @property
    def total(self) -> int:
        """Both."""
        return self.answered + self.failed

    def slower_than(self, bound: float) -> int:
        """Answered ones in buckets above a bound of a bucket."""
        return sum(count for upper, count in self.latencies.items() if upper > bound)


def joined(one: Traffic, other: Traffic) -> Traffic:
    """The sum of two."""
    return Traffic(latencies=_sum(one.latencies, other.latencies), errors=_sum(one.errors, other.errors))


def since(before: Traffic, now: Traffic) -> Traffic:
    """What the same server counted between two looks; all of the later one when it started again in between."""
    if _shrank(before.latencies, now.latencies) or _shrank(before.errors, now.errors):
        return now
    return Traffic(
        latencies=_difference(before.latencies, now.latencies), errors=_difference(before.errors, now.errors)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """All pods of one side of a comparison.

    Attributes:
        total: what they counted since each was first looked at.
        last: their counters at the last look, by the pod's uid.
    """

    total: Traffic = field(default_factory=Traffic)
    last: Mapping[str, Traffic] = field(default_factory=dict)

    def looked(self, now: Mapping[str, Traffic], *, listed: Collection[str]) -> Side:
        """The side after another look.

        A pod's first look counts nothing: what it counted before may be older than the comparison. Pods that could not
        be asked this time keep their last counters, so that the next look makes up for it.

        Args:
            now: counters by uid, of the pods that answered.
            listed: uids of all pods that there are.
        """
        total = self.total
        for uid, counted in now.items():
            if uid in self.last:
                total = joined(total, since(self.last[uid], counted))
        kept = {uid: counted for uid, counted in self.last.items() if uid in listed}
        return Side(total=total, last={**kept, **now})


def _sum(one: Mapping[_Key, int], other: Mapping[_Key, int]) -> dict[_Key, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *(key for key in other if key not in one))}


def _difference(before: Mapping[_Key, int], now: Mapping[_Key, int]) -> dict[_Key, int]:
    grown = {key: count - before.get(key, 0) for key, count in now.items()}
    return {key: count for key, count in grown.items() if count}


def _shrank(before: Mapping[_Key, int], now: Mapping[_Key, int]) -> bool:
    return any(now.get(key, 0) < count for key, count in before.items())
