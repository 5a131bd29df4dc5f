"""The scaling in somebody's spec file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import load_one
from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.spec.scaling_edit import with_scaling

SCALING: JsonObject = {
    "min": 2,
    "max": 12,
    "metrics": [{"cpu": 45}],
    "behavior": {"scaleDownWindowSeconds": 300, "scaleUp": {"policies": [{"pods": 3, "seconds": 15}]}},
}
LINES = """\
scaling:
  min: 2
  max: 12
  metrics:
  - cpu: 45
  behavior:
    scaleDownWindowSeconds: 300
    scaleUp:
      policies:
      - pods: 3
        seconds: 15
"""


def value_of(text: str) -> JsonObject:
    value = load_one(text, source="spec").value
    assert isinstance(value, dict)
    return value


def test_a_spec_without_scaling_gets_it_in_lines_at_its_end() -> None:
    text = "name: resnet\n# the model\nmodel: {source: ./m}  # here\n"

    assert with_scaling(text, SCALING) == text + LINES


def test_a_fixed_count_goes_and_its_neighbours_stay() -> None:
    text = "name: resnet\nscaling:\n  replicas: 2  # two\n  # below\nresources: {cpu: 1}\n"

    head, tail = "name: resnet\n", "  # below\nresources: {cpu: 1}\n"
    assert with_scaling(text, SCALING) == head + LINES + tail


def test_a_fixed_count_in_braces_goes() -> None:
    changed = with_scaling("name: resnet\nscaling: {replicas: 2} # two\nresources: {cpu: 1}\n", SCALING)

    assert value_of(changed) == {"name": "resnet", "scaling": SCALING, "resources": {"cpu": 1}}
    assert changed.endswith(" # two\nresources: {cpu: 1}\n")


def test_comments_and_what_else_scaling_says_stay() -> None:
    text = """\
scaling:
  # the cost ends here
  max: 10 # most
  min: 1
  metrics:
  - memory: 80  # leaks
  source: {kind: keda, server: "http://prometheus:9090"}  # ours
  behavior:
    scaleUpWindowSeconds: 10  # up
    scaleDownWindowSeconds: 60  # down
    scaleUp:
      policies:
      - {pods: 1, seconds: 15}
      tolerancePercent: 5
name: resnet
"""
    expected = """\
scaling:
  # the cost ends here
  max: 12 # most
  min: 2
  metrics:
  - cpu: 45
  source: {kind: keda, server: "http://prometheus:9090"}  # ours
  behavior:
    scaleDownWindowSeconds: 300  # down
    scaleUp:
      policies:
      - {"pods": 3, "seconds": 15}
name: resnet
"""

    assert with_scaling(text, SCALING) == expected


@pytest.mark.parametrize("nothing", ["", " {}", " null"])
def test_scaling_that_says_nothing_is_filled(nothing: str) -> None:
    changed = with_scaling(f"scaling:{nothing}  # soon\nname: resnet\n", SCALING)

    assert value_of(changed) == {"scaling": SCALING, "name": "resnet"}
    assert "# soon" in changed


def test_a_second_time_changes_nothing() -> None:
    text = with_scaling("name: resnet\nscaling:\n  max: 3\n  metrics: [{cpu: 60}]\n", SCALING)

    assert with_scaling(text, SCALING) == text


def test_an_environment_with_its_own_scaling_is_changed_there() -> None:
    text = "scaling:\n  max: 3\nenvironments:\n  prod:\n    scaling:\n      max: 30  # more\n  test: {}\n"

    changed = value_of(with_scaling(text, SCALING, environment="prod"))

    assert changed["scaling"] == {"max": 3}
    assert changed["environments"] == {"prod": {"scaling": SCALING}, "test": {}}


def test_an_environment_without_its_own_takes_that_of_all() -> None:
    text = "scaling:\n  max: 3\nenvironments:\n  test: {}\n"

    assert value_of(with_scaling(text, SCALING, environment="test"))["scaling"] == SCALING


@pytest.mark.parametrize("text", ["", "[]", "a: &x {max: 3}\nscaling: *x\n", "scaling: none\n", "scaling: [1]\n"])
def test_what_it_does_not_reach_is_refused(text: str) -> None:
    with pytest.raises(NotEditableError):
        with_scaling(text, SCALING)


BOUND = st.integers(1, 1000)
BEHAVIOR = st.fixed_dictionaries(
    {},
    optional={
        "scaleDownWindowSeconds": st.integers(0, 3600),
        "scaleUpWindowSeconds": st.integers(0, 3600),
        "scaleUp": st.fixed_dictionaries(
            {"policies": st.lists(st.fixed_dictionaries({"pods": BOUND, "seconds": BOUND}), min_size=1, max_size=3)}
        ),
    },
)
WANTED = st.fixed_dictionaries(
    {
        "min": BOUND,
        "max": BOUND,
        "metrics": st.sampled_from([[{"cpu": 40}], [{"requestsPerSecond": 6.5}]]),
        "behavior": BEHAVIOR.filter(bool),
    }
)


@given(before=WANTED, after=WANTED, flow=st.booleans())
def test_whatever_stood_there_the_new_scaling_is_read_back(before: JsonObject, after: JsonObject, flow: bool) -> None:
    start = "name: a  # kept\nscaling: {replicas: 1}\n" if flow else "name: a  # kept\nscaling:\n  replicas: 1\n"
    text = with_scaling(with_scaling(start, before), after)

    assert value_of(text) == {"name": "a", "scaling": after}
    assert text.startswith("name: a  # kept\n")
