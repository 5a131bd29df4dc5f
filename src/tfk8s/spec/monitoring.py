"""Who collects the server's metrics, and what they are held against."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from tfk8s.spec.part import Part

ScrapeKind: TypeAlias = Literal["podMonitoring", "podMonitor", "serviceMonitor", "annotations", "none"]
OPERATOR_KINDS: tuple[ScrapeKind, ...] = ("podMonitor", "serviceMonitor")
"""Those of Prometheus' operator."""

ALERT_KINDS: tuple[ScrapeKind, ...] = (*OPERATOR_KINDS, "podMonitoring")
"""Those whose Prometheus reads rules as objects beside the service."""


class ObjectiveSpec(Part):
    """What users of the service may count on; an alert tells when its errors use that up too fast."""

    availability: Annotated[float, Field(ge=90, le=99.999)] = 99.9
    """Of 100 predictions, how many are answered. What fails because a request was wrong does not count. Default:
    99.9."""

    latency_milliseconds: Annotated[int, Field(ge=1, le=600_000)] | None = None
    """Milliseconds in which the server shall answer. The server counts in steps of 1.8 times, and the first step that
    is no less than this one is held against it. Absent: no objective for time."""

    percentile: Annotated[float, Field(ge=90, le=99.999)] = 99
    """Of 100 answers, how many shall come in `latencyMilliseconds`. Default: 99."""

    window_days: Annotated[int, Field(ge=28, le=90)] = 30
    """Days over which both hold. Default: 30."""


class MonitoringSpec(Part):
    """Who collects the server's metrics, and what they are held against."""

    scrape: Literal["auto", "podMonitoring", "podMonitor", "serviceMonitor", "annotations", "none"] = "auto"
    """How Prometheus finds the pods. podMonitoring: Google's managed one; podMonitor, serviceMonitor: that of
    Prometheus' operator; annotations: `prometheus.io/scrape`, port and path on the pods. auto: podMonitoring on a
    cluster of GKE that says `managedPrometheus: true`, annotations elsewhere. Default: auto."""

    objective: ObjectiveSpec | None = None
    """What users may count on, as `{availability: 99.9, latencyMilliseconds: 300}`. With it alerts know how fast errors
    may come. Absent: alerts for causes alone."""

    alerts: bool = True
    """Whether an objective's rules are applied with the service: as a PrometheusRule with podMonitor and
    serviceMonitor, as Rules with podMonitoring. `tfk8s alerts` prints them for any other Prometheus. Default: true."""
