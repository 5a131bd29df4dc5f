"""Which kinds rendering can make, read from the templates themselves."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEAD = re.compile(r"apiVersion: (?P<api_version>\S+)\nkind: (?P<kind>\S+)\n")


@cache
def made_kinds() -> tuple[tuple[str, str], ...]:
    """API version and kind of every object that a spec may lead to, sorted."""
    folder = files("tfk8s.render").joinpath("templates")
    heads = [(file.name, _HEAD.match(file.read_text(encoding="utf-8"))) for file in folder.iterdir()]
    return tuple(sorted({_pair(name, head) for name, head in heads if name.endswith(".j2")}))


def _pair(name: str, head: re.Match[str] | None) -> tuple[str, str]:
    if head is None:
        raise TypeError(f"the template {name} does not begin with apiVersion and kind")
    return head["api_version"], head["kind"]
