"""Version labels, and configurations that change while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from tests.contract.modelserver.asking import answer, get, post, states
from tests.contract.modelserver.watched import model_config, model_entry
from tests.modelserver.running import eventually, stays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions
    from tests.modelserver.calls import Calls
    from tests.modelserver.running import Server

pytestmark = pytest.mark.contract

SOON_S = 60.0
ALLOW = "--allow_version_labels_for_unavailable_models=true"
NOT_AVAILABLE = "which is not currently available for inference"


def _write(versions: Versions, serve: tuple[int, ...], labels: Mapping[str, int]) -> str:
    config = versions.path.parent / "models.config"
    partial = config.with_suffix(".partial")
    specific = " ".join(f"versions: {version}" for version in serve)
    partial.write_text(model_config(model_entry("m", versions.path, f"specific {{ {specific} }}", labels)))
    partial.replace(config)
    return f"--model_config_file={config}"


def _reload_request(versions: Versions, serve: tuple[int, ...], labels: dict[str, int]) -> dict[str, Any]:
    entry = {
        "name": "m",
        "base_path": str(versions.path),
        "model_platform": "tensorflow",
        "model_version_policy": {"specific": {"versions": list(serve)}},
        "version_labels": labels,
    }
    return {"config": {"model_config_list": {"config": [entry]}}}


def _labelled(start_server: StartServer, versions: Versions) -> Server:
    for version in (1, 2):
        versions.add(version)
    flag = _write(versions, (1,), {"stable": 1})
    return start_server(flag, ALLOW, "--model_config_file_poll_wait_seconds=1")


def test_labels_in_the_first_configuration_need_the_flag_that_allows_them(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)

    server = start_server(_write(versions, (1,), {"stable": 1}), is_open=False)

    assert server.wait_for_exit() == 255
    assert NOT_AVAILABLE in server.running.output()


def test_moving_a_label_together_with_adding_its_version_fails_at_every_poll(
    start_server: StartServer, versions: Versions
) -> None:
    server = _labelled(start_server, versions)

    _write(versions, (1, 2), {"stable": 2})

    eventually(lambda: server.running.output().count(NOT_AVAILABLE) >= 2, timeout_s=SOON_S)
    assert stays(lambda: states(server, "m") == {1: "AVAILABLE"}, for_s=1.5)
    assert answer(server, "m/labels/stable") == 3.0


def test_a_label_moves_once_its_version_is_available_and_then_the_old_one_can_go(
    start_server: StartServer, versions: Versions
) -> None:
    server = _labelled(start_server, versions)

    _write(versions, (1, 2), {"stable": 1})
    eventually(lambda: states(server, "m") == {1: "AVAILABLE", 2: "AVAILABLE"}, timeout_s=SOON_S)
    assert answer(server, "m/labels/stable") == 3.0
    _write(versions, (1, 2), {"stable": 2})
    eventually(lambda: answer(server, "m/labels/stable") == 4.0, timeout_s=SOON_S)
    _write(versions, (2,), {"stable": 2})

    eventually(lambda: states(server, "m") == {1: "END", 2: "AVAILABLE"}, timeout_s=SOON_S)
    assert NOT_AVAILABLE not in server.running.output()


def test_with_the_flag_a_new_label_may_come_together_with_its_version(
    start_server: StartServer, versions: Versions
) -> None:
    server = _labelled(start_server, versions)

    _write(versions, (1, 2), {"stable": 1, "canary": 2})

    eventually(lambda: answer(server, "m/labels/canary") == 4.0, timeout_s=SOON_S)
    assert NOT_AVAILABLE not in server.running.output()


def test_an_unreadable_config_file_changes_nothing(start_server: StartServer, versions: Versions) -> None:
    server = _labelled(start_server, versions)

    (versions.path.parent / "models.config").write_text("model_config_list {")

    eventually(lambda: "Failed to read ModelServerConfig file" in server.running.output(), timeout_s=SOON_S)
    assert answer(server, "m/labels/stable") == 3.0


def test_a_model_that_the_new_configuration_omits_is_unloaded(start_server: StartServer, versions: Versions) -> None:
    server = _labelled(start_server, versions)
    file = versions.path.parent / "models.config"

    file.write_text(file.read_text().replace('name: "m"', 'name: "n"'))

    eventually(lambda: states(server, "m") == {1: "END"}, timeout_s=SOON_S)
    eventually(lambda: answer(server, "n") == 3.0, timeout_s=SOON_S)


def test_a_reload_request_replaces_the_configuration(
    start_server: StartServer, versions: Versions, call: Calls
) -> None:
    for version in (1, 2):
        versions.add(version)
    server = start_server(_write(versions, (1,), {}))

    call(server.target, "HandleReloadConfigRequest", _reload_request(versions, (1, 2), {}))
    eventually(lambda: states(server, "m") == {1: "AVAILABLE", 2: "AVAILABLE"}, timeout_s=SOON_S)
    call(server.target, "HandleReloadConfigRequest", _reload_request(versions, (1, 2), {"stable": 1}))

    assert answer(server, "m/labels/stable") == 3.0


def test_a_reload_request_whose_label_points_to_an_unloaded_version_is_refused(
    start_server: StartServer, versions: Versions, call: Calls
) -> None:
    for version in (1, 2):
        versions.add(version)
    server = start_server(_write(versions, (1,), {}))

    with pytest.raises(grpc.RpcError) as refused:
        call(server.target, "HandleReloadConfigRequest", _reload_request(versions, (1, 2), {"canary": 2}))

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert NOT_AVAILABLE in (refused.value.details() or "")


def test_a_reload_request_hangs_when_the_file_system_is_polled_no_more(
    start_server: StartServer, versions: Versions, call: Calls
) -> None:
    versions.add(1)
    server = start_server(_write(versions, (1,), {}), "--file_system_poll_wait_seconds=0")
    request = _reload_request(versions, (1,), {})
    request["config"]["model_config_list"]["config"][0]["name"] = "new"

    with pytest.raises(grpc.RpcError) as given_up:
        call(server.target, "HandleReloadConfigRequest", request, timeout_s=1.5)

    assert given_up.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_an_unknown_label_is_a_bad_request(server: Server) -> None:
    for response in (
        get(server, "half_plus/labels/nope/metadata"),
        post(server, "half_plus/labels/nope:predict", {"instances": [1.0]}),
    ):
        assert response.status_code == 400
        assert response.json()["error"] == "Unrecognized servable version label: nope"


def test_a_label_answers_with_its_version(server: Server) -> None:
    assert answer(server, "half_plus/labels/stable") == 3.0
    assert answer(server, "half_plus/labels/canary") == 4.0
