"""A control plane without nodes on loopback: etcd, kube-apiserver and, where asked, kube-controller-manager.

Objects are stored, admitted, defaulted and owned as on any cluster; nothing runs. RBAC decides who may do what, tokens
say who asks. With controllers, Deployments get ReplicaSets and pods, namespaces end, HPAs compute; pods stay Pending.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.ports import free_port
from tests.testbed import versions
from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import control_plane_modules
from tests.testbed.layout import Layout, layout
from tests.testbed.process import run, spawn, stop, tail_of, wait_until
from tests.testbed.progress import SetupError

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

CONTEXT: Final = "tfk8s-control-plane"
ADMIN_TOKEN: Final = "testbed-admin"  # noqa: S105  it opens a loopback server that holds nothing
NOBODY_TOKEN: Final = "testbed-nobody"  # noqa: S105  as above
DEFAULT_CONTROLLERS: Final = (
    "deployment-controller",
    "replicaset-controller",
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "disruption-controller",
    "endpointslice-controller",
    "resourcequota-controller",
    "horizontal-pod-autoscaler-controller",
)

_LESS_COLLECTING: Final = {"GOGC": "400"}  # a sixth less of processor time, for 200 MB more of memory
_READY_TIMEOUT_S = 180.0
_GRACE_S = 0.0  # its state is thrown away: nothing to shut down in order


class ControlPlane:
    """One running control plane; a context manager.

    Attributes:
        version: Kubernetes release, as in `versions.CONTROL_PLANES`.
        kubeconfig: A cluster-admin's kubeconfig; its only context is `CONTEXT`.
        nobody_kubeconfig: The same for a user without any right.
        audit_log: Each request as a line of JSON, where that is asked for.
        folder: Everything it writes; removed by `stop`.
    """

    def __init__(
        self,
        version: str,
        *,
        controllers: tuple[str, ...] = (),
        where: Layout | None = None,
        feature_gates: str = "",
        is_audited: bool = False,
    ) -> None:
        """Start it and wait until it is ready.

        Args:
            version: Kubernetes release.
            controllers: Names of kube-controller-manager's controllers to run; none of it when empty.
            where: The cache with the programs.
            feature_gates: Of the API server, as in `HPAScaleToZero=true`; its defaults when empty.
            is_audited: Whether each request is written to `audit_log` before it is answered.

        Raises:
            SetupError: A program is not built, or did not become ready.
        """
        self.version = version
        self._feature_gates = feature_gates
        self._is_audited = is_audited
        where = where or layout()
        sweep(where)
        self.folder = owned_folder(version, where=where)
        self.kubeconfig = self.folder / "kubeconfig"
        self.nobody_kubeconfig = self.folder / "kubeconfig.nobody"
        self.audit_log = self.folder / "audit.log"
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._start(where, controllers=controllers)
            undo.pop_all()

    def __enter__(self) -> Self:
        """Return the running control plane."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """End its processes and remove its folder; may be called twice."""
        _end(self.folder)

    def log(self, program: str) -> str:
        """Return the last lines that a program of it wrote."""
        return tail_of(self.folder / f"{program}.log")

    def request(
        self, method: str, path: str, *, body: object = None, content_type: str = "application/json"
    ) -> tuple[int, str]:
        """Send one request as cluster-admin and return status and body; no status raises."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": content_type}
        request = urllib.request.Request(f"{self._server}{path}", data, headers, method=method)  # noqa: S310  own URL
        try:
            with self._opener.open(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def answered(self, method: str, path: str, *, body: object = None) -> str:
        """Send one request as cluster-admin and return the body of the answer.

        Raises:
            SetupError: it was refused; with the answer.
        """
        status, answer = self.request(method, path, body=body)
        if status >= 400:
            raise SetupError(f"{method} {path}: {status} {answer}")
        return answer

    def _start(self, where: Layout, *, controllers: tuple[str, ...]) -> None:
        etcd_port, peer_port, api_port = (free_port() for _ in range(3))
        self._server = f"https://127.0.0.1:{api_port}"
        self._write_secrets()
        etcd, peer = f"http://127.0.0.1:{etcd_port}", f"http://127.0.0.1:{peer_port}"
        self._spawn(where, "etcd", flags=etcd_flags(client=etcd, peer=peer, data=self.folder / "etcd"))
        flags = api_server_flags(etcd=etcd, port=api_port, folder=self.folder, service_accounts=bool(controllers))
        flags += (f"--feature-gates={self._feature_gates}",) if self._feature_gates else ()
        flags += self._audit_flags() if self._is_audited else ()
        self._spawn(where, "kube-apiserver", flags=flags)
        certificate = self.folder / "certificates/apiserver.crt"
        api_log = self.folder / "kube-apiserver.log"
        wait_until(certificate.exists, timeout_s=_READY_TIMEOUT_S, what="its certificate", interval_s=0.02, log=api_log)
        wait_until(self._is_ready, timeout_s=_READY_TIMEOUT_S, what="kube-apiserver", interval_s=0.05, log=api_log)
        for path, token in ((self.kubeconfig, ADMIN_TOKEN), (self.nobody_kubeconfig, NOBODY_TOKEN)):
            path.write_text(kubeconfig(server=self._server, token=token, authority=certificate))
        if controllers:
            self._spawn(where, "kube-controller-manager", flags=controller_flags(controllers, folder=self.folder))

    def _spawn(self, where: Layout, program: str, *, flags: tuple[str, ...]) -> None:
        binary = find_program(control_plane_modules(), program, layout=where, kubernetes=self.version)
        pid_file, log = (self.folder / f"{program}.{kind}" for kind in ("pid", "log"))
        spawn([binary, *flags], pid_file=pid_file, log=log, env=_LESS_COLLECTING)

    def _write_secrets(self) -> None:
        key = self.folder / "service-accounts.key"
        run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key], timeout_s=10)
        (self.folder / "tokens.csv").write_text(
            f'{ADMIN_TOKEN},admin,admin,"system:masters"\n{NOBODY_TOKEN},nobody,nobody\n'
        )

    def _audit_flags(self) -> tuple[str, ...]:
        policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}
        file = self.folder / "audit-policy.json"
        file.write_text(json.dumps({**policy, "omitStages": ["RequestReceived"]}))
        return (f"--audit-policy-file={file}", f"--audit-log-path={self.audit_log}", "--audit-log-mode=blocking")

    def _is_ready(self) -> bool:
        try:
            trust = ssl.create_default_context(cafile=self.folder / "certificates/apiserver.crt")
            self._opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
            )
            return self.request("GET", "/readyz")[0] == 200
        except OSError:  # not listening yet, or the certificate is half-written
            return False


