"""One run of the provider as a process of its own, which a test may kill at any moment.

Processes are forked from one that has loaded Google's client and nothing else: to load it takes longer than a run.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from google.auth.credentials import AnonymousCredentials

from tests.contract.gke.clusters import LOCATION, NAME, PROJECT, cluster
from tests.contract.gke.works import GPU
from tests.fakes.clock import FakeClock
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.client import GKE, connected
from tfk8s.cloud.gke.provider import GkeProvider
from tfk8s.ports import ClusterRequest, SilentReporter

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["__main__", __name__])


def start(work: str, event: str = "", *, environment: Mapping[str, str], state: Path) -> ForkServerProcess:
    """Start a run.

    Args:
        work: ensure, delete or add-pool.
        event: Of Python's audit hooks (os.rename, os.remove ...): the process kills itself when it comes and is about
            a file of the state folder.
        environment: In which the run finds its server.
        state: Folder of the provider.
    """
    child = _FORKS.Process(target=_run, args=(work, event, dict(environment), state), daemon=True)
    child.start()
    return child


class HurriedClock(FakeClock):
    """Lets other processes have their turn, and no more."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        time.sleep(0.001)


def _run(work: str, event: str, environment: Mapping[str, str], state: Path) -> None:
    os.environ.update(environment)
    if event:
        _die_at(event, state)
    client = connected(GKE.endpoint(os.environ), credentials=AnonymousCredentials)
    clock = HurriedClock()
    api = GkeApi(lambda: client, check_login=str, clock=clock)
    provider = GkeProvider(api, project=PROJECT, location=LOCATION, clock=clock, state=state, token=str)
    request = ClusterRequest(cluster=cluster(nodePools=[GPU]) if work == "add-pool" else cluster())
    match work:
        case "ensure":
            provider.ensure(request, reporter=SilentReporter())
        case "delete":
            provider.delete(NAME)
        case _:
            provider.add_pool(request, pool="gpu-pool", reporter=SilentReporter())


def _die_at(event: str, state: Path) -> None:
    def hook(name: str, arguments: tuple[object, ...]) -> None:
        if name == event and arguments and str(arguments[0]).startswith(str(state)):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
