"""What is fuzzed, by name."""

from __future__ import annotations

from typing import Final

TARGETS: Final = ("saved_model", "spec_file", "manifest_files", "server_answers")


def module_name(target: str) -> str:
    """The module that holds its `check`, `seeds` and `WORDS`, and `mutate` where bytes alone would not do."""
    return f"tests.fuzz.{target}"
