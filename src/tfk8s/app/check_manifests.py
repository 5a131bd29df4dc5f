"""Manifests of whoever wrote them: policies for the model servers among them, schemas for all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfk8s.adoption import Found, read_objects
from tfk8s.adoption.deployments import server_of
from tfk8s.app.check_errors import refusals
from tfk8s.app.check_schema import hold_against_schemas
from tfk8s.check import CheckFinding
from tfk8s.check.image_names import image_name_findings
from tfk8s.check.policies import foreign_findings
from tfk8s.check.reported import Reported
from tfk8s.check.selection import WORKLOADS
from tfk8s.check.servers import Server, release_of, server_findings
from tfk8s.errors import InputError
from tfk8s.manifest import Manifest, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.yaml import path_text
from tfk8s.spec.check_codes import CHECK_CODES

_SECRET = re.compile(rb"\bkind\b[\"' \t]*:[\"' \t]*Secret\b")


class CheckedGroup(NamedTuple):
    """What was found in files that are applied together, what was not checked, and how many servers there are."""

    found: tuple[Reported, ...]
    left: tuple[str, ...]
    servers: int


def check_manifests(files: Mapping[str, bytes], *, minor: int) -> CheckedGroup:
    """Look at the objects of some files together.

    Args:
        files: their bytes, by what messages call them.
        minor: the Kubernetes release to check against, 34 for 1.34.
    """
    reported: list[Reported] = []
    objects: dict[ObjectRef, Found] = {}
    manifests: dict[ObjectRef, Manifest] = {}
    twins: list[str] = []
    for item in _read(files, reported):
        try:
            manifest = Manifest.of(item.body)
        except InputError as error:
            line = item.document.value_mark(item.base).line
            reported += [one._replace(line=line) for one in _refused(error, item.document.source)]
            continue
        if manifest.ref in objects:
            twins.append(f"{_place_of(objects[manifest.ref])}: {manifest.ref} is given again at {_place_of(item)}")
        objects[manifest.ref] = item
        manifests[manifest.ref] = manifest
    servers = dict(_servers(objects))
    together = tuple(manifests.values())
    schemas = hold_against_schemas(together, minor=minor)
    found = (
        *foreign_findings(together, servers=servers),
        *server_findings(together, servers=servers),
        *image_name_findings(together, servers=servers),
        *schemas.found,
    )
    reported += [_placed(finding, objects[finding.ref]) for finding in found]
    return CheckedGroup(found=tuple(reported), left=(*twins, *schemas.left), servers=len(servers))


def _place_of(item: Found) -> str:
    return f"{item.document.source}:{item.document.value_mark(item.base).line}"


def _read(files: Mapping[str, bytes], reported: list[Reported]) -> Iterator[Found]:
    for source, data in files.items():
        try:
            found = read_objects({source: data})
        except InputError as error:
            refused = _refused(error, source)
            reported += [_without_value(item) for item in refused] if _SECRET.search(data) else refused
            continue
        yield from found


def _without_value(item: Reported) -> Reported:
    """A file with a Secret: what cannot be read may be its value, which the message repeats."""
    field = item.message.partition(": ")[0]
    return item._replace(message=f"{field}: cannot be read as it stands there; not shown, for the file holds a Secret")


def _refused(error: InputError, source: str) -> list[Reported]:
    return list(refusals(error, code="manifest", source=source))


def _servers(objects: Mapping[ObjectRef, Found]) -> Iterator[tuple[ObjectRef, Server]]:
    for ref, item in objects.items():
        container = server_of(item) if ref.kind in WORKLOADS else None
        if container is not None:
            index = container.path[-1]
            assert isinstance(index, int)  # noqa: S101 - it is an item of a list
            yield ref, Server(container=index, release=release_of(text_at(container.value, "image")))


def _placed(finding: CheckFinding, item: Found) -> Reported:
    return Reported(
        code=finding.code,
        level=finding.level,
        source=item.document.source,
        line=item.document.key_mark((*item.base, *finding.path)).line,
        object=str(finding.ref),
        field=path_text(finding.path),
        message=finding.message,
        remedy=CHECK_CODES[finding.code].remedy,
    )
