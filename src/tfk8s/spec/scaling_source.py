"""Who answers an autoscaler's questions about the server, what wakes it from zero pods, and floors by the clock."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tfk8s.spec.cron import cron_flaw
from tfk8s.spec.fields import AutoSeconds
from tfk8s.spec.part import Part
from tfk8s.spec.promql import PromQl

SourceKind: TypeAlias = Literal["keda", "prometheus-adapter", "gke"]

SERVER_URL = r"https?://[A-Za-z0-9.\[\]:-]+(?:/[!-~]*)?\Z"
PROJECT = r"[a-z][a-z0-9.:-]{4,61}[a-z0-9]\Z"
TIMEZONE = r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}\Z"


def _server(text: str) -> str:
    if not re.match(SERVER_URL, text) or "@" in text:
        message = (
            "{text} is no address of a Prometheus: write http:// or https://, a host and a port, without a password, "
            "such as http://prometheus.monitoring:9090"
        )
        raise PydanticCustomError("url", message, {"text": text})
    return text


def _project(text: str) -> str:
    if not re.match(PROJECT, text):
        message = "{text} is no id of a Google Cloud project (lower-case letters, digits and dashes, 6 to 63)"
        raise PydanticCustomError("project", message, {"text": text})
    return text


def _cron(text: str) -> str:
    flaw = cron_flaw(text)
    if flaw:
        message = "{text} is no time of a schedule: {flaw}; write minute hour day month weekday, such as 0 8 * * 1-5"
        raise PydanticCustomError("cron", message, {"text": text, "flaw": flaw})
    return " ".join(text.split())


def _timezone(text: str) -> str:
    if not re.match(TIMEZONE, text):
        message = "{text} is no name of a time zone: write one of the IANA list, such as Europe/Berlin or Etc/UTC"
        raise PydanticCustomError("timezone", message, {"text": text})
    return text


ServerUrl: TypeAlias = Annotated[str, AfterValidator(_server)]
GoogleProject: TypeAlias = Annotated[str, AfterValidator(_project)]
CronTime: TypeAlias = Annotated[str, AfterValidator(_cron)]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_timezone)]


class MetricSource(Part):
    """Who knows the metrics of the server: needed for every metric that is counted there."""

    kind: SourceKind
    """keda: KEDA asks Prometheus, by a ScaledObject; prometheus-adapter: a HorizontalPodAutoscaler asks the adapter,
    with the rules of `tfk8s autoscale rules`; gke: it asks Google's managed Prometheus through Google's adapter."""

    server: ServerUrl | None = None
    """With keda: address of the Prometheus, as `http://prometheus.monitoring:9090`."""

    project: GoogleProject | None = None
    """With keda, in place of `server`: the Google Cloud project whose managed Prometheus is asked, by Workload
    Identity."""

    interval_seconds: Annotated[int, Field(ge=5, le=300)] = 15
    """Seconds between two looks: of keda with `min: 0`, and of Google's rules. Default: 15, as often as an autoscaler
    looks."""

    window_seconds: Annotated[int, Field(ge=10, le=3600)] = 60
    """Seconds over which rates are taken, at least twice the seconds between two collections of Prometheus. Default:
    60, for one that collects every 15 or 30 seconds."""


class WakeSpec(Part):
    """What tells of demand while there is no pod: needed for `min: 0`, with keda."""

    query: PromQl
    """PromQL of something that sees requests without any pod, as a gateway in front or a queue; not the server's own
    metrics, which no pod is there to count."""

    above: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """The first pod starts when the query gives more. Default: 0."""

    idle_seconds: AutoSeconds = "auto"
    """Seconds without any demand after which the last pod goes. Default: auto, 300, and no less than a pod may take
    to start: one that goes before it answers would never answer."""


class ScheduleSpec(Part):
    """A floor by the time of day, with keda; the metrics may ask for more."""

    start: CronTime
    """When it begins, as cron writes it: `0 8 * * 1-5` for 8:00 from Monday to Friday."""

    end: CronTime
    """When it ends, in the same form."""

    timezone: TimeZone = "Etc/UTC"
    """Name of the time zone of both, as `Europe/Berlin`. Default: Etc/UTC."""

    min: Annotated[int, Field(ge=1, le=1000)]
    """Fewest pods between the two."""
