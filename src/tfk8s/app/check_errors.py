"""What keeps a file from being read, as findings with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfk8s.check import Level
from tfk8s.check.reported import Reported
from tfk8s.errors import InputError
from tfk8s.spec.check_codes import CHECK_CODES

_PLACE = re.compile(r"(?P<source>.+?):(?P<line>[0-9]{1,9}):[0-9]{1,9}: (?P<rest>.*)\Z", re.DOTALL)


def refusals(error: InputError, *, code: str, source: str) -> Iterator[Reported]:
    """One finding for each line of an error.

    Args:
        error: whose `details`, or else its message, say `file:line:column: what` where there is a place.
        code: `spec` or `manifest`.
        source: the file, where the line names none.
    """
    remedy = error.hint or CHECK_CODES[code].remedy
    for text in error.details or (error.message,):
        match = _PLACE.match(text)
        place = (match["source"], int(match["line"]), match["rest"]) if match else (source, None, text)
        yield Reported(code=code, level=Level.ERROR, source=place[0], line=place[1], message=place[2], remedy=remedy)
