"""One run of the provider as a process of its own, which a test may kill at any moment.

`python -m tests.contract.gke.driver ensure|delete|add-pool STATE [AUDIT_EVENT]`: with an event of Python's audit hooks
(os.rename, os.remove ...) the process kills itself when that event is about a file of the state folder.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from google.auth.credentials import AnonymousCredentials

from tests.contract.gke.clusters import LOCATION, NAME, PROJECT, cluster
from tests.contract.gke.works import GPU
from tests.fakes.clock import FakeClock
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.client import GKE, connected
from tfk8s.cloud.gke.provider import GkeProvider
from tfk8s.ports import ClusterRequest, SilentReporter


class HurriedClock(FakeClock):
    """Lets other processes have their turn, and no more."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        time.sleep(0.001)


def main(work: str, state: Path, event: str = "") -> None:
    if event:
        die_at(event, state)
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


def die_at(event: str, state: Path) -> None:
    def hook(name: str, arguments: tuple[object, ...]) -> None:
        if name == event and arguments and str(arguments[0]).startswith(str(state)):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
