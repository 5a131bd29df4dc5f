"""`autoscale show` and `why` through the real command line: what the login needs, and what is said without the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.control_plane.conftest import SCALED, Desk
from tfk8s.cli.main import root

pytestmark = pytest.mark.control_plane

_LEAST = [
    {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"], "verbs": ["list"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
]


def grant(desk: Desk, rules: list[dict[str, list[str]]]) -> None:
    """Give the user without rights these, in the namespace."""
    api, meta = "rbac.authorization.k8s.io", {"name": "viewer", "namespace": desk.namespace}
    items = [
        {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": meta, "rules": rules},
        {
            "apiVersion": f"{api}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": "viewer"},
            "subjects": [{"kind": "User", "name": "nobody", "apiGroup": api}],
        },
    ]
    desk.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def asked(desk: Desk, command: str, *arguments: str, kubeconfig: Path | None = None) -> Result:
    where = ["-f", str(desk.folder / "tfk8s.yaml"), "--kubeconfig", str(kubeconfig or desk.testbed.kubeconfig)]
    return CliRunner().invoke(root, ["autoscale", command, *where, *arguments])


@pytest.mark.parametrize("command", ["show", "why"])
def test_the_rights_that_the_documentation_names_are_enough(desk: Desk, command: str) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    grant(desk, _LEAST)

    result = asked(desk, command, "-o", "json", kubeconfig=desk.testbed.nobody_kubeconfig)

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found.get("target") or found["autoscaler"]["target"]) == "Deployment/resnet"
    if command == "why":
        assert [each["code"] for each in found["troubles"]] == ["no-metrics-api"]
        assert "the login may not list events: earlier decisions are not told" in found["notes"]


@pytest.mark.parametrize("missing", range(len(_LEAST)))
def test_each_of_them_is_needed_and_named_where_it_is_missing(desk: Desk, missing: int) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    grant(desk, [rule for number, rule in enumerate(_LEAST) if number != missing])

    result = asked(desk, "why", kubeconfig=desk.testbed.nobody_kubeconfig)

    assert result.exit_code == 5, result.output
    assert _LEAST[missing]["resources"][0] in result.stderr
    assert _LEAST[missing]["verbs"][0] in result.stderr


def test_a_service_with_a_fixed_count_has_nothing_to_explain(desk: Desk) -> None:
    desk.write_spec()
    desk.apply()

    result = asked(desk, "why")

    assert result.exit_code == 4, result.output
    assert "nothing scales Deployment/resnet" in result.stderr
    assert "scaling.min" in result.stderr
