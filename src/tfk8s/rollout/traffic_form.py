"""What servers counted as JSON, for records that stand on objects of the cluster."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import integer_at, object_at
from tfk8s.rollout.traffic import Side, Traffic


def side_form(side: Side) -> JsonObject:
    """The sums of a side, and the last counters of each pod."""
    return {
        "total": traffic_form(side.total),
        "last": {uid: traffic_form(counted) for uid, counted in side.last.items()},
    }


def read_side(value: JsonObject) -> Side:
    """Read what `side_form` wrote."""
    last = {uid: read_traffic(counted) for uid, counted in object_at(value, "last").items()}
    return Side(total=read_traffic(object_at(value, "total")), last=last)


def traffic_form(traffic: Traffic) -> JsonObject:
    """Bounds of buckets are keys of an object, which are text; the last bucket is that of no number."""
    return {
        "us": {_bound(upper): count for upper, count in sorted(traffic.latencies.items())},
        "errors": dict(sorted(traffic.errors.items())),
    }


def read_traffic(value: JsonValue) -> Traffic:
    """Read what `traffic_form` wrote."""
    return Traffic(
        latencies={float(upper): count for upper, count in _counts(object_at(value, "us")).items()},
        errors=_counts(object_at(value, "errors")),
    )


def _counts(value: JsonObject) -> Mapping[str, int]:
    return {key: integer_at(value, key) for key in value}


def _bound(upper: float) -> str:
    return "inf" if math.isinf(upper) else repr(upper)
