"""One line of the model server's log: how bad it is, where it comes from, and which version of which model it names.

Five forms occur in the log of tensorflow_model_server 2.x:

- TensorFlow's own, `2026-01-01 00:00:00.123456: I file.cc:123] text`, with the thread before the file where
  TF_CPP_LOG_THREAD_ID is set (https://github.com/openxla/xla/blob/main/xla/tsl/platform/default/logging.cc);
- Abseil's and gRPC's, `I0101 00:00:00.123456  42 file.cc:123] text`; before Abseil is set up the date is `0000` and
  the seconds are those since 1970 (https://abseil.io/docs/cpp/guides/logging);
- Abseil's words about itself, `WARNING: text`;
- libevent's, `[warn] text` and `[err] text` (https://github.com/libevent/libevent/blob/master/log.c);
- the REST server's, `[evhttp_server.cc : 261] NET_LOG: text`.

Any other line goes with the one before it: it is how a message of several lines goes on.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SEVERITIES: Final = ("INFO", "WARNING", "ERROR", "FATAL")
"""From the least to the worst."""

_BY_LETTER = {name[0]: name for name in SEVERITIES}
_BY_WORD = {"debug": "INFO", "msg": "INFO", "warn": "WARNING", "err": "ERROR"}

_TENSORFLOW = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}: (?P<severity>[IWEF]) +(?:\d{1,10} +)?"
    r"(?P<source>[^\s\]]{1,300})\] ?",
    re.ASCII,
)
_ABSEIL = re.compile(
    r"(?P<severity>[IWEF])\d{4} \d\d:\d\d:[\d.]{2,20} +\d{1,10} (?P<source>[^\s\]]{1,300})\] ?", re.ASCII
)
_WORD = re.compile(r"(?P<severity>INFO|WARNING|ERROR|FATAL): ")
_LIBEVENT = re.compile(r"\[(?P<word>debug|msg|warn|err)\] ")
_REST = re.compile(r"\[(?P<file>[\w./-]{1,300}) : (?P<line>\d{1,7})\] NET_LOG: ?", re.ASCII)

_SERVABLE = re.compile(r"\{name: (?P<model>[^\s{}]{1,300}) version: (?P<version>\d{1,19})\}", re.ASCII)
_NAMES = tuple(
    re.compile(text, re.ASCII)
    for text in (
        r"(?:No versions of|for) servable (?P<model>[^\s{},]{1,300})",
        r"version (?P<version>\d{1,19}) of model (?P<model>[^\s,]{1,300})",
        r"adding model: (?P<model>\S{1,300})",
        r"model_name: (?P<model>\S{1,300}) model_base_path:",
    )
)


class ServerLine(NamedTuple):
    """What a line says.

    Attributes:
        severity: one of `SEVERITIES`, that of the line before where it has none; "" when that has none either.
        source: file and line of the server's code, "" when it does not say; the file alone where no line is given.
        model: which model it names, "" for none; that of the line before where it goes on with that.
        version: which version of the model; None for none.
        text: the whole line, as it was written.
    """

    severity: str
    source: str
    model: str
    version: int | None
    text: str


_FIRST = ServerLine("", "", "", None, "")


class ServerLines:
    """Reads the lines of one container in their order; remembers one line."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._before = _FIRST

    def read(self, text: str) -> ServerLine:
        """What the next line says."""
        self._before = _read(text, before=self._before)
        return self._before


def _read(text: str, *, before: ServerLine) -> ServerLine:
    match = _TENSORFLOW.match(text) or _ABSEIL.match(text)
    if match is not None:
        severity, source = _BY_LETTER[match["severity"]], match["source"]
    elif match := _WORD.match(text):
        severity, source = match["severity"], ""
    elif match := _LIBEVENT.match(text):
        severity, source = _BY_WORD[match["word"]], ""
    elif match := _REST.match(text):
        severity, source = "INFO", f"{match['file']}:{match['line']}"
    else:
        return before._replace(source="", text=text)
    model, version = _servable(text)
    return ServerLine(severity, source, model, version, text)


def _servable(text: str) -> tuple[str, int | None]:
    """Model and version that a line names."""
    if found := _SERVABLE.search(text):
        return found["model"], int(found["version"])
    for pattern in _NAMES:
        if found := pattern.search(text):
            groups = found.groupdict()
            number = groups.get("version")
            return groups["model"].rstrip(".:;"), int(number) if number else None
    return "", None
