"""What `tfk8s status` says of the way in."""

from __future__ import annotations

from tfk8s.app.front import Front
from tfk8s.cli.status import front_lines
from tfk8s.manifest import ObjectRef

GATEWAY = ObjectRef(api_version="gateway.networking.k8s.io/v1", kind="Gateway", namespace="serving", name="resnet")


def front(*, addresses: tuple[str, ...], hosts: tuple[str, ...] = (), missing: tuple[str, ...] = ()) -> Front:
    return Front(
        ref=GATEWAY, transport="rest", scheme="https", port=443, hosts=hosts, addresses=addresses, missing=missing
    )


def test_each_name_is_a_url_beside_the_address_that_it_must_lead_to() -> None:
    found = list(front_lines(front(addresses=("203.0.113.7",), hosts=("a.example.com", "*.example.org"))))

    assert found == ["rest: https://a.example.com (Gateway/resnet at 203.0.113.7)"]


def test_an_address_without_a_name_is_its_own_url() -> None:
    assert list(front_lines(front(addresses=("2001:db8::7",)))) == ["rest: https://[2001:db8::7] (Gateway/resnet)"]


def test_what_keeps_clients_out_is_said_below() -> None:
    found = list(front_lines(front(addresses=(), missing=("Gateway/resnet: no controller has taken it yet",))))

    assert found == ["rest: no address yet (Gateway/resnet)", "  Gateway/resnet: no controller has taken it yet"]
