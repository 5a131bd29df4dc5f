"""The versions of a model in a bucket.

A bucket has no rename: a version is copied object by object from a hidden prefix, the graph last, and a server that
lists the prefix sees its number from the first object on. Therefore `needs_pin`: no server may follow `latest` or `all`
there while a version comes. A number without a graph is no version for us.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tfk8s.clock import SystemClock
from tfk8s.cloud.gcs.client import PreconditionFailedError, StorageClient, StoredObject
from tfk8s.cloud.gcs.upload import MismatchError, Uploads
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.model.layout import version_number
from tfk8s.ports import Progress, Reporter
from tfk8s.ports.publication import LocalVersion, Staged, VersionFile
from tfk8s.ports.publication_names import (
    GRAPH_FILES,
    changed,
    incoming_name,
    incoming_number,
    publication_order,
    taken,
)

_CHUNK_BYTES: Final = 1 << 20
_ABSENT: Final = "0"
"""The generation of an object that is not there."""

Objects = Mapping[str, StoredObject]


def bucket_store(uri: str) -> BucketStore:
    """The store of `gs://bucket/path`, with this computer's Google login, found when it is first needed."""
    import requests

    from tfk8s.cloud.gke.login import GoogleLogin, google_login

    found: list[GoogleLogin] = []

    def token() -> str:
        if not found:
            found.append(google_login())
        return found[0].token()

    bucket, _, path = uri.removeprefix("gs://").partition("/")
    client = StorageClient(bucket, token=token, session=requests.Session(), clock=SystemClock())
    return BucketStore(client, path=path, memory=upload_memory(os.environ))


def upload_memory(environ: Mapping[str, str]) -> Path:
    """Where uploads under way are remembered."""
    state = environ.get("XDG_STATE_HOME")
    home = Path(environ.get("HOME") or "~").expanduser()
    return (Path(state) if state else home / ".local" / "state") / "tfk8s" / "uploads-gcs"


