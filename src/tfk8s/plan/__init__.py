"""Desired manifests plus observations to an ordered, explainable plan. Pure: no cluster is called from here."""

from __future__ import annotations

from tfk8s.manifest.difference import Difference, differences
from tfk8s.plan.change import Action, Change, HandOver, Plan, PlanWarning
from tfk8s.plan.inventory import Inventory, Making, Revision, from_config_map, inventory_ref, to_config_map
from tfk8s.plan.managers import HAND_OVER_MANAGER, Owner, owners_of
from tfk8s.plan.moved import caught_up
from tfk8s.plan.observation import Cause, NotAsked, Observation, Predicted, Prediction, RefusalReason, Refused
from tfk8s.plan.planner import Observed, PlanOptions, make_plan

__all__ = [
    "HAND_OVER_MANAGER",
    "Action",
    "Cause",
    "Change",
    "Difference",
    "HandOver",
    "Inventory",
    "Making",
    "NotAsked",
    "Observation",
    "Observed",
    "Owner",
    "Plan",
    "PlanOptions",
    "PlanWarning",
    "Predicted",
    "Prediction",
    "RefusalReason",
    "Refused",
    "Revision",
    "caught_up",
    "differences",
    "from_config_map",
    "inventory_ref",
    "make_plan",
    "owners_of",
    "to_config_map",
]
