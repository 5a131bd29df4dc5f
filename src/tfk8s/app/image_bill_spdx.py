"""A bill as a document of SPDX 2.3, in JSON: https://spdx.github.io/spdx-spec/v2.3/."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from tfk8s.app.image_bill import Bill, BillFile, BillImage, BillModel, document_bytes, is_expression
from tfk8s.manifest import JsonObject, JsonValue

_NOBODY_SAYS: Final = "NOASSERTION"
_NAMESPACE: Final = "https://tfk8s.dev/spdx"
_IMAGE, _BASE = "SPDXRef-Image", "SPDXRef-BaseImage"


def spdx_document(bill: Bill) -> JsonObject:
    """Write the bill down; the same bill gives the same document."""
    packages: list[JsonValue] = [
        _image_package(bill.image, spdx_id=_IMAGE),
        _image_package(bill.base, spdx_id=_BASE),
        *(_model_package(model, number) for number, model in enumerate(bill.models, 1)),
    ]
    files: list[JsonValue] = [
        _file(file, model=model, spdx_id=_file_id(number, index))
        for number, model in enumerate(bill.models, 1)
        for index, file in enumerate(model.files, 1)
    ]
    document: JsonObject = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{bill.image.name}@{bill.image.digest}",
        "creationInfo": {"created": bill.created, "creators": [f"Tool: {'-'.join(bill.tool)}"]},
        "packages": packages,
        "files": files,
        "relationships": [*_relationships(bill)],
    }
    # A namespace is of one document alone: one with other content has another.
    return {**document, "documentNamespace": f"{_NAMESPACE}/{hashlib.sha256(document_bytes(document)).hexdigest()}"}


def image_purl(image: BillImage) -> str:
    """The package URL of an image: https://github.com/package-url/purl-spec, type `oci`."""
    name = image.name.rpartition("/")[2].lower()
    return f"pkg:oci/{name}@{quote(image.digest, safe='')}?repository_url={quote(image.name, safe='/')}"


def _image_package(image: BillImage, *, spdx_id: str) -> JsonObject:
    return {
        "SPDXID": spdx_id,
        "name": image.name,
        "versionInfo": image.digest,
        "downloadLocation": _NOBODY_SAYS,
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [_sha256(image.digest)],
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": image_purl(image),
            }
        ],
        **_licences(image.licence),
    }


def _model_package(model: BillModel, number: int) -> JsonObject:
    licence_texts = [f"/{model.folder}/{file.name}" for file in model.files if file.is_licence]
    told: JsonObject = {"licenseComments": f"texts in the image: {', '.join(licence_texts)}"} if licence_texts else {}
    return {
        "SPDXID": f"SPDXRef-Model-{number}",
        "name": model.name,
        "versionInfo": str(model.version),
        "downloadLocation": _NOBODY_SAYS,
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": _verification_code(model)},
        "licenseInfoFromFiles": [_NOBODY_SAYS],
        "comment": f"checksum: of the image's layer /{model.folder}; content-digest: of the files' names and contents",
        "checksums": [_sha256(model.layer)],
        "externalRefs": [
            {
                "referenceCategory": "OTHER",
                "referenceType": "content-digest",
                "referenceLocator": model.digest,
            }
        ],
        **_licences(model.licence),
        **told,
    }


def _file(file: BillFile, *, model: BillModel, spdx_id: str) -> JsonObject:
    return {
        "SPDXID": spdx_id,
        "fileName": f"./{model.folder}/{file.name}",
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": file.sha1},
            {"algorithm": "SHA256", "checksumValue": file.sha256},
        ],
        "comment": f"{file.size_bytes} bytes",
        "licenseConcluded": _NOBODY_SAYS,
        "licenseInfoInFiles": [_NOBODY_SAYS],
        "copyrightText": _NOBODY_SAYS,
    }


def _relationships(bill: Bill) -> Iterator[JsonObject]:
    yield _related("SPDXRef-DOCUMENT", "DESCRIBES", _IMAGE)
    yield _related(_IMAGE, "DESCENDANT_OF", _BASE)
    for number, model in enumerate(bill.models, 1):
        yield _related(_IMAGE, "CONTAINS", f"SPDXRef-Model-{number}")
        for index, _ in enumerate(model.files, 1):
            yield _related(f"SPDXRef-Model-{number}", "CONTAINS", _file_id(number, index))


def _related(one: str, how: str, other: str) -> JsonObject:
    return {"spdxElementId": one, "relationshipType": how, "relatedSpdxElement": other}


def _file_id(model: int, file: int) -> str:
    return f"SPDXRef-File-{model}-{file}"


def _sha256(digest: str) -> JsonObject:
    return {"algorithm": "SHA256", "checksumValue": digest.removeprefix("sha256:")}


def _licences(licence: str | None) -> JsonObject:
    """What is declared; words that are no expression of SPDX are kept as a comment."""
    declared = licence if licence is not None and is_expression(licence) else None
    words: JsonObject = {} if licence is None or declared else {"licenseComments": f"declared as: {licence}"}
    return {
        "licenseConcluded": _NOBODY_SAYS,
        "licenseDeclared": declared or _NOBODY_SAYS,
        "copyrightText": _NOBODY_SAYS,
        **words,
    }


def _verification_code(model: BillModel) -> str:
    """SPDX 2.3, 7.9: SHA-1 of the files' sorted SHA-1."""
    joined = "".join(sorted(file.sha1 for file in model.files))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
