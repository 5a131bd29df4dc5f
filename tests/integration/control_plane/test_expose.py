"""What `expose` needs from a cluster is asked before anything is written."""

from __future__ import annotations

import pytest

from tests.integration.control_plane.conftest import Desk

pytestmark = pytest.mark.control_plane


def test_a_gateway_where_the_gateway_api_is_absent_is_a_missing_precondition(desk: Desk) -> None:
    desk.write_spec(expose="{type: Gateway, host: resnet.example.com, gateway: {className: eg}}")

    refused = desk.run("apply", "--no-wait")

    assert refused.exit_code == 4, refused.output
    assert "Gateway" in refused.output
    assert "Traceback" not in refused.output
    assert desk.objects() == {}
