"""The real cosign, and keys for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.testbed import gobuild
from tests.testbed.gomodules import signing_modules
from tests.testbed.layout import layout
from tests.testbed.process import exclusive, run

PASSWORD: Final = "a-password-of-tests-51ab"  # noqa: S105  it opens keys that live for one run
_BUILD_LOCK_S: Final = 2400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """Files with the halves of a key; the private one is locked with `PASSWORD`."""

    private: Path
    public: Path


def cosign_program() -> Path:
    """Where cosign lies; it is built when it is missing.

    Raises:
        SetupError: there is no Go, or the build failed.
    """
    where = layout()
    if gobuild.missing(signing_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(signing_modules(), layout=where)
            gobuild.drop_caches_when_done(where)
    return gobuild.find_program(signing_modules(), "cosign", layout=where)


def with_cosign(environment: dict[str, str]) -> dict[str, str]:
    """The variables with cosign on the PATH, and the password of its keys."""
    path = f"{cosign_program().parent}{os.pathsep}{environment.get('PATH', os.environ['PATH'])}"
    return {**environment, "PATH": path, "COSIGN_PASSWORD": PASSWORD}


def key_pair(folder: Path, *, name: str) -> KeyPair:
    """Make a new key."""
    run(
        [cosign_program(), "generate-key-pair", "--output-key-prefix", folder / name],
        timeout_s=60,
        env={"COSIGN_PASSWORD": PASSWORD},
    )
    return KeyPair(private=folder / f"{name}.key", public=folder / f"{name}.pub")
