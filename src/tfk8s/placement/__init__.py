"""Where to serve: places on the globe, the expected time between them, and the cheapest set of regions."""

from __future__ import annotations

from tfk8s.placement.globe import Position, distance_km
from tfk8s.placement.google import REGIONS, Region
from tfk8s.placement.network import BAD_PATH_FACTOR, HIGH_ERROR, MEASURED_PAIRS, MEDIAN_ERROR, NetworkModel
from tfk8s.placement.search import Choice, Problem, Site, choice_of, efficient_choices, weighted_percentile
from tfk8s.placement.users import Place, read_places

__all__ = [
    "BAD_PATH_FACTOR",
    "HIGH_ERROR",
    "MEASURED_PAIRS",
    "MEDIAN_ERROR",
    "REGIONS",
    "Choice",
    "NetworkModel",
    "Place",
    "Position",
    "Problem",
    "Region",
    "Site",
    "choice_of",
    "distance_km",
    "efficient_choices",
    "read_places",
    "weighted_percentile",
]
