"""What `kind` itself is asked to do.

kind makes the context of a new cluster the current one, and so it stays: whoever makes a cluster goes on with it. An
existing cluster's context is only added; the user's current context is put back then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.cloud.kind.config import KindRequest, cluster_config, create_command
from tfk8s.cloud.kind.kubectl import Kubectl
from tfk8s.cloud.kind.process import Completed

CREATE_TIMEOUT_S = 900.0
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """kind for one cluster, with the kubeconfig that kubectl has."""

    name: str
    kubectl: Kubectl

    def create(self, request: KindRequest, *, lock: int) -> None:
        """Make the cluster; kind inherits the lock, so that whoever comes later waits for it.

        Raises:
            CloudError: kind refused; with its own words.
        """
        made = self.kubectl.run(
            [*create_command(request), *self._kubeconfig()],
            timeout_s=CREATE_TIMEOUT_S,
            stdin=() if request.config else (cluster_config(request),),
            keep_open=(lock,),
        )
        if made.code != 0:
            hint = "the lines above are kind's own; `tfk8s up` begins anew once their cause is gone"
            raise made.failure(f"the kind cluster {self.name} could not be created", hint=hint)

    def delete(self) -> None:
        """Delete the containers and the kubeconfig's entry.

        Raises:
            CloudError: kind refused.
        """
        done = self._run("delete", "cluster")
        if done.code != 0:
            raise done.failure(f"the kind cluster {self.name} could not be deleted")

    def export_kubeconfig(self) -> None:
        """Write the cluster's context into the kubeconfig; others stay.

        Raises:
            CloudError: the control plane has no kubeconfig to give.
        """
        with self._same_context():
            done = self._run("export", "kubeconfig")
        if done.code != 0:
            raise done.failure(f"the kubeconfig of the kind cluster {self.name} could not be had")

    def _run(self, *verb: str) -> Completed:
        return self.kubectl.run(["kind", *verb, "--name", self.name, *self._kubeconfig()], timeout_s=_TIMEOUT_S)

    def _kubeconfig(self) -> list[str]:
        return ["--kubeconfig", str(self.kubectl.kubeconfig)] if self.kubectl.kubeconfig else []

    @contextlib.contextmanager
    def _same_context(self) -> Iterator[None]:
        before = self.kubectl.current_context()
        yield
        if before is not None and before != self.kubectl.context:
            self.kubectl.use(before)
