"""The use-case of `tfk8s predict`: choose the signature, make the request that it wants, and read the answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tfk8s.app.question import Picture, Question
from tfk8s.app.ranking import Ranking, rank, require_names
from tfk8s.clock import Clock, SystemClock
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.model import SERVING_DEFAULT, Signature
from tfk8s.ports import (
    Columns,
    Endpoint,
    Latest,
    ModelServer,
    ModelServers,
    Note,
    PictureReader,
    PredictRequest,
    Reporter,
    Rows,
    Scale,
    ServedSignatures,
    ServerCode,
    ServerRefusedError,
    SilentReporter,
    Target,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions:
    """What is asked of whom.

    Attributes:
        model: the name in the URL.
        known_models: names that the spec gives to models, for the message when `model` is not served.
        target: which version.
        signature: its name; None takes the usual one, or the only one.
        scale: what a picture's samples become.
        top: how many classes a ranking holds.
        labels: names of the classes, or ().
    """

    model: str
    known_models: tuple[str, ...] = ()
    target: Target = field(default_factory=Latest)
    signature: str | None = None
    scale: Scale = "0..1"
    top: int = 5
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictWorld:
    """What the use-case needs of the world; the endpoint is opened for the time of the request alone."""

    endpoint: AbstractContextManager[Endpoint]
    servers: ModelServers
    pictures: PictureReader
    reporter: Reporter = field(default_factory=SilentReporter)
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The answer, and a ranking for each output that is a vector of scores."""

    model: str
    version: int | None
    signature: str
    url: str
    seconds: float
    outputs: Mapping[str, JsonValue]
    rankings: Mapping[str, Ranking]


def predict(question: Question, *, options: PredictOptions, world: PredictWorld) -> Prediction:
    """Ask once.

    Raises:
        InputError: the signature is not there or has to be named, or the input does not fit it; nothing was asked.
        ServerRefusedError: the server's own words; for a model or version that is not served, with what is.
        ServerUnreachableError: nobody answered.
    """
    with world.endpoint as endpoint, world.servers.connect(endpoint) as server:
        served = ask_metadata(server, options=options)
        wanted = options.signature or (None if isinstance(question, Picture) else question.signature)
        signature, note = choose_signature(served, wanted=wanted)
        if note:
            world.reporter.emit(Note(message=note))
        request = PredictRequest(
            model=options.model,
            signature=signature,
            body=body_of(question, signature=signature, pictures=world.pictures, scale=options.scale),
            target=options.target,
        )
        started = world.clock.monotonic_s()
        response = server.predict(request)
        seconds = world.clock.monotonic_s() - started
    ranked = {key: rank(output, top=options.top, labels=options.labels) for key, output in response.outputs.items()}
    rankings = {key: ranking for key, ranking in ranked.items() if ranking is not None}
    require_names(rankings, labels=options.labels)
    return Prediction(
        model=options.model,
        version=response.version if response.version is not None else served.version,
        signature=signature.name,
        url=endpoint.url if endpoint.transport == "rest" else endpoint.authority,
        seconds=seconds,
        outputs=response.outputs,
        rankings=rankings,
    )


def choose_signature(served: ServedSignatures, *, wanted: str | None) -> tuple[Signature, str | None]:
    """The signature to ask, and a note when a person should know that it is not the usual one.

    Raises:
        InputError: no such signature, or several and none of them the usual one; the text lists them.
    """
    names = ", ".join(signature.name for signature in served.signatures) or "(none)"
    if wanted is not None:
        signature = served.signature(wanted)
        if signature is None:
            raise InputError(f"model {served.model!r} has no signature {wanted!r}", hint=f"its signatures are: {names}")
        return signature, None
    usual = served.signature(SERVING_DEFAULT)
    if usual is not None:
        return usual, None
    if len(served.signatures) == 1:
        only = served.signatures[0]
        return only, f"using signature {only.name!r}, the only one; there is no {SERVING_DEFAULT}"
    if not served.signatures:
        raise InputError(
            f"model {served.model!r} has no signature that a request can name",
            hint="export it with one; `tfk8s inspect` shows what a SavedModel has",
        )
    raise InputError(
        f"model {served.model!r} has no signature {SERVING_DEFAULT!r}, so one has to be named: {names}",
        hint="choose one with --signature",
    )