def etcd_flags(*, client: str, peer: str, data: Path) -> tuple[str, ...]:
    """Return etcd's flags: one member, on loopback, that never waits for the disk."""
    return (
        f"--data-dir={data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def api_server_flags(*, etcd: str, port: int, folder: Path, service_accounts: bool) -> tuple[str, ...]:
    """Return kube-apiserver's flags.

    Args:
        etcd: URL of etcd.
        port: Port to serve on, on loopback alone.
        folder: Where keys, tokens and certificates are.
        service_accounts: Whether a controller makes the default service accounts that pods are admitted with.
    """
    key = folder / "service-accounts.key"
    flags = (
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.97.0.0/24",
        "--endpoint-reconciler-type=none",
    )
    return flags if service_accounts else (*flags, "--disable-admission-plugins=ServiceAccount")


def controller_flags(controllers: tuple[str, ...], *, folder: Path) -> tuple[str, ...]:
    """Return kube-controller-manager's flags, its timers short enough for tests."""
    config = folder / "kubeconfig"
    return (
        f"--kubeconfig={config}",
        f"--service-account-private-key-file={folder / 'service-accounts.key'}",
        f"--controllers={','.join(controllers)}",
        "--leader-elect=false",
        "--secure-port=0",
        "--horizontal-pod-autoscaler-sync-period=1s",
    )


def kubeconfig(*, server: str, token: str, authority: Path) -> str:
    """Return a kubeconfig with one context, `CONTEXT`. JSON is YAML."""
    name = CONTEXT
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority": str(authority)}}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        indent=2,
    )


def sweep(where: Layout) -> None:
    """End what killed test runs left: control planes whose owner no longer lives."""
    for folder in sorted(where.control_planes.glob("1.*")):
        try:
            pid, _, started = (folder / "owner").read_text().partition(" ")
            alive = _started(int(pid)) == started
        except (OSError, ValueError):
            alive = False
        if not alive:
            _end(folder)


def owned_folder(version: str, *, where: Layout) -> Path:
    """Make a folder that says whose it is from the moment it can be seen."""
    where.control_planes.mkdir(parents=True, exist_ok=True)
    hidden = Path(tempfile.mkdtemp(prefix=f"{version}-", dir=where.cache))
    (hidden / "owner").write_text(f"{os.getpid()} {_started(os.getpid())}")
    return hidden.rename(where.control_planes / hidden.name)


def _end(folder: Path) -> None:
    # Each program's flags name the folder, so the mark cannot fit anybody else's process.
    for pid_file in sorted(folder.glob("*.pid"), reverse=True):
        stop(pid_file, mark=str(folder), grace_s=_GRACE_S)
    shutil.rmtree(folder, ignore_errors=True)


def _started(pid: int) -> str:
    """Return when a process started, in ticks since boot: with the number it names the process for good."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def available(where: Layout | None = None) -> bool:
    """Tell whether control planes can run here: their programs are built, or Go can build them."""
    where = where or layout()
    try:
        for version in versions.CONTROL_PLANES:
            find_program(control_plane_modules(), "kube-apiserver", layout=where, kubernetes=version)
    except SetupError:
        return shutil.which("go") is not None
    return True
