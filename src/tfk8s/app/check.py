"""The use-case of `tfk8s check`: specs, their models and manifests, without a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.app.check_errors import refusals
from tfk8s.app.check_manifests import check_manifests
from tfk8s.app.check_sources import STDIN, find_sources
from tfk8s.app.check_spec import SpecRequest, check_spec
from tfk8s.app.spec_files import SpecFile, read_spec_files
from tfk8s.check import Level
from tfk8s.check.reported import Reported, in_order, with_ignored
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.release import DEFAULT_MINOR
from tfk8s.spec import ServiceSpec, load_regions
from tfk8s.spec.check_codes import known_codes
from tfk8s.spec.checks import no_switch

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


class CheckRequest(NamedTuple):
    """What to check.

    Attributes:
        paths: specs, files of manifests, folders of either, `-` for stdin.
        stdin: what stands there.
        environment: of the specs; None for the spec as it is and each of its environments.
        minor: the Kubernetes release to check against, 34 for 1.34.
        ignored: reasons by code, for whatever is found.
        known: of services, each with its variants, to what is known of the models of one.
    """

    paths: Sequence[Path]
    stdin: bytes | None = None
    environment: str | None = None
    minor: int = DEFAULT_MINOR
    ignored: Mapping[str, str] = MappingProxyType({})
    known: Callable[[Sequence[Sequence[ServiceSpec]]], Callable[[ServiceSpec], Mapping[str, ModelInfo]]] = lambda _: (
        lambda _: {}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The outcome.

    Attributes:
        found: by file and line, those that are switched off last.
        left: what was not checked, with the reason.
        files: how many were looked at.
    """

    found: tuple[Reported, ...]
    left: tuple[str, ...]
    files: int

    def count(self, level: Level) -> int:
        """How many there are, those that are switched off aside."""
        return sum(item.level is level and item.ignored is None for item in self.found)

    def failure(self, *, strict: bool) -> InputError | None:
        """What the run ends with; a warning is enough when strict, a note never is."""
        if not self.count(Level.ERROR) and not (strict and self.count(Level.WARNING)):
            return None
        return InputError(self.summary(), hint="docs/checks.md explains each code, and how to switch one off")

    def summary(self) -> str:
        """`2 errors, 1 warning in 3 files; 1 switched off`."""
        counts = [(self.count(level), level.value) for level in Level]
        told = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
        files = f"{self.files} file{'' if self.files == 1 else 's'}"
        off = sum(item.ignored is not None for item in self.found)
        return f"{told or 'nothing found'} in {files}" + (f"; {off} switched off" if off else "")

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        counts: JsonObject = {f"{level.value}s": self.count(level) for level in Level}
        return {
            "findings": [item.as_json() for item in self.found],
            "notChecked": list(self.left),
            "files": self.files,
            **counts,
        }


def check(request: CheckRequest) -> CheckReport:
    """Look at everything that is named.

    Raises:
        InputError: a file or folder cannot be read or holds nothing, or a code cannot be switched off.
    """
    known = known_codes()
    for code in request.ignored:
        refused = no_switch(code, known)
        if refused:
            raise InputError(f"--ignore {code}: {refused}", hint="docs/checks.md lists the codes")
    sources = find_sources(request.paths, stdin=request.stdin)
    found: list[Reported] = []
    left = list(sources.left)
    for wanted in _wanted(sources.specs, request, found):
        checked = check_spec(wanted)
        told = with_ignored(checked.found, {**wanted.spec.checks.reasons, **request.ignored}, known=known)
        found += [item for item in told if item._replace(environment="") not in found]
        left += checked.left
    for group in sources.groups:
        outcome = check_manifests(group, minor=request.minor)
        found += with_ignored(outcome.found, request.ignored, known=known)
        left += outcome.left
        if not outcome.servers:
            left.append(f"policies for {', '.join(group)}: no workload of a model server is among the objects")
    return CheckReport(found=in_order(found), left=tuple(dict.fromkeys(left)), files=sources.files)


def _wanted(paths: Sequence[Path], request: CheckRequest, found: list[Reported]) -> Iterator[SpecRequest]:
    """Each spec in each of its variants; what cannot be read is added to `found`."""
    files: list[SpecFile] = []
    for path in paths:
        files += _read(path, request, found)
    variants = [dict(_variants(file, request)) for file in files]
    infos_of = request.known([tuple(specs.values()) for specs in variants])
    for file, specs in zip(files, variants, strict=True):
        for environment, spec in specs.items():
            yield SpecRequest(
                source=file.source,
                spec=spec,
                base=file.base,
                environment=environment,
                infos=infos_of(spec),
                minor=request.minor,
            )


def _variants(file: SpecFile, request: CheckRequest) -> Iterator[tuple[str, ServiceSpec]]:
    """What the spec is in each environment and each region, by what findings call it."""
    for environment, spec in ((request.environment or "", file.spec), *file.environments.items()):
        if not spec.regions:
            yield environment, spec
            continue
        content = file.path if file.path is not None else request.stdin or b""
        for region in load_regions(content, source=file.source, environment=environment or None):
            yield ", ".join(filter(None, (environment, f"region {region.name}"))), region.spec


def _read(path: Path, request: CheckRequest, found: list[Reported]) -> tuple[SpecFile, ...]:
    try:
        return read_spec_files((path,), environment=request.environment, stdin=request.stdin)
    except InputError as error:
        found.extend(refusals(error, code="spec", source=STDIN if str(path) == "-" else str(path)))
        return ()
