"""Which rights commands need of a cluster, and the roles that give no more. Pure: a spec's objects in, rules out."""

from __future__ import annotations

from tfk8s.rights.advice import advice
from tfk8s.rights.need import Grade, Need, Thing
from tfk8s.rights.right import Right, Rule, resource_of, rights_on, rules_of, told
from tfk8s.rights.roles import Holder, RoleOptions, role_objects, role_rights
from tfk8s.rights.table import NEEDS, OWNERS, ROLES, WITHOUT_CLUSTER, Role
from tfk8s.rights.things import GIVEN, Things, rights_for, rights_of

__all__ = [
    "GIVEN",
    "NEEDS",
    "OWNERS",
    "ROLES",
    "WITHOUT_CLUSTER",
    "Grade",
    "Holder",
    "Need",
    "Right",
    "Role",
    "RoleOptions",
    "Rule",
    "Thing",
    "Things",
    "advice",
    "resource_of",
    "rights_for",
    "rights_of",
    "rights_on",
    "role_objects",
    "role_rights",
    "rules_of",
    "told",
]
