"""Tries one document without and in its environments, and in its regions, and gathers what is wrong in any."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from pydantic_core import ValidationError

from tfk8s.manifest.yaml import MAX_PROBLEMS, Document, Path, Problem
from tfk8s.spec.environments import FIELD, environments_of, overlay, without_environments
from tfk8s.spec.messages import empty_fields, needless, problems_of
from tfk8s.spec.regions import (
    OF_ALL,
    Region,
    context_of,
    has_regions,
    region_overlay,
    regions_of,
    twins,
    without_cluster,
    without_regions,
    wrong_fronts,
)
from tfk8s.spec.service import ServiceSpec
from tfk8s.spec.validation import validator_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The service in one environment, or without one; `regions` is empty where it has none."""

    spec: ServiceSpec
    regions: tuple[Region, ...] = ()


class _Place(NamedTuple):
    """Something laid over a document: where the document says what stands in the result, and what messages call it."""

    origin: Callable[[Path], Path]
    called: str


class Trial:
    """One document tried without and in its environments; what is wrong gathers in `problems`."""

    def __init__(self, *, document: Document, traps: tuple[Problem, ...]) -> None:
        self._document = document
        self._traps = traps
        self.problems: list[Problem] = []

    def specs(self, is_wanted: Callable[[str | None], bool]) -> dict[str | None, Read]:
        """Those that are wanted and right."""
        specs: dict[str | None, Read] = {}
        plain = without_environments(self._document)
        base, own = self._tried(self._document, empty=empty_fields(without_regions(plain)))
        parted = has_regions(plain)
        shared = (FIELD, *OF_ALL) if parted else (FIELD,)
        shapes = [problem for problem in own if problem.path and problem.path[0] in shared]
        self._traps = (*self._traps, *shapes)
        self.problems += own if is_wanted(None) and not parted else shapes
        # What all clusters have in common is no cluster: what it lacks is told of each region.
        known = [problem for problem in own if not parted or problem.path[:1] != ("cluster",)]
        if any(problem.path in ((FIELD,), ("regions",)) for problem in shapes):  # no map, or too many to try
            return specs
        if is_wanted(None):
            specs |= _kept(None, self._in_regions(plain, (), known=known) if parted else _read(base))
        for name in environments_of(self._document):
            if is_wanted(name):
                specs |= _kept(name, self._in_environment(name, known=known))
        return specs

    def _in_environment(self, name: str, *, known: list[Problem]) -> Read | None:
        laid = overlay(self._document, environment=name)
        places = (_Place(origin=laid.origin, called=f"environment {name}"),)
        if has_regions(laid.document):
            return self._in_regions(laid.document, places, known=known)
        spec, found = self._tried(laid.document, empty=(*empty_fields(laid.document), *needless(laid)))
        self._add(found, places, known=known)
        return _read(spec)

    def _in_regions(self, document: Document, places: tuple[_Place, ...], *, known: list[Problem]) -> Read | None:
        """The service in each region; what it would be without any is nothing that runs, and need not be right."""
        _, whole = self._tried(document, empty=())
        self._add([found for found in whole if found.path and found.path[0] in OF_ALL], places, known=known)
        if any(found.path == ("regions",) for found in whole):  # as in `specs`
            return None
        tried = [self._in_region(document, name, places, known=known) for name in regions_of(document)]
        found = [region for region in tried if region is not None]
        self._add([*twins(document, found), *wrong_fronts(document, found)], places, known=known)
        if self.problems or self._traps:
            return None
        return Read(spec=_whole(document, first=found[0]), regions=tuple(found))

    def _in_region(
        self, document: Document, name: str, places: tuple[_Place, ...], *, known: list[Problem]
    ) -> Region | None:
        laid = region_overlay(document, name=name)
        spec, found = self._tried(laid.document, empty=(*empty_fields(laid.document), *needless(laid)))
        self._add(list(without_cluster(document, laid)), places, known=known)
        here = _Place(origin=laid.origin, called=f"region {name}")
        self._add(found, (here, *places), known=known)
        return None if spec is None else Region(name=name, spec=spec, context=context_of(document, name=name))

    def _add(self, found: list[Problem], places: tuple[_Place, ...], *, known: list[Problem]) -> None:
        """Each once, at the place where the file says it; what is wrong only in the combination names it."""
        before = {(problem.path, problem.message) for problem in known}
        for problem in found:
            path, message = problem.path, problem.message
            is_known = (path, message) in before
            for place in places:
                origin = place.origin(path)
                if origin == path and not is_known:
                    message += f" (in {place.called})"
                path = origin
            moved = Problem(source=problem.source, mark=problem.mark, path=path, message=message)
            if moved not in self.problems and not _is_covered(moved, self._traps):
                self.problems.append(moved)

    def _tried(self, document: Document, *, empty: Iterable[Problem]) -> tuple[ServiceSpec | None, list[Problem]]:
        problems = list(islice(empty, MAX_PROBLEMS))
        traps = (*self._traps, *problems)
        try:
            spec = _validate(document)
        except ValidationError as error:
            found = problems_of(error.errors(include_url=False), document)
            problems += [problem for problem in islice(found, MAX_PROBLEMS) if not _is_covered(problem, traps)]
            return None, problems
        return spec, problems


def _read(spec: ServiceSpec | None) -> Read | None:
    return None if spec is None else Read(spec=spec)


def _kept(name: str | None, read: Read | None) -> dict[str | None, Read]:
    return {} if read is None else {name: read}


def _whole(document: Document, *, first: Region) -> ServiceSpec:
    """The service as its first region has it, with what is said of all regions."""
    assert isinstance(document.value, dict)  # noqa: S101 - the caller found regions in it
    said = {"regions": regions_of(document)}
    if "rollout" in document.value:
        from tfk8s.spec.region_rollout import RolloutSpec

        text = json.dumps(document.value["rollout"])
        return first.spec.model_copy(update={**said, "rollout": validator_of(RolloutSpec).validate_json(text)})
    return first.spec.model_copy(update=said)


def _validate(document: Document) -> ServiceSpec:
    # As JSON, so that strictness means JSON's types: a list is read into a tuple, a number never into text.
    text = json.dumps(document.value)
    spec: ServiceSpec = validator_of(ServiceSpec).validate_json(text, by_alias=True, by_name=False)
    return spec


def _is_covered(problem: Problem, traps: tuple[Problem, ...]) -> bool:
    """Whether a trap in the same field is the reason, so that one slip gives one error."""
    return any(trap.path and problem.path and _overlap(trap.path, problem.path) for trap in traps)


def _overlap(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
