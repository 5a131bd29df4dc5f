"""What a change of Identity-Aware Proxy means, which GKE reads from a BackendConfig or a GCPBackendPolicy."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import value_at
from tfk8s.review.risk import Risk
from tfk8s.review.rule import Field, Rule, Steps, Told
from tfk8s.review.words import inside

SHUTS_OUT = "clients without a Google account that IAM lets in are refused"
LETS_IN = "whoever reaches the front may ask, without a Google account"
_NAME = "Identity-Aware Proxy"
_PLACES: dict[str, Steps] = {"BackendConfig": ("spec", "iap"), "GCPBackendPolicy": ("spec", "default", "iap")}


def is_guarded(body: JsonObject) -> bool:
    """Whether the object turns it on."""
    place = _PLACES.get(str(body.get("kind")))
    return place is not None and _is_on(value_at(body, *map(str, place)))


def _is_on(iap: JsonValue) -> bool:
    return value_at(iap, "enabled") is True


def _of_policy(field: Field) -> Told:
    return _told(field) or Told(what=f"{_NAME} off", risk=Risk.NONE, then=f"no restart; {LETS_IN}")


def _of_config(field: Field) -> Told:
    told = _told(field)
    if told is not None:
        return told
    if field.after is None:
        then = "no restart; GKE leaves it as it is, and only expose.auth: none turns it off"
        return Told(what=f"{_NAME} no longer named", risk=Risk.NONE, then=then)
    then = f"no restart; {LETS_IN}" if _is_on(field.before) else "no restart; it stays off"
    return Told(what=f"{_NAME} off", risk=Risk.NONE, then=then)


def _told(field: Field) -> Told | None:
    """Of one that is on afterwards."""
    if not _is_on(field.after):
        return None
    if not _is_on(field.before):
        return Told(what=f"{_NAME} on", risk=Risk.DOWNTIME, then=SHUTS_OUT)
    what = f"{_NAME}: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="tokens for the old client are refused")


CONFIG_RULE = Rule(pattern=_PLACES["BackendConfig"], tell=_of_config)
POLICY_RULE = Rule(pattern=_PLACES["GCPBackendPolicy"], tell=_of_policy)
