"""Checks the recorded warm-up requests, which the server sends itself while it loads a version.

A record that fails, or more than 1000 of them, fails the load (tensorflow_serving, saved_model_warmup). The file is a
TFRecord: length (8 bytes), its checksum (4), the record, its checksum (4), and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from tfk8s.model import rules
from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.files import regular_size
from tfk8s.model.info import SERVING_DEFAULT, Signature
from tfk8s.model.protos.saved_model_pb2 import PredictionLog
from tfk8s.model.shown import listed, shown

if TYPE_CHECKING:
    from tfk8s.model.finding import Finding

WARMUP_FILE = Path("assets.extra") / "tf_serving_warmup_requests"
_MOST_RECORDS = 1000
_MOST_READ_BYTES = 64 << 20
"""Recorded pictures add up; what is beyond this is walked over without being read."""
_LENGTH_BYTES, _CHECKSUM_BYTES = 8, 4


class _BrokenError(ValueError):
    """The server would refuse the file; the text says why."""


def check_warmup(path: Path, signatures: Sequence[Signature]) -> tuple[Finding, ...]:
    """Walk over the records, and compare what they ask for with the signatures (with none, nothing is compared).

    Raises:
        OSError: the file is there but cannot be read.
    """
    try:
        for number, record in enumerate(_records(path), start=1):
            if signatures and record:
                _check_request(record, signatures, number=number)
    except _BrokenError as error:
        message = f"the server would refuse {path.name}: {error}"
        return (rules.WARMUP_BROKEN.found(message, where=shown(path)),)
    return ()


def _records(path: Path) -> Iterator[bytes]:
    """The records; empty in place of those that are too much to read."""
    size = regular_size(path)
    position = read_bytes = records = 0
    with path.open("rb") as file:
        while position < size:
            file.seek(position)
            head = file.read(_LENGTH_BYTES + _CHECKSUM_BYTES)
            if masked_crc32c(head[:_LENGTH_BYTES]) != int.from_bytes(head[_LENGTH_BYTES:], "little"):
                raise _BrokenError(f"it is not a TFRecord file from byte {position:,} on")
            length = int.from_bytes(head[:_LENGTH_BYTES], "little")
            position += len(head) + length + _CHECKSUM_BYTES
            if position > size:
                raise _BrokenError("the last record is cut off")
            records += 1
            if records > _MOST_RECORDS:
                raise _BrokenError(f"it has more than {_MOST_RECORDS} records")
            read_bytes += length
            yield file.read(length) if read_bytes <= _MOST_READ_BYTES else b""


def _check_request(record: bytes, signatures: Sequence[Signature], *, number: int) -> None:
    try:
        log = PredictionLog.FromString(record)
    except DecodeError as error:
        raise _BrokenError(f"record {number} is not a PredictionLog") from error
    if not log.HasField("predict_log"):
        return  # Classify, Regress and MultiInference carry examples in place of named inputs
    request = log.predict_log.request
    name = request.model_spec.signature_name or SERVING_DEFAULT
    signature = next((signature for signature in signatures if signature.name == name), None)
    if signature is None:
        raise _BrokenError(f"record {number} asks for the signature {shown(name)}, which the graph does not have")
    known = [tensor.key for tensor in signature.inputs]
    unknown = sorted(set(request.inputs).difference(known))  # one that is missing may have a default in the graph
    if unknown:
        takes = listed(known) or "no input"
        raise _BrokenError(f"record {number} feeds {listed(unknown)}, but {shown(name)} takes {takes}")
