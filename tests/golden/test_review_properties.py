"""Whatever changes between two services is told: nothing is lost, nothing is told twice, nothing hides a secret."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.golden.golden_cases import CASES, case
from tests.golden.strategies import specs
from tests.strategies.values import json_values
from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests
from tfk8s.manifest.difference import Difference
from tfk8s.render import render
from tfk8s.review import Act, Explained, Review, Risk, explain
from tfk8s.review.kinds import rules_of
from tfk8s.review.view import compared
from tfk8s.spec import ServiceSpec

SLOW = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def renamed(spec: ServiceSpec) -> ServiceSpec:
    """Under one name, so that the objects of two specs are the same objects."""
    return spec.model_copy(update={"name": "resnet", "namespace": "serving", "create_namespace": False})


def rendered(spec: ServiceSpec) -> Manifests:
    return render(spec, {}).manifests


def key(item: Difference) -> str:
    return json.dumps([item.path, item.before, item.after], sort_keys=True)


def bodies(manifests: Manifests) -> dict[tuple[str, str], JsonObject]:
    return {(item.ref.kind, item.ref.name): item.body for item in manifests}


@SLOW
@given(specs, specs)
def test_every_difference_of_two_services_is_told_in_exactly_one_sentence(one: ServiceSpec, other: ServiceSpec) -> None:
    before, after = rendered(renamed(one)), rendered(renamed(other))
    old, new = bodies(before), bodies(after)

    review = explain(before, after)

    told = {(change.ref.kind, change.ref.name): change for change in review.changes}
    assert {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} == told.keys()
    for name in old.keys() & new.keys() & told.keys():
        seen = compared(old[name], new[name], views=rules_of(name[0]).views)
        covered = [item for line in told[name].lines for item in line.covers]
        assert Counter(map(key, covered)) == Counter(map(key, seen.differences))


@SLOW
@given(specs, specs)
def test_every_field_that_a_spec_can_change_has_a_sentence_of_its_own(one: ServiceSpec, other: ServiceSpec) -> None:
    review = explain(rendered(renamed(one)), rendered(renamed(other)))

    unknown = [(change.ref, line.sentence) for change in review.changes for line in change.lines if not line.is_known]

    assert unknown == []


Path: TypeAlias = "tuple[str | int, ...]"


def leaves(value: JsonValue, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def replaced(value: JsonValue, path: Path, new: JsonValue) -> JsonValue:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {name: replaced(item, rest, new) if name == step else item for name, item in value.items()}
    assert isinstance(value, list)
    return [replaced(item, rest, new) if index == step else item for index, item in enumerate(value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One value in one of the objects of a service."""

    manifests: Manifests
    target: Manifest
    path: Path

    def review(self, new: JsonValue) -> Review:
        """What is told when there is another value."""
        body = replaced(self.target.body, self.path, new)
        assert isinstance(body, dict)
        changed = Manifest(ref=self.target.ref, body=body)
        return explain(self.manifests, tuple(changed if item is self.target else item for item in self.manifests))


def spots(manifests: Manifests) -> Iterator[Spot]:
    """Every value but those that say which object it is."""
    for target in manifests:
        for path in leaves(target.body):
            if path[0] not in ("apiVersion", "kind") and path[:2] not in (
                ("metadata", "name"),
                ("metadata", "namespace"),
            ):
                yield Spot(manifests=manifests, target=target, path=path)


@st.composite
def any_spot(draw: st.DrawFn) -> Spot:
    return draw(st.sampled_from([*spots(rendered(renamed(draw(specs))))]))


def spot_of_case(name: str, *, kind: str, path: Path) -> Spot:
    found = spots(case(name).render().manifests)
    return next(spot for spot in found if spot.target.ref.kind == kind and spot.path == path)


@SLOW
@given(any_spot(), json_values())
@example(spot_of_case("cpu-hpa", kind="Service", path=("spec", "ports", 0, "port")), "\ufeffa")
def test_no_change_of_a_single_field_goes_unsaid(spot: Spot, value: JsonValue) -> None:
    assume(json.dumps(replaced(spot.target.body, spot.path, value)) != json.dumps(spot.target.body))

    (explained,) = spot.review(value).changes

    assert explained.lines
    assert all("\n" not in line.sentence and line.sentence.isprintable() for line in explained.lines)
    if spot.path[:2] == ("spec", "template") and spot.target.ref.kind == "Deployment":
        assert explained.risk >= Risk.RESTART


UNSEEN = "a\ufeff\u200b\u202e\u2028\x1b[2J\n\x85\x9b\x7f\ud800\U000e0001"


@pytest.mark.parametrize("name", [item.name for item in CASES])
def test_a_sentence_is_one_printable_line_whatever_stands_in_a_field_or_in_its_name(name: str) -> None:
    values: list[JsonValue] = [UNSEEN, {UNSEEN: UNSEEN}, [{"name": UNSEEN, UNSEEN: [UNSEEN]}]]
    for spot, value in product(spots(case(name).render().manifests), values):
        sentences = [line.sentence for change in spot.review(value).changes for line in change.lines]
        assert sentences
        assert [sentence for sentence in sentences if not sentence.isprintable()] == []


@given(specs)
def test_a_service_that_stays_as_it_is_has_nothing_to_tell(spec: ServiceSpec) -> None:
    manifests = rendered(spec)

    review = explain(manifests, manifests)

    assert (review.changes, review.unchanged, review.risk) == ((), len(manifests), Risk.NONE)


@given(specs)
def test_what_comes_and_goes_is_told_object_by_object(spec: ServiceSpec) -> None:
    manifests = rendered(spec)

    come, gone = explain((), manifests), explain(manifests, ())

    def acts(changes: tuple[Explained, ...]) -> Counter[Act]:
        return Counter(change.act for change in changes)

    assert acts(come.changes) == {Act.CREATE: len(manifests)}
    assert acts(gone.changes) == {Act.REMOVE: len(manifests)}
    assert come.risk is Risk.NONE
    assert gone.risk >= Risk.DOWNTIME
