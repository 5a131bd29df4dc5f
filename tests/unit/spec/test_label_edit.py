"""Where a label leads, in somebody's spec file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.spec import load_spec
from tfk8s.spec.label_edit import with_label

HEAD = "apiVersion: tfk8s.dev/v1   # form\nname: resnet\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  labels: {stable: 1}  # for clients\n", "  labels: {stable: 2}  # for clients\n"),
        ("  labels:\n    stable: 1 # good\n    canary: 3\n", "  labels:\n    stable: 2 # good\n    canary: 3\n"),
        ("  labels: {canary: 3}\n", '  labels: {canary: 3, "stable": 2}\n'),
        ("  labels:\n    canary: 3\n", "  labels:\n    canary: 3\n    stable: 2\n"),
        ("  labels: {}\n", '  labels: {"stable": 2}\n'),
        ("", '  labels: {"stable": 2}\n'),
    ],
)
def test_only_the_label_is_another(before: str, after: str) -> None:
    text = f"{HEAD}model:\n  source: ./m # here\n  versions: [1, 2, 3]\n{before}scaling: {{replicas: 2}}\n"

    changed = with_label(text, "stable", version=2, index=None)

    assert changed == f"{HEAD}model:\n  source: ./m # here\n  versions: [1, 2, 3]\n{after}scaling: {{replicas: 2}}\n"


def test_one_of_several_models() -> None:
    text = f"{HEAD}models:\n- {{name: a, source: ./a}}\n- {{name: b, source: ./b, labels: {{stable: 1}}}} # second\n"

    assert with_label(text, "stable", version=2, index=1) == text.replace("stable: 1", "stable: 2")


def test_an_environments_own_label_is_changed_where_it_has_it() -> None:
    text = (
        f"{HEAD}model: {{source: ./m, versions: [1, 2], labels: {{stable: 1}}}}\n"
        "environments:\n  prod:\n    model: {labels: {stable: 1}} # slow\n  dev:\n    model: {labels: {next: 2}}\n"
    )

    in_prod = with_label(text, "stable", version=2, index=None, environment="prod")
    in_dev = with_label(text, "stable", version=2, index=None, environment="dev")

    assert in_prod == text.replace("model: {labels: {stable: 1}} #", "model: {labels: {stable: 2}} #")
    assert in_dev == text.replace("[1, 2], labels: {stable: 1}", "[1, 2], labels: {stable: 2}")


@pytest.mark.parametrize(
    "model",
    [
        "&m {source: ./m, labels: {stable: 1}}",
        "{source: ./m, labels: &l {stable: 1}}",
        "./m",
    ],
)
def test_what_is_shared_or_no_map_is_left_alone(model: str) -> None:
    with pytest.raises(NotEditableError):
        with_label(f"{HEAD}model: {model}\n", "stable", version=2, index=None)


@given(
    label=st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True),
    number=st.integers(1, 9),
    others=st.dictionaries(st.sampled_from(["canary", "next", "stable"]), st.integers(1, 9), max_size=3),
)
def test_whatever_labels_there_are_it_reads_back(label: str, number: int, others: dict[str, int]) -> None:
    written = "".join(f"    {name}: {version}\n" for name, version in others.items())
    labels = f"  labels:\n{written}" if others else ""
    text = f"{HEAD}model:\n  source: ./m\n  versions: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n{labels}"

    spec = load_spec(with_label(text, label, version=number, index=None), source="spec")

    assert spec.served_models[0].labels == {**others, label: number}
