"""Versions that come, go and fail while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer, get, states
from tests.modelserver.running import eventually, stays

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions
    from tests.modelserver.running import Server

pytestmark = pytest.mark.contract

SOON_S = 10.0
SEVERAL_POLLS_S = 2.5


def _watching(start_server: StartServer, versions: Versions, *flags: str) -> Server:
    return start_server(
        "--model_name=m",
        f"--model_base_path={versions.path}",
        "--max_num_load_retries=0",
        "--file_system_poll_wait_seconds=1",
        *flags,
    )


def _with_policy(start_server: StartServer, versions: Versions, policy: str) -> Server:
    config = versions.path.parent / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "m" base_path: "{versions.path}" model_platform: "tensorflow" '
        f"model_version_policy {{ {policy} }} }} }}"
    )
    return start_server(f"--model_config_file={config}", "--max_num_load_retries=0")


def test_the_newest_version_takes_over_and_the_old_one_ends(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    server = _watching(start_server, versions)

    versions.add(2)

    eventually(lambda: answer(server, "m") == 4.0, timeout_s=SOON_S)
    eventually(lambda: states(server, "m") == {2: "AVAILABLE", 1: "END"}, timeout_s=SOON_S)
    assert answer(server, "m/versions/1") is None


def test_a_lower_version_that_is_added_does_nothing(start_server: StartServer, versions: Versions) -> None:
    versions.add(2)
    server = _watching(start_server, versions)

    versions.add(1)

    assert stays(lambda: states(server, "m") == {2: "AVAILABLE"}, for_s=SEVERAL_POLLS_S)


def test_a_version_that_fails_leaves_the_old_one_serving_and_is_not_tried_again(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    server = _watching(start_server, versions)

    versions.add_broken(2)

    eventually(lambda: states(server, "m").get(2) == "END", timeout_s=SOON_S)
    failed = get(server, "m/versions/2").json()["model_version_status"][0]["status"]
    assert failed["error_code"] != "OK"
    assert failed["error_message"]
    attempts = server.running.output().count("version: 2} failed")
    assert stays(lambda: answer(server, "m") == 3.0, for_s=SEVERAL_POLLS_S)
    assert server.running.output().count("version: 2} failed") == attempts == 1


def test_a_failed_version_that_goes_and_comes_back_is_tried_again(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    server = _watching(start_server, versions)
    versions.add_broken(2)
    eventually(lambda: states(server, "m").get(2) == "END", timeout_s=SOON_S)

    versions.remove(2)
    eventually(lambda: stays(lambda: answer(server, "m") == 3.0, for_s=1.5), timeout_s=SOON_S)
    versions.add(2)

    eventually(lambda: answer(server, "m") == 4.0, timeout_s=SOON_S)


def test_when_the_newest_version_is_taken_away_the_one_below_serves_again(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    versions.add(2)
    server = _watching(start_server, versions)
    assert states(server, "m") == {2: "AVAILABLE"}

    versions.remove(2)

    eventually(lambda: answer(server, "m") == 3.0, timeout_s=SOON_S)


def test_when_all_versions_vanish_everything_is_unloaded_and_the_port_stays_open(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    server = _watching(start_server, versions)

    versions.remove(1)

    eventually(lambda: states(server, "m") == {1: "END"}, timeout_s=SOON_S)
    assert get(server, "m").status_code == 200
    assert get(server, "m/metadata").status_code == 404
    assert answer(server, "m") is None


def test_a_base_path_that_vanishes_keeps_what_is_loaded(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    server = _watching(start_server, versions)

    versions.path.rename(versions.path.with_name("elsewhere"))

    eventually(lambda: "Could not find base path" in server.running.output(), timeout_s=SOON_S)
    assert stays(lambda: answer(server, "m") == 3.0, for_s=SEVERAL_POLLS_S)


def test_names_that_are_no_number_are_ignored_and_a_padded_one_is_that_number(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1, name="00000123")
    (versions.path / "v200").mkdir()
    (versions.path / "latest").mkdir()

    server = _watching(start_server, versions)

    assert states(server, "m") == {123: "AVAILABLE"}
    assert answer(server, "m/versions/123") == 3.0


def test_the_policy_all_serves_every_version(start_server: StartServer, versions: Versions) -> None:
    for version in (1, 2, 3):
        versions.add(version)

    server = _with_policy(start_server, versions, "all {}")

    eventually(lambda: set(states(server, "m").values()) == {"AVAILABLE"}, timeout_s=SOON_S)
    assert [answer(server, f"m/versions/{version}") for version in (1, 2, 3)] == [3.0, 4.0, 5.0]
    assert answer(server, "m") == 5.0


def test_the_policy_latest_with_a_number_serves_that_many(start_server: StartServer, versions: Versions) -> None:
    for version in (1, 2, 3):
        versions.add(version)

    server = _with_policy(start_server, versions, "latest { num_versions: 2 }")

    eventually(lambda: states(server, "m") == {2: "AVAILABLE", 3: "AVAILABLE"}, timeout_s=SOON_S)


def test_the_policy_specific_serves_no_other_version(start_server: StartServer, versions: Versions) -> None:
    for version in (1, 2, 3):
        versions.add(version)

    server = _with_policy(start_server, versions, "specific { versions: 1 versions: 2 versions: 9 }")

    eventually(lambda: states(server, "m") == {1: "AVAILABLE", 2: "AVAILABLE"}, timeout_s=SOON_S)
    assert answer(server, "m") == 4.0
    assert answer(server, "m/versions/3") is None
    assert "Version 9 of servable m, which was requested" in server.running.output()


def test_poll_wait_zero_looks_once(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    server = _watching(start_server, versions, "--file_system_poll_wait_seconds=0")

    versions.add(2)

    assert stays(lambda: states(server, "m") == {1: "AVAILABLE"}, for_s=SEVERAL_POLLS_S)


def test_one_missing_base_path_hides_new_versions_of_every_model(
    start_server: StartServer, versions: Versions, made_models: Path
) -> None:
    versions.add(1)
    other = versions.path.parent / "other"
    other.symlink_to(made_models / "constant_only")
    config = versions.path.parent / "models.config"
    config.write_text(
        "model_config_list { "
        f'config {{ name: "a" base_path: "{other}" model_platform: "tensorflow" }} '
        f'config {{ name: "m" base_path: "{versions.path}" model_platform: "tensorflow" }} }}'
    )
    server = start_server(f"--model_config_file={config}")

    other.unlink()
    eventually(lambda: "Could not find base path" in server.running.output(), timeout_s=SOON_S)
    versions.add(2)

    assert stays(lambda: answer(server, "m") == 3.0, for_s=SEVERAL_POLLS_S)
    assert answer(server, "a") == 3.0
