"""Golden files: plain YAML, the same bytes that `tfk8s render --out` writes; `--update-golden` writes them anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tfk8s.app.manifest_files import compare_files, write_files


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that takes what is rendered as what is right; read the diff afterwards as a reviewer would."""
    parser.addoption("--update-golden", action="store_true", help="write the expected files of golden tests anew")


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Compares files with a folder, or writes them there."""

    update: bool

    def check(self, directory: Path, files: Mapping[str, str]) -> None:
        """Fail with a diff when the folder holds anything else than these files."""
        if self.update:
            write_files(directory, files)
        differences = compare_files(directory, files)
        lines = [line for difference in differences for line in (difference.state.value, *difference.diff)]
        assert not differences, "\n".join(lines)
        assert {path.name for path in directory.iterdir()} == set(files), "a file that nothing renders"

    def check_text(self, file: Path, text: str) -> None:
        """Fail when the file holds another text."""
        if self.update:
            file.write_text(text, encoding="utf-8", newline="\n")
        assert file.read_text(encoding="utf-8") == text


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The comparison, updating when asked to."""
    return Golden(update=bool(request.config.getoption("--update-golden")))
