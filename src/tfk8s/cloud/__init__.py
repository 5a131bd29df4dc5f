"""Providers that make a cluster and an image store exist, by name; each is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tfk8s.clock import Clock
from tfk8s.ports import ClusterProvider, ImageStore

ProviderName: TypeAlias = Literal["kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a provider needs of this computer.

    Attributes:
        clock: for waiting.
        state: folder where the provider remembers what it began; made when it is needed.
        kubeconfig: file for the cluster's context, or None for the one that kubectl would take.
    """

    clock: Clock
    state: Path
    kubeconfig: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider's two halves; the store is that of one cluster."""

    clusters: ClusterProvider
    images: Callable[[str], ImageStore]


def _kind(surroundings: Surroundings) -> Provider:
    from tfk8s.cloud.kind.images import KindImageStore
    from tfk8s.cloud.kind.process import run
    from tfk8s.cloud.kind.provider import KindProvider

    return Provider(
        clusters=KindProvider(
            run, clock=surroundings.clock, state=surroundings.state, kubeconfig=surroundings.kubeconfig
        ),
        images=lambda cluster: KindImageStore(run, cluster=cluster),
    )


PROVIDERS: dict[ProviderName, Callable[[Surroundings], Provider]] = {"kind": _kind}
