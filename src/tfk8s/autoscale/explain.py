"""A live autoscaler to an explanation: what the controller read, computed, was held by, and does next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.autoscale.account import account
from tfk8s.autoscale.config import RESOURCES, Flags
from tfk8s.autoscale.decide import Decision, Fault
from tfk8s.autoscale.explanation import Explanation, MetricAccount, Outlook
from tfk8s.autoscale.holds import holds_of
from tfk8s.autoscale.live import RESOURCE_METRICS, pod_of
from tfk8s.autoscale.memory import least_memory, most_memory, past_of
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.outlook import Facts, foretell, next_decision
from tfk8s.autoscale.pods import ready_pods
from tfk8s.autoscale.reading import read
from tfk8s.autoscale.summary import maker_of
from tfk8s.autoscale.troubles import is_asleep, troubles_of
from tfk8s.manifest.fields import condition_of, integer_at, text_at

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Config
    from tfk8s.autoscale.live import LiveScaler


def explain(seen: LiveScaler) -> Explanation:
    """Explain an autoscaler.

    Args:
        seen: It, and what decides about it. Flags of its controller are taken to be the defaults of its release.

    Raises:
        InputError: A field of the autoscaler that no API server would store.
    """
    config = config_of(seen.scaler, flags=Flags.of_release(seen.release))
    past = past_of(seen)
    least = least_memory(seen, past)
    most = most_memory(seen, least)
    facts = Facts(
        now=seen.now,
        scale=seen.scale,
        readings=tuple(read(metric, seen, flags=config.flags) for metric in config.metrics),
        fault=_fault(seen),
        config=config,
    )
    decision = next_decision(most, facts)
    outlook = foretell(least, most, facts=facts)
    status = seen.scaler.get("status")
    return Explanation(
        name=text_at(seen.scaler, "metadata", "name"),
        namespace=text_at(seen.scaler, "metadata", "namespace"),
        target=seen.target_name,
        made_by=maker_of(seen.scaler),
        taken_at=seen.taken_at,
        minimum=config.minimum,
        maximum=config.maximum,
        current=integer_at(status, "currentReplicas", default=seen.scale.spec),
        # 0 where nothing was ever decided, which is no wish
        desired=integer_at(status, "desiredReplicas") or (seen.scale.spec if config.minimum else 0),
        ready=ready_pods(pod_of(each, resource="") for each in seen.pods),
        metrics=_accounts(seen, facts=facts, decision=decision),
        wanted=decision.wanted,
        holds=holds_of(seen, facts=facts, decision=decision, outlook=outlook, memory=most),
        past=past,
        troubles=troubles_of(seen, config),
        outlook=_asleep() if is_asleep(seen) else outlook,
        notes=(*seen.notes, *_notes(seen, config)),
    )


def _accounts(seen: LiveScaler, *, facts: Facts, decision: Decision) -> tuple[MetricAccount, ...]:
    config = facts.config
    proposals = decision.proposals or (None,) * len(config.metrics)
    return tuple(
        account(
            metric,
            reading,
            seen=seen,
            proposal=proposal,
            tolerated=config.tolerated(),
            decides=index == decision.chosen and len(config.metrics) > 1,
        )
        for index, (metric, reading, proposal) in enumerate(zip(config.metrics, facts.readings, proposals, strict=True))
    )


def _fault(seen: LiveScaler) -> Fault | None:
    if seen.target is None:
        return Fault.NO_SCALE
    reason = text_at(condition_of(seen.scaler, "ScalingActive"), "reason")
    if reason == Fault.NO_SELECTOR.value:
        return Fault.NO_SELECTOR
    return Fault.SHARED_PODS if seen.pods and (seen.siblings or reason == Fault.SHARED_PODS.value) else None


def _asleep() -> Outlook:
    return Outlook(replicas=0, words="KEDA keeps it at zero until a trigger is active, and sets it to 1 then")


def _notes(seen: LiveScaler, config: Config) -> tuple[str, ...]:
    found = []
    if any(metric.source not in RESOURCES for metric in config.metrics):
        found.append(
            "metrics that are no cpu or memory are those of the last sync: nobody but the controller can read them"
        )
    elif seen.pod_metrics is None and RESOURCE_METRICS in seen.apis and seen.apis[RESOURCE_METRICS].is_available:
        found.append("the pods' metrics could not be read: the numbers are those of the last sync")
    return tuple(found)
