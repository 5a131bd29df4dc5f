"""Sends one file by a resumable upload, which a later run goes on with when this one is killed.

https://cloud.google.com/storage/docs/performing-resumable-uploads. The address of an upload is as good as a login for
its object for a week, so it is kept in files that only this user can read.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

from tfk8s.cloud.gcs.client import CREATE, Answer, StorageClient
from tfk8s.manifest import JsonObject
from tfk8s.ports.publication import VersionFile

_CHUNK_BYTES: Final = 8 << 20
"""Google wants multiples of 256 KiB."""
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_GOES_ON: Final = 308


class MismatchError(Exception):
    """Google worked out another checksum than the file had: it changed while it was sent."""


class Uploads:
    """Uploads under way; a directory of None remembers nothing over runs."""

    def __init__(self, client: StorageClient, *, memory: Path | None) -> None:
        """Nothing is read yet."""
        self._client, self._memory = client, memory

    def send(self, file: VersionFile, *, name: str, metadata: JsonObject, generation: str) -> int:
        """Send what is missing of a file; returns the bytes that were sent.

        Raises:
            MismatchError: the file changed meanwhile.
            PreconditionFailedError: the object is at another generation than the one named.
            PreconditionError: a refusal, or nobody answers.
        """
        note = self._note(name, metadata)
        address = _read(note)
        offset = self._offset(address, size_bytes=file.size_bytes) if address else None
        if offset is None:
            address = self._client.begin(name, metadata=metadata, size_bytes=file.size_bytes, generation=generation)
            _write(note, address)
            offset = 0
        sent = self._rest(file, address=address, offset=offset)
        if note is not None:
            note.unlink(missing_ok=True)
        return sent

    def _rest(self, file: VersionFile, *, address: str, offset: int) -> int:
        sent = 0
        with file.path.open("rb") as source:
            while offset < file.size_bytes or file.size_bytes == 0:
                source.seek(offset)
                data = source.read(min(_CHUNK_BYTES, file.size_bytes - offset))
                if len(data) < min(_CHUNK_BYTES, file.size_bytes - offset):
                    raise MismatchError
                end = offset + len(data) - 1
                span = f"bytes {offset}-{end}/{file.size_bytes}" if data else f"bytes */{file.size_bytes}"
                answer = self._put(address, data=data, span=span)
                sent += len(data)
                if answer.code != _GOES_ON:
                    return sent
                offset = _taken(answer)
        return sent

    def _offset(self, address: str, *, size_bytes: int) -> int | None:
        """How far an earlier run came; the whole size for an end that nobody heard of, None for one that is gone."""
        answer = self._put(address, data=b"", span=f"bytes */{size_bytes}", accepted=_GONE)
        if answer.code in _GONE:
            return None
        return _taken(answer) if answer.code == _GOES_ON else size_bytes

    def _put(self, address: str, *, data: bytes, span: str, accepted: tuple[int, ...] = ()) -> Answer:
        answer = self._client.send(
            "PUT",
            address,
            right=CREATE,
            data=data,
            headers={"Content-Range": span},
            accepted=(_GOES_ON, HTTPStatus.BAD_REQUEST, *accepted),
        )
        if answer.code == HTTPStatus.BAD_REQUEST:
            raise MismatchError
        return answer

    def _note(self, name: str, metadata: JsonObject) -> Path | None:
        if self._memory is None:
            return None
        whole = f"{self._client.endpoint} {self._client.bucket} {name} {metadata.get('md5Hash')}"
        return self._memory / f"{hashlib.sha256(whole.encode()).hexdigest()[:32]}.upload"


def _taken(answer: Answer) -> int:
    match = re.fullmatch(r"bytes=0-(\d+)", answer.headers.get("Range", ""))
    return int(match[1]) + 1 if match else 0


def _read(note: Path | None) -> str:
    try:
        return note.read_text(encoding="ascii") if note is not None else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _write(note: Path | None, address: str) -> None:
    """A disk that cannot be written costs the memory, not the upload."""
    if note is None:
        return
    with suppress(OSError):
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = note.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(address)
        partial.replace(note)
