"""`tfk8s keys` as a user runs it: a key is seen once, and is otherwise in the Secret alone."""

from __future__ import annotations

import base64
import json
import stat
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration.control_plane.conftest import Desk
from tfk8s.cli.main import root

pytestmark = pytest.mark.control_plane

EXPOSE = "{type: Gateway, host: a.b, tls: {secretName: t}, gateway: {className: eg}, auth: {apiKeys: {}}}"
NO_TRACE = ("-v", "-v", "-v")
"""As much log as there is."""


def keys(desk: Desk, *arguments: str) -> Result:
    where = ("-f", str(desk.folder / "tfk8s.yaml"), "--kubeconfig", str(desk.testbed.kubeconfig))
    return CliRunner().invoke(root, [*NO_TRACE, "keys", *arguments, *where])


def secret(desk: Desk) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(desk.kubectl("get", "secret", "resnet-keys", "-o", "json"))
    return body


def entries(desk: Desk) -> dict[str, str]:
    return {name: base64.b64decode(value).decode() for name, value in secret(desk)["data"].items()}


def test_a_key_lives_in_the_secret_alone_beside_the_one_that_it_follows(desk: Desk) -> None:
    desk.write_spec(expose=EXPOSE)

    made = keys(desk, "create", "team-a")

    assert made.exit_code == 0, made.output
    first = made.stdout.strip()
    assert entries(desk) == {"team-a.1": first}
    assert first not in made.stderr
    file = desk.folder / "second.key"
    rotated = keys(desk, "rotate", "team-a", "--to", str(file), "-o", "json")
    second = file.read_text().strip()
    assert entries(desk) == {"team-a.1": first, "team-a.2": second}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(rotated.stdout)["made"]["name"] == "team-a"
    shown = keys(desk, "list")
    assert shown.stdout.splitlines()[0].split() == ["NAME", "NUMBER", "MADE", "FINGERPRINT"]
    revoked = keys(desk, "revoke", "team-a", "--old")
    assert entries(desk) == {"team-a.2": second}
    told = "".join(result.output for result in (rotated, shown, revoked))
    assert first not in told
    assert second not in told


def test_what_cannot_be_done_leaves_cluster_and_files_as_they_are(desk: Desk) -> None:
    desk.write_spec(expose=EXPOSE)
    keys(desk, "create", "team-a")
    version = secret(desk)["metadata"]["resourceVersion"]
    file = desk.folder / "a.key"
    file.write_text("mine")

    refused = [
        keys(desk, "create", "team-b", "--to", str(file)),
        keys(desk, "create", "team-b", "--to", str(desk.folder / "no" / "such" / "folder")),
        keys(desk, "create", "team-a"),
        keys(desk, "revoke", "nobody"),
    ]
    planned = [keys(desk, "rotate", "team-a", "--dry-run"), keys(desk, "revoke", "team-a", "--dry-run")]

    assert [result.exit_code for result in refused] == [3] * 4, [result.output for result in refused]
    assert [result.exit_code for result in planned] == [0, 0]
    assert "team-a.2 would be made" in planned[0].stdout
    assert "no key is left: nobody gets in" in planned[1].stdout
    assert file.read_text() == "mine"
    assert secret(desk)["metadata"]["resourceVersion"] == version
