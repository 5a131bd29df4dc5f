"""Docker's credential helpers are programs: what they are told, what they may answer, and that they cannot hang us."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path

import pytest

from tests.contract.registry.programs import child_of, put, wait_for_the_end_of
from tfk8s.errors import PreconditionError
from tfk8s.image.credential_helper import run_helper
from tfk8s.image.docker_config import DockerConfigLogins

pytestmark = pytest.mark.contract

SECRET = "hunter2"  # noqa: S105  it opens nothing


def _helper(programs: Path, script: str) -> None:
    put(programs, "docker-credential-test", script)


def test_the_host_is_said_on_standard_input_and_the_login_comes_from_standard_output(programs: Path) -> None:
    answer = json.dumps({"ServerURL": "a.test", "Username": "u", "Secret": SECRET})
    _helper(programs, f"echo \"$# $1 $(cat)\" > {programs}/asked; echo '{answer}'")

    found = run_helper("test", "a.test:5000")

    assert found is not None
    assert (found.username, found.secret) == ("u", SECRET)
    assert (programs / "asked").read_text() == "1 get a.test:5000\n"


def test_a_helper_of_dockers_configuration_gives_the_login(programs: Path, tmp_path: Path) -> None:
    _helper(programs, f'echo \'{{"Username": "<token>", "Secret": "{SECRET}"}}\'')
    (tmp_path / "config.json").write_text('{"credsStore": "test"}')

    found = DockerConfigLogins(tmp_path / "config.json").login("a.test")

    assert found is not None
    assert found.identity_token == SECRET


def test_a_helper_without_a_login_is_no_error(programs: Path) -> None:
    _helper(programs, "echo 'credentials not found in native keychain'; exit 1")

    assert run_helper("test", "a.test") is None


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (f"echo {SECRET} >&2; exit 3", "it ended with code 3"),
        (f"echo {SECRET}", "it did not answer with a user name and a secret"),
        (f"echo '[\"{SECRET}\"]'", "it did not answer with a user name and a secret"),
        ('echo \'{"Username": "u", "Secret": ""}\'', "it did not answer with a user name and a secret"),
        ("exit 0", "it did not answer with a user name and a secret"),
    ],
)
def test_a_helper_that_fails_is_named_and_not_quoted(programs: Path, script: str, words: str) -> None:
    _helper(programs, script)

    with pytest.raises(PreconditionError) as caught:
        run_helper("test", "a.test")

    assert caught.value.message == f"the credential helper docker-credential-test gives no login for a.test: {words}"
    assert caught.value.hint
    assert SECRET not in f"{caught.value.hint} {caught.value.details} {caught.value.__context__!r}"


@pytest.mark.parametrize("name", ["not-there", "../../bin/sh", "/bin/sh"])
def test_a_helper_that_is_not_on_the_path_is_not_run(programs: Path, name: str) -> None:
    with pytest.raises(PreconditionError, match="it is not on the PATH"):
        run_helper(name, "a.test")


def test_a_helper_that_hangs_is_ended_with_all_that_it_started(programs: Path) -> None:
    child = child_of(programs)
    _helper(programs, f"{shlex.join(child)} & echo {SECRET}; wait")
    started = time.monotonic()

    with pytest.raises(PreconditionError, match="it did not answer within 1 s") as caught:
        run_helper("test", "a.test", timeout_s=1.0)

    assert time.monotonic() - started < 20
    assert SECRET not in repr(caught.value.__context__)
    wait_for_the_end_of(child)
