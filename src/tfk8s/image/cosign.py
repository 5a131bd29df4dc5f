"""Signs and verifies through Sigstore's program `cosign`, 2.6 or newer.

A signature is a format with a key store, an identity provider and a log behind it, all of which change: the program
that its project keeps is asked, and nothing of it is written again here. Keys go to it by reference, a key's password
in the environment (COSIGN_PASSWORD) that it reads itself; no secret is ever an argument.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from typing_extensions import assert_never

from tfk8s.errors import InputError, PreconditionError, UnverifiedError
from tfk8s.image.documents import is_sha256
from tfk8s.image.reference import parse_reference
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.json_text import parse_json
from tfk8s.ports import ByIdentity, ByKey, Digest, Signatory

if TYPE_CHECKING:
    import subprocess

_LOG = logging.getLogger(__name__)
_TIMEOUT_S: Final = 180.0
_SHOWN_LINES: Final = 6
_INSTALL: Final = (
    "install cosign 2.6 or newer (https://docs.sigstore.dev/cosign/system_config/installation/) and put it on the PATH"
)
_NO_LOG: Final = ("--tlog-upload=false", "--use-signing-config=false")
"""Both: cosign 3 takes its services from a signing configuration, and refuses the first while it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    code: int
    stdout: bytes
    words: tuple[str, ...]


class CosignSignatures:
    """Implements `tfk8s.ports.ImageSignatures`."""

    def __init__(self, *, plain_http: Sequence[str] = (), timeout_s: float = _TIMEOUT_S) -> None:
        """Nothing is run yet.

        Args:
            plain_http: registries that may be spoken to without TLS.
            timeout_s: for one call.
        """
        self._plain_http, self._timeout_s = frozenset(plain_http), timeout_s

    def require(self) -> None:
        """See `tfk8s.ports.ImageSignatures.require`."""
        _program()

    def sign(self, image: str, *, key: ByKey | None) -> None:
        """See `tfk8s.ports.ImageSignatures.sign`."""
        if parse_reference(image).digest is None:
            raise InputError(f"{image} is no digest, and a tag is not signed", hint="name it as repository@sha256:...")
        options = [] if key is None else [f"--key={_named(key.reference)}", *(() if key.in_log else _NO_LOG)]
        ended = self._run("sign", "--yes", *options, image=image)
        if ended.code != 0:
            raise PreconditionError(
                f"cosign did not sign {image}: {_last(ended)}",
                hint="the password of a key file is read from COSIGN_PASSWORD, the login of the registry from Docker's "
                "configuration",
                details=ended.words[:-1],
            )

    def verify(self, image: str, *, signatory: Signatory) -> Digest:
        """See `tfk8s.ports.ImageSignatures.verify`."""
        wanted = parse_reference(image).digest
        ended = self._run("verify", "--output=json", *_of(signatory), image=image)
        if ended.code != 0:
            raise UnverifiedError(
                f"{image} is not verified: no signature {_told(signatory)} was found: {_last(ended)}",
                hint="sign it: tfk8s image sign; is it the image, and the key, that was meant?",
                details=ended.words[:-1],
            )
        signed = _signed_digests(ended.stdout)
        if len(signed) != 1 or (wanted is not None and signed != {wanted}):
            raise UnverifiedError(
                f"{image} is not verified: cosign does not say that this image was signed",
                hint=_INSTALL,
                details=tuple(sorted(signed)),
            )
        return Digest(signed.pop())

    def _run(self, verb: str, *options: str, image: str) -> _Ended:
        reference = parse_reference(image)
        http = ("--allow-http-registry",) if reference.registry in self._plain_http else ()
        started = time.monotonic()
        ended = _ended((verb, *options, *http, str(reference)), timeout_s=self._timeout_s)
        _LOG.debug("cosign %s %s -> %d in %.2f s", verb, reference, ended.code, time.monotonic() - started)
        return ended


def _of(signatory: Signatory) -> tuple[str, ...]:
    match signatory:
        case ByKey():
            log = () if signatory.in_log else ("--insecure-ignore-tlog=true",)
            return (f"--key={_named(signatory.reference)}", *log)
        case ByIdentity():
            return (
                f"--certificate-identity={signatory.identity}",
                f"--certificate-oidc-issuer={signatory.issuer}",
            )
        case _:
            assert_never(signatory)


def _named(reference: str) -> str:
    """A key is named; what holds one would be seen by everybody who lists processes."""
    if "PRIVATE KEY" in reference or "\n" in reference:
        raise InputError(
            "a key is named, and this is the key itself", hint="name its file, env://VARIABLE, or gcpkms://... instead"
        )
    return reference


def _told(signatory: Signatory) -> str:
    match signatory:
        case ByKey():
            return f"by the key {signatory.reference}"
        case ByIdentity():
            return f"of {signatory.identity}, known to {signatory.issuer},"
        case _:
            assert_never(signatory)


def _signed_digests(answer: bytes) -> set[str]:
    try:
        entries = parse_json(answer)
    except ValueError:
        return set()
    found = entries if isinstance(entries, list) else []
    signed = {text_at(entry, "critical", "image", "docker-manifest-digest") for entry in found}
    return signed if all(map(is_sha256, signed)) else set()


def _last(ended: _Ended) -> str:
    return ended.words[-1] if ended.words else f"it ended with code {ended.code}"


def _program() -> str:
    import shutil

    program = shutil.which("cosign")
    if program is None:
        raise PreconditionError(
            "the program cosign is not on the PATH, and images are signed and verified with it", hint=_INSTALL
        )
    return program


def _ended(arguments: tuple[str, ...], *, timeout_s: float) -> _Ended:
    """Run it in a process group of its own, without a terminal to ask at."""
    import subprocess

    program = _program()
    try:
        process = subprocess.Popen(  # noqa: S603 - found on the PATH, without a shell
            (program, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise PreconditionError(f"cosign cannot be run: {error.strerror}", hint="look at its rights") from error
    with process:
        stdout, stderr = _read(process, timeout_s=timeout_s)
    return _Ended(code=process.returncode, stdout=stdout, words=_words(stderr)[-_SHOWN_LINES:])


def _words(stderr: bytes) -> tuple[str, ...]:
    """What it wrote, each thing once: it says an error twice, under two headings."""
    lines = (line.strip() for line in stderr.decode(errors="replace").splitlines())
    bare = (line.removeprefix("error during command execution: ").removeprefix("Error: ") for line in lines)
    return tuple(dict.fromkeys(line for line in bare if line))


def _read(process: subprocess.Popen[bytes], *, timeout_s: float) -> tuple[bytes, bytes]:
    import subprocess

    try:
        return process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        raise PreconditionError(
            f"cosign did not end within {timeout_s:.0f} s", hint="does the registry, or the log, answer at all?"
        ) from error
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
