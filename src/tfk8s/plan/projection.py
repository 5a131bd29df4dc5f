"""A live object cut down to what a manifest says, for a comparison that knows no defaults."""

from __future__ import annotations

import re

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.difference import Difference, entries
from tfk8s.plan.capacity import amount_of

_AMOUNT = re.compile(r".*(\.(requests|limits)[.\[][^.]*|\.sizeLimit|\.averageValue|\.value)\Z")


def projected(live: JsonObject, wanted: JsonObject) -> JsonObject:
    """The parts of `live` that `wanted` speaks of; of lists whose items have no names, every item."""
    return {key: _part(live[key], value) for key, value in wanted.items() if key in live}


def _part(live: JsonValue, wanted: JsonValue) -> JsonValue:
    if isinstance(live, dict) and isinstance(wanted, dict):
        return projected(live, wanted)
    if isinstance(live, list) and isinstance(wanted, list):
        return _items(live, wanted)
    return live


def _items(live: list[JsonValue], wanted: list[JsonValue]) -> list[JsonValue]:
    there, asked = entries(live), entries(wanted)
    if there is not None and asked is not None:
        return [_part(item, asked[key]) for key, item in there.items() if key in asked]
    matched = [_part(item, other) for item, other in zip(live, wanted, strict=False)]
    return [*matched, *live[len(wanted) :]]


def same_amount(item: Difference) -> bool:
    """Whether the two values are one quantity in two spellings, such as 1000m and 1."""
    if item.before is None or item.after is None or not _AMOUNT.match(item.path):
        return False
    before = amount_of(item.before)
    return before != 0 and before == amount_of(item.after)
