"""Checks the recorded warm-up requests, which the server sends itself while it loads a version.

A record that cannot be read, or more than 1000 of them, fails the load (tensorflow_serving, saved_model_warmup).
The file is a TFRecord: length (8 bytes), its checksum (4), the record, its checksum (4), and so on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.model import rules
from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.files import regular_size
from tfk8s.model.shown import shown

if TYPE_CHECKING:
    from tfk8s.model.finding import Finding

WARMUP_FILE = Path("assets.extra") / "tf_serving_warmup_requests"
_MOST_RECORDS = 1000
_LENGTH_BYTES, _CHECKSUM_BYTES = 8, 4


def check_warmup(path: Path) -> tuple[Finding, ...]:
    """Walk over the records without reading them.

    Raises:
        OSError: the file is there but cannot be read.
    """
    records = position = 0
    size = regular_size(path)
    with path.open("rb") as file:
        while position < size and records <= _MOST_RECORDS:
            file.seek(position)
            head = file.read(_LENGTH_BYTES + _CHECKSUM_BYTES)
            length = head[:_LENGTH_BYTES]
            if masked_crc32c(length) != int.from_bytes(head[_LENGTH_BYTES:], "little"):
                return _broken(path, f"it is not a TFRecord file from byte {position:,} on")
            position += len(head) + int.from_bytes(length, "little") + _CHECKSUM_BYTES
            records += 1
    if position > size:
        return _broken(path, "the last record is cut off")
    if records > _MOST_RECORDS:
        return _broken(path, f"it has more than {_MOST_RECORDS} records")
    return ()


def _broken(path: Path, reason: str) -> tuple[Finding, ...]:
    message = f"the server would refuse {path.name}: {reason}"
    return (rules.WARMUP_BROKEN.found(message, where=shown(path)),)
