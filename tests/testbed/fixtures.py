"""pytest fixtures: one cluster a session, control planes in two versions, a fresh namespace a test.

Nothing here skips. A cluster that cannot be brought up fails the test with the reason; where control planes cannot be
built, the tests that ask for one run on the kind cluster.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final, cast

import pytest

from tests.testbed import clients, control_plane, gobuild, kindconfig, versions, way
from tests.testbed.cluster import Testbed, context_is_ours
from tests.testbed.gomodules import control_plane_modules
from tests.testbed.layout import layout
from tests.testbed.process import SHORT_LIVED, exclusive, run
from tests.testbed.progress import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

RUN_LABEL: Final = "testbed.tfk8s.dev/run"
_ON_KIND: Final = "kind"
_EVIDENCE_TIMEOUT_S = 15.0
_ACCOUNT_S: Final = 100.0
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A Kubernetes that tests may use and fill.

    Attributes:
        kubeconfig: Its own kubeconfig, with one context.
        context: That context's name.
        version: The Kubernetes release of its API server.
        kubectl_path: The kubectl to use.
        nodes: Names of the node containers; empty for a control plane alone.
        host_ports: Ports of 127.0.0.1 that lead to the NodePorts of the same number.
        busybox_image: An image with a shell and busybox's programs that the nodes can run; empty without nodes.
        nobody_kubeconfig: A kubeconfig of a user without any right; only a control plane alone has one.
        audit_log: Every request as a line of JSON; only a control plane that was asked for it has one.
        ends_namespaces: Whether a deleted namespace goes; without controllers it would stay, and end with the server.
        request: Sends one request as cluster-admin, which costs less than a kubectl; only a control plane alone has it.
    """

    kubeconfig: Path
    context: str
    version: str
    kubectl_path: Path
    nodes: tuple[str, ...] = ()
    host_ports: tuple[int, ...] = ()
    busybox_image: str = ""
    nobody_kubeconfig: Path | None = None
    audit_log: Path | None = None
    ends_namespaces: bool = True
    request: Callable[..., str] | None = field(default=None, repr=False, compare=False)

    def kubectl(self, *arguments: str | Path, timeout_s: float = 60.0, stdin: str | None = None) -> str:
        """Run kubectl here and return what it prints.

        Raises:
            SetupError: kubectl failed; with its message.
        """
        target = ("--kubeconfig", self.kubeconfig, "--context", self.context)
        return run([self.kubectl_path, *target, *arguments], timeout_s=timeout_s, stdin=stdin, env=SHORT_LIVED)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The kind cluster, brought up if need be; it stays up after the tests."""
    testbed = Testbed(way=way.chosen(os.environ), layout=layout())
    testbed.up()
    found = _kind_cluster(testbed)
    current = found.kubectl("config", "current-context").strip()
    if not context_is_ours(found.kubeconfig, current):
        pytest.fail(f"{found.kubeconfig} leads to context {current!r}, not to the testbed's; nothing was touched")
    _remove_orphans(found)
    return found


@pytest.fixture(scope="session")
def control_plane_version(request: pytest.FixtureRequest) -> str:
    """The release under test: each of `versions.CONTROL_PLANES` in turn."""
    return cast("str", request.param)


@pytest.fixture(name="control_plane", scope="session")
def _control_plane(control_plane_version: str, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A control plane without nodes or controllers, in each supported version."""
    if control_plane_version == _ON_KIND:
        yield cast("Cluster", request.getfixturevalue("cluster"))
        return
    with running_control_plane(control_plane_version, controllers=()) as found:
        yield found


