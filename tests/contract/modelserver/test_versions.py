"""Versions that come, go and fail while the server runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer, get, states
from tests.contract.modelserver.watched import Versions, model_config, model_entry
from tests.modelserver import running
from tests.modelserver.running import eventually, stays

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer
    from tests.modelserver.running import Launcher, Server

pytestmark = pytest.mark.contract

SOON_S = 60.0
SEVERAL_POLLS_S = 2.5

# Models of the server that most tests share: the version policy, and the versions there from the start.
SCENARIOS: dict[str, tuple[str, dict[int, str]]] = {
    "newer": ("", {1: "1"}),
    "lower": ("", {2: "2"}),
    "fails": ("", {1: "1"}),
    "fails_then_comes_back": ("", {1: "1"}),
    "newest_goes": ("", {1: "1", 2: "2"}),
    "all_go": ("", {1: "1"}),
    "names": ("", {1: "00000123"}),
    "policy_all": ("all {}", {1: "1", 2: "2", 3: "3"}),
    "policy_latest": ("latest { num_versions: 2 }", {1: "1", 2: "2", 3: "3"}),
    "policy_specific": ("specific { versions: 1 versions: 2 versions: 9 }", {1: "1", 2: "2", 3: "3"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """A server that watches the directory of each scenario."""

    server: Server
    directories: dict[str, Versions]


@pytest.fixture(scope="module")
def watching(launcher: Launcher, made_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    folder = tmp_path_factory.mktemp("watched")
    directories = {}
    for name, (_, versions) in SCENARIOS.items():
        directories[name] = Versions(source=made_models / "half_plus", target=folder / name)
        for version, directory in versions.items():
            directories[name].add(version, name=directory)
    (folder / "names" / "v200").mkdir()
    (folder / "names" / "latest").mkdir()
    config = folder / "models.config"
    config.write_text(
        model_config(*(model_entry(name, folder / name, policy) for name, (policy, _) in SCENARIOS.items()))
    )
    flags = [f"--model_config_file={config}", "--max_num_load_retries=0", "--file_system_poll_wait_seconds=1"]
    server = running.start(launcher, flags, log=folder / "server.log", mounts=[made_models, folder])
    try:
        server.wait_until_open()
        yield Watching(server=server, directories=directories)
    finally:
        server.running.kill()


def test_the_newest_version_takes_over_and_the_old_one_ends(watching: Watching) -> None:
    server, versions = watching.server, watching.directories["newer"]

    versions.add(2)

    eventually(lambda: answer(server, "newer") == 4.0, timeout_s=SOON_S)
    eventually(lambda: states(server, "newer") == {2: "AVAILABLE", 1: "END"}, timeout_s=SOON_S)
    assert answer(server, "newer/versions/1") is None


def test_a_lower_version_that_is_added_does_nothing(watching: Watching) -> None:
    server, versions = watching.server, watching.directories["lower"]

    versions.add(1)

    assert stays(lambda: states(server, "lower") == {2: "AVAILABLE"}, for_s=SEVERAL_POLLS_S)


def test_a_version_that_fails_leaves_the_old_one_serving_and_is_not_tried_again(watching: Watching) -> None:
    server, versions = watching.server, watching.directories["fails"]

    versions.add_broken(2)

    eventually(lambda: states(server, "fails").get(2) == "END", timeout_s=SOON_S)
    failed = get(server, "fails/versions/2").json()["model_version_status"][0]["status"]
    assert failed["error_code"] != "OK"
    assert failed["error_message"]
    attempts = server.running.output().count("{name: fails version: 2} failed")
    assert stays(lambda: answer(server, "fails") == 3.0, for_s=SEVERAL_POLLS_S)
    assert server.running.output().count("{name: fails version: 2} failed") == attempts == 1


def test_a_failed_version_that_goes_and_comes_back_is_tried_again(watching: Watching) -> None:
    server, versions = watching.server, watching.directories["fails_then_comes_back"]

    versions.add_broken(2)
    eventually(lambda: states(server, "fails_then_comes_back").get(2) == "END", timeout_s=SOON_S)

    versions.remove(2)
    eventually(lambda: stays(lambda: answer(server, "fails_then_comes_back") == 3.0, for_s=1.5), timeout_s=SOON_S)
    versions.add(2)

    eventually(lambda: answer(server, "fails_then_comes_back") == 4.0, timeout_s=SOON_S)


def test_when_the_newest_version_is_taken_away_the_one_below_serves_again(watching: Watching) -> None:
    server, versions = watching.server, watching.directories["newest_goes"]

    assert states(server, "newest_goes") == {2: "AVAILABLE"}

    versions.remove(2)

    eventually(lambda: answer(server, "newest_goes") == 3.0, timeout_s=SOON_S)


def test_when_all_versions_vanish_everything_is_unloaded_and_the_port_stays_open(watching: Watching) -> None:
    server, versions = watching.server, watching.directories["all_go"]

    versions.remove(1)

    eventually(lambda: states(server, "all_go") == {1: "END"}, timeout_s=SOON_S)
    assert get(server, "all_go").status_code == 200
    assert get(server, "all_go/metadata").status_code == 404
    assert answer(server, "all_go") is None


def test_a_base_path_that_vanishes_keeps_what_is_loaded(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    server = start_server("--model_name=m", f"--model_base_path={versions.path}")

    versions.path.rename(versions.path.with_name("elsewhere"))

    eventually(lambda: "Could not find base path" in server.running.output(), timeout_s=SOON_S)
    assert stays(lambda: answer(server, "m") == 3.0, for_s=SEVERAL_POLLS_S)


def test_names_that_are_no_number_are_ignored_and_a_padded_one_is_that_number(watching: Watching) -> None:
    server = watching.server

    assert states(server, "names") == {123: "AVAILABLE"}
    assert answer(server, "names/versions/123") == 3.0


def test_the_policy_all_serves_every_version(watching: Watching) -> None:
    server = watching.server

    eventually(lambda: set(states(server, "policy_all").values()) == {"AVAILABLE"}, timeout_s=SOON_S)
    assert [answer(server, f"policy_all/versions/{version}") for version in (1, 2, 3)] == [3.0, 4.0, 5.0]
    assert answer(server, "policy_all") == 5.0


def test_the_policy_latest_with_a_number_serves_that_many(watching: Watching) -> None:
    server = watching.server

    eventually(lambda: states(server, "policy_latest") == {2: "AVAILABLE", 3: "AVAILABLE"}, timeout_s=SOON_S)


def test_the_policy_specific_serves_no_other_version(watching: Watching) -> None:
    server = watching.server

    eventually(lambda: states(server, "policy_specific") == {1: "AVAILABLE", 2: "AVAILABLE"}, timeout_s=SOON_S)
    assert answer(server, "policy_specific") == 4.0
    assert answer(server, "policy_specific/versions/3") is None
    assert "Version 9 of servable policy_specific, which was requested" in server.running.output()


def test_poll_wait_zero_looks_once(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    flags = ("--model_name=m", f"--model_base_path={versions.path}")
    server = start_server(*flags, "--file_system_poll_wait_seconds=0")

    versions.add(2)

    assert stays(lambda: states(server, "m") == {1: "AVAILABLE"}, for_s=SEVERAL_POLLS_S)


def test_one_missing_base_path_hides_new_versions_of_every_model(
    start_server: StartServer, versions: Versions, made_models: Path
) -> None:
    versions.add(1)
    other = versions.path.parent / "other"
    other.symlink_to(made_models / "constant_only")
    config = versions.path.parent / "models.config"
    config.write_text(model_config(model_entry("a", other), model_entry("m", versions.path)))
    server = start_server(f"--model_config_file={config}")

    other.unlink()
    eventually(lambda: "Could not find base path" in server.running.output(), timeout_s=SOON_S)
    versions.add(2)

    assert stays(lambda: answer(server, "m") == 3.0, for_s=SEVERAL_POLLS_S)
    assert answer(server, "a") == 3.0
