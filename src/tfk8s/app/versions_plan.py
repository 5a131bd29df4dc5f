"""Works out what adding a version means: number, contract, memory, retention, spec, image. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from tfk8s.app.image import baked_contents, baked_image
from tfk8s.app.model_choice import chosen_model, with_model
from tfk8s.app.retention import Retention, decide_retention
from tfk8s.app.versions_gate import check_contract, check_memory
from tfk8s.app.versions_live import LiveService
from tfk8s.app.versions_request import AddPlan, AddRequest
from tfk8s.app.versions_source import GivenVersion, Known
from tfk8s.errors import InputError
from tfk8s.manifest.server_config import ModelConfig
from tfk8s.model import ModelInfo, Signature
from tfk8s.render.served import served_models
from tfk8s.spec import ImageSource, LocalSource, ModelSpec, ServiceSpec, Versions

_PREFERRED_LABEL = "stable"

AskSignatures = Callable[[int], "tuple[Signature, ...]"]
"""Signatures of a version that is served, from whoever serves it."""


def model_to_add_to(request: AddRequest) -> ModelSpec:
    """The model that gets the version.

    Raises:
        InputError: several, and none was named; or its versions are part of an image that is not made here; or an
            image is to be signed, and none is made.
    """
    model = chosen_model(request.spec, request.model)
    if isinstance(model.parsed_source, ImageSource):
        raise InputError(
            f"the versions of {model.name} are part of {request.spec.image.base}, which is not built here",
            hint="build an image with the version, and give it as image.base",
        )
    if request.signing is not None and not isinstance(model.parsed_source, LocalSource):
        raise InputError(
            f"the versions of {model.name} are in {model.source}, and no image is made that could be signed",
            hint="leave out --sign",
        )
    return model


def plan_add(
    request: AddRequest,
    given: GivenVersion,
    *,
    known: Known,
    infos: Mapping[str, ModelInfo],
    live: LiveService,
    ask: AskSignatures,
    needs_pin: bool = False,
) -> AddPlan:
    """Decide everything before anything is touched.

    Args:
        request: what is wanted.
        given: the version.
        known: the versions that the model's source holds.
        infos: what is known of the service's models now.
        live: the service as it runs.
        ask: signatures of a version that cannot be read here.
        needs_pin: whether the source shows a version bit by bit, so that it must not follow what is there.

    Raises:
        InputError: the version breaks clients, does not fit the memory, or would never be loaded.
        PredictionError: the served version cannot be asked what it promises.
    """
    model, number = model_to_add_to(request), given.number
    config = live.models.get(model.name)
    before = _answering(model, config=config, known=[other for other in known.digests if other != number])
    retention = decide_retention(
        {*known.digests, *_listed(model), number},
        keep=request.keep,
        protected=dict(_protected(request, model, config=config, before=before)),
    )
    future = _with_version(infos, model, given=given, gone=retention.removed)
    versions = _versions(model, number, gone=retention.removed, seen=known.digests if needs_pin else (), before=before)
    spec = with_model(request.spec, model.model_copy(update={"versions": versions}))
    loaded = _loaded(spec, model, infos=future, given=given, before=before)
    contract = check_contract(
        given.version.signatures,
        served=_signatures(model, before, infos=infos, ask=ask) if before not in (None, number) else (),
        number=number,
        before=before or 0,
        allowed=request.allow_breaking,
    )
    memory = check_memory(spec, future, before=live.memory, in_memory={**_others(spec, model, infos=future), **loaded})
    return AddPlan(
        model=model,
        given=given,
        is_there=number in known.digests,
        before=before,
        contract=contract,
        memory=memory,
        retention=retention,
        spec=spec,
        infos=future,
        image=baked_image(unpinned(spec), future),
        contents=baked_contents(spec, future),
        effects=tuple(_effects(model, number, before=before, known=known, retention=retention)),
    )


def unpinned(spec: ServiceSpec) -> ServiceSpec:
    """The spec without a digest of its image, which names what was built before."""
    return spec.model_copy(update={"image": spec.image.model_copy(update={"digest": None})})


def _listed(model: ModelSpec) -> tuple[int, ...]:
    return model.versions if isinstance(model.versions, tuple) else ()


def _answering(model: ModelSpec, *, config: ModelConfig | None, known: list[int]) -> int | None:
    """The version that most clients are answered by: that of the label, else the highest that is loaded."""
    labels = config.labels if config is not None else model.labels
    if labels:
        return labels[_PREFERRED_LABEL if _PREFERRED_LABEL in labels else min(labels)]
    versions = config.versions if config is not None else model.versions
    return max(versions if isinstance(versions, tuple) else known, default=None)


def _protected(
    request: AddRequest, model: ModelSpec, *, config: ModelConfig | None, before: int | None
) -> Iterator[tuple[int, str]]:
    """Versions that may not go, with the reason."""
    for name, spec in request.others.items():
        for other in spec.served_models:
            if other.source == model.source:
                yield from ((number, f"environment {name} lists it") for number in _listed(other))
                yield from ((number, f"label {label} of environment {name}") for label, number in other.labels.items())
    if config is not None and isinstance(config.versions, tuple) and config.versions:
        yield max(config.versions), "requests that name no version are answered by it"
    if before is not None:
        yield before, "clients are answered by it"
    for labels, where in ((config.labels if config is not None else {}, " in the cluster"), (model.labels, "")):
        yield from ((number, f"label {label}{where}") for label, number in labels.items())


def _versions(
    model: ModelSpec, number: int, *, gone: tuple[int, ...], seen: Iterable[int], before: int | None
) -> Versions:
    """What the spec says then.

    Where the server cannot see a directory here, labels need their versions named. Where a version would be seen
    while it is still being copied, what was followed becomes a list.

    Args:
        model: as it is.
        number: the new version.
        gone: versions that are removed.
        seen: versions of a source that shows them bit by bit; () for one that does not.
        before: the version that clients are answered by now.
    """
    if isinstance(model.versions, tuple):
        return tuple(sorted({*model.versions, number} - {*gone}))
    if isinstance(model.parsed_source, LocalSource):
        return model.versions
    followed = {*model.labels.values()} if before is None else {*model.labels.values(), before}
    if model.versions == "all" and seen:
        return tuple(sorted({*seen, *followed, number} - {*gone}))
    if model.labels or seen:
        return tuple(sorted({*followed, number} - {*gone}))
    return model.versions


def _with_version(
    infos: Mapping[str, ModelInfo], model: ModelSpec, *, given: GivenVersion, gone: tuple[int, ...]
) -> dict[str, ModelInfo]:
    """The models as they will be; one out of sight stays out of sight."""
    info = infos.get(model.name)
    if info is None:
        return dict(infos)
    number = given.number
    kept = [version for version in info.versions if version.number not in (*gone, number)]
    own = info.version(number) or replace(given.version, directory=str(number))
    versions = tuple(sorted((*kept, own), key=lambda version: version.number))
    findings = tuple(finding for finding in info.findings if finding.version is not None or kept)
    return {**infos, model.name: replace(info, versions=versions, findings=findings)}


def _loaded(
    spec: ServiceSpec, model: ModelSpec, *, infos: Mapping[str, ModelInfo], given: GivenVersion, before: int | None
) -> dict[str, int]:
    """Bytes on disk of the versions of the model that one server holds at once, by what to call each.

    Raises:
        InputError: the new one is not among them, and never would be.
    """
    served = next(each for each in served_models(spec, infos) if each.name == model.name)
    info = infos.get(model.name)
    if isinstance(served.versions, tuple):
        numbers: tuple[int, ...] = served.versions
    elif info is None:
        numbers = tuple(sorted({given.number} | ({before} if before is not None else set())))
    else:
        known = tuple(version.number for version in info.versions)
        numbers = known if served.versions == "all" else known[-1:]
    if given.number not in numbers or (served.versions == "latest" and given.number != max(numbers)):
        raise InputError(
            f"version {given.number} would never be loaded: versions of {model.name} is {served.versions}, "
            f"and version {max(numbers)} is there",
            hint=f"give it a higher number, --version {max(numbers) + 1}, or list versions in the spec",
        )
    return dict(_sizes(numbers, model=model, info=info, given=given))


def _sizes(
    numbers: tuple[int, ...], *, model: ModelSpec, info: ModelInfo | None, given: GivenVersion
) -> Iterator[tuple[str, int]]:
    for number in numbers:
        version = info.version(number) if info is not None else None
        name = f"version {number} of {model.name}"
        if version is None and number != given.number:
            yield f"{name} (taken to be as large as version {given.number})", given.version.size_bytes
        else:
            yield name, (version or given.version).size_bytes


def _others(spec: ServiceSpec, model: ModelSpec, *, infos: Mapping[str, ModelInfo]) -> dict[str, int]:
    """Bytes of the other models of the same pods, where they are known."""
    loads = {each.name: each.load for each in served_models(spec, infos) if each.name != model.name}
    return {f"model {name}": load.initial_bytes for name, load in loads.items() if load.is_known}


def _signatures(
    model: ModelSpec, number: int | None, *, infos: Mapping[str, ModelInfo], ask: AskSignatures
) -> tuple[Signature, ...]:
    if number is None:
        return ()
    info = infos.get(model.name)
    version = info.version(number) if info is not None else None
    return version.signatures if version is not None and version.serving_graph is not None else ask(number)


def _effects(model: ModelSpec, number: int, *, before: int | None, known: Known, retention: Retention) -> Iterator[str]:
    """What clients notice, and what goes."""
    is_highest = number >= max((*known.digests, *_listed(model)), default=number)
    if model.labels:
        labels = ", ".join(f"{label}: {version}" for label, version in sorted(model.labels.items()))
        yield f"labels stay where they are ({labels}): their clients see nothing until a label is promoted"
    if is_highest and number != before and model.versions == "latest" and not model.labels:
        yield (
            f"versions is latest, and there are no labels: adding version {number} is going live with it. "
            "Requests get it as soon as it is loaded"
        )
    elif is_highest:
        yield f"requests that name neither version nor label get version {number} as soon as it is loaded"
    for gone in retention.removed:
        yield f"version {gone} is removed: requests that name it are answered 404 then"
    for spared, why in retention.spared.items():
        yield f"version {spared} stays, although it is not among the last ones: {why}"
