"""Changes YAML by its lines, so that most of what comes out still is YAML."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_INDENTS = (b"", b"  ", b"    ", b"- ", b"  - ")
_VALUES = (
    *(b"", b"null", b"{}", b"[]", b"true", b"0", b"-1", b"1", b"1.5", b'"1"', b"9223372036854775807", b"1e9", b"0.0"),
    *(b"[1, 2]", b"{a: b}", b"4Gi", b"500m", b'"\\u0000"', b'"\\ud800"', b'"\\x1b[31m"', b"|\n  text", b"*a", b"&a x"),
    *(b"99999999999999999999", b"[[]]", b"[{}]", b'""', b"on", b"2024-01-01", b"\xc3\xa9", b"$(X)", b"<<"),
)


def mutate_lines(
    data: bytes, *, most: int, seed: int, native: Callable[[bytes, int], bytes], words: Sequence[bytes]
) -> bytes:
    """Change, move, repeat or drop lines; one time in four, bytes."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    lines = data.split(b"\n")
    if chance.random() < 0.25:
        return native(data, most)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        place = chance.randrange(len(lines))
        line = lines[place]
        indent = line[: len(line) - len(line.lstrip(b" -"))]
        key, colon, value = line.partition(b":")
        match chance.randrange(9):
            case 0:
                lines.insert(place, lines[chance.randrange(len(lines))])
            case 1:
                lines[place] = indent + chance.choice(words) + b": " + chance.choice(_VALUES)
            case 2 | 3:
                lines[place] = key + b": " + chance.choice(_VALUES) if colon else indent + chance.choice(_VALUES)
            case 4:
                lines[place] = chance.choice(_INDENTS) + line.lstrip(b" -")
            case 5 if len(lines) > 1:
                del lines[place]
            case 6:
                end = min(place + chance.randrange(1, 6), len(lines))
                lines[place:place] = lines[place:end]
            case 7:
                lines.insert(place + 1, indent + chance.choice(words) + b": " + chance.choice(_VALUES))
            case _:
                lines[place] = key + colon + b" " + native(value.strip(), 64).replace(b"\n", b" ")
    return b"\n".join(lines)[:most]
