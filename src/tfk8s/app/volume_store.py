"""The versions of a model in a PersistentVolumeClaim, written through a pod that mounts it: whole versions only.

A version lies in a hidden directory of the same volume until all its checksums are right, and is renamed then. Servers
that poll the directory see all of it or nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tfk8s.app import volume_scripts as scripts
from tfk8s.app.publisher import Publisher
from tfk8s.errors import PreconditionError
from tfk8s.model.digest import digest_of_files
from tfk8s.model.layout import version_number
from tfk8s.ports import Progress, Reporter
from tfk8s.ports.cluster import CommandResult
from tfk8s.ports.publication import LocalVersion, Staged, VersionFile
from tfk8s.ports.publication_names import GONE, changed, incoming_name, taken

_PART_BYTES: Final = 16 << 20
_MARGIN_BYTES: Final = 1 << 20
"""Directories and the journal of a file system take room too."""
_SUMS_TIMEOUT_S: Final = 1800.0
_SYNC_TIMEOUT_S: Final = 600.0


class VolumeStore:
    """Implements `tfk8s.ports.publication.VersionStore`."""

    def __init__(self, publisher: Publisher, *, base_path: str, place: str) -> None:
        """Nothing is asked yet.

        Args:
            publisher: a pod that mounts the claim where the servers do.
            base_path: the directory of the versions, as servers see it.
            place: what messages call it.
        """
        self._publisher, self._base, self._place = publisher, base_path, place

    @property
    def place(self) -> str:
        """See VersionStore."""
        return self._place

    @property
    def needs_pin(self) -> bool:
        """A rename shows a version at once."""
        return False

    def versions(self) -> tuple[int, ...]:
        """See VersionStore."""
        return tuple(sorted(self._names()))

    def digests(self, numbers: Sequence[int]) -> Mapping[int, str | None]:
        """See VersionStore; the pod reads every byte."""
        with self._publisher.started():
            names = self._names()
            return {number: self._digest(names[number]) for number in numbers if number in names}

    def stage(self, version: LocalVersion, *, reporter: Reporter) -> Staged:
        """See VersionStore."""
        with self._publisher.started():
            name = self._names().get(version.number)
            if name is not None:
                self._check_same(version, name=name)
                # what a pod left that died after its rename
                self._run(scripts.CLEAR, f"{self._base}/{incoming_name(version)}")
                return Staged(version=version, kept_bytes=version.size_bytes, is_published=True)
            free = self._prepare()
            inside = self._inside(version)
            sizes, sums = self._sizes(inside), self._sums(inside)
            whole = {file.name for file in version.files if sums.get(file.name) == file.sha256}
            self._drop_others(inside, sizes, version=version)
            self._check_room(version, sizes=sizes, whole=whole, free=free)
            sent = 0
            for file in version.files:
                if file.name in whole:
                    continue
                sent += self._send(file, inside=inside, has=sizes.get(file.name, 0), version=version)
                reporter.emit(
                    Progress(what=f"version {version.number}", done=sent, total=version.size_bytes, unit="bytes")
                )
            sent += self._repaired(version, inside=inside)
        return Staged(
            version=version,
            base_path=f"{self._base}/{incoming_name(version)}",
            sent_bytes=sent,
            kept_bytes=max(version.size_bytes - sent, 0),
        )

    def publish(self, staged: Staged) -> None:
        """See VersionStore."""
        if staged.is_published:
            return
        version = staged.version
        with self._publisher.started():
            name = self._names().get(version.number)
            if name is None:
                target, staging = f"{self._base}/{version.number}", f"{self._base}/{incoming_name(version)}"
                inside = self._inside(version)
                result = self._run(scripts.PUBLISH, inside, target, staging, timeout_s=_SYNC_TIMEOUT_S)
                if result.exit_code not in (0, scripts.IS_THERE):
                    raise self._failed("the version could not be renamed", result)
                name = self._names().get(version.number, str(version.number))
                self._run(scripts.CLEAR, staging)
            self._check_same(version, name=name)

    def remove(self, number: int) -> None:
        """See VersionStore; from the rename on it is no version any more."""
        with self._publisher.started():
            name = self._names().get(number, str(number))
            result = self._run(scripts.REMOVE, self._base, name, f"{GONE}{number}", timeout_s=_SYNC_TIMEOUT_S)
        if result.exit_code != 0:
            raise self._failed(f"version {number} could not be removed", result)

    def abandon(self) -> None:
        """See VersionStore."""
        with self._publisher.started():
            result = self._run(scripts.ABANDON, self._base, timeout_s=_SYNC_TIMEOUT_S)
        if result.exit_code != 0:
            raise self._failed("what was begun could not be removed", result)

    def _inside(self, version: LocalVersion) -> str:
        return f"{self._base}/{incoming_name(version)}/{version.number}"

    def _run(self, script: str, *arguments: str, stdin: bytes = b"", timeout_s: float = 120.0) -> CommandResult:
        with self._publisher.started():
            return self._publisher.run("sh", "-c", script, "sh", *arguments, stdin=stdin, timeout_s=timeout_s)

    def _read(self, script: str, directory: str, *, timeout_s: float = 120.0) -> bytes:
        result = self._run(script, directory, timeout_s=timeout_s)
        if result.exit_code != 0:
            raise self._failed(f"{directory} could not be read", result)
        return result.stdout

    def _names(self) -> dict[int, str]:
        """The directory of each version; the server takes the last of several that mean one number."""
        names = self._read(scripts.VERSIONS, self._base).decode(errors="replace").splitlines()
        found = {version_number(name): name for name in sorted(names)}
        return {number: name for number, name in found.items() if number is not None}

    def _sums(self, directory: str) -> dict[str, str]:
        lines = self._read(scripts.SUMS, directory, timeout_s=_SUMS_TIMEOUT_S).split(b"\0")
        pairs = (line.decode(errors="surrogateescape").partition(" *./") for line in lines if line)
        return {name: digest for digest, _, name in pairs}

    def _sizes(self, directory: str) -> dict[str, int]:
        lines = self._read(scripts.SIZES, directory).split(b"\0")
        pairs = (line.decode(errors="surrogateescape").partition(" ") for line in lines if line)
        return {name: int(size) for size, _, name in pairs}

    def _digest(self, name: str) -> str:
        sums = self._sums(f"{self._base}/{name}")
        return digest_of_files(
            (file.encode(errors="surrogateescape"), bytes.fromhex(digest)) for file, digest in sums.items()
        )

    def _check_same(self, version: LocalVersion, *, name: str) -> None:
        if self._digest(name) != version.digest:
            raise taken(version.number, place=self._place)

    def _prepare(self) -> int:
        """Make the base path; returns the bytes that are free for us."""
        result = self._run(scripts.PREPARE, self._base)
        if result.exit_code == scripts.NOT_WRITABLE:
            raise PreconditionError(
                f"{self._place} cannot be written by the servers' user",
                hint="the volume is read-only, or the directory belongs to somebody else: mount it for writing, "
                "or let the group of the servers write it",
                details=tuple(result.stderr.splitlines()[-2:]),
            )
        if result.exit_code != 0:
            raise self._failed("the directory of the versions could not be made", result)
        blocks, size = result.stdout.split()
        return int(blocks) * int(size)

    def _check_room(self, version: LocalVersion, *, sizes: Mapping[str, int], whole: set[str], free: int) -> None:
        missing = sum(
            max(file.size_bytes - sizes.get(file.name, 0), 0) for file in version.files if file.name not in whole
        )
        if missing and missing + _MARGIN_BYTES > free:
            raise PreconditionError(
                f"version {version.number} does not fit into {self._place}: {missing:,} bytes are missing, "
                f"{free:,} are free",
                hint="remove old versions (--keep), or let the claim grow: "
                "kubectl patch its spec.resources.requests.storage, where its storage class allows it",
            )

    def _drop_others(self, inside: str, sizes: Mapping[str, int], *, version: LocalVersion) -> None:
        wanted = {file.name: file.size_bytes for file in version.files}
        for name, size in sizes.items():
            if name not in wanted or size > wanted[name]:
                self._run(scripts.CUT, f"{inside}/{name}", str(wanted.get(name, 0)))

    def _send(self, file: VersionFile, *, inside: str, has: int, version: LocalVersion) -> int:
        """Send what is missing of a file, in its order; returns the bytes that were sent."""
        target = f"{inside}/{file.name}"
        start = 0 if has >= file.size_bytes else has
        if file.size_bytes == 0:
            self._write(target, b"", offset=0, version=version)
            return 0
        with file.path.open("rb") as source:
            source.seek(start)
            for offset in range(start, file.size_bytes, _PART_BYTES):
                part = source.read(min(_PART_BYTES, file.size_bytes - offset))
                if len(part) < min(_PART_BYTES, file.size_bytes - offset):
                    raise changed(file, version=version)
                self._write(target, part, offset=offset, version=version)
        return file.size_bytes - start

    def _write(self, target: str, part: bytes, *, offset: int, version: LocalVersion) -> None:
        result = self._run(scripts.WRITE, target, str(offset), str(len(part)), stdin=part, timeout_s=300.0)
        if result.exit_code == 0:
            return
        free = self._prepare()
        if free < len(part) + _MARGIN_BYTES:
            raise PreconditionError(
                f"{self._place} is full: {free:,} bytes are free, version {version.number} needs more",
                hint="remove old versions (--keep), or let the claim grow; the next run goes on where this one ended",
            )
        raise self._failed("a file could not be written", result)

    def _repaired(self, version: LocalVersion, *, inside: str) -> int:
        """Compare all checksums on the volume; a file that is not right is sent once more from its start."""
        wrong, sent = self._wrong(version, inside=inside), 0
        for file in wrong:
            self._run(scripts.CUT, f"{inside}/{file.name}", "0")
            sent += self._send(file, inside=inside, has=0, version=version)
        still = self._wrong(version, inside=inside) if wrong else ()
        for file in still:
            self._run(scripts.CUT, f"{inside}/{file.name}", "0")
        if still:
            raise changed(still[0], version=version)
        return sent

    def _wrong(self, version: LocalVersion, *, inside: str) -> tuple[VersionFile, ...]:
        sums = self._sums(inside)
        return tuple(file for file in version.files if sums.get(file.name) != file.sha256)

    def _failed(self, what: str, result: CommandResult) -> PreconditionError:
        return PreconditionError(
            f"{self._place}: {what} (exit code {result.exit_code})",
            hint="look at the volume; the lines below are those of the program that failed",
            details=tuple(result.stderr.splitlines()[-3:]),
        )