class BucketStore:
    """Implements `tfk8s.ports.publication.VersionStore`."""

    def __init__(self, client: StorageClient, *, path: str, memory: Path | None) -> None:
        """Nothing is asked yet; `path` is the prefix of the versions without slashes at its ends."""
        self._client, self._path = client, path
        self._prefix = f"{path}/" if path else ""
        self._uploads = Uploads(client, memory=memory)

    @property
    def place(self) -> str:
        """See VersionStore."""
        return f"gs://{self._client.bucket}/{self._path}".rstrip("/")

    @property
    def needs_pin(self) -> bool:
        """A version becomes visible object by object."""
        return True

    def versions(self) -> tuple[int, ...]:
        """See VersionStore."""
        return tuple(sorted(self._graphs()))

    def digests(self, numbers: Sequence[int]) -> Mapping[int, str | None]:
        """See VersionStore; known of versions that were published from here."""
        graphs = self._graphs()
        return {number: graphs[number].digest or None for number in numbers if number in graphs}

    def stage(self, version: LocalVersion, *, reporter: Reporter) -> Staged:
        """See VersionStore."""
        sums = {file.name: _md5(file, version=version) for file in version.files}
        if version.number in self._graphs():
            self._check_same(version, sums)
            return Staged(version=version, kept_bytes=version.size_bytes, is_published=True)
        prefix = self._staging(version)
        there = self._objects(prefix)
        sent = 0
        for file in version.files:
            held = there.get(file.name)
            if held is None or not _is_same(held, file=file, md5=sums[file.name]):
                sent += self._sent(file, prefix=prefix, md5=sums[file.name], held=held, version=version)
            reporter.emit(Progress(what=f"version {version.number}", done=sent, total=version.size_bytes, unit="bytes"))
        return Staged(
            version=version,
            base_path=f"{self.place}/{incoming_name(version)}",
            sent_bytes=sent,
            kept_bytes=version.size_bytes - sent,
        )

    def publish(self, staged: Staged) -> None:
        """See VersionStore; a run that was killed half-way is finished by another one."""
        version = staged.version
        source, target = self._staging(version), f"{self._prefix}{version.number}/"
        if version.number in self._graphs():
            self._check_same(version, {file.name: _md5(file, version=version) for file in version.files})
        else:
            ready, there = self._objects(source), self._objects(target)
            for name in there.keys() - ready.keys():  # of another run that ended before its graph
                self._client.delete(there[name])
            for name in sorted(ready, key=publication_order):
                held = there.get(name)
                if held is None or (held.md5, held.size_bytes) != (ready[name].md5, ready[name].size_bytes):
                    self._copied(source, target, name=name, generation=held.generation if held else _ABSENT)
            self._check_copied(version, ready=ready, there=self._objects(target))
        self._delete_all(self._objects(source))

    def remove(self, number: int) -> None:
        """See VersionStore; from the end of the graph on it is no version any more."""
        for folder in self._folders():
            if version_number(folder) == number:
                self._delete_all(self._objects(f"{self._prefix}{folder}/"))

    def abandon(self) -> None:
        """See VersionStore; what was copied of a version without its graph goes too."""
        graphs = self._graphs()
        for folder in self._folders():
            number = incoming_number(folder)
            if number is None:
                continue
            if number not in graphs:
                self._delete_all(self._objects(f"{self._prefix}{number}/"))
            self._delete_all(self._objects(f"{self._prefix}{folder}/"))

    def _staging(self, version: LocalVersion) -> str:
        return f"{self._prefix}{incoming_name(version)}/{version.number}/"

    def _folders(self) -> tuple[str, ...]:
        found = self._client.folders(self._prefix)
        return tuple(name.removeprefix(self._prefix).rstrip("/") for name in found)

    def _objects(self, prefix: str) -> dict[str, StoredObject]:
        """By name within the prefix; a name that ends with a slash is what consoles make for an empty folder."""
        found = {item.name.removeprefix(prefix): item for item in self._client.objects(prefix)}
        return {name: item for name, item in found.items() if name and not name.endswith("/")}

    def _graphs(self) -> dict[int, StoredObject]:
        """The graph of each whole version."""
        found: dict[int, StoredObject] = {}
        for folder in sorted(self._folders()):
            number = version_number(folder)
            if number is None:
                continue
            prefix = f"{self._prefix}{folder}/"
            held = {item.name.removeprefix(prefix): item for item in self._client.objects(f"{prefix}saved_model.")}
            graphs = [held[name] for name in reversed(GRAPH_FILES) if name in held]
            if graphs:
                found[number] = graphs[0]
        return found

    def _check_same(self, version: LocalVersion, sums: Mapping[str, str]) -> None:
        folder = next(folder for folder in sorted(self._folders()) if version_number(folder) == version.number)
        there = self._objects(f"{self._prefix}{folder}/")
        files = {file.name: file for file in version.files}
        same = there.keys() == files.keys() and all(
            _is_same(there[name], file=file, md5=sums[name]) for name, file in files.items()
        )
        if not same:
            raise taken(version.number, place=self.place)

    def _sent(
        self, file: VersionFile, *, prefix: str, md5: str, held: StoredObject | None, version: LocalVersion
    ) -> int:
        metadata: JsonObject = {"md5Hash": md5, "metadata": {"tfk8s-digest": version.digest}}
        generation = held.generation if held is not None else _ABSENT
        try:
            return self._uploads.send(file, name=f"{prefix}{file.name}", metadata=metadata, generation=generation)
        except MismatchError:
            raise changed(file, version=version) from None
        except PreconditionFailedError:
            held = self._objects(prefix).get(file.name)
            if held is not None and _is_same(held, file=file, md5=md5):
                return 0  # another run sent the same meanwhile
            raise self._busy(version) from None

    def _copied(self, source: str, target: str, *, name: str, generation: str) -> None:
        try:
            self._client.copy(f"{source}{name}", f"{target}{name}", generation=generation)
        except PreconditionFailedError:
            return  # somebody else wrote it: all are compared in the end

    def _check_copied(self, version: LocalVersion, *, ready: Objects, there: Objects) -> None:
        same = ready.keys() == there.keys() and all(ready[name].md5 == there[name].md5 for name in ready)
        if not same or {file.name for file in version.files} != set(ready):
            raise taken(version.number, place=self.place)

    def _delete_all(self, objects: Objects) -> None:
        """The graph first: what a kill leaves is no version."""
        for name in sorted(objects, key=publication_order, reverse=True):
            self._client.delete(objects[name])

    def _busy(self, version: LocalVersion) -> PreconditionError:
        return PreconditionError(
            f"somebody else writes version {version.number} into {self.place} now",
            hint="wait for that to end, and run the command again",
        )


def _is_same(held: StoredObject, *, file: VersionFile, md5: str) -> bool:
    return (held.size_bytes, held.md5) == (file.size_bytes, md5)


def _md5(file: VersionFile, *, version: LocalVersion) -> str:
    """The checksum that Cloud Storage knows of every object that was not composed of others; base64.

    Raises:
        InputError: the file is another one than it was.
    """
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    try:
        with file.path.open("rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                md5.update(chunk)
                sha256.update(chunk)
    except OSError as error:
        raise InputError(f"{file.path} cannot be read: {error.strerror or error}", hint="look at its rights") from error
    if sha256.hexdigest() != file.sha256:
        raise changed(file, version=version)
    return base64.b64encode(md5.digest()).decode()
