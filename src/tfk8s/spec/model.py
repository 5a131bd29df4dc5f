"""Which model is served, from where, in which versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tfk8s.names.model import MODEL_NAME
from tfk8s.spec.part import Part

LABEL = r"[A-Za-z0-9_]{1,63}\Z"
BUCKET_PATH = r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?:/[^\x00-\x1f\x7f*?#\[\]]*)?\Z"
CLAIM_PATH = r"pvc://(?P<claim>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?:/(?P<path>.*))?\Z"
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSource:
    """A directory on this computer, as the spec names it; it is baked into an image."""

    path: str

    def directory(self, base: Path) -> Path:
        """The directory, relative to `base`, the folder of the spec file; only `~` alone or `~/...` is the home."""
        first, slash, rest = self.path.partition("/")
        return Path.home() / rest if first == "~" and (slash or not rest) else base / self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSource:
    """A directory in Cloud Storage that the server itself reads; no slash at the end."""

    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSource:
    """A directory in a PersistentVolumeClaim; `path` is relative to the volume and may be ""."""

    claim: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """A directory that the image of `image.base` holds already; absolute, no slash at the end."""

    path: str


Source: TypeAlias = Union[LocalSource, BucketSource, ClaimSource, ImageSource]


def parse_source(text: str) -> Source:
    """Tell the kinds of source apart.

    Raises:
        ValueError: empty, a scheme that the server cannot read, or a malformed address.
    """
    if text.startswith("gs://"):
        if not re.match(BUCKET_PATH, text):
            raise ValueError(f"{text} is no Cloud Storage address: write gs://bucket/path")
        return BucketSource(uri=text.rstrip("/"))
    if text.startswith("pvc://"):
        return _claim(text)
    if text.startswith("image://"):
        return _in_image(text)
    scheme = re.match(SCHEME, text)
    if scheme:
        raise ValueError(_unreadable(scheme[0]))
    if not text.strip() or "\0" in text:
        raise ValueError("must name a directory, gs://bucket/path or pvc://claim/path")
    return LocalSource(path=text)


def _claim(text: str) -> ClaimSource:
    match = re.match(CLAIM_PATH, text)
    if match is None:
        raise ValueError(f"{text} is no volume address: write pvc://claim/path")
    path = (match["path"] or "").strip("/")
    if ".." in path.split("/") or any(ord(char) < 0x20 for char in path):
        raise ValueError(f"{text} leaves its volume or holds control characters: write pvc://claim/path")
    return ClaimSource(claim=match["claim"], path=path)


def _in_image(text: str) -> ImageSource:
    path = text.removeprefix("image://").rstrip("/")
    if not path.startswith("/") or ".." in path.split("/") or not path.isprintable():
        raise ValueError(f"{text} is no directory of an image: write image:///models/resnet, three slashes")
    return ImageSource(path=path)


def _unreadable(scheme: str) -> str:
    if scheme == "s3://":
        return (
            "s3:// cannot be read by the server since TensorFlow Serving 2.7: copy the model to a directory "
            "(it is baked into the image), to gs:// or to a volume (pvc://)"
        )
    return f"{scheme} cannot be read by the server: use a directory, gs://bucket/path or pvc://claim/path"


def _source(text: str) -> str:
    try:
        parse_source(text)
    except ValueError as error:
        raise PydanticCustomError("source", "{reason}", {"reason": str(error)}) from None
    return text


def _model_name(text: str) -> str:
    if not MODEL_NAME.match(text):
        message = '"{text}" cannot stand in a URL and a path (letters, digits, - _ ., at most 128 characters)'
        raise PydanticCustomError("model_name", message, {"text": text})
    return text


def _label(text: str) -> str:
    if not re.match(LABEL, text):
        message = "{text} is no version label (letters, digits and _, at most 63 characters)"
        raise PydanticCustomError("label", message, {"text": text})
    return text


def _versions(value: object) -> Versions:
    if value == "latest":
        return "latest"
    if value == "all":
        return "all"
    if not isinstance(value, (list, tuple)) or not value:
        example = f"[{value}]" if isinstance(value, int) and not isinstance(value, bool) else "[1, 2]"
        message = "must be latest, all or a list of version numbers such as {example}"
        raise PydanticCustomError("versions", message, {"example": example})
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            message = "{number} is no version: versions are whole numbers from 0, as their directories are named"
            raise PydanticCustomError("versions", message, {"number": str(number)})
    if len(set(value)) < len(value):
        raise PydanticCustomError("versions", "names a version twice")
    return tuple(sorted(value))


def _plain_versions(versions: Versions) -> str | list[int]:
    return versions if isinstance(versions, str) else list(versions)


Versions: TypeAlias = Union[Literal["latest", "all"], tuple[int, ...]]
_VERSIONS_SCHEMA = {
    "anyOf": [
        {"enum": ["latest", "all"]},
        {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "uniqueItems": True},
    ]
}


class ModelSpec(Part):
    """A model, and what of it is served."""

    name: Annotated[str, AfterValidator(_model_name)] = ""
    """Name in the URL (`/v1/models/NAME`) and in gRPC requests; it may hold capitals and underscores, which the
    names of Kubernetes objects may not. Default: the service's name."""

    source: Annotated[str, AfterValidator(_source)]
    """The directory that holds the version directories: a path relative to this file (it is baked into an image),
    `gs://bucket/path` (the server reads it), `pvc://claim/path` (a volume), or `image:///models/resnet` (the image of
    `image.base` holds it already)."""

    versions: Annotated[
        Versions, PlainValidator(_versions), PlainSerializer(_plain_versions), WithJsonSchema(_VERSIONS_SCHEMA)
    ] = "latest"
    """Which versions are loaded: `latest` (the highest number), `all`, or a list of numbers. Default: latest,
    because each loaded version costs its memory again."""

    labels: Mapping[Annotated[str, AfterValidator(_label)], Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Names for versions, as `{stable: 1, canary: 2}`; a request may ask for a label instead of a number."""

    @property
    def parsed_source(self) -> Source:
        """The source as a value."""
        return parse_source(self.source)
