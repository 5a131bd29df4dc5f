"""Bills of images: what is listed, that the published readers take them, and that they are the same every time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.unit.app.image_worlds import BASE, REPOSITORY, ImageParts, request_in
from tests.unit.image.images import base_image, loads
from tfk8s.app.image_bill import Bill, check_licence, document_bytes, list_contents
from tfk8s.app.image_bill_cyclonedx import cyclonedx_document
from tfk8s.app.image_bill_spdx import spdx_document
from tfk8s.app.image_build import build
from tfk8s.app.image_request import wanted_image
from tfk8s.errors import InputError
from tfk8s.image.descriptor import encode
from tfk8s.manifest import JsonObject
from tfk8s.model import content_digest, read_model

if TYPE_CHECKING:
    from spdx_tools.spdx.model.document import Document

EPOCH = "1970-01-01T00:00:00Z"
TOOL = ("tfk8s", "1.2.3")


def _bill(folder: Path, *, licence: str | None = "Apache-2.0", base_licence: str = "") -> Bill:
    (folder / "m" / "1").mkdir(parents=True)
    (folder / "m" / "1" / "LICENSE").write_text("do as you like\n")
    request, parts = request_in(folder, versions="all"), ImageParts()
    if base_licence:
        base = base_image()
        config = loads(base.config)
        labels: JsonObject = {"org.opencontainers.image.licenses": base_licence}
        parts.registry.bases[BASE] = replace(base, config=encode({**config, "config": {"Labels": labels}}))
    world, wanted = parts.world(), wanted_image(request)
    built = build(wanted, store=parts.registry, world=world).value
    return list_contents(wanted, built, licence=licence, created=EPOCH, tool=TOOL)


def _spdx(bill: Bill) -> Document:
    """As the SPDX project's own library reads and judges it; collecting needs not load it."""
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    document: Document = JsonLikeDictParser().parse(  # type: ignore[no-untyped-call]
        json.loads(document_bytes(spdx_document(bill)))
    )
    told = [message.validation_message for message in validate_full_spdx_document(document)]
    assert told == []
    return document


def _cyclonedx(bill: Bill) -> dict[str, Any]:
    """As the schema of CycloneDX 1.6 judges it."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = document_bytes(cyclonedx_document(bill)).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found: dict[str, Any] = json.loads(text)
    return found


def test_spdx_lists_image_base_models_and_files_with_their_digests(tmp_path: Path) -> None:
    bill = _bill(tmp_path)

    document = _spdx(bill)

    image, base, first, second = document.packages
    assert (image.name, image.version) == (REPOSITORY, bill.image.digest)
    assert (base.name, base.version) == ("tensorflow/serving", bill.base.digest)
    assert [(model.name, model.version) for model in (first, second)] == [("m", "1"), ("m", "2")]
    content = content_digest(read_model(tmp_path / "m").versions[0])
    assert [reference.locator for reference in first.external_references] == [content]
    assert first.license_comment == "texts in the image: /models/m/1/LICENSE"
    listed = {file.name: file.checksums[1].value for file in document.files}
    graph = (tmp_path / "m" / "1" / "saved_model.pb").read_bytes()
    assert listed["./models/m/1/saved_model.pb"] == hashlib.sha256(graph).hexdigest()
    related = [
        (one.spdx_element_id, one.relationship_type.name, one.related_spdx_element_id)
        for one in document.relationships
        if "File" not in str(one.related_spdx_element_id)
    ]
    assert related == [
        ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image"),
        ("SPDXRef-Image", "DESCENDANT_OF", "SPDXRef-BaseImage"),
        ("SPDXRef-Image", "CONTAINS", "SPDXRef-Model-1"),
        ("SPDXRef-Image", "CONTAINS", "SPDXRef-Model-2"),
    ]


def test_cyclonedx_lists_the_same(tmp_path: Path) -> None:
    bill = _bill(tmp_path)

    document = _cyclonedx(bill)

    image = document["metadata"]["component"]
    base, first, second = document["components"]
    assert (image["name"], image["version"]) == (REPOSITORY, bill.image.digest)
    assert image["pedigree"]["ancestors"][0]["version"] == base["version"] == bill.base.digest
    assert [(model["type"], model["version"]) for model in (first, second)] == [
        ("machine-learning-model", "1"),
        ("machine-learning-model", "2"),
    ]
    assert first["properties"][0]["value"] == content_digest(read_model(tmp_path / "m").versions[0])
    graph = (tmp_path / "m" / "1" / "saved_model.pb").read_bytes()
    listed = {file["name"]: file["hashes"][1]["content"] for file in first["components"]}
    assert listed["/models/m/1/saved_model.pb"] == hashlib.sha256(graph).hexdigest()


@pytest.mark.parametrize("form", ["spdx", "cyclonedx"])
def test_the_same_model_gives_the_same_bytes_and_another_one_another_document(
    tmp_path: Path, form: Literal["spdx", "cyclonedx"]
) -> None:
    write = spdx_document if form == "spdx" else cyclonedx_document
    name = "documentNamespace" if form == "spdx" else "serialNumber"

    one, again = (write(_bill(tmp_path / folder)) for folder in ("a", "b"))
    other = write(_bill(tmp_path / "c", licence=None))

    assert document_bytes(one) == document_bytes(again)
    assert one[name] != other[name]


def test_licences_are_declared_where_somebody_says_them(tmp_path: Path) -> None:
    bill = _bill(tmp_path, licence="Apache-2.0 AND (MIT OR BSD-3-Clause)", base_licence="Apache-2.0")

    document = _spdx(bill)
    components = _cyclonedx(bill)["components"]

    declared = [str(package.license_declared) for package in document.packages]
    assert declared == ["Apache-2.0", "Apache-2.0", *["Apache-2.0 AND (MIT OR BSD-3-Clause)"] * 2]
    assert components[0]["licenses"] == [{"expression": "Apache-2.0"}]
    assert components[1]["licenses"] == [{"expression": "Apache-2.0 AND (MIT OR BSD-3-Clause)"}]


def test_words_of_a_base_that_are_no_expression_are_kept_as_words(tmp_path: Path) -> None:
    bill = _bill(tmp_path, licence=None, base_licence="see the file, please")

    base, first = (_spdx(bill).packages[index] for index in (1, 2))

    assert (str(base.license_declared), base.license_comment) == ("NOASSERTION", "declared as: see the file, please")
    assert str(first.license_declared) == "NOASSERTION"
    assert _cyclonedx(bill)["components"][0]["licenses"] == [{"license": {"name": "see the file, please"}}]


@pytest.mark.parametrize("text", ["", "Apache 2.0", "MIT OR", "(MIT", "MIT;", "MIT\nOR X"])
def test_a_licence_that_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no licence expression of SPDX"):
        check_licence(text)
