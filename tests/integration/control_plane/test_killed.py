"""A run that is ended with SIGKILL at any moment is finished by the next one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import pytest

from tests.commandline import started
from tests.integration.control_plane.conftest import Desk

pytestmark = [pytest.mark.control_plane, pytest.mark.slow, pytest.mark.timeout(400)]

ROUNDS = 8
KILLED = 4
"""Rounds in which the run has to be alive when it is killed; on a busy machine some end before."""
AT_MOST = 40
FIRST = "{min: 1, max: 5, metrics: [{cpu: 60}]}"
SECOND = "{replicas: 3}"


def _command(desk: Desk) -> list[str]:
    return [
        *("apply", "--no-wait", "--progress", "json"),
        *("-f", str(desk.folder / "tfk8s.yaml"), "--kubeconfig", str(desk.testbed.kubeconfig)),
    ]


def _kill_after_events(desk: Desk, events: int, *, pause_s: float) -> bool:
    """Whether it was killed before its end: after so many lines of progress, and a moment more."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with started.start(_command(desk), environment=environment, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        seen = 0
        for line in child.stderr:
            seen += line.startswith("{")
            if seen >= events:
                break
        time.sleep(pause_s)
        child.send_signal(signal.SIGKILL)
        return child.wait(timeout=60) == -signal.SIGKILL


def test_killed_at_random_moments_the_next_run_finishes_the_job(desk: Desk) -> None:
    seed = int.from_bytes(os.urandom(2), "big")
    chance = random.Random(seed)  # noqa: S311 - moments to die at, not secrets
    killed = 0
    for round_ in range(AT_MOST):
        desk.write_spec(scaling=SECOND if round_ % 2 else FIRST)
        last = 10 if round_ == 0 else 6  # a later round has fewer objects to write
        killed += _kill_after_events(desk, chance.randint(3, last), pause_s=chance.random() * 0.02)

        finished = desk.run("apply", "--no-wait")

        assert finished.exit_code == 0, f"seed {seed}, round {round_}: {finished.output}"
        kinds = set(desk.objects())
        assert ("HorizontalPodAutoscaler/resnet" in kinds) is (round_ % 2 == 0), f"seed {seed}, round {round_}"
        assert {"Deployment/resnet", "Service/resnet", "ConfigMap/resnet-inventory"} <= kinds
        assert desk.run("diff", "--exit-code").exit_code == 0, f"seed {seed}, round {round_}"
        again = desk.apply()
        assert again.stdout.startswith("nothing changed")
        if round_ + 1 >= ROUNDS and killed >= KILLED:
            break
    assert killed >= KILLED, f"seed {seed}: only {killed} of {AT_MOST} runs were still alive when they were killed"
