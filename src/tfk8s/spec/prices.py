"""A price file: what machines, disks, GPUs, pods and addresses cost, by region, with its date and its source.

Prices are decimal numbers, never floats: a bill is summed up exactly. Nothing has a price that the file does not say.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tfk8s.spec.gke_fields import GpuType, MachineType
from tfk8s.spec.part import Part

PRICES_VERSION = "prices.tfk8s.dev/v1"
"""Not the version of a spec: a folder of specs may hold the prices too."""

_HIGHEST = 1_000_000
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_REGION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")


def _price(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        shown = "a map" if isinstance(value, dict) else json.dumps(value)[:60]
        raise PydanticCustomError("price", "must be a number such as 0.134, not {shown}", {"shown": shown})
    found = Decimal(repr(value))  # the shortest text of a float is the one that stood in the file
    if not found.is_finite() or not 0 <= found <= _HIGHEST:
        message = "must be from 0 to {most}, not {text}"
        raise PydanticCustomError("price", message, {"most": _HIGHEST, "text": str(value)})
    return found


def _currency(text: str) -> str:
    if not _CURRENCY.match(text):
        raise PydanticCustomError("currency", "{text} is no currency, such as USD or EUR", {"text": text})
    return text


def _day(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise PydanticCustomError("date", '{text} is no day, such as "2026-01-31"', {"text": text}) from None


def _place(text: str) -> str:
    if not _REGION.match(text):
        raise PydanticCustomError("region", "{text} is no region, such as us-central1", {"text": text})
    return text


Amount: TypeAlias = Annotated[
    Decimal,
    PlainValidator(_price),
    PlainSerializer(str),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": _HIGHEST}),
]


class HourPrice(Part):
    """What something costs for an hour."""

    hour: Amount
    """On demand, or what you pay with a commitment."""

    spot_hour: Amount | None = None
    """On machines that may be taken away at any time."""


class DiskPrice(Part):
    """What a disk costs."""

    gb_month: Amount
    """One GB for a month of 730 hours."""


class PodPrice(Part):
    """What pods cost by what they request: on GKE Autopilot, and on a cluster that is shared and billed so."""

    cpu_hour: Amount
    """One core for an hour."""

    memory_gib_hour: Amount
    """One GiB of memory for an hour."""

    gpu_hour: Amount | None = None
    """One GPU for an hour."""


class RegionPrices(Part):
    """Prices in one region; what is left out has no price."""

    machines: Mapping[MachineType, HourPrice] = Field(default_factory=dict)
    """Machines by their type, as `e2-standard-4`; the price of one with GPUs built in, as `g2-standard-8`, has them in
    it."""

    gpus: Mapping[GpuType, HourPrice] = Field(default_factory=dict)
    """GPUs that are attached to a machine, by their type, as `nvidia-tesla-t4`."""

    disks: Mapping[str, DiskPrice] = Field(default_factory=dict)
    """Boot disks of nodes by their kind, as `pd-balanced`."""

    pods: PodPrice | None = None
    """Pods by what they request."""

    cluster_hour: Amount | None = None
    """Management of one cluster for an hour."""

    load_balancer_hour: Amount | None = None
    """One load balancer for an hour; what it forwards is not counted."""

    address_hour: Amount | None = None
    """One external address of a node for an hour."""


class PriceList(Part):
    """A price file."""

    api_version: Literal["prices.tfk8s.dev/v1"]
    """Version of this file's form: prices.tfk8s.dev/v1."""

    currency: Annotated[str, AfterValidator(_currency)]
    """Of every price, as USD."""

    date: Annotated[str, AfterValidator(_day)]
    """Day on which the prices were so, in quotes, as "2026-01-31"."""

    source: Annotated[str, Field(min_length=1, max_length=500)]
    """Where they come from, so that somebody can look again."""

    anywhere: RegionPrices = RegionPrices.unsaid()
    """Prices wherever a region does not say otherwise."""

    regions: Mapping[Annotated[str, AfterValidator(_place)], RegionPrices] = Field(default_factory=dict)
    """Prices by region, as `us-central1`."""
