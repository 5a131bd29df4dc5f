"""What `tfk8s warmup` says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tfk8s.app.warmup import RecordedRequest, WarmupPlan
from tfk8s.app.warmup_file import WarmupWrite, Written
from tfk8s.manifest import JsonObject
from tfk8s.model import shown, size_text

if TYPE_CHECKING:  # measuring renders, which a plain run does not need
    from tfk8s.app.warmup_measure import Measured, Timing

NOTE: Final = (
    "note: this changes the content of the version; where it was published or is served already, "
    "give it a new number in place of changing it there"
)
_WOULD = {Written.WRITTEN: "would write", Written.REPLACED: "would replace", Written.UNCHANGED: "would leave"}
_DID = {Written.WRITTEN: "wrote", Written.REPLACED: "replaced", Written.UNCHANGED: "unchanged"}


def to_json(plan: WarmupPlan, written: WarmupWrite, *, measured: Measured | None, is_dry_run: bool) -> JsonObject:
    """The stable form of `-o json`."""
    return {
        "model": plan.model,
        "version": plan.version.number,
        "file": str(plan.file),
        "action": written.action.value,
        "dry_run": is_dry_run,
        "records": plan.records,
        "bytes": plan.size_bytes,
        "requests": [_request_json(request) for request in plan.requests],
        "digest": {"before": written.before, "after": written.after},
        "measured": None if measured is None else _measured_json(measured),
    }


def to_text(plan: WarmupPlan, written: WarmupWrite, *, measured: Measured | None, is_dry_run: bool) -> str:
    """The same for people."""
    return "\n".join(_lines(plan, written, measured=measured, is_dry_run=is_dry_run))


def _lines(plan: WarmupPlan, written: WarmupWrite, *, measured: Measured | None, is_dry_run: bool) -> Iterator[str]:
    verb = (_WOULD if is_dry_run else _DID)[written.action]
    count = f"{plan.records} record{'' if plan.records == 1 else 's'}"
    name = f"{shown(plan.model)} version {plan.version.number}"
    yield f"{name}: {verb} {shown(plan.file)} ({count}, {size_text(plan.size_bytes)})"
    times = f" x {plan.copies}" if plan.copies > 1 else ""
    for request in plan.requests:
        yield f"  {shown(request.source)}{times}: {request.request.signature.name}, {', '.join(_inputs(request))}"
    if written.after is not None and written.after != written.before:
        yield f"digest: {written.before} -> {written.after}"
    if measured is not None:
        yield f"measured with {measured.server}, asked {shown(measured.source)}:"
        yield _timing_text("without warm-up", measured.without)
        yield _timing_text("with warm-up", measured.warmed)


def _inputs(request: RecordedRequest) -> Iterator[str]:
    for tensor in request.request.signature.inputs:
        if tensor.key in request.shapes:
            yield f"{shown(tensor.key)} {tensor.dtype.name} {[*request.shapes[tensor.key]]}"


def _timing_text(what: str, timing: Timing) -> str:
    first, second = timing.first_s * 1000, timing.second_s * 1000
    return f"  {what:<16} first request {first:.1f} ms, second {second:.1f} ms, ready after {timing.ready_s:.1f} s"


def _request_json(request: RecordedRequest) -> JsonObject:
    inputs: JsonObject = {
        tensor.key: {"dtype": tensor.dtype.name, "shape": [*request.shapes[tensor.key]]}
        for tensor in request.request.signature.inputs
        if tensor.key in request.shapes
    }
    return {"source": request.source, "signature": request.request.signature.name, "inputs": inputs}


def _measured_json(measured: Measured) -> JsonObject:
    return {
        "server": measured.server,
        "source": measured.source,
        "without": _timing_json(measured.without),
        "warmed": _timing_json(measured.warmed),
    }


def _timing_json(timing: Timing) -> JsonObject:
    return {"ready_s": timing.ready_s, "first_s": timing.first_s, "second_s": timing.second_s}
