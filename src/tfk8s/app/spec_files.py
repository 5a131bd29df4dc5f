"""Several specs in one go: files, and folders with every spec below them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tfk8s.errors import InputError
from tfk8s.spec import Region, ServiceSpec, load_regions, load_spec, load_whole

_SUFFIXES = (".yaml", ".yml")
_SPEC = re.compile(rb"^apiVersion:[ \t]*[\"']?tfk8s\.dev/", re.MULTILINE)
_HEAD_BYTES = 1 << 16  # of a file that turns out to be no spec; comments before the first field fit


class SpecFile(NamedTuple):
    """A spec that was read.

    Attributes:
        path: the file; None for stdin.
        spec: in the environment that was asked for; without one, as it is when none is chosen.
        base: the folder that its paths start from.
        environments: the spec in each of its environments; empty when one was asked for.
        regions: the spec in each of its regions; empty where it has none.
        region: which of them this is; None for the whole.
    """

    path: Path | None
    spec: ServiceSpec
    base: Path
    environments: Mapping[str, ServiceSpec] = MappingProxyType({})
    regions: tuple[Region, ...] = ()
    region: str | None = None

    @property
    def source(self) -> str:
        """What messages call it."""
        return "<stdin>" if self.path is None else str(self.path)

    def in_regions(self, names: Collection[str]) -> tuple[SpecFile, ...]:
        """The file as each of these regions has it; itself where it has no regions."""
        if not self.regions:
            return (self,)
        chosen = (region for region in self.regions if region.name in names)
        return tuple(
            self._replace(spec=region.spec, region=region.name, regions=(), environments={}) for region in chosen
        )


def read_spec_files(
    paths: Sequence[Path], *, environment: str | None = None, stdin: bytes | None = None
) -> tuple[SpecFile, ...]:
    """Read specs, in the order of their paths; those of a folder by name. A file that is named twice is read once.

    Args:
        paths: files and folders; `-` is `stdin`.
        environment: one that every spec has.
        stdin: what stands there.

    Raises:
        InputError: a file or a folder cannot be read, a folder holds no spec, two specs are of the same service, or
            `details` lists what is wrong in all of them.
    """
    tried = [_tried(path, environment=environment, stdin=stdin) for path in _files(paths)]
    found = [file for file in tried if isinstance(file, SpecFile)]
    refused = [error for error in tried if isinstance(error, InputError)]
    if refused:
        raise _joined(refused, total=len(tried))
    _refuse_twins(found)
    return tuple(found)


def find_specs(folder: Path) -> list[Path]:
    """Every spec below a folder, hidden folders aside, in a fixed order; no link to a folder is followed.

    Raises:
        InputError: a folder cannot be read, or there is no spec.
    """
    found = [path for path in _candidates(folder) if _is_spec(path)]
    if not found:
        hint = "a spec is a .yaml file with apiVersion: tfk8s.dev/v1; tfk8s init MODEL_DIR writes one"
        raise InputError(f"there is no spec below {folder}", hint=hint)
    return found


def looks_like_spec(content: bytes) -> bool:
    """Whether a file that begins so means to be a spec, right or wrong."""
    return _SPEC.search(content[:_HEAD_BYTES]) is not None


def _files(paths: Sequence[Path]) -> list[Path]:
    named = [file for path in paths for file in (find_specs(path) if path.is_dir() else [path])]
    once = {os.path.realpath(path) if str(path) != "-" else "-": path for path in reversed(named)}
    return list(reversed(once.values()))


def _candidates(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(f"cannot read {error.filename}: {error.strerror}", hint="check its permissions") from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if name.endswith(_SUFFIXES))


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return looks_like_spec(file.read(_HEAD_BYTES))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", hint="check its permissions") from error


def _tried(path: Path, *, environment: str | None, stdin: bytes | None) -> SpecFile | InputError:
    try:
        return _read(path, environment=environment, stdin=stdin)
    except InputError as error:
        return error


def _read(path: Path, *, environment: str | None, stdin: bytes | None) -> SpecFile:
    is_stdin = str(path) == "-"
    text: Path | bytes = (stdin or b"") if is_stdin else path
    place, base = (None, Path()) if is_stdin else (path, path.parent)
    environments: Mapping[str, ServiceSpec] = {}
    if environment is not None:
        spec = load_spec(text, environment=environment)
    else:
        spec, environments = load_whole(text)
    regions = load_regions(text, environment=environment) if spec.regions else ()
    return SpecFile(path=place, spec=spec, base=base, environments=environments, regions=regions)


def _joined(refused: list[InputError], *, total: int) -> InputError:
    if len(refused) == 1:
        return refused[0]
    details = [line for error in refused for line in (error.details or (error.message,))]
    hints = dict.fromkeys(error.hint for error in refused if error.hint)
    return InputError(
        f"{len(refused)} of {total} specs are wrong", hint=next(iter(hints), None), details=tuple(details)
    )


def _refuse_twins(found: list[SpecFile]) -> None:
    seen: dict[tuple[str | None, str, str], str] = {}
    for file in found:
        for environment, spec in ((None, file.spec), *file.environments.items()):
            first = seen.setdefault((environment, spec.namespace, spec.name), file.source)
            if first != file.source:
                where = f" (in environment {environment})" if environment else ""
                raise InputError(
                    f"{first} and {file.source} are both {spec.name} in {spec.namespace}{where}",
                    hint="give one of them another name or namespace",
                )