@pytest.fixture(scope="session")
def control_plane_with_controllers(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The newest control plane with controllers: Deployments get pods (which stay Pending), namespaces end."""
    if not control_plane.available():
        yield cast("Cluster", request.getfixturevalue("cluster"))
        return
    with running_control_plane(versions.KUBERNETES_NEWEST, controllers=control_plane.DEFAULT_CONTROLLERS) as found:
        yield found


@pytest.fixture
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace on the kind cluster."""
    with fresh_namespace(cluster, request=request) as name:
        yield name


@pytest.fixture
def cp_namespace(control_plane: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace on the control plane."""
    with fresh_namespace(control_plane, request=request) as name:
        yield name


@pytest.fixture
def cp_controllers_namespace(control_plane_with_controllers: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace on the control plane with controllers."""
    with fresh_namespace(control_plane_with_controllers, request=request) as name:
        yield name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a control plane once in each version."""
    if "control_plane_version" in metafunc.fixturenames:
        releases = versions.CONTROL_PLANES if control_plane.available() else (_ON_KIND,)
        metafunc.parametrize("control_plane_version", releases, indirect=True, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the test's namespaces hold to the report of a failure, before they go."""
    report = yield
    if report.failed:
        for node in item.listchain():  # a namespace may be the test's own, or its module's
            for owner, name in node.stash.get(_namespaces, []):
                report.sections.append((f"namespace {name}", evidence(owner, name)))
    return report


@contextmanager
def fresh_namespace(owner: Cluster, *, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a namespace for one test, or one module; it is deleted afterwards, without waiting for its end."""
    name = namespace_name(request.node.name, process=os.getpid(), number=next(_numbers))
    metadata = {"name": name, "labels": {RUN_LABEL: str(os.getpid())}}
    whole = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    if owner.request is None:
        owner.kubectl("create", "--filename=-", "--validate=false", stdin=json.dumps(whole))
    else:
        owner.request("POST", "/api/v1/namespaces", body=whole)
    request.node.stash.setdefault(_namespaces, []).append((owner, name))
    try:
        if owner.nodes:  # without its account a pod is refused, unless a controller asks again
            account = ("serviceaccount/default", "--for=create", f"--timeout={_ACCOUNT_S:.0f}s")
            owner.kubectl("wait", *account, "--namespace", name, timeout_s=_ACCOUNT_S + 10)
        yield name
    finally:
        if owner.request is not None and owner.ends_namespaces:
            owner.request("DELETE", f"/api/v1/namespaces/{name}")
        elif owner.ends_namespaces:
            owner.kubectl("delete", "namespace", name, "--wait=false")


def namespace_name(test: str, *, process: int, number: int) -> str:
    """Return a legal name that tells the test and is used once."""
    slug = re.sub(r"[^a-z0-9]+", "-", test.lower().removeprefix("test_"))[:40].strip("-")
    return f"t-{slug}-{process}-{number}"


def evidence(owner: Cluster, name: str) -> str:
    """Return objects, events and logs of a namespace as text; a question that fails is part of the answer."""
    questions = (
        ("get", "all", "--output=wide"),
        ("get", "events", "--sort-by=.lastTimestamp"),
        ("describe", "pods"),
    )
    parts = [_ask(owner, name, *question) for question in questions]
    pods = _ask(owner, name, "get", "pods", "--output=jsonpath={.items[*].metadata.name}").partition("\n")[2]
    for pod in pods.split()[:10]:
        logs = ("logs", pod, "--all-containers", "--prefix", "--tail=60", "--ignore-errors")
        parts.append(_ask(owner, name, *logs))
    return "\n\n".join(parts)


_namespaces: Final = pytest.StashKey["list[tuple[Cluster, str]]"]()


def _ask(owner: Cluster, name: str, *question: str) -> str:
    try:
        answer = owner.kubectl("--namespace", name, *question, timeout_s=_EVIDENCE_TIMEOUT_S)
    except SetupError as error:
        answer = str(error)
    return f"$ kubectl {' '.join(question)}\n{answer.rstrip()}"


@contextmanager
def running_control_plane(
    version: str, *, controllers: tuple[str, ...], feature_gates: str = "", is_audited: bool = False
) -> Iterator[Cluster]:
    """Run a control plane of a release, and stop it afterwards; its programs are built if need be."""
    where = layout()
    if gobuild.missing(control_plane_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=2400):
            gobuild.build(control_plane_modules(), layout=where)
    plane = control_plane.ControlPlane(
        version, controllers=controllers, where=where, feature_gates=feature_gates, is_audited=is_audited
    )
    with plane as running:
        yield Cluster(
            kubeconfig=running.kubeconfig,
            context=control_plane.CONTEXT,
            version=version,
            kubectl_path=gobuild.find_program(control_plane_modules(), "kubectl", layout=where),
            nobody_kubeconfig=running.nobody_kubeconfig,
            audit_log=running.audit_log if is_audited else None,
            ends_namespaces="namespace-controller" in controllers,
            request=running.answered,
        )


def _kind_cluster(testbed: Testbed) -> Cluster:
    return Cluster(
        kubeconfig=testbed.layout.kubeconfig,
        context=versions.CONTEXT,
        version=testbed.node_image().rpartition(":v")[2].partition("-")[0],
        kubectl_path=clients.client("kubectl", where=testbed.layout),
        nodes=testbed.node_names(),
        host_ports=kindconfig.HOST_PORTS,
        busybox_image=versions.BUSYBOX_IMAGE if testbed.way is way.Way.PACKAGES else versions.PUBLIC_BUSYBOX_IMAGE,
    )


def _remove_orphans(owner: Cluster) -> None:
    """Delete the namespaces of test runs on this machine that no longer live."""
    form = "jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.testbed\\.tfk8s\\.dev/run}{'\\n'}{end}"
    listed = owner.kubectl("get", "namespaces", f"--selector={RUN_LABEL}", f"--output={form}")
    for line in listed.splitlines():
        name, _, process = line.partition(" ")
        if not os.path.exists(f"/proc/{process}"):  # noqa: PTH110  a path of the kernel's, not a file of ours
            owner.kubectl("delete", "namespace", name, "--wait=false")
