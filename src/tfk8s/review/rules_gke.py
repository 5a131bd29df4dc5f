"""What a change of GKE's own objects means."""

from __future__ import annotations

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import value_at
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Steps, Told
from tfk8s.review.rules_iap import CONFIG_RULE, POLICY_RULE
from tfk8s.review.words import inside, setting, whole

_ASKED = ("requestPath", "port", "portSpecification", "type", "config")
"""What a health check asks; the rest is how often."""


def _health(pattern: Steps) -> Rule:
    return Rule(pattern=pattern, tell=_health_check)


def _health_check(field: Field) -> Told:
    what = whole("health check", field.before, field.after)
    same = all(value_at(field.before, key) == value_at(field.after, key) for key in _ASKED)
    if same and field.before is not None and field.after is not None:
        return Told(what=what, risk=Risk.NONE)
    return Told(what=what, risk=Risk.DOWNTIME, then="pods get requests only once the new check has passed")


def _seconds(pattern: Steps, name: str) -> Rule:
    def tell(field: Field) -> Told:
        return Told(what=setting(name, _as_seconds(field.before), _as_seconds(field.after)), risk=Risk.NONE)

    return Rule(pattern=pattern, tell=tell)


def _as_seconds(value: JsonValue) -> JsonValue:
    return f"{value} s" if isinstance(value, int) else value


def _target(field: Field) -> Told:
    what = f"what it is about: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="the load balancer falls back to its defaults for the other one")


def _domain(field: Field) -> Told:
    what = f"domain {field.name} {'added' if field.before is None else 'removed'}"
    then = "Google issues another certificate, which takes up to an hour; https clients may fail until then"
    return Told(what=what, risk=Risk.DOWNTIME, then=then)


def _redirect(field: Field) -> Told:
    what = whole("redirect of http to https", field.before, field.after)
    return Told(what=what, risk=Risk.DOWNTIME, then="clients of plain http that do not follow it fail")


BACKEND_CONFIG_RULES = (
    CONFIG_RULE,
    _health(("spec", "healthCheck")),
    _seconds(("spec", "timeoutSec"), "longest request"),
    _seconds(("spec", "connectionDraining", "drainingTimeoutSec"), "time for requests of a pod that goes"),
)
BACKEND_POLICY_RULES = (
    POLICY_RULE,
    _seconds(("spec", "default", "timeoutSec"), "longest request"),
    _seconds(("spec", "default", "connectionDraining", "drainingTimeoutSec"), "time for requests of a pod that goes"),
    Rule(pattern=("spec", "targetRef"), tell=_target),
)
HEALTH_POLICY_RULES = (
    _health(("spec", "default")),
    Rule(pattern=("spec", "targetRef"), tell=_target),
)
CERTIFICATE_RULES = (Rule(pattern=("spec", "domains", ANY), tell=_domain),)
FRONTEND_CONFIG_RULES = (Rule(pattern=("spec", "redirectToHttps"), tell=_redirect),)
