"""How much memory a protobuf message takes once it is decoded, told from its bytes before that.

A decoder makes an object of every part, however small: two bytes become a hundred. So a long message of others is
counted first; one of a few megabytes is decoded at once.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, cast

from tfk8s.model.wire import Buffer, CutOffError, OverlongError, read_varint

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

MOST_DECODED_BYTES: Final = 128 << 20
UNCOUNTED_BYTES: Final = 4 << 20
"""A message up to here takes no more than `MOST_DECODED_BYTES`, whatever is in it."""

_MESSAGE_BYTES: Final = 96
_FIELD_BYTES: Final = 32
_NUMBER_BYTES: Final = 8
_WIDTHS: Final = {1: 8, 5: 4}
_VARINT, _DELIMITED = 0, 2
_DEEPEST: Final = 100
_TEXTS: Final = frozenset({9, 12})  # TYPE_STRING and TYPE_BYTES


class TooManyPartsError(ValueError):
    """The message would take more than `MOST_DECODED_BYTES`."""


def require_decodable(
    data: Buffer, kind: type[Message], *, uncounted_bytes: int = UNCOUNTED_BYTES, most_bytes: int = MOST_DECODED_BYTES
) -> None:
    """Refuse a message that would take too much memory.

    Args:
        data: its bytes.
        kind: of the message.
        uncounted_bytes: a shorter one is not looked at.
        most_bytes: what it may take when it is decoded.

    Raises:
        TooManyPartsError: it would. Of bytes that are no message the decoder says so.
    """
    if len(data) > uncounted_bytes:
        with contextlib.suppress(CutOffError, OverlongError):
            _Count(data, most_bytes=most_bytes).message(0, len(data), cast("Descriptor", kind.DESCRIPTOR), depth=0)


class _Count:
    """What a message takes about, as far as it was looked at."""

    def __init__(self, data: Buffer, *, most_bytes: int) -> None:
        self._data = data
        self._most_bytes = most_bytes
        self._taken = 0

    def message(self, position: int, end: int, kind: Descriptor, *, depth: int) -> None:
        """Add a message; one that is nested deeper than a decoder follows is none."""
        data, fields = self._data, kind.fields_by_number
        while position < end:
            tag, position = read_varint(data, position)
            wire_type = tag & 7
            length = _WIDTHS.get(wire_type, 0)
            if wire_type == _VARINT:
                _, position = read_varint(data, position)
            elif wire_type == _DELIMITED:
                length, position = read_varint(data, position)
                field = fields.get(tag >> 3)
                if field is not None and field.message_type is not None and depth < _DEEPEST:
                    self._add(_MESSAGE_BYTES)
                    self.message(position, min(position + length, end), field.message_type, depth=depth + 1)
                else:
                    is_packed = field is not None and field.type not in _TEXTS
                    self._add(length * (_NUMBER_BYTES if is_packed else 1))
            elif not length:
                return  # a group, which no message of ours has, or nothing at all
            self._add(_FIELD_BYTES)
            position += length

    def _add(self, size_bytes: int) -> None:
        self._taken += size_bytes
        if self._taken > self._most_bytes:
            raise TooManyPartsError(f"holds more parts than {self._most_bytes >> 20} MiB of memory can hold")
