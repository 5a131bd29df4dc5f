from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError
from tfk8s.image.reference import (
    Reference,
    api_host,
    is_google,
    is_loopback,
    parse_reference,
    push_target,
)
from tfk8s.ports import Digest

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("tensorflow/serving:2.20.0", "docker.io/tensorflow/serving:2.20.0"),
        ("index.docker.io/tensorflow/serving:1", "docker.io/tensorflow/serving:1"),
        ("localhost/x:1", "localhost/x:1"),
        ("localhost:5000/x", "localhost:5000/x:latest"),
        ("127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b:v1"),
        ("[::1]:5000/a:v1", "[::1]:5000/a:v1"),
        (
            "us-central1-docker.pkg.dev/project/repository/name:v1",
            "us-central1-docker.pkg.dev/project/repository/name:v1",
        ),
        (f"a.test/b@{DIGEST}", f"a.test/b@{DIGEST}"),
        (f"a.test/b:v1@{DIGEST}", f"a.test/b:v1@{DIGEST}"),
        ("HOST/x:1", "HOST/x:1"),
    ],
)
def test_a_name_is_completed_as_docker_completes_it(text: str, complete: str) -> None:
    assert str(parse_reference(text)) == complete
    assert str(parse_reference(complete)) == complete


def test_the_digest_counts_where_a_name_has_a_tag_too() -> None:
    assert parse_reference(f"a.test/b:v1@{DIGEST}").wanted == DIGEST
    assert parse_reference("a.test/b:v1").wanted == "v1"
    assert parse_reference("a.test/b").wanted == "latest"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "a.test/",
        "a.test/Upper:1",
        "a b",
        "a.test/x:t ag",
        f"a.test/x:{'t' * 129}",
        "a.test/x@sha256:abc",
        "a.test/x@md5:" + "a" * 32,
        "a.test:99999999/x",
        "http://a.test/x:1",
        "a.test//x",
        "a.test/x/",
        "../x",
        "a.test/" + "x" * 256,
        "a.test/x?y=1:1",
        "a.test\n/x:1",
        "a.test/x\n:1",
        "a.test/x:1\n",
        "user:secret@a.test/x",
    ],
)
def test_what_is_no_name_of_an_image_is_refused_as_it_was_written(text: str) -> None:
    with pytest.raises(InputError, match="is no image reference") as caught:
        parse_reference(text)

    assert repr(text) in caught.value.message
    assert caught.value.hint


@given(st.text(max_size=60))
def test_any_text_is_an_image_reference_or_one_clear_error(text: str) -> None:
    try:
        found = parse_reference(text)
    except InputError:
        return
    assert parse_reference(str(found)).name == found.name


def test_an_image_is_not_pushed_under_a_digest() -> None:
    with pytest.raises(InputError, match="names a digest"):
        push_target(f"a.test/b@{DIGEST}")

    assert push_target("a.test/b").wanted == "latest"


def test_docker_hub_speaks_under_another_host_than_its_images_name() -> None:
    assert api_host("docker.io") == "registry-1.docker.io"
    assert api_host("a.test:5000") == "a.test:5000"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("LOCALHOST.:1", True),
        ("127.0.0.1:5000", True),
        ("127.9.9.9", True),
        ("[::1]:5000", True),
        ("localhost.evil.test", False),
        ("127.0.0.1.evil.test:5000", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_only_this_computer_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_google_registries_are_known_by_the_end_of_their_name() -> None:
    assert is_google("gcr.io")
    assert is_google("us-central1-docker.pkg.dev")
    assert not is_google("pkg.dev.evil.test")


def test_a_reference_is_a_value() -> None:
    assert parse_reference(f"a.test/b@{DIGEST}") == Reference(
        registry="a.test", repository="b", tag=None, digest=Digest(DIGEST)
    )
