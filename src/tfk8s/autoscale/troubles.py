"""What is wrong with a live autoscaler as a whole: no target, no selector, a rival, KEDA's own troubles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.autoscale.causes import newest_words, why_unknown
from tfk8s.autoscale.explanation import Trouble
from tfk8s.autoscale.reading import status_of
from tfk8s.manifest.fields import condition_of, integer_at, object_at, text_at
from tfk8s.manifest.scalers import PAUSED, PAUSED_REPLICAS, is_paused

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Config, Flags, Metric
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.manifest import JsonObject


def troubles_of(seen: LiveScaler, config: Config) -> tuple[Trouble, ...]:
    """Return everything that is wrong, what hurts most first."""
    found = [*_scale_troubles(seen), *_rivals(seen), *_selector_troubles(seen)]
    found += _keda_troubles(seen.scaled_object, events=seen.events)
    causes: dict[str, Trouble] = {}
    if seen.target is not None and seen.scale.spec != 0 and _was_asked(seen):
        for metric in config.metrics:
            if not status_of(metric, seen.scaler):
                trouble = _why_unknown(metric, seen, flags=config.flags)
                causes.setdefault(f"{trouble.code} {trouble.cause}", trouble)
    if any(each.code == "keda-trigger" for each in causes.values()):
        found = [each for each in found if each.code != "keda-trigger"]  # the metric's own has more to say
    return (*found, *causes.values())


def _why_unknown(metric: Metric, seen: LiveScaler, *, flags: Flags) -> Trouble:
    found = why_unknown(metric, seen, flags=flags)
    if found.code != "no-series" or seen.scaled_object is None:
        return found
    evidence = (*_scaler_words(seen.events), *found.evidence)
    return _trigger_trouble(seen.scaled_object, cause=f"KEDA has no value of {metric.name}", evidence=evidence)


def is_left_at_zero(seen: LiveScaler) -> bool:
    """Whether the target has no replicas and the controller leaves it so, other than KEDA's sleep."""
    if seen.target is None or seen.scale.spec != 0 or is_asleep(seen):
        return False
    return text_at(condition_of(seen.scaler, "ScalingActive"), "reason") == "ScalingDisabled"


def is_asleep(seen: LiveScaler) -> bool:
    """Whether KEDA has scaled the target to zero because no trigger is active."""
    body = seen.scaled_object
    if body is None or seen.target is None or seen.scale.spec != 0:
        return False
    return (
        integer_at(body, "spec", "minReplicaCount") == 0 and text_at(condition_of(body, "Active"), "status") != "True"
    )


def _was_asked(seen: LiveScaler) -> bool:
    """Whether the last sync went so far as to ask for metrics, or none has ended yet."""
    reason = text_at(condition_of(seen.scaler, "ScalingActive"), "reason")
    if reason in ("ScalingDisabled", "InvalidSelector", "AmbiguousSelector"):
        return False
    current = integer_at(seen.scaler, "status", "currentReplicas")
    return text_at(condition_of(seen.scaler, "AbleToScale"), "reason") != "SucceededRescale" or (
        integer_at(seen.scaler, "spec", "minReplicas", default=1)
        <= current
        <= integer_at(seen.scaler, "spec", "maxReplicas")
    )


def _place(seen: LiveScaler) -> str:
    return f"HorizontalPodAutoscaler/{text_at(seen.scaler, 'metadata', 'name')}"


def _quoted(condition: JsonObject) -> tuple[str, ...]:
    kind, status = text_at(condition, "type"), text_at(condition, "status")
    return (f"{kind} is {status} ({text_at(condition, 'reason')}): {text_at(condition, 'message')}",)


def _scale_troubles(seen: LiveScaler) -> list[Trouble]:
    namespace, able = text_at(seen.scaler, "metadata", "namespace"), condition_of(seen.scaler, "AbleToScale")
    active = condition_of(seen.scaler, "ScalingActive")
    found = []
    if seen.target is None:
        said = _quoted(able) if text_at(able, "status") == "False" else ()
        kind, _, name = seen.target_name.partition("/")
        found.append(
            Trouble(
                code="no-target",
                place=_place(seen),
                cause=f"it scales {seen.target_name}, which does not exist in namespace {namespace}",
                fix=f"deploy it (tfk8s apply), or delete the autoscaler: kubectl -n {namespace} delete hpa "
                f"{text_at(seen.scaler, 'metadata', 'name')}; kubectl -n {namespace} get {kind.lower()} {name} looks",
                evidence=said,
            )
        )
    elif text_at(able, "status") == "False":
        found.append(
            Trouble(
                code="no-scale",
                place=_place(seen),
                cause=f"the controller cannot read or write the count of {seen.target_name}",
                fix="the words say what refuses it: a webhook, a quota, or rights of kube-controller-manager",
                evidence=_quoted(able),
            )
        )
    if seen.target is not None and is_left_at_zero(seen):
        found.append(
            Trouble(
                code="scaled-to-zero",
                place=seen.target_name,
                cause="somebody has set its replicas to 0, which switches the autoscaler off",
                fix=f"kubectl -n {namespace} scale {seen.target_name} --replicas=1 switches it on again",
                evidence=_quoted(active),
            )
        )
    return found


