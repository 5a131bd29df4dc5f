"""What a client shows to the front of a service: a key or a token, out of a file and never out of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.ports import Credential
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])
_MOST_BYTES = 16 << 10
_BEARER = "authorization"


def credential_options(command: F) -> F:
    """Add --api-key-file and --token-file."""
    path = click.Path(path_type=Path, exists=True, dir_okay=False)
    for option in (
        click.option(
            "--token-file",
            type=path,
            envvar="TFK8S_TOKEN_FILE",
            help="A file with the token that the front asks for.  [env: TFK8S_TOKEN_FILE]",
        ),
        click.option(
            "--api-key-file",
            type=path,
            envvar="TFK8S_API_KEY_FILE",
            help="A file with the key that the front asks for.  [env: TFK8S_API_KEY_FILE]",
        ),
    ):
        command = option(command)
    return command


def credential_of(*, api_key_file: Path | None, token_file: Path | None, spec: ServiceSpec | None) -> Credential | None:
    """What the files hold, under the header that the spec asks for; None without a file.

    Raises:
        InputError: a file cannot be read, or holds no single word; the text never repeats it.
    """
    from tfk8s.ports import Credential

    if api_key_file is not None and token_file is not None:
        raise click.UsageError("--api-key-file and --token-file exclude each other")
    if token_file is not None:
        return Credential(header=_BEARER, value=f"Bearer {_word(token_file)}")
    if api_key_file is None:
        return None
    from tfk8s.spec.auth import DEFAULT_HEADER

    keys = spec.expose.api_keys if spec is not None else None
    return Credential(header=keys.header if keys is not None else DEFAULT_HEADER, value=_word(api_key_file))


def _word(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}", hint="check the path"
        ) from error
    text = content.decode("latin-1").strip()
    if not text or len(content) > _MOST_BYTES or not all("!" <= char <= "~" for char in text):
        raise InputError(
            f"{path} holds no key or token: it must be one word of ASCII, at most {_MOST_BYTES} bytes",
            hint="write the key alone into the file, as `tfk8s keys create NAME --to FILE` does",
        )
    return text
