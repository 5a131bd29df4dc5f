"""Gives the running servers of a service another configuration, pod by pod, without replacing one.

The ConfigMap is written first, so that pods that join start right; then each running server is told over gRPC, because
it reads its file only once, and watched until it serves what it was told.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.carry_out import World
from tfk8s.app.service import ServiceName
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.ports import ModelServers


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How long to wait for all pods, and how long a server may take to look for new versions.

    Attributes:
        timeout_s: seconds for the whole change.
        poll_s: the server's `file_system_poll_wait_seconds`: it starts to load a version only then.
    """

    timeout_s: float = 900.0
    poll_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChanged:
    """What was done: the pods that serve the target, and whether anything was written at all."""

    pods: tuple[str, ...]
    is_changed: bool


def change_live(
    target: ServerConfig, *, name: ServiceName, world: World, servers: ModelServers, options: LiveOptions
) -> LiveChanged:
    """Move every running server to `target`, with the stages between that lose nothing; resumes what was begun.

    Versions are loaded before a label moves, labels move before a version is unloaded. The models of the target are
    those of the live configuration, with the same base paths.

    Raises:
        PreconditionError: the ConfigMap is not ours to write, or its models are others.
        ClusterRejectedError: somebody else changed it meanwhile.
        RolloutFailedError: a server could not load a version; the configuration is what it was, the labels too.
        WaitTimeoutError: time is up and nothing has failed.
    """
    raise NotImplementedError
