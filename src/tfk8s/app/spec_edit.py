"""Edits of the spec file's text; what they do not name stays, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.manifest.yaml_splice import NotEditableError


class SpecNotEditableError(InputError):
    """The file is written in a way that edits do not reach; whoever writes nothing goes on without."""


def edited(file: Path, edit: Callable[[str], str], *, by_hand: str) -> str:
    """The text of the file after an edit; nothing is written.

    Args:
        file: the spec.
        edit: text in, text out.
        by_hand: what to do instead where the edit does not reach, as in "set labels.stable to 2 by hand".

    Raises:
        SpecNotEditableError: the edit does not reach.
        InputError: the file cannot be read.
    """
    try:
        return edit(file.read_bytes().decode())
    except NotEditableError:
        raise SpecNotEditableError(
            f"{file} is written in a way that cannot be edited", hint=f"{by_hand}, and go on with --no-write"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {file}: {error}", hint="check its rights and its encoding") from error
