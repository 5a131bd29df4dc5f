"""The use-case of `tfk8s warmup`: questions to a version become the requests that it replays while it loads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.app.predict import body_of, choose_signature
from tfk8s.app.question import Picture, Question
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.model import ModelVersion, Signature, read_model, require_servable, shown, size_text
from tfk8s.model.rules import WARMUP_BROKEN
from tfk8s.model.warmup import WARMUP_FILE
from tfk8s.model.warmup_writer import MOST_RECORDS, misfits, warmup_record
from tfk8s.ports import (
    Columns,
    Note,
    PictureReader,
    PredictRequest,
    Reporter,
    RequestEncoder,
    Rows,
    Scale,
    ServedSignatures,
    SilentReporter,
)

_MOST_BYTES = 1 << 30
"""The server replays the file on one thread, within the load; what is larger is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A question, and the file that it came from."""

    name: str
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupOptions:
    """What is recorded.

    Attributes:
        version: its number; None for the latest.
        signature: its name; None for the question's own, the usual one, or the only one.
        scale: what a picture's samples become.
        batch: pictures in one request; taken in turn, and from the first again until a request is full.
        copies: how often the requests are recorded, one after the other.
    """

    version: int | None = None
    signature: str | None = None
    scale: Scale = "0..1"
    batch: int = 1
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupWorld:
    """What the use-case needs of the world."""

    pictures: PictureReader
    encoder: RequestEncoder
    reporter: Reporter = field(default_factory=SilentReporter)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One question as it will be replayed: the same as a request, the shapes of its tensors, and its record."""

    source: str
    request: PredictRequest
    shapes: dict[str, tuple[int, ...]]
    record: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupPlan:
    """What would be written where."""

    model: str
    version: ModelVersion
    requests: tuple[RecordedRequest, ...]
    copies: int

    @property
    def file(self) -> Path:
        """The place of the records."""
        return self.version.path / WARMUP_FILE

    @property
    def records(self) -> int:
        """How many there are."""
        return len(self.requests) * self.copies

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return sum(len(request.record) for request in self.requests) * self.copies

    def content(self) -> Iterator[bytes]:
        """The file, record by record."""
        for _ in range(self.copies):
            for request in self.requests:
                yield request.record


def plan_warmup(
    directory: Path, *, sources: Sequence[Source], options: WarmupOptions, world: WarmupWorld
) -> WarmupPlan:
    """Read the model and encode the questions as `predict` would; nothing is written.

    Args:
        directory: of the model.
        sources: what is asked; pictures are packed `options.batch` a request, JSON is one request each.
        options: what is recorded of them.
        world: decodes and encodes.

    Raises:
        InputError: the model cannot be served, a question does not fit its signature, or there are too many.
        PreconditionError: a picture has to be decoded, and pillow is not installed.
    """
    version, name = _version(directory, number=options.version)
    if not sources:
        raise InputError("there is nothing to record", hint="name a picture with --image, or a request with --json")
    served = ServedSignatures(model=name, version=version.number, signatures=version.signatures)
    requests: list[RecordedRequest] = []
    size = 0
    for source, question, signature in _questions(sources, served=served, options=options, world=world):
        recorded = _recorded(question, source=source, model=name, signature=signature, world=world)
        requests.append(recorded)
        size += len(recorded.record)
        _check_bounds(len(requests) * options.copies, size_bytes=size * options.copies)
    return WarmupPlan(model=name, version=version, requests=tuple(requests), copies=options.copies)


def _version(directory: Path, *, number: int | None) -> tuple[ModelVersion, str]:
    """The version to write into: one that a server could load, whatever its present warm-up requests are like."""
    info = read_model(directory)
    others = tuple(finding for finding in info.findings if finding.code != WARMUP_BROKEN.code)
    sound = require_servable(dataclasses.replace(info, findings=others), versions=None if number is None else (number,))
    version = sound.latest if number is None else sound.version(number)
    if version is None:  # `require_servable` refuses a directory without versions
        raise InputError(f"{shown(directory)} has no version", hint="`tfk8s inspect` shows what is there")
    return version, sound.name


