"""Finds the version directories below a path, as the server does, and says why there are none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfk8s.model import rules
from tfk8s.model.files import is_directory
from tfk8s.model.finding import Finding
from tfk8s.model.mistakes import file_given, missing, other_format
from tfk8s.model.shown import listed, shown
from tfk8s.model.version import GRAPH_FILE, OTHER_GRAPH_FILES, unreadable

_ODD_NUMBER = r"[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*"  # what the server's number parser accepts beyond digits
_LARGEST_VERSION = 2**63 - 1
_GRAPH_FILES = frozenset({GRAPH_FILE, *OTHER_GRAPH_FILES})
_VERSION_CHILDREN = _GRAPH_FILES | {"variables", "assets", "assets.extra", "fingerprint.pb", "keras_metadata.pb"}
_MOST_LOOKED_INTO = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the versions are.

    Attributes:
        base: the path that a server would be given.
        versions: directory name by version number, ascending.
        findings: what is wrong with the layout.
    """

    base: Path
    versions: Mapping[int, str]
    findings: tuple[Finding, ...]


def survey(path: Path) -> Layout:
    """List `path` and find the versions; never raises for what is on the disk."""
    try:
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries)
    except (FileNotFoundError, ValueError):  # ValueError: a zero byte in the path
        return _nothing(path, missing(path))
    except NotADirectoryError:
        return _nothing(path, file_given(path) if path.exists() else missing(path))
    except OSError as error:
        return _nothing(path, unreadable(error, path=path))
    numbers = _numbers(names)
    if not numbers and _is_version_directory(path, names):
        return _version_directory(path)
    findings = _name_findings(path, names=names, numbers=numbers)
    versions = {number: directories[-1] for number, directories in sorted(numbers.items())}
    if not versions:
        return Layout(base=path, versions={}, findings=(_no_version(path, names=names), *findings))
    return Layout(base=path, versions=versions, findings=findings)


def own_name(path: Path) -> str:
    """The name of a directory that may be given as `.` or `..`."""
    return Path(os.path.abspath(path)).name  # noqa: PTH100 - resolve() would follow a symbolic link and lose its name


def version_number(name: str) -> int | None:
    """The version that a directory name means, or None when the server ignores it."""
    if not (name.isascii() and name.isdigit()) or len(name.lstrip("0")) > len(str(_LARGEST_VERSION)):
        return None
    number = int(name)
    return number if number <= _LARGEST_VERSION else None


def _nothing(path: Path, finding: Finding) -> Layout:
    return Layout(base=path, versions={}, findings=(finding,))


def _numbers(names: Sequence[str]) -> dict[int, list[str]]:
    numbers: dict[int, list[str]] = {}
    for name in names:
        number = version_number(name)
        if number is not None:
            numbers.setdefault(number, []).append(name)
    return numbers


def _is_version_directory(path: Path, names: Sequence[str]) -> bool:
    return version_number(own_name(path)) is not None and bool(_VERSION_CHILDREN.intersection(names))


def _version_directory(path: Path) -> Layout:
    name = own_name(path)
    base = Path(os.path.abspath(path)).parent if path.name != name else path.parent  # noqa: PTH100 - as in own_name
    number = int(name)
    message = f"{shown(path)} is a version directory; it was read as version {number} of {shown(base)}"
    remedy = f"give {shown(base)} to have every version read"
    finding = rules.VERSION_DIRECTORY_GIVEN.found(message, where=shown(path), remedy=remedy)
    return Layout(base=base, versions={number: name}, findings=(finding,))


def _name_findings(path: Path, *, names: Sequence[str], numbers: Mapping[int, Sequence[str]]) -> tuple[Finding, ...]:
    where = shown(path)
    findings = []
    for number, directories in numbers.items():
        if len(directories) > 1:
            message = f"{listed(directories)} are all version {number}; the server would load {directories[-1]} alone"
            findings.append(rules.VERSION_COLLISION.found(message, where=where, version=number))
    others = [name for name in names if version_number(name) is None]
    odd = [name for name in others if re.fullmatch(_ODD_NUMBER, name) and abs(int(name)) <= _LARGEST_VERSION]
    if odd:
        quoted = listed([repr(name) for name in odd])
        findings.append(rules.VERSION_NAME_ODD.found(f"the server reads a number in {quoted}", where=where))
    ignored = [name for name in others if name not in odd and not name.startswith(".") and is_directory(path / name)]
    if ignored and numbers:
        message = f"ignored, because not named by an integer up to {_LARGEST_VERSION}: {listed(ignored)}"
        findings.append(rules.VERSION_NAME_IGNORED.found(message, where=where))
    if numbers and _GRAPH_FILES.intersection(names):
        message = "saved_model.pb beside the version directories is ignored"
        findings.append(rules.GRAPH_STRAY.found(message, where=where))
    return tuple(findings)


def _no_version(path: Path, *, names: Sequence[str]) -> Finding:
    if _GRAPH_FILES.intersection(names):
        return _graph_without_version(path)
    directories = [name for name in names if is_directory(path / name)]
    remedy = _remedy_below(path, directories[:_MOST_LOOKED_INTO])
    mistake = other_format(path, names=names)
    if mistake and not remedy:
        return mistake
    if not names:
        return rules.DIRECTORY_EMPTY.found(f"{shown(path)} is empty", where=shown(path))
    held = f"ignored: {listed(directories)}" if directories else f"it holds only files: {listed(names)}"
    message = f"no directory in {shown(path)} is named by an integer, as a version must be; {held}"
    return rules.NO_VERSION.found(message, where=shown(path), remedy=remedy)


def _graph_without_version(path: Path) -> Finding:
    target = shown(path / "1")
    message = f"saved_model.pb lies directly in {shown(path)}, without a version directory; the server wants {target}/"
    remedy = f'move its files into {target}/, or export again with model.export("{target}")'
    return rules.GRAPH_WITHOUT_VERSION.found(message, where=shown(path / GRAPH_FILE), remedy=remedy)


def _remedy_below(path: Path, directories: Sequence[str]) -> str | None:
    """Say which child is what was meant, when one is."""
    for name in directories:
        child = path / name
        try:
            below = os.listdir(child)  # noqa: PTH208 - names are all that is wanted
        except OSError:
            continue
        if _GRAPH_FILES.intersection(below):
            return f"name the version directory by an integer: mv '{shown(child)}' '{shown(path / '1')}'"
        if any(version_number(grandchild) is not None for grandchild in below):
            return f"give the model directory itself: {shown(child)}"
    return None
