"""`tfk8s logs` on the command line: what it prints, and that a reader's terminal is safe from what servers write."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fakes.cluster import FakeCluster
from tests.fakes.pod_logs import FakeKubelets, line
from tfk8s.app.logs_reader import LogItem
from tfk8s.app.service import ServiceName
from tfk8s.cli import logs, wiring
from tfk8s.cli.main import root
from tfk8s.errors import InputError
from tfk8s.manifest.ownership import CANARY

LOADED = "2026-01-01 00:00:00.000001: I a.cc:1] Successfully loaded servable version {name: resnet version: 1}"
FAILED = "2026-01-01 00:00:00.000002: E a.cc:2] Loading servable: {name: resnet version: 2} failed: INTERNAL"


@pytest.fixture
def kubelets(monkeypatch: pytest.MonkeyPatch) -> FakeKubelets:
    """Of the service resnet, which the command finds by its name."""
    cluster = FakeCluster()
    monkeypatch.setattr(
        wiring, "named_service", lambda _, *, name: (ServiceName(name=name, namespace="serving"), cluster)
    )
    return FakeKubelets(cluster)


def run(*arguments: str, color: bool = False, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(root, ["logs", "--name", "resnet", *arguments], color=color, env=env)


def test_each_line_has_its_pod_before_it_and_canaries_are_marked(kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line(LOADED, at_s=1))
    kubelets.start("resnet-canary-b", line(FAILED, at_s=2), component=CANARY)

    done = run()

    assert done.exit_code == 0, done.output
    assert done.stdout == f"resnet-a | {LOADED}\nresnet-canary-b (canary) | {FAILED}\n"


def test_on_a_terminal_pods_and_severities_have_colours_and_with_no_color_they_have_none(
    kubelets: FakeKubelets,
) -> None:
    kubelets.start("resnet-a", line(LOADED, at_s=1), line(FAILED, at_s=2))

    assert (
        run(color=True).stdout
        == f"\x1b[36mresnet-a |\x1b[0m {LOADED}\n\x1b[36mresnet-a |\x1b[0m \x1b[31m{FAILED}\x1b[0m\n"
    )
    assert "\x1b" not in run(color=True, env={"NO_COLOR": "1"}).stdout


def test_what_a_server_writes_cannot_control_a_terminal(kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line("\x1b[2J\ta\u202eb\r\x9b31m", at_s=1))

    assert run(color=True, env={"NO_COLOR": "1"}).stdout == "resnet-a | \\x1b[2J\ta\\u202eb\\r\\x9b31m\n"
    assert run("-o", "json").stdout.isascii()
    assert json.loads(run("-o", "json").stdout)["text"] == "\x1b[2J\ta\u202eb\r\x9b31m"


def test_options_lead_to_what_is_asked_and_told(kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a", line(LOADED, at_s=1), line(FAILED, at_s=2), line("  more", at_s=3))

    assert run("--level", "error").stdout.count("\n") == 2
    assert run("--model", "resnet", "--version", "1").stdout == f"resnet-a | {LOADED}\n"
    assert run("--grep", "INTERNAL$").stdout == f"resnet-a | {FAILED}\n"
    assert run("--tail", "1").stdout == "resnet-a |   more\n"
    kubelets.opened.clear()
    run()
    run("--since", "1h30m")
    run("--since", "5m", "--tail", "7")

    asked = [(query.tail_lines, query.since_s) for _, query in kubelets.opened]
    assert asked == [(100, None), (None, 5400), (7, 300)]


def test_what_happens_to_pods_goes_to_stderr(kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a")
    kubelets.show("resnet-a", state={"waiting": {"reason": "ImagePullBackOff"}})

    done = run("-o", "json")

    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "-- Pod/resnet-a has no log yet: ImagePullBackOff\n"


def test_a_pattern_that_is_none_is_refused(kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a")

    done = run("--grep", "(")

    assert done.exit_code == 2
    assert "'(' is no regular expression" in done.stderr


def test_a_container_that_is_not_there_is_an_input_error(kubelets: FakeKubelets) -> None:
    kubelets.start("resnet-a")

    assert run("--container", "x").exit_code == InputError.exit_code


def test_a_name_and_a_spec_are_not_given_together(tmp_path: Path) -> None:
    done = run("-f", str(tmp_path / "tfk8s.yaml"))

    assert done.exit_code == 2
    assert "give -f or --name" in done.stderr


def test_ctrl_c_ends_following_with_0_and_closes_what_was_open() -> None:
    closed = []

    def items() -> Generator[LogItem, None, None]:
        try:
            yield from _interrupted()
        finally:
            closed.append(True)

    assert logs._until_interrupted(items(), output="text") == 0
    assert closed == [True]


def _interrupted() -> Iterator[LogItem]:
    yield from ()
    raise KeyboardInterrupt
