"""The files that a recommendation is made of: a measurement and a trace."""

from __future__ import annotations

from pathlib import Path

from tfk8s.autoscale.prometheus import read_range
from tfk8s.autoscale.trace import Trace, read_trace
from tfk8s.errors import InputError
from tfk8s.load import Bench, bench_of_json
from tfk8s.manifest.json_text import parse_json

_LARGEST = 256 * 2**20


def read_bench(file: Path) -> Bench:
    """A measurement, as `tfk8s bench -o json` writes it.

    Raises:
        InputError: it cannot be read, or is none.
    """
    try:
        value = parse_json(_text(file))
    except ValueError as error:
        raise InputError(f"{file} is no JSON: {error}", hint="tfk8s bench --save FILE writes a measurement") from None
    return bench_of_json(value, source=str(file))


def read_traffic(file: Path) -> Trace:
    """A trace: CSV, or the JSON of a range query of Prometheus.

    Raises:
        InputError: it cannot be read, or is neither.
    """
    text = _text(file)
    read = read_range if text.lstrip()[:1] in ("{", "[") else read_trace
    return read(text, name=str(file))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST:
            raise InputError(f"{file} is larger than {_LARGEST // 2**20} MiB", hint="a sample each 15 s is enough")
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file} is no text in UTF-8", hint="a trace is CSV or JSON, a measurement JSON") from None
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}", hint="check its name and its rights") from error