def body_of(question: Question, *, signature: Signature, pictures: PictureReader, scale: Scale) -> Rows | Columns:
    """What is sent for a question: a picture fitted to the only input, or the JSON as it is.

    Raises:
        InputError: no picture fits the signature.
    """
    if not isinstance(question, Picture):
        return question.body
    if len(signature.inputs) != 1:
        keys = ", ".join(tensor.key for tensor in signature.inputs) or "(none)"
        raise InputError(
            f"a picture needs a signature with one input, {signature.name!r} has: {keys}",
            hint="choose another one with --signature, or send JSON",
        )
    tensor = signature.inputs[0]
    return Columns(inputs={tensor.key: pictures.encode(question.data, tensor=tensor, scale=scale)})


def to_json(prediction: Prediction) -> JsonObject:
    """The stable form of `-o json`."""
    rankings: JsonObject = {
        key: [
            [{"index": guess.index, "name": guess.name, "score": guess.score} for guess in example]
            for example in ranking.examples
        ]
        for key, ranking in prediction.rankings.items()
    }
    return {
        "model": prediction.model,
        "version": prediction.version,
        "signature": prediction.signature,
        "url": prediction.url,
        "outputs": {**prediction.outputs},
        "top": rankings,
    }


def ask_metadata(server: ModelServer, *, options: PredictOptions) -> ServedSignatures:
    """The signatures of the version that is meant.

    Raises:
        ServerRefusedError: the server's own words, and which models or versions there are.
        ServerUnreachableError: nobody answered.
    """
    try:
        return server.metadata(options.model, target=options.target)
    except ServerRefusedError as error:
        if not error.from_model_server and not _is_unknown_to_the_front(error, options=options):
            raise
        if not error.from_model_server:
            raise _unknown_to_the_front(error, options=options) from error
        raise _with_what_is_served(error, server=server, options=options) from error


def _is_unknown_to_the_front(error: ServerRefusedError, *, options: PredictOptions) -> bool:
    """A front that lets the models of the spec through alone answers 404 for any other name, before the server does."""
    known = options.known_models
    return error.code is ServerCode.NOT_FOUND and bool(known) and options.model not in known


def _unknown_to_the_front(error: ServerRefusedError, *, options: PredictOptions) -> ServerRefusedError:
    return ServerRefusedError(
        f"no model named {options.model!r} is served: {error.message}",
        code=error.code,
        answer=error.answer,
        from_model_server=False,
        hint=f"served by the spec: {', '.join(options.known_models)}",
    )


def _with_what_is_served(
    error: ServerRefusedError, *, server: ModelServer, options: PredictOptions
) -> ServerRefusedError:
    """Say which names or versions there are, as far as the server or the spec knows."""
    try:
        states = server.status(options.model)
    except ServerRefusedError as status_error:
        if status_error.code is not ServerCode.NOT_FOUND:
            return error
        names = ", ".join(options.known_models)
        return ServerRefusedError(
            f"no model named {options.model!r} is served: {error.answer}",
            code=ServerCode.NOT_FOUND,
            answer=error.answer,
            hint=f"served by the spec: {names}" if names else "the name is that of --model_name or of the model config",
        )
    lines = tuple(
        f"version {state.number}: {state.state.value}"
        + (f", {state.error_code}: {state.error_message}" if state.error_code != "OK" else "")
        for state in states
    )
    available = ", ".join(str(state.number) for state in states if state.is_available)
    return ServerRefusedError(
        f"{options.target} of model {options.model!r} is not served: {error.answer}",
        code=error.code,
        answer=error.answer,
        details=lines,
        hint=f"available versions: {available}" if available else "no version is available yet; see the states above",
    )