def _rivals(seen: LiveScaler) -> list[Trouble]:
    names = [f"HorizontalPodAutoscaler/{text_at(each, 'metadata', 'name')}" for each in seen.siblings]
    names += [f"ScaledObject/{text_at(each, 'metadata', 'name')}" for each in seen.rival_objects]
    if not names:
        return []
    active, namespace = condition_of(seen.scaler, "ScalingActive"), text_at(seen.scaler, "metadata", "namespace")
    kind, _, name = names[0].partition("/")
    short = "hpa" if kind == "HorizontalPodAutoscaler" else "scaledobject"
    return [
        Trouble(
            code="two-autoscalers",
            place=seen.target_name,
            cause=f"{_place(seen)} and {', '.join(names)} both set its replicas",
            fix=f"keep one of them: kubectl -n {namespace} delete {short} {name}",
            evidence=_quoted(active) if text_at(active, "reason") == "AmbiguousSelector" else (),
        )
    ]


def _selector_troubles(seen: LiveScaler) -> list[Trouble]:
    active = condition_of(seen.scaler, "ScalingActive")
    reason = text_at(active, "reason")
    if reason == "AmbiguousSelector" and not seen.siblings:
        return [
            Trouble(
                code="shared-pods",
                place=seen.target_name,
                cause="its selector finds pods that another autoscaler counts too, so neither acts",
                fix="give the two Deployments selectors that do not overlap; a canary needs labels of its own",
                evidence=_quoted(active),
            )
        ]
    if reason != "InvalidSelector":
        return []
    return [
        Trouble(
            code="no-selector",
            place=seen.target_name,
            cause="its scale subresource has no selector that can be read, so that no pods can be found",
            fix="for a kind of your own, set labelSelectorPath of its definition; a Deployment always has one",
            evidence=_quoted(active),
        )
    ]


def keda_words(scaled_object: JsonObject) -> tuple[str, ...]:
    """Return what is wrong with a ScaledObject, as lines."""
    return tuple(line for trouble in _keda_troubles(scaled_object, events=()) for line in trouble.lines())


def _keda_troubles(body: JsonObject | None, *, events: tuple[JsonObject, ...]) -> list[Trouble]:
    """Return what KEDA says of a ScaledObject: https://keda.sh/docs/latest/reference/scaledobject-spec/."""
    if body is None:
        return []
    return [*_paused(body), *_failing(body, events=events)]


def _paused(body: JsonObject) -> list[Trouble]:
    name, namespace = text_at(body, "metadata", "name"), text_at(body, "metadata", "namespace")
    if not is_paused(body):
        return []
    count = text_at(object_at(body, "metadata", "annotations"), PAUSED_REPLICAS)
    return [
        Trouble(
            code="keda-paused",
            place=f"ScaledObject/{name}",
            cause=f"it is paused{f' at {count} replicas' if count else ''}: nothing scales the service",
            fix=f"kubectl -n {namespace} annotate scaledobject {name} {PAUSED}- {PAUSED_REPLICAS}-",
        )
    ]


def _failing(body: JsonObject, *, events: tuple[JsonObject, ...]) -> list[Trouble]:
    place, found, failing = f"ScaledObject/{text_at(body, 'metadata', 'name')}", [], _failing_triggers(body)
    ready, fallback = condition_of(body, "Ready"), condition_of(body, "Fallback")
    if text_at(ready, "status") == "False" or failing:
        cause = "a trigger of it fails: " + (", ".join(failing) or text_at(ready, "reason"))
        quoted = _quoted(ready) if text_at(ready, "status") == "False" else ()
        found.append(_trigger_trouble(body, cause=cause, evidence=(*_scaler_words(events), *quoted)))
    if text_at(fallback, "status") == "True":
        replicas = integer_at(body, "spec", "fallback", "replicas")
        found.append(
            Trouble(
                code="keda-fallback",
                place=place,
                cause=f"its triggers fail, and it holds the {replicas} replicas of its fallback",
                fix="mend the trigger; KEDA leaves the fallback by itself then",
                evidence=_quoted(fallback),
            )
        )
    return found


def _trigger_trouble(body: JsonObject, *, cause: str, evidence: tuple[str, ...]) -> Trouble:
    name, namespace = text_at(body, "metadata", "name"), text_at(body, "metadata", "namespace")
    return Trouble(
        code="keda-trigger",
        place=f"ScaledObject/{name}",
        cause=cause,
        fix=f"kubectl -n {namespace} describe scaledobject {name}; see that the address of Prometheus in "
        "scaling.source.server answers from KEDA's pods, and that the query is one that Prometheus takes",
        evidence=evidence,
    )


def _scaler_words(events: tuple[JsonObject, ...]) -> tuple[str, ...]:
    """Return what KEDA said last of a trigger that it could not ask."""
    return newest_words([event for event in events if text_at(event, "reason") == "KEDAScalerFailed"])


def _failing_triggers(body: JsonObject) -> list[str]:
    """Return triggers that fail; KEDA keeps their health for the fallback alone, and lets it stand without one."""
    health = object_at(body, "status", "health") if object_at(body, "spec", "fallback") else {}
    return [
        f"{metric} ({integer_at(state, 'numberOfFailures')} failures)"
        for metric, state in sorted(health.items())
        if text_at(state, "status") == "Failing"
    ]
