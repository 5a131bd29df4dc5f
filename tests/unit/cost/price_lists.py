"""Prices for tests, as a file would give them."""

from __future__ import annotations

import json
from typing import Any

from tfk8s.spec.prices import PriceList


def price_list(**fields: Any) -> PriceList:
    """A price file with these keys."""
    head = {"apiVersion": "prices.tfk8s.dev/v1", "currency": "USD", "date": "2026-01-31", "source": "a test"}
    return PriceList.model_validate_json(json.dumps({**head, **fields}), by_alias=True, by_name=False)
