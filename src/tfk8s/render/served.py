"""Which versions of each model a server loads, from where, and what that asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from typing_extensions import assert_never

from tfk8s.errors import InputError
from tfk8s.render.sizing import UNKNOWN_MODEL_BYTES, ModelLoad, copies_in_memory, model_bytes_within
from tfk8s.spec import BucketSource, ClaimSource, ImageSource, LocalSource, ModelSpec, ServiceSpec, Source, Versions

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo

BAKED_ROOT = "/models"
"""Where a baked image holds its models: `/models/NAME/VERSION-DIRECTORY`."""

CLAIM_ROOT = "/volumes"
"""Where volumes are mounted, each under the name of its claim."""

_PREFERRED_LABEL = "stable"


class ServedModel(NamedTuple):
    """One model as the server gets it.

    Attributes:
        name: the name in the URL.
        source: where it comes from.
        base_path: the directory of its versions, as the server sees it.
        versions: the versions to load.
        labels: names for versions, sorted by name.
        info: what was read of it, None when it is out of reach.
        load: what it asks of the server.
    """

    name: str
    source: Source
    base_path: str
    versions: Versions
    labels: Mapping[str, int]
    info: ModelInfo | None
    load: ModelLoad

    @property
    def metadata_path(self) -> str:
        """The REST path that answers 200 only while the version is served that requests get by default."""
        base = f"/v1/models/{quote(self.name, safe='')}"
        if self.labels:
            label = _PREFERRED_LABEL if _PREFERRED_LABEL in self.labels else min(self.labels)
            return f"{base}/labels/{quote(label, safe='')}/metadata"
        if isinstance(self.versions, tuple):
            return f"{base}/versions/{max(self.versions)}/metadata"
        return f"{base}/metadata"


def served_models(spec: ServiceSpec, models: Mapping[str, ModelInfo]) -> tuple[ServedModel, ...]:
    """Settle versions, labels and paths of all models, in the order of the spec.

    Args:
        spec: the service.
        models: what was read, by the model's name; a remote one may be missing.

    Raises:
        InputError: a version or label does not exist, or a model cannot be served.
    """
    unknown = sum(model.name not in models for model in spec.served_models)
    assumed = _assumed_bytes(spec, unknown=unknown) if unknown else 0
    return tuple(_served(spec, model, info=models.get(model.name), assumed=assumed) for model in spec.served_models)


def _assumed_bytes(spec: ServiceSpec, *, unknown: int) -> int:
    """What each of several models out of sight may have on disk: as much as two copies of all fit into the memory."""
    stated = spec.resources.memory
    if stated == "auto":
        return UNKNOWN_MODEL_BYTES
    return max(UNKNOWN_MODEL_BYTES, model_bytes_within(stated.units) // unknown)


def _served(spec: ServiceSpec, model: ModelSpec, *, info: ModelInfo | None, assumed: int) -> ServedModel:
    _check_labels(model, info)
    versions = _versions(model, info)
    if info is not None:
        from tfk8s.model import require_servable  # whoever has a model has loaded this; nobody else should

        require_servable(info, versions=versions if isinstance(versions, tuple) else None)
    source = model.parsed_source
    return ServedModel(
        name=model.name,
        source=source,
        base_path=_base_path(model.name, source),
        versions=versions,
        labels=dict(sorted(model.labels.items())),
        info=info,
        load=_assumed_load(model.name, source, versions=versions, assumed=assumed)
        if info is None
        else _load(info, model.name, source=source, versions=versions, replays_warmup=spec.serving.warmup),
    )


def _check_labels(model: ModelSpec, info: ModelInfo | None) -> None:
    for label, version in sorted(model.labels.items()):
        if info is not None and info.version(version) is None:
            raise InputError(
                f"label {label} of model {model.name} names version {version}, which {info.path} does not hold",
                hint="versions there: " + (", ".join(str(known.number) for known in info.versions) or "none"),
            )


def _versions(model: ModelSpec, info: ModelInfo | None) -> Versions:
    """Labels need their versions named: the server refuses a label whose version its policy may not load."""
    if isinstance(model.versions, tuple) or not model.labels:
        return model.versions
    labelled = set(model.labels.values())
    if model.versions == "all":
        return tuple(version.number for version in info.versions) if info is not None else "all"
    latest = {info.latest.number} if info is not None and info.latest is not None else set()
    return tuple(sorted(labelled | latest))


def _base_path(name: str, source: Source) -> str:
    match source:
        case LocalSource():
            return f"{BAKED_ROOT}/{name}"
        case BucketSource():
            return source.uri
        case ClaimSource():
            return f"{CLAIM_ROOT}/{source.claim}/{source.path}".rstrip("/")
        case ImageSource():
            return source.path
        case _:
            assert_never(source)


def _assumed_load(name: str, source: Source, *, versions: Versions, assumed: int) -> ModelLoad:
    count = len(versions) if isinstance(versions, tuple) else 1
    return ModelLoad(
        name=name,
        largest_bytes=assumed,
        initial_bytes=count * assumed,
        copies=copies_in_memory(served=count, can_grow=_can_grow(source, versions)),
        is_known=False,
    )


def _load(info: ModelInfo, name: str, *, source: Source, versions: Versions, replays_warmup: bool) -> ModelLoad:
    loaded = [version for version in info.versions if _is_loaded(version.number, versions, info=info)]
    return ModelLoad(
        name=name,
        largest_bytes=info.largest_size_bytes,
        initial_bytes=sum(version.size_bytes for version in loaded),
        copies=copies_in_memory(served=len(loaded), can_grow=_can_grow(source, versions)),
        warmups=sum(version.has_warmup for version in loaded) if replays_warmup else 0,
    )


def _can_grow(source: Source, versions: Versions) -> bool:
    """Whether a version can appear under a running server: not in an image, and not past a list."""
    return not isinstance(source, (LocalSource, ImageSource)) and not isinstance(versions, tuple)


def _is_loaded(number: int, versions: Versions, *, info: ModelInfo) -> bool:
    if isinstance(versions, tuple):
        return number in versions
    return versions == "all" or (info.latest is not None and number == info.latest.number)
