"""What KEDA says of a ScaledObject, in its conditions (https://keda.sh/docs/latest/reference/scaledobject-spec/)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tfk8s.diagnose.finding import Finding, Severity
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import condition_of, objects_at, text_at, time_at
from tfk8s.manifest.scalers import PAUSED, is_paused, pauses_of
from tfk8s.manifest.snapshot import name_of

_PATIENCE = timedelta(seconds=30)
"""KEDA's operator looks at a new object within seconds."""


def diagnose_scaled_object(scaled: JsonObject, *, now: datetime) -> tuple[Finding, ...]:
    """Why KEDA does not scale by it; none of it fails a rollout."""
    place = f"ScaledObject/{name_of(scaled)}"
    if not objects_at(scaled, "status", "conditions"):
        since = time_at(scaled, "metadata", "creationTimestamp")
        return (_unseen(place),) if since is not None and now - since >= _PATIENCE else ()
    found: list[Finding] = []
    ready = condition_of(scaled, "Ready")
    if text_at(ready, "status") == "False":
        found.append(
            Finding(
                code="scaled-object",
                severity=Severity.WARNING,
                place=place,
                cause=f"KEDA cannot scale by it ({text_at(ready, 'reason')})",
                fix="see that the address of scaling.source answers and gives a number; "
                "the log of keda-operator has the question",
                evidence=(text_at(ready, "message"),),
            )
        )
    if is_paused(scaled):
        found.append(_paused(scaled, place=place))
    if text_at(condition_of(scaled, "Fallback"), "status") == "True":
        found.append(
            Finding(
                code="scaled-object-fallback",
                severity=Severity.WARNING,
                place=place,
                cause="its metrics have failed too often: KEDA keeps the number of pods that is its fallback",
                fix="see that the address of scaling.source answers and gives a number",
                evidence=(text_at(condition_of(scaled, "Fallback"), "message"),),
            )
        )
    return tuple(found)


def _unseen(place: str) -> Finding:
    return Finding(
        code="scaled-object-unseen",
        severity=Severity.WARNING,
        place=place,
        cause="KEDA has not looked at it: its operator does not run, or watches other namespaces",
        fix="kubectl get pods -A -l app=keda-operator; its WATCH_NAMESPACE must be empty or name this namespace",
    )


def _paused(scaled: JsonObject, *, place: str) -> Finding:
    names = pauses_of(scaled)
    namespace = text_at(scaled, "metadata", "namespace")
    away = " ".join(f"{name}-" for name in names) or f"{PAUSED}-"
    return Finding(
        code="scaled-object-paused",
        severity=Severity.WARNING,
        place=place,
        cause="KEDA was told to pause: the number of pods stays as it is",
        fix=f"kubectl -n {namespace} annotate scaledobject {name_of(scaled)} {away}",
        evidence=tuple(f"annotation {name}" for name in names),
    )
