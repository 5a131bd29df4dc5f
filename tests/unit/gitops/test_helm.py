from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.gitops.helm import overriding
from tfk8s.manifest import JsonObject, JsonValue

DEFAULTS: JsonObject = {"a": 1, "b": {"c": "x", "d": []}, "e": {}}
"""What a chart has: a value, a map with values, a map for anything; `f` and `g` are not there unless they are given."""

scalars: st.SearchStrategy[JsonValue] = st.sampled_from([1, 2, "x", True, [], [1]])
maps: st.SearchStrategy[JsonValue] = st.dictionaries(st.sampled_from("cdh"), scalars, min_size=1).map(dict)
values: st.SearchStrategy[JsonObject] = st.fixed_dictionaries(
    {}, optional={"a": scalars, "b": maps, "e": maps, "f": scalars | maps, "g": maps}
)


def laid_over(below: JsonObject, above: JsonObject) -> JsonObject:
    """As helm lays values over others: maps merge, the rest replaces, null stays to be taken away at the end."""
    result = dict(below)
    for key, value in above.items():
        before = result.get(key)
        result[key] = laid_over(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def settled(value: JsonObject) -> JsonObject:
    """Without what is null."""
    return {key: settled(item) if isinstance(item, dict) else item for key, item in value.items() if item is not None}


@given(values, values)
def test_values_of_an_environment_over_the_others_are_as_its_own_alone(base: JsonObject, wanted: JsonObject) -> None:
    over = overriding(base, wanted, defaults=DEFAULTS)

    assert settled(laid_over(laid_over(DEFAULTS, base), over)) == settled(laid_over(DEFAULTS, wanted))


@given(values)
def test_an_environment_that_says_nothing_has_no_values(base: JsonObject) -> None:
    assert overriding(base, base, defaults=DEFAULTS) == {}


def test_a_default_comes_back_by_its_value_and_what_has_none_by_null() -> None:
    base: JsonObject = {"a": 2, "b": {"c": "y"}, "e": {"h": 1}, "f": 1}

    assert overriding(base, {}, defaults=DEFAULTS) == {"a": 1, "b": {"c": "x"}, "e": {"h": None}, "f": None}
