"""What an image with models consists of, as a software bill of materials (SBOM) lists it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tfk8s.app.image_build import BuiltImage
from tfk8s.app.image_request import WantedImage
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.json_text import parse_json
from tfk8s.model import shown
from tfk8s.model.digest import digest_of_files
from tfk8s.model.files import walk
from tfk8s.names.image import REFERENCE

LICENCES: Final = "org.opencontainers.image.licenses"
_LICENCE_FILE: Final = re.compile(r"(?:LICEN[CS]E|COPYING|NOTICE)(?:[.-].*)?\Z", re.IGNORECASE)
_EXPRESSION: Final = re.compile(r"\(*[A-Za-z0-9.:+-]+\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.:+-]+\)*)*\Z")
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFile:
    """A file of a model version.

    Attributes:
        name: relative to the version's directory, `/` between its parts.
        sha1: SPDX 2.3 demands it of every file.
    """

    name: str
    size_bytes: int
    sha1: str
    sha256: str

    @property
    def is_licence(self) -> bool:
        """Whether its name says that it holds the text of a licence."""
        return _LICENCE_FILE.match(self.name.rpartition("/")[2]) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillModel:
    """A version of a model.

    Attributes:
        digest: `tfk8s.model.content_digest` of its files.
        layer: digest of the image's layer that holds them.
        licence: as an expression of SPDX; None where nobody says.
    """

    name: str
    version: int
    digest: str
    layer: str
    licence: str | None
    files: tuple[BillFile, ...]

    @property
    def folder(self) -> str:
        """Where it is in the image."""
        return f"models/{self.name}/{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillImage:
    """An image.

    Attributes:
        name: without tag and digest.
        licence: as its labels or annotations have it, in whatever words; None where they have none.
    """

    name: str
    digest: str
    licence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The whole bill.

    Attributes:
        created: the moment that the document gives, as RFC 3339.
        tool: name and version of what wrote it.
    """

    image: BillImage
    base: BillImage
    models: tuple[BillModel, ...]
    created: str
    tool: tuple[str, str]


def document_bytes(document: JsonObject) -> bytes:
    """The text of a document: the same one for the same document."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def check_licence(text: str) -> str:
    """Return a licence that can stand in a bill.

    Raises:
        InputError: it is no expression of SPDX.
    """
    if not is_expression(text):
        raise InputError(
            f"{text!r} is no licence expression of SPDX",
            hint="write identifiers as Apache-2.0, joined by AND, OR or WITH; LicenseRef-NAME for one of your own",
        )
    return text


def is_expression(text: str) -> bool:
    """Whether the text has the form of a licence expression of SPDX."""
    return _EXPRESSION.match(text) is not None and text.count("(") == text.count(")")


def list_contents(
    wanted: WantedImage, built: BuiltImage, *, licence: str | None, created: str, tool: tuple[str, str]
) -> Bill:
    """Read every file of the models once more, for its checksums.

    Args:
        wanted: what was asked for.
        built: what was made of it.
        licence: of the models.
        created: the moment that the document gives.
        tool: name and version of what writes it.

    Raises:
        InputError: a file cannot be read.
    """
    layers = {(layer.model, layer.version): layer.digest for layer in built.layers}
    models = tuple(
        _model(content.name, number, directory, layer=layers[content.name, number], licence=licence)
        for content in wanted.contents
        for number, directory in content.versions
    )
    base = REFERENCE.match(built.base.reference)
    return Bill(
        image=BillImage(
            name=wanted.repository,
            digest=built.image.digest,
            licence=_annotations(built.image.manifest).get(LICENCES),
        ),
        base=BillImage(
            name=base["repository"] if base is not None else built.base.reference,
            digest=built.base_digest,
            licence=_base_licence(built),
        ),
        models=models,
        created=created,
        tool=tool,
    )


def _model(model: str, number: int, directory: Path, *, layer: str, licence: str | None) -> BillModel:
    try:
        files = tuple(_files(directory))
    except OSError as error:
        place = Path(os.fsdecode(error.filename or directory))
        raise InputError(
            f"{shown(place)} cannot be read: {(error.strerror or type(error).__name__).lower()}",
            hint="look at its rights; a SavedModel consists of plain files",
        ) from error
    digest = digest_of_files((name, bytes.fromhex(file.sha256)) for name, file in files)
    return BillModel(
        name=model, version=number, digest=digest, layer=layer, licence=licence, files=tuple(file for _, file in files)
    )


def _files(directory: Path) -> Iterator[tuple[bytes, BillFile]]:
    for file in sorted(walk(directory), key=lambda file: file.name):
        sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
        with file.path.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                sha1.update(chunk)
                sha256.update(chunk)
        yield (
            file.name,
            BillFile(
                name=file.name.decode(errors="backslashreplace"),
                size_bytes=file.size_bytes,
                sha1=sha1.hexdigest(),
                sha256=sha256.hexdigest(),
            ),
        )


def _base_licence(built: BuiltImage) -> str | None:
    labels = object_at(parse_json(built.base.config), "config", "Labels")
    found = {**labels, **_annotations(built.base.manifest)}.get(LICENCES)
    return found if isinstance(found, str) else None


def _annotations(manifest: bytes) -> Mapping[str, str]:
    found = object_at(parse_json(manifest), "annotations")
    return {name: text for name, text in found.items() if isinstance(text, str)}
