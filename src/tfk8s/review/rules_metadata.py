"""What a change of labels and annotations of an object means: nothing, unless a controller reads them."""

from __future__ import annotations

import re

from tfk8s.manifest.fields import text_at
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Told
from tfk8s.review.words import change, setting

_FRONTS = frozenset({"Ingress", "Gateway", "HTTPRoute", "GRPCRoute", "Service"})
_CONTROLLERS = re.compile(
    r"(.*\.)?(cloud\.google\.com|networking\.gke\.io|ingress\.kubernetes\.io|service\.beta\.kubernetes\.io"
    r"|service\.kubernetes\.io|projectcontour\.io|konghq\.com|haproxy\.org|metallb\.(io|universe\.tf)|cert-manager\.io"
    r"|kubernetes\.io/ingress\..*)(/.*)?"
)
"""Annotations that controllers of load balancers read. The user's own mean nothing to them."""


def _label(field: Field) -> Told:
    return Told(what=change(f"label {field.name}", field.before, field.after), risk=Risk.NONE)


def _annotation(field: Field) -> Told:
    what = change(f"annotation {field.name}", field.before, field.after)
    if text_at(field.new, "kind") in _FRONTS and _CONTROLLERS.fullmatch(field.name):
        return Told(
            what=what, risk=Risk.DOWNTIME, then="a load balancer that reads it may be made anew, under another address"
        )
    return Told(what=what, risk=Risk.NONE)


def _version(field: Field) -> Told:
    what = setting("API version", field.before, field.after)
    return Told(what=what, risk=Risk.NONE, then="no restart; the same object")


METADATA_RULES = (
    Rule(pattern=("metadata", "labels", ANY), tell=_label),
    Rule(pattern=("metadata", "annotations", ANY), tell=_annotation),
    Rule(pattern=("apiVersion",), tell=_version),
)
