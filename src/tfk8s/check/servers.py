"""The model servers among manifests: which container, which release; and all that is wrong with what they are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfk8s.check.command_line import read_line
from tfk8s.check.config_files import config_findings
from tfk8s.check.findings import CheckFinding, noted
from tfk8s.check.server_flags import flag_findings
from tfk8s.manifest import Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, text_at, value_at
from tfk8s.manifest.yaml import Path
from tfk8s.names.image import REFERENCE
from tfk8s.spec.flags import NEWEST, OLDEST, Release, dotted
from tfk8s.spec.image import release_of_tag

_POD: Path = ("spec", "template", "spec")


class Server(NamedTuple):
    """A model server in a workload.

    Attributes:
        container: which of the pod's.
        release: of the server, None when nobody says.
    """

    container: int
    release: Release | None


def release_of(image: str) -> Release | None:
    """The release that the tag of an image names, None when it names none that is known."""
    match = REFERENCE.match(image)
    release = release_of_tag(match["tag"] or "") if match else None
    return release if release is not None and OLDEST <= release <= NEWEST else None


def server_findings(manifests: Manifests, *, servers: Mapping[ObjectRef, Server]) -> Iterator[CheckFinding]:
    """Flags and configuration files of every server."""
    for deployment in manifests:
        server = servers.get(deployment.ref)
        if server is not None:
            yield from _of_server(deployment, server, manifests=manifests)


def _of_server(deployment: Manifest, server: Server, *, manifests: Manifests) -> Iterator[CheckFinding]:
    at: Path = (*_POD, "containers", server.container)
    containers = value_at(deployment.body, "spec", "template", "spec", "containers")
    container = object_at(containers[server.container] if isinstance(containers, list) else None)
    release = server.release if server.release is not None and OLDEST <= server.release <= NEWEST else None
    if release is None:
        said = f"release {dotted(server.release)}" if server.release else f"image {text_at(container, 'image')!r}"
        message = (
            f"{said} names none of the server's releases from {dotted(OLDEST)} to {dotted(NEWEST)}: flags and files"
        )
        message += " were checked against the newest"
        yield noted("release-unknown", deployment, path=(*at, "image"), message=message)
    line = read_line(container, at)
    if line is not None:
        yield from flag_findings(deployment, line, release=release)
        yield from config_findings(deployment, line, container=container, manifests=manifests, release=release)
