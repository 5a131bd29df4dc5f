from __future__ import annotations

import json
from pathlib import Path

from tests.testbed import control_plane
from tests.testbed.layout import Layout


def test_everything_listens_on_loopback_alone() -> None:
    flags = control_plane.api_server_flags(etcd="http://127.0.0.1:1", port=2, folder=Path("/f"), service_accounts=True)

    assert "--bind-address=127.0.0.1" in flags
    assert "--secure-port=2" in flags
    assert "--authorization-mode=RBAC" in flags


def test_pods_need_a_service_account_only_where_a_controller_makes_it() -> None:
    def flags(*, service_accounts: bool) -> tuple[str, ...]:
        return control_plane.api_server_flags(etcd="e", port=1, folder=Path("/f"), service_accounts=service_accounts)

    off = "--disable-admission-plugins=ServiceAccount"
    assert off in flags(service_accounts=False)
    assert off not in flags(service_accounts=True)


def test_only_the_named_controllers_run() -> None:
    flags = control_plane.controller_flags(("a", "b"), folder=Path("/f"))

    assert "--controllers=a,b" in flags


def test_the_kubeconfig_trusts_the_servers_own_certificate() -> None:
    text = control_plane.kubeconfig(server="https://127.0.0.1:1", token="t", authority=Path("/f/ca"))  # noqa: S106

    parsed = json.loads(text)
    assert parsed["current-context"] == control_plane.CONTEXT
    assert parsed["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:1", "certificate-authority": "/f/ca"}


def test_the_folder_of_a_dead_owner_is_swept_away(tmp_path: Path) -> None:
    where = Layout(cache=tmp_path)
    left = where.control_planes / "1.34.4-left"
    left.mkdir(parents=True)
    (left / "owner").write_text("1 0")  # process 1 lives, but it was not started at tick 0

    control_plane.sweep(where)

    assert not left.exists()


def test_the_folder_of_a_living_owner_stays(tmp_path: Path) -> None:
    where = Layout(cache=tmp_path)
    folder = control_plane.owned_folder("1.34.4", where=where)

    control_plane.sweep(where)

    assert (folder / "owner").exists()
