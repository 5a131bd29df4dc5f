"""The command line of what generates files: writes those that are stale, or with `--check` tells them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_or_check(
    texts: Mapping[Path, str], *, description: str | None, remedy: str, arguments: Sequence[str] | None = None
) -> None:
    """Write what is missing or stale, or with `--check` exit 1 when there is any.

    Args:
        texts: what each file must hold.
        description: of the program, for `--help`.
        remedy: what to do when a file is stale.
        arguments: of the program, those it was called with by default.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 when a file is stale")
    check: bool = parser.parse_args(arguments).check
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if not check:
            path.write_text(texts[path], "utf-8")
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        print(f"{'stale' if check else 'wrote'}: {shown}")
    if check and stale:
        sys.exit(remedy)
