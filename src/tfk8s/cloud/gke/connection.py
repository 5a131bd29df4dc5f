"""Puts the provider together for this computer: its login, found once, and the API where the environment says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tfk8s.clock import Clock
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.client import GKE, connected
from tfk8s.cloud.gke.login import GoogleLogin
from tfk8s.cloud.gke.provider import GkeProvider
from tfk8s.spec import GkeCluster


def gke_provider(
    cluster: GkeCluster,
    *,
    clock: Clock,
    state: Path,
    find_login: Callable[[], GoogleLogin],
    environ: Mapping[str, str] = os.environ,
) -> GkeProvider:
    """The provider for a cluster's project and location; nothing is asked yet, and no login looked for.

    Args:
        cluster: whose project and location.
        clock: for waiting.
        state: folder for what must be remembered.
        find_login: asked when a login is needed; a server on this computer needs none for GKE's API.
        environ: may name another endpoint.

    Raises:
        PreconditionError: the environment names an endpoint that is none.
    """
    endpoint = GKE.endpoint(environ)

    def check_login() -> None:
        if not endpoint.is_plain:
            find_login().token()

    api = GkeApi(
        lambda: connected(endpoint, credentials=lambda: find_login().credentials),
        check_login=check_login,
        clock=clock,
    )
    return GkeProvider(
        api,
        project=cluster.project,
        location=cluster.location,
        clock=clock,
        state=state,
        token=lambda: find_login().token(),
    )
