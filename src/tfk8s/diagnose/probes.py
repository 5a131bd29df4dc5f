"""Probes that fail: the kubelet's words in events, and what the server says of its ports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import last_seen
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.snapshot import name_of, restarts_of

_PROBES: Final = {"Startup": "startupProbe", "Readiness": "readinessProbe", "Liveness": "livenessProbe"}
_FAILED: Final = re.compile(r"^(?P<kind>Startup|Readiness|Liveness) probe failed: (?P<words>.*)", re.DOTALL)
_ANSWERED: Final = re.compile(r"statuscode: (?P<code>\d+)")
_KNOWN: Final = re.compile(r"^/(?:v1/models/|monitoring/)", re.IGNORECASE)
"""What tensorflow_model_server answers at all; any other path is 404 (http_rest_api_handler.cc)."""

_NOT_FOUND: Final = "404"
_FAILS: Final = "the {kind} probe fails"
STARTUP_FAILS: Final = _FAILS.format(kind="startup")
"""How the cause of such a kill ends."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
"""The server writes its times in the zone of its container, which is UTC in the official images."""

_SETTLED: Final = timedelta(seconds=15)
"""A busy machine opens the REST port some seconds after the server says that it serves, and a verdict may be final."""
_GRPC_RUNS: Final = "Running gRPC ModelServer"
_REST_RUNS: Final = "Exporting HTTP/REST API"
_ADVICE: Final = "/v1/models/MODEL/versions/VERSION/metadata answers 200 exactly while that version is served"


def find_failing_probes(
    pod: JsonObject, *, log: Sequence[str], events: Sequence[JsonObject], is_final: bool
) -> Iterator[Finding]:
    """Probes that cannot succeed as they are; not those that fail while a model still loads."""
    serves = _serves_since(log)
    for event in _about(pod, events=events):
        match = _FAILED.search(text_at(event, "message"))
        if text_at(event, "reason") != "Unhealthy" or match is None:
            continue
        probe = _probe(pod, _PROBES[match["kind"]])
        words = text_at(event, "message")
        answered = _ANSWERED.search(match["words"])
        path = text_at(probe, "httpGet", "path")
        if answered and answered["code"] == _NOT_FOUND and path and not _KNOWN.match(path):
            yield found(
                "probe-path",
                place=f"Pod/{name_of(pod)}",
                cause=f"its {_PROBES[match['kind']]} asks for {path}, which a model server does not know (404)",
                fix=_ADVICE,
                evidence=(words,),
                is_final=is_final,
            )
        elif "connection refused" in match["words"] and _is_after(event, serves):
            yield _refused(pod, probe=probe, kind=_PROBES[match["kind"]], words=words, log=log, is_final=is_final)
        elif ("Timeout exceeded" in match["words"] or "deadline exceeded" in match["words"]) and _is_after(
            event, serves
        ):
            seconds = integer_at(probe, "timeoutSeconds", default=1)
            yield found(
                "probe-slow",
                place=f"Pod/{name_of(pod)}",
                cause=f"its {_PROBES[match['kind']]} waits {seconds} s, and the server did not answer in that time",
                fix="give the server more CPU (resources.cpu), or the probe more time; threads beyond the CPU limit "
                "are throttled",
                evidence=(words,),
            )


def _serves_since(log: Sequence[str]) -> datetime | None:
    """When the server of the last run said that it serves; None: it has not, or without a time."""
    for line in reversed(log):
        if _GRPC_RUNS in line and (match := _TIME.match(line)):
            return datetime.strptime(match[0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    return None


def _is_after(event: JsonObject, serves: datetime | None) -> bool:
    """Whether the probe failed well after the server began to serve: before that it fails rightly."""
    at = last_seen(event)
    return serves is not None and at is not None and at - serves >= _SETTLED


def _about(pod: JsonObject, *, events: Sequence[JsonObject]) -> Iterator[JsonObject]:
    for event in events:
        if text_at(event, "involvedObject", "name") == name_of(pod) and event.get("type") == "Warning":
            yield event


def _probe(pod: JsonObject, kind: str) -> JsonObject:
    containers = objects_at(pod, "spec", "containers")
    return next((object_at(each, kind) for each in containers if object_at(each, kind)), {})


def _refused(
    pod: JsonObject, *, probe: JsonObject, kind: str, words: str, log: Sequence[str], is_final: bool
) -> Finding:
    """The server serves, and not there: it has no REST port, or the probe asks another one."""
    place = f"Pod/{name_of(pod)}"
    told = next((line.strip() for line in reversed(log) if _GRPC_RUNS in line), "")
    if text_at(probe, "httpGet", "path") and not any(_REST_RUNS in line for line in log):
        overridden = any(value_at(each, "command") for each in objects_at(pod, "spec", "containers"))
        return found(
            "rest-missing",
            place=place,
            cause="its server serves gRPC and no REST: it was started without --rest_api_port"
            + (", which the image's entry point gives and `command` of the container overrides" if overridden else ""),
            fix="leave `command` out and give flags as `args`, or add --rest_api_port=8501",
            evidence=(words, told),
            is_final=is_final,
        )
    return found(
        "probe-refused",
        place=place,
        cause=f"its server runs, and nobody listens where its {kind} asks",
        fix="give the probe the port that the server names in its log",
        evidence=(words, told),
        is_final=is_final,
    )


def find_kills(pod: JsonObject, *, events: Sequence[JsonObject]) -> Iterator[Finding]:
    """Containers that the kubelet kills because of a probe."""
    for event in events:
        words = text_at(event, "message")
        if text_at(event, "involvedObject", "name") != name_of(pod) or text_at(event, "reason") != "Killing":
            continue
        match = re.search(r"failed (?P<kind>liveness|startup) probe", words)
        if match is None:
            continue
        why = next(
            (
                text_at(each, "message")
                for each in _about(pod, events=events)
                if text_at(each, "message").lower().startswith(f"{match['kind']} probe failed")
            ),
            "",
        )
        fix = (
            "give startupProbe time for the load and the warm-up (lifecycle.startupSeconds)"
            if match["kind"] == "startup"
            else "leave the liveness probe out, or let it ask for what answers while the process lives; " + _ADVICE
        )
        yield found(
            "killed-by-probe",
            place=f"Pod/{name_of(pod)}",
            cause=f"the kubelet ends its container because {_FAILS.format(kind=match['kind'])}",
            fix=fix,
            evidence=(words, why),
            is_final=restarts_of(pod) > 0,
        )
