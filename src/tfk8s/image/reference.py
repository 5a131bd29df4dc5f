"""Names of images: taken apart and completed the way Docker does it, so that one image has one name everywhere."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from tfk8s.errors import InputError
from tfk8s.ports import Digest

DOCKER_HUB: Final = "docker.io"
_HUB_NAMES: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_HUB_API: Final = "registry-1.docker.io"

# https://github.com/distribution/reference: [domain[:port]/]path[:tag][@digest]
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?\Z")
_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_LONGEST_PATH: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The complete name of an image.

    Attributes:
        registry: host, with its port when one was given; `docker.io` for Docker Hub.
        repository: path below it; official images of Docker Hub are below `library/`.
        tag: None when the name has none.
        digest: None when the name has none; where it has both, the digest counts.
    """

    registry: str
    repository: str
    tag: str | None
    digest: Digest | None

    @property
    def name(self) -> str:
        """Registry and repository."""
        return f"{self.registry}/{self.repository}"

    @property
    def wanted(self) -> str:
        """What a registry is asked for below the repository."""
        return self.digest or self.tag or "latest"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}" if tag or digest else f"{self.name}:latest"


def parse_reference(text: str) -> Reference:
    """Take an image's name apart and complete it: `busybox` is `docker.io/library/busybox`.

    Raises:
        InputError: it is no image reference.
    """
    rest, at, digest = text.partition("@")
    if at and not _DIGEST.match(digest):
        raise _no_reference(text, "after @ there must be sha256: and 64 hexadecimal digits")
    path, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the colon belongs to the port
        path, tag = rest, ""
    elif not _TAG.match(tag):
        raise _no_reference(text, "a tag has at most 128 letters, digits, dots, dashes and underscores")
    registry, repository = _registry_and_path(path)
    if not _HOST.match(registry):
        raise _no_reference(text, f"{registry!r} is no host")
    if not _PATH.match(repository) or len(repository) > _LONGEST_PATH:
        raise _no_reference(text, "a repository has lower-case letters and digits, parted by / . _ or -")
    return Reference(
        registry=registry, repository=repository, tag=tag or None, digest=Digest(digest) if digest else None
    )


def push_target(text: str) -> Reference:
    """Read the name under which an image is pushed; without a tag it is `latest`.

    Raises:
        InputError: it is no image reference, or it names a digest, which follows from the content.
    """
    found = parse_reference(text)
    if found.digest is not None:
        raise InputError(f"{text} names a digest, and an image is pushed under a tag", hint=f"write {found.name}:TAG")
    return found


def api_host(registry: str) -> str:
    """Host that speaks the registry protocol; Docker Hub's is not the one in its images' names."""
    return _HUB_API if registry == DOCKER_HUB else registry


def is_loopback(host: str) -> bool:
    """Whether the host, with or without a port, is this computer by its usual name or a loopback address."""
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.rstrip(".").lower() == "localhost"


def is_google(registry: str) -> bool:
    """Whether the registry is Google's: Artifact Registry, or Container Registry by its old name."""
    return registry.endswith(".pkg.dev") or is_container_registry(registry)


def is_container_registry(registry: str) -> bool:
    """Whether the registry is Google's Container Registry, by its old name."""
    return registry == "gcr.io" or registry.endswith(".gcr.io")


def _registry_and_path(path: str) -> tuple[str, str]:
    first, slash, rest = path.partition("/")
    is_host = bool(slash) and ({".", ":"} & set(first) != set() or first == "localhost" or first != first.lower())
    registry, repository = (first, rest) if is_host else (DOCKER_HUB, path)
    if registry in _HUB_NAMES:
        return DOCKER_HUB, repository if "/" in repository else f"library/{repository}"
    return registry, repository


def _no_reference(text: str, why: str) -> InputError:
    return InputError(f"{text!r} is no image reference: {why}", hint="write it as HOST/REPOSITORY:TAG")
