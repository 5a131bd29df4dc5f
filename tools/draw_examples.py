"""Draw the pictures in docs/ from the examples of their pages; `--check` only says if they show the same figures."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.freshness import ROOT, write_or_check

PAGE = ROOT / "docs" / "simulate.md"
PICTURE = ROOT / "docs" / "simulate.svg"
REMEDY = "run: python -m tools.draw_examples"

_FILES = ("usual.yaml", "tfk8s.yaml")
_YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"```console\n\$ tfk8s (autoscale simulate --compare [^$]*?)\n\w", re.DOTALL)
_DESCRIPTION = re.compile(r"<desc.*?</desc>", re.DOTALL)


def main() -> None:
    """Write the picture, or check it."""
    write_or_check({PICTURE: picture()}, description=__doc__, remedy=REMEDY)


def picture() -> str:
    """What the page's example draws, or what is there already, drawn by another matplotlib from the same figures."""
    page = PAGE.read_text("utf-8")
    command = _COMMAND.findall(page)[-1].replace("\\\n", " ")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in zip(_FILES, _YAML.findall(page), strict=True):
            (Path(folder) / name).write_text(text, "utf-8")
        subprocess.run(
            [sys.executable, "-m", "tfk8s", *shlex.split(command), "--picture", "example.svg"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        drawn = (Path(folder) / "example.svg").read_text("utf-8")
    there = PICTURE.read_text("utf-8") if PICTURE.exists() else ""
    return there if _DESCRIPTION.findall(there) == _DESCRIPTION.findall(drawn) else drawn


if __name__ == "__main__":
    main()
