"""Where the testbed keeps things: one cache folder, and one folder in /run for what dies with the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES: Final = Path(__file__).resolve().parent / "go"
PROJECT: Final = Path(__file__).resolve().parents[2]
METRICS_SERVER_MANIFEST: Final = PROJECT / "src/tfk8s/cloud/kind/metrics-server.yaml"
RUN: Final = Path("/run/tfk8s-testbed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The cache folder's parts. Everything below `work` may be deleted at any time."""

    cache: Path

    @property
    def binaries(self) -> Path:
        """Finished programs, in one folder for each module and version."""
        return self.cache / "bin"

    @property
    def path(self) -> Path:
        """Links to the programs a user calls: kind, kubectl, crictl."""
        return self.cache / "path"

    @property
    def roots(self) -> Path:
        """Root file systems as tar files."""
        return self.cache / "rootfs"

    @property
    def work(self) -> Path:
        """Half-made things."""
        return self.cache / "work"

    @property
    def go(self) -> Path:
        """Go's module and build caches; removed once every program is built."""
        return self.cache / "go"

    @property
    def patches(self) -> Path:
        """kubeadm's patches, mounted into the node."""
        return self.cache / "kubeadm-patches"

    @property
    def kind_files(self) -> Path:
        """Parts of kind's source tree that a node image is made from."""
        return self.cache / "kind-files"

    @property
    def published(self) -> Path:
        """Files that published packages hold beside their code, such as definitions of Kubernetes kinds."""
        return self.cache / "published"

    @property
    def kubeconfig(self) -> Path:
        """The cluster's kubeconfig; ~/.kube/config is never touched."""
        return self.cache / "kubeconfig"

    @property
    def kind_config(self) -> Path:
        """The configuration that the cluster is made from."""
        return self.cache / "kind.yaml"

    @property
    def made(self) -> Path:
        """The node containers of a cluster that was finished; it tells a whole cluster from a half-made one."""
        return self.cache / "made"

    @property
    def control_planes(self) -> Path:
        """State of the control planes that run now, one folder each."""
        return self.cache / "control-planes"

    def parts(self) -> tuple[Path, ...]:
        """Return what is there of all this; others may keep theirs in the same cache."""
        folders = (self.binaries, self.path, self.roots, self.work, self.kind_files, self.published, self.patches)
        return tuple(part for part in (*folders, self.kubeconfig, self.kind_config, self.made) if part.exists())


def layout(environ: Mapping[str, str] = os.environ) -> Layout:
    """Return the layout below TFK8S_TESTBED_CACHE, else below ~/.cache/tfk8s-testbed."""
    chosen = environ.get("TFK8S_TESTBED_CACHE")
    return Layout(cache=Path(chosen).resolve() if chosen else Path.home() / ".cache/tfk8s-testbed")
