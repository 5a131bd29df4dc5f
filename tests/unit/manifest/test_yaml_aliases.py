"""Anchors, aliases and merge keys in what others wrote."""

from __future__ import annotations

import tracemalloc

import pytest
import yaml

from tfk8s.manifest.yaml import Mark, load_documents, read_documents
from tfk8s.manifest.yaml_aliases import MAX_COPIED


def complaints(text: str) -> list[str]:
    reading = read_documents(text, source="t.yaml", follows_aliases=True)
    return [str(problem) for problem in reading.problems]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]\n",
        "a: &x {k: &y v}\nb: *y\nc: *x\n",
        "a: &x b\n*x : c\n",
        "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
        "a: &x {k: 1, l: 2}\nb: {k: 3, <<: *x}\n",
        "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}\n",
        "a: &x {k: 1}\nb: &y {<<: *x, l: 3}\nc: {<<: *y}\n",
        "b: {<<: {k: 1}, l: 2}\n",
    ],
)
def test_aliases_and_merge_keys_mean_what_they_mean_to_yaml(text: str) -> None:
    (document,) = load_documents(text, source="t.yaml", follows_aliases=True)

    assert document.value == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ('"<<": {k: 1}\n', {"<<": {"k": 1}}),
    ],
)
def test_an_anchor_may_be_named_anew_and_a_quoted_merge_key_is_text(text: str, value: object) -> None:
    (document,) = load_documents(text, source="t.yaml", follows_aliases=True)

    assert document.value == value


def test_a_field_that_was_merged_has_the_place_of_its_merge_key() -> None:
    (document,) = load_documents("a: &x {k: 1}\nb:\n  l: 2\n  <<: *x\n", source="t.yaml", follows_aliases=True)

    assert document.key_mark(("b", "k")) == Mark(4, 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: *x\n", "t.yaml:1:4: a: *x stands for nothing that is complete: write the value in full"),
        ("a: &x [*x]\n", "t.yaml:1:8: a[0]: *x stands for nothing that is complete: write the value in full"),
        ("a: &x 1\n---\nb: *x\n", "t.yaml:3:4: b: *x stands for nothing that is complete: write the value in full"),
        ("a: &x 1\nb: {<<: *x}\n", "t.yaml:2:5: b: << takes a map, or a list of maps"),
        ("a: {<<: {k: 1}, <<: {l: 1}}\n", 't.yaml:1:17: a["<<"]: given twice; the first stands at 1:5'),
        ("a: &x {k: 1}\n? *x\n: 1\n", "t.yaml:1:4: a key must be text, not a map or list; template braces must"),
        ("a: !!str &x 1\n", "t.yaml:1:4: a: tag:yaml.org,2002:str is a tag: leave it out"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(text: str, line: str) -> None:
    (complaint,) = complaints(text)

    assert complaint.startswith(line)


def test_aliases_that_repeat_too_much_are_refused_within_bounded_memory() -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30))
    merges = "".join(f"m{n}: &m{n} {{a: *m{n - 1}, b: *m{n - 1}, <<: *m{n - 1}}}\n" for n in range(1, 30))
    deep = "a: &a0 [[[[1]]]]\n" + "".join(f"b{n}: &a{n} [[*a{n - 1}]]\n" for n in range(1, 60))

    tracemalloc.start()
    found = [complaints(text) for text in (f"x0: &x0 lol\n{levels}", f"m0: &m0 {{k: v}}\n{merges}", deep)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert f"aliases repeat more than {MAX_COPIED} parts" in found[0][0]
    assert f"aliases repeat more than {MAX_COPIED} parts" in found[1][0]
    assert "nested more than 64 levels" in found[2][0]
    assert [len(lines) for lines in found] == [1, 1, 1]
    assert peak < 64 << 20
