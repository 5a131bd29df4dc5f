"""The commands as a user runs them, against a real API server without nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.testbed.fixtures import Cluster as Testbed
from tfk8s.cli.main import root
from tfk8s.cluster import connect
from tfk8s.ports import Cluster

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: {namespace}
model: {{source: "gs://models/resnet"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 100m, memory: 1Gi}}
scaling: {scaling}
"""
FIXED = "{replicas: 2}"
SCALED = "{min: 1, max: 5, metrics: [{cpu: 60}]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A user's place of work: a folder with a spec, a cluster, and the command."""

    testbed: Testbed
    namespace: str
    folder: Path

    @property
    def cluster(self) -> Cluster:
        return connect(kubeconfig=self.testbed.kubeconfig)

    def write_spec(self, *, scaling: str = FIXED, **more: str) -> Path:
        """Write the spec; `more` are further lines by key."""
        text = SPEC.format(namespace=self.namespace, scaling=scaling)
        file = self.folder / "tfk8s.yaml"
        file.write_text(text + "".join(f"{key}: {value}\n" for key, value in more.items()))
        return file

    def run(self, *arguments: str | Path, kubeconfig: Path | None = None, stdin: str = "") -> Result:
        """Run `tfk8s` in this process, on the cluster and the spec, or what `--against` names in its place."""
        verb, *rest = (str(argument) for argument in arguments)
        spec = [] if "--against" in rest else ["-f", str(self.folder / "tfk8s.yaml")]
        where = [*spec, "--kubeconfig", str(kubeconfig or self.testbed.kubeconfig)]
        return CliRunner().invoke(root, [verb, *where, *rest], input=stdin)

    def apply(self, *arguments: str) -> Result:
        """Apply without waiting, because nothing runs here; it must succeed."""
        result = self.run("apply", "--no-wait", *arguments)
        assert result.exit_code == 0, result.output
        return result

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.testbed.kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def objects(self, kinds: str = "deploy,svc,cm,sa,pdb,hpa,netpol") -> dict[str, dict[str, Any]]:
        """What is live, by `Kind/name`, without what every namespace has."""
        listed = json.loads(self.kubectl("get", kinds, "-o", "json", "--show-managed-fields"))["items"]
        named = {f"{item['kind']}/{item['metadata']['name']}": item for item in listed}
        return {name: body for name, body in named.items() if name not in _BUILT_IN}


_BUILT_IN = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"}


@pytest.fixture
def desk(control_plane: Testbed, cp_namespace: str, tmp_path: Path) -> Desk:
    return Desk(testbed=control_plane, namespace=cp_namespace, folder=tmp_path)


@pytest.fixture
def staffed_desk(control_plane_with_controllers: Testbed, cp_controllers_namespace: str, tmp_path: Path) -> Desk:
    """The same where controllers work: Deployments get pods, which stay Pending."""
    return Desk(testbed=control_plane_with_controllers, namespace=cp_controllers_namespace, folder=tmp_path)


@pytest.fixture
def kubeconfig(desk: Desk, tmp_path: Path) -> Callable[[Callable[[Any], None]], Path]:
    """Writes a changed copy of the kubeconfig, which is JSON."""

    def make(change: Callable[[Any], None]) -> Path:
        content = json.loads(desk.testbed.kubeconfig.read_text())
        change(content)
        file = tmp_path / "changed.kubeconfig"
        file.write_text(json.dumps(content))
        return file

    return make
