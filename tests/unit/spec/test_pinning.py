from __future__ import annotations

import pytest

from tfk8s.manifest.yaml import load_one
from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.spec.pinning import with_base, with_digest

OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "name: x  # ours\nimage:\n  repository: r.example/x  # keep\n\nmore: 2\n",
            f'name: x  # ours\nimage:\n  repository: r.example/x  # keep\n  digest: "{NEW}"\n\nmore: 2\n',
        ),
        (
            f"image:\n    digest: {OLD}  # pinned\n    repository: r.example/x\n",
            f'image:\n    digest: "{NEW}"  # pinned\n    repository: r.example/x\n',
        ),
        ("image: {repository: r.example/x}\n", f'image: {{repository: r.example/x, "digest": "{NEW}"}}\n'),
        (
            "\ufeffimage:\r\n  repository: r.example/x\r\n",
            f'\ufeffimage:\r\n  repository: r.example/x\r\n  digest: "{NEW}"\r\n',
        ),
    ],
)
def test_only_the_digest_is_written_and_every_comment_stays(text: str, expected: str) -> None:
    pinned = with_digest(text, NEW)

    assert pinned == expected
    value = load_one(pinned, source="spec").value
    assert isinstance(value, dict)
    assert value["image"] == {"repository": "r.example/x", "digest": NEW}


@pytest.mark.parametrize(
    "text", ["name: x\n", "image: &a {}\n", "a: &a {repository: r}\nimage: *a\n", "- image\n", "a: [\n"]
)
def test_a_text_that_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises(NotEditableError):
        with_digest(text, NEW)


BASE = f"tensorflow/serving:2.20.0@{NEW}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x  # ours\n", f'name: x  # ours\nimage:\n  base: "{BASE}"\n'),
        ("image:\n  base: tensorflow/serving:2.20.0  # why\n", f'image:\n  base: "{BASE}"  # why\n'),
        ("image:\n  pullPolicy: Always\nmore: 2\n", f'image:\n  pullPolicy: Always\n  base: "{BASE}"\nmore: 2\n'),
        ("{name: x}\n", f'{{name: x, "image": {{"base": "{BASE}"}}}}\n'),
    ],
)
def test_only_the_base_is_written_and_the_map_is_made_where_there_is_none(text: str, expected: str) -> None:
    pinned = with_base(text, BASE)

    assert pinned == expected
    value = load_one(pinned, source="spec").value
    assert isinstance(value, dict)
    image = value["image"]
    assert isinstance(image, dict)
    assert image["base"] == BASE


@pytest.mark.parametrize("text", ["image: &a {base: b}\n", "image: x\n", "image:\n", "- image\n", "", "a: [\n"])
def test_a_base_that_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(NotEditableError):
        with_base(text, BASE)