def _questions(
    sources: Sequence[Source], *, served: ServedSignatures, options: WarmupOptions, world: WarmupWorld
) -> Iterator[tuple[str, Rows | Columns, Signature]]:
    """Where each request comes from, its body, and the signature that it asks."""
    pictures = [source for source in sources if isinstance(source.question, Picture)]
    if pictures:
        signature = _signature(served, wanted=options.signature, world=world)
        yield from _picture_requests(pictures, signature=signature, options=options, world=world)
    elif options.batch > 1:
        raise InputError("--batch counts pictures, and there is none", hint="write the whole batch into the JSON")
    for source in sources:
        if not isinstance(source.question, Picture):
            wanted = options.signature or source.question.signature
            yield source.name, source.question.body, _signature(served, wanted=wanted, world=world)


def _signature(served: ServedSignatures, *, wanted: str | None, world: WarmupWorld) -> Signature:
    signature, note = choose_signature(served, wanted=wanted)
    if note:
        world.reporter.emit(Note(message=note))
    return signature


def _picture_requests(
    pictures: Sequence[Source], *, signature: Signature, options: WarmupOptions, world: WarmupWorld
) -> Iterator[tuple[str, Columns, Signature]]:
    for start in range(0, len(pictures), options.batch):
        packed = [pictures[(start + place) % len(pictures)] for place in range(options.batch)]
        encoded = {
            source.name: _encoded(source, signature=signature, scale=options.scale, world=world) for source in packed
        }
        names = " + ".join(dict.fromkeys(source.name for source in packed))
        if options.batch == 1:
            yield names, encoded[names], signature
            continue
        key = signature.inputs[0].key
        rows: list[JsonValue] = []
        for source in packed:
            rows += _one_row(encoded[source.name], key=key)
        yield names, Columns(inputs={key: rows}), signature


def _encoded(source: Source, *, signature: Signature, scale: Scale, world: WarmupWorld) -> Columns:
    try:
        body = body_of(source.question, signature=signature, pictures=world.pictures, scale=scale)
    except InputError as error:
        raise _named(error, source.name) from error
    assert isinstance(body, Columns)  # noqa: S101 - a picture always is
    return body


def _one_row(body: Columns, *, key: str) -> list[JsonValue]:
    value = body.inputs[key] if isinstance(body.inputs, dict) else None
    if not isinstance(value, list) or len(value) != 1:
        raise InputError(f"input {key!r} takes one picture a request, so there is no batch", hint="leave --batch out")
    return value


def _recorded(
    body: Rows | Columns, *, source: str, model: str, signature: Signature, world: WarmupWorld
) -> RecordedRequest:
    request = PredictRequest(model=model, signature=signature, body=body)
    try:
        encoded = world.encoder.encode(request)
    except InputError as error:
        raise _named(error, source) from error
    reasons = misfits(encoded.shapes, signature=signature)
    if reasons:
        raise InputError(
            f"{source} does not fit: {reasons[0]}",
            hint="write what `tfk8s inspect` shows; a record that the graph does not answer fails the load",
            details=reasons[1:],
        )
    record = warmup_record(encoded.content)
    return RecordedRequest(source=source, request=request, shapes=dict(encoded.shapes), record=record)


def _named(error: InputError, source: str) -> InputError:
    return InputError(f"{source}: {error.message}", hint=error.hint, details=error.details)


def _check_bounds(records: int, *, size_bytes: int) -> None:
    if records > MOST_RECORDS:
        raise InputError(
            f"{records:,} records or more, and a load with more than {MOST_RECORDS} fails",
            hint="record fewer requests, or lower --copies",
        )
    if size_bytes > _MOST_BYTES:
        raise InputError(
            f"the records take {size_text(size_bytes)} or more, and they are replayed within every load",
            hint=f"stay below {size_text(_MOST_BYTES)}: fewer requests, a smaller --batch or --copies",
        )
