"""The containerd of one node, spoken to with `ctr` inside the node: containerd 1.6 and later have these commands."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tfk8s.cloud.kind.process import Completed, Runner
from tfk8s.errors import RegistryError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import BaseImage, Digest

_TIMEOUT_S = 60.0
_IMPORT_TIMEOUT_S = 1800.0
_DIGEST = re.compile(r"\bsha256:[0-9a-f]{64}\b")
PLATFORM = ("linux", "amd64")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeImages:
    """The images of a node, in the namespace that the kubelet uses."""

    run: Runner
    node: str

    def digest(self, name: str) -> Digest | None:
        """Digest of what an image's name points at, or None when there is no such image."""
        listed = self._ctr("images", "ls", f"name=={name}")
        if listed.code != 0:
            raise self.refused(listed, f"the images of the node {self.node} cannot be listed")
        found = [line for line in listed.text.splitlines() if line.split()[:1] == [name]]
        match = _DIGEST.search(found[0].replace(name, "", 1)) if found else None
        return Digest(match.group()) if match else None

    def contents(self) -> frozenset[Digest]:
        """Digests of everything that the node keeps: manifests, configs, layers."""
        listed = self._ctr("content", "ls", "--quiet")
        return frozenset(Digest(line) for line in listed.text.split()) if listed.code == 0 else frozenset()

    def add(self, archive: Iterable[bytes]) -> Completed:
        """Import an archive. Unpacking is left to the kubelet, which knows the snapshotter; ctr would have to guess."""
        platform = "/".join(PLATFORM)
        return self.run(
            [
                *("docker", "exec", "--interactive", self.node, "ctr", "--namespace=k8s.io", "images", "import"),
                *("--no-unpack", f"--platform={platform}", "-"),
            ],
            timeout_s=_IMPORT_TIMEOUT_S,
            stdin=archive,
        )

    def read(self, name: str, *, reference: str) -> BaseImage:
        """Read manifest and config of an image that the node has.

        Raises:
            RegistryError: it is not there, or not for our platform.
        """
        manifest = self._manifest(name)
        if manifest is None:
            raise RegistryError(f"the node {self.node} has no image {name}", hint="run the same command again")
        config = _object(manifest).get("config")
        if not isinstance(config, dict):
            raise RegistryError(
                f"{reference} is not an image: its manifest names no config",
                hint="name the image of a model server as image.base",
            )
        return BaseImage(reference=reference, manifest=manifest, config=self._content(Digest(str(config["digest"]))))

    def manifest_digest(self, name: str) -> Digest | None:
        """Digest of an image's manifest for our platform, or None when there is no such image."""
        manifest = self._manifest(name)
        return None if manifest is None else Digest("sha256:" + hashlib.sha256(manifest).hexdigest())

    def base_digest(self, name: str) -> Digest | None:
        """Digest of the manifest that a model image says it was built on; None when there is no such image."""
        manifest = self._manifest(name)
        annotations = _object(manifest).get("annotations") if manifest is not None else None
        found = annotations.get("org.opencontainers.image.base.digest") if isinstance(annotations, dict) else None
        return Digest(found) if isinstance(found, str) else None

    def refused(self, done: Completed, what: str) -> RegistryError:
        """The error for a node that did not do what it was asked."""
        return RegistryError(
            what,
            hint=f"look at the node: docker exec {self.node} crictl images",
            details=done.last_lines,
        )

    def _manifest(self, name: str) -> bytes | None:
        target = self.digest(name)
        if target is None:
            return None
        manifest = self._content(target)
        entries = _object(manifest).get("manifests")
        return self._content(_for_platform(entries, name)) if isinstance(entries, list) else manifest

    def _content(self, digest: Digest) -> bytes:
        got = self._ctr("content", "get", digest)
        if got.code != 0:
            raise self.refused(got, f"the node {self.node} does not give {digest}")
        return got.stdout

    def _ctr(self, *arguments: str) -> Completed:
        command = ["docker", "exec", self.node, "ctr", "--namespace=k8s.io", *arguments]
        return self.run(command, timeout_s=_TIMEOUT_S)


def _object(document: bytes) -> JsonObject:
    value: JsonValue = json.loads(document)
    return value if isinstance(value, dict) else {}


def _platform(entry: JsonObject) -> tuple[JsonValue, JsonValue] | None:
    platform = entry.get("platform")
    return (platform.get("os"), platform.get("architecture")) if isinstance(platform, dict) else None


def _for_platform(entries: list[JsonValue], name: str) -> Digest:
    images = [entry for entry in entries if isinstance(entry, dict)]
    fitting = [entry for entry in images if _platform(entry) == PLATFORM]
    if fitting:
        return Digest(str(fitting[0]["digest"]))
    raise RegistryError(
        f"the base image {name} does not exist for {'/'.join(PLATFORM)}",
        hint="set image.base to an image of TensorFlow Serving for linux/amd64; there is no other official one",
    )
