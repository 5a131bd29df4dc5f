"""Addresses of repositories: every usual way is taken, and no login gets further."""

from __future__ import annotations

import pytest

from tests.unit.spec import invalid
from tfk8s.errors import InputError
from tfk8s.spec import GitOpsSpec, load_spec


@pytest.mark.parametrize(
    ("repository", "url"),
    [
        ("https://git.example.com/team/deploy.git", "https://git.example.com/team/deploy.git"),
        ("https://git.example.com:8443/~me/a%20b", "https://git.example.com:8443/~me/a%20b"),
        ("ssh://git@git.example.com:2222/team/deploy", "ssh://git@git.example.com:2222/team/deploy"),
        ("git@git.example.com:team/deploy.git", "ssh://git@git.example.com/team/deploy.git"),
    ],
)
def test_the_usual_addresses_are_taken_and_known_as_urls(repository: str, url: str) -> None:
    assert GitOpsSpec(repository=repository).url == url


def test_a_login_in_an_address_is_not_repeated_in_the_error() -> None:
    cases = [case for case in invalid.GITOPS if "s3cret" in case.text]

    for case in cases:
        with pytest.raises(InputError) as caught:
            load_spec(case.text, source="t.yaml")
        assert "s3cret" not in " ".join([str(caught.value), *caught.value.details])
    assert len(cases) > 3
