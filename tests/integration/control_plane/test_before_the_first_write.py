"""Each command that changes something says where, before it does."""

from __future__ import annotations

import pytest

from tests.integration.control_plane.conftest import Desk

pytestmark = pytest.mark.control_plane


def test_apply_and_delete_name_context_cluster_and_namespace_first(staffed_desk: Desk) -> None:
    """K28.2."""
    desk = staffed_desk
    desk.write_spec()
    place = f"context {desk.testbed.context} ({_server(desk)}), namespace {desk.namespace}"

    applied = desk.apply("--context", desk.testbed.context)
    refused = desk.run("delete", stdin="n\n")
    there = desk.objects()
    deleted = desk.run("delete", "--yes", "--timeout", "30")

    assert applied.stderr.index(place) < applied.stderr.index("create ")
    assert refused.exit_code != 0
    assert refused.stderr.index(place) < refused.stderr.index("delete ")
    assert "Deployment/resnet" in there
    assert deleted.exit_code == 0, deleted.output
    assert deleted.stderr.index(place) < deleted.stderr.index("delete ")
    assert desk.objects("deploy,svc,hpa,pdb") == {}


def _server(desk: Desk) -> str:
    return desk.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}").strip()
