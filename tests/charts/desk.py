"""An operator's place of work: helm of one line, with folders of its own, and a namespace of a cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.testbed import gitops, versions
from tests.testbed.fixtures import Cluster
from tests.testbed.gitops import Line

RELEASED = "deploy,svc,cm,sa,pdb,hpa,netpol"
"""Kinds of what a release makes."""
_OF_EVERY_NAMESPACE = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"}


@dataclass(frozen=True, kw_only=True)
class HelmDesk:
    """What an operator has.

    Attributes:
        line: which helm.
        folder: of this desk alone; helm's own folders and the values lie there.
        cluster: where releases go; None for what needs no cluster.
        namespace: of the releases.
    """

    line: Line
    folder: Path
    cluster: Cluster | None = None
    namespace: str = "default"

    def helm(self, *arguments: str | Path, timeout_s: float = 300.0) -> str:
        """Run helm and return what it prints.

        Raises:
            SetupError: it failed; with its message.
        """
        return gitops.helm(*arguments, line=self.line, env=self._environment, timeout_s=timeout_s)

    def values(self, values: Mapping[str, Any]) -> Path:
        """Write a values file, as JSON, which is YAML."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "values.yaml"
        file.write_text(json.dumps(values))
        return file

    def template(self, chart: str | Path, *arguments: str, release: str = "half") -> str:
        """The manifests that would be installed."""
        where = ("--namespace", self.namespace, "--kube-version", versions.KUBERNETES_NODE)
        return self.helm("template", release, chart, *where, *arguments)

    def install(self, chart: str | Path, *arguments: str | Path, release: str = "half") -> str:
        """Install a release."""
        return self.helm("install", release, chart, "--namespace", self.namespace, *arguments)

    def upgrade(self, chart: str | Path, *arguments: str | Path, release: str = "half") -> str:
        """Upgrade a release."""
        return self.helm("upgrade", release, chart, "--namespace", self.namespace, *arguments)

    def rollback(self, revision: int, *arguments: str, release: str = "half") -> str:
        """Bring back an earlier revision of a release."""
        return self.helm("rollback", release, str(revision), "--namespace", self.namespace, *arguments)

    def test(self, *, release: str = "half") -> str:
        """Run the tests of a release; its log is in the message of a failure."""
        return self.helm("test", release, "--namespace", self.namespace, "--logs", "--timeout=240s")

    def uninstall(self, *, release: str = "half") -> str:
        """Remove a release, and wait until its objects are gone; pods may take longer."""
        return self.helm("uninstall", release, "--namespace", self.namespace, "--wait", "--timeout=240s")

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout_s: float = 60.0) -> str:
        """Run kubectl in the namespace."""
        assert self.cluster is not None
        return self.cluster.kubectl("--namespace", self.namespace, *arguments, stdin=stdin, timeout_s=timeout_s)

    def objects(self, kinds: str = f"{RELEASED},secret,replicaset,pod") -> dict[str, dict[str, Any]]:
        """What is live, with helm's own records and what controllers made, by `Kind/name`."""
        listed = json.loads(self.kubectl("get", kinds, "--output=json", "--show-managed-fields"))["items"]
        named = {f"{item['kind']}/{item['metadata']['name']}": item for item in listed}
        return {name: body for name, body in named.items() if name not in _OF_EVERY_NAMESPACE}

    def uids(self, kinds: str = RELEASED) -> dict[str, str]:
        """The identity of what is live of a release."""
        return {name: body["metadata"]["uid"] for name, body in self.objects(kinds).items()}

    @cached_property
    def _environment(self) -> Mapping[str, str]:
        places = {
            f"HELM_{part}_HOME": str(self.folder / f"helm-{part.lower()}") for part in ("CACHE", "CONFIG", "DATA")
        }
        target = {} if self.cluster is None else {"KUBECONFIG": str(self.cluster.kubeconfig)}
        return {"KUBECONFIG": str(self.folder / "none"), **places, **target}
