"""A bill as a document of CycloneDX 1.6, in JSON: https://cyclonedx.org/docs/1.6/json/."""

from __future__ import annotations

import uuid
from typing import Final

from tfk8s.app.image_bill import Bill, BillFile, BillImage, BillModel, document_bytes, is_expression
from tfk8s.app.image_bill_spdx import image_purl
from tfk8s.manifest import JsonObject, JsonValue

_IMAGE: Final = "image"
_BASE: Final = "base-image"


def cyclonedx_document(bill: Bill) -> JsonObject:
    """Write the bill down; the same bill gives the same document."""
    models: list[JsonValue] = [_model(model) for model in bill.models]
    refs: list[JsonValue] = [_BASE, *(_model_ref(model) for model in bill.models)]
    image: JsonObject = {
        "bom-ref": _IMAGE,
        **_image(bill.image),
        "pedigree": {"ancestors": [_image(bill.base)]},
    }
    name, version = bill.tool
    document: JsonObject = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": bill.created,
            "tools": {"components": [{"type": "application", "name": name, "version": version}]},
            "component": image,
        },
        "components": [{"bom-ref": _BASE, **_image(bill.base)}, *models],
        "dependencies": [{"ref": _IMAGE, "dependsOn": refs}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, document_bytes(document).decode())
    return {**document, "serialNumber": f"urn:uuid:{serial}"}


def _image(image: BillImage) -> JsonObject:
    return {
        "type": "container",
        "name": image.name,
        "version": image.digest,
        "hashes": [_sha256(image.digest)],
        "purl": image_purl(image),
        **_licences(image.licence),
    }


def _model(model: BillModel) -> JsonObject:
    return {
        "bom-ref": _model_ref(model),
        "type": "machine-learning-model",
        "name": model.name,
        "version": str(model.version),
        "hashes": [_sha256(model.layer)],
        "properties": [
            {"name": "tfk8s:content-digest", "value": model.digest},
            {"name": "tfk8s:folder", "value": f"/{model.folder}"},
        ],
        **_licences(model.licence),
        "components": [_file(file, model=model) for file in model.files],
    }


def _file(file: BillFile, *, model: BillModel) -> JsonObject:
    return {
        "type": "file",
        "name": f"/{model.folder}/{file.name}",
        "hashes": [{"alg": "SHA-1", "content": file.sha1}, {"alg": "SHA-256", "content": file.sha256}],
        "properties": [{"name": "tfk8s:size-bytes", "value": str(file.size_bytes)}],
    }


def _model_ref(model: BillModel) -> str:
    return f"model:{model.name}:{model.version}"


def _sha256(digest: str) -> JsonObject:
    return {"alg": "SHA-256", "content": digest.removeprefix("sha256:")}


def _licences(licence: str | None) -> JsonObject:
    if licence is None:
        return {}
    one: JsonObject = {"expression": licence} if is_expression(licence) else {"license": {"name": licence}}
    return {"licenses": [one]}
