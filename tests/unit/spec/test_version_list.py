"""The list of versions in somebody's spec file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.spec import load_spec
from tfk8s.spec.version_list import with_versions

HEAD = "apiVersion: tfk8s.dev/v1   # form\nname: resnet\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  versions: [1]  # both are loaded\n", "  versions: [1, 2]  # both are loaded\n"),
        ("  versions: latest\n", "  versions: [1, 2]\n"),
        ("  versions: # the first\n  - 1 # good\n", "  versions: # the first\n  - 1 # good\n  - 2\n"),
        ("  versions:\n  - 0 # bad\n  - 1 # good\n", "  versions:\n  - 1 # good\n  - 2\n"),
        ("", "  versions: [1, 2]\n"),
    ],
)
def test_only_the_list_is_another(before: str, after: str) -> None:
    rest = "  labels: {stable: 1}  # what clients ask for\nscaling: {replicas: 2}\n"
    text = f"{HEAD}model:\n  source: ./models # here\n{before}{rest}"
    wanted = f"{HEAD}model:\n  source: ./models # here\n{after}{rest}"
    if not before:
        wanted = f"{HEAD}model:\n  source: ./models # here\n  labels: {{stable: 1}}  # what clients ask for\n{after}"
        wanted += "scaling: {replicas: 2}\n"

    assert with_versions(text, index=None, versions=(2, 1)) == wanted


def test_one_of_several_models_in_braces() -> None:
    text = f"{HEAD}models:\n- {{name: a, source: ./a}}\n- {{name: b, source: ./b, versions: [1]}} # second\n"

    changed = with_versions(text, index=1, versions=(1, 2))

    assert changed == text.replace("versions: [1]", "versions: [1, 2]")
    assert with_versions(text, index=0, versions=(3,)).splitlines()[3] == '- {name: a, source: ./a, "versions": [3]}'


def test_an_environments_own_list_is_changed_where_it_has_one() -> None:
    text = (
        f"{HEAD}model: {{source: ./m, versions: [1]}}\n"
        "environments:\n  prod:\n    model: {versions: [1]} # slow\n  dev: {namespace: dev}\n"
    )

    in_prod = with_versions(text, index=None, versions=(1, 2), environment="prod")
    in_dev = with_versions(text, index=None, versions=(1, 2), environment="dev")

    assert in_prod == text.replace("model: {versions: [1]} #", "model: {versions: [1, 2]} #")
    assert in_dev == text.replace("./m, versions: [1]", "./m, versions: [1, 2]")


@pytest.mark.parametrize(
    "text",
    [
        "- 1\n",
        "model: &m {source: ./m}\n",
        "model: *m\n",
        "model: [\n",
        "",
        "name: resnet\n",
        "model: !x {source: ./m}\n",
    ],
)
def test_what_cannot_be_reached_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(NotEditableError):
        with_versions(text, index=None, versions=(1, 2))


numbers = st.sets(st.integers(0, 30), min_size=1, max_size=4)


@given(before=numbers, after=numbers, is_block=st.booleans())
def test_the_spec_says_exactly_the_versions_afterwards(before: set[int], after: set[int], is_block: bool) -> None:
    block = "".join(f"\n  - {number} # {number}" for number in before)
    listed = f"versions:{block}" if is_block else f"versions: {sorted(before)}"
    text = f"{HEAD}model:\n  source: ./m\n  {listed}\n  labels: {{stable: {min(after)}}}\n"
    if is_block and not before & after:
        with pytest.raises(NotEditableError):
            with_versions(text, index=None, versions=tuple(after))
        return

    changed = load_spec(with_versions(text, index=None, versions=tuple(after)))

    assert changed.model is not None
    assert changed.model.versions == tuple(sorted(after))
    assert dict(changed.model.labels) == {"stable": min(after)}
