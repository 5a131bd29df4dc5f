"""The kind cluster: made, found again, repaired, removed."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.testbed import clients, engine, gobuild, kindconfig, nodeimage, rootfs, versions
from tests.testbed.gomodules import client_modules, node_modules
from tests.testbed.layout import METRICS_SERVER_MANIFEST
from tests.testbed.process import exclusive, run, succeeds, wait_until
from tests.testbed.progress import SetupError, say, step
from tests.testbed.way import Way

if TYPE_CHECKING:
    from tests.testbed.layout import Layout

LOCK_TIMEOUT_S: Final = 2400.0
_READY_TIMEOUT_S = 180.0
_RECOVERY_TIMEOUT_S = 300.0
_METRICS = "/apis/metrics.k8s.io/v1beta1/nodes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Testbed:
    """One cluster's way and cache."""

    __test__ = False  # not a test class, whatever its name says to pytest

    way: Way
    layout: Layout

    def up(self) -> None:
        """Bring the cluster up, or find it up; what a killed run left is put right on the way."""
        if self.is_ready():
            self._warn_of_age()
            return
        with exclusive(self.layout.cache / "lock", timeout_s=LOCK_TIMEOUT_S):
            self._prepare()
            if not self._comes_back():
                self._create()
            gobuild.drop_caches_when_done(self.layout)

    def prepare(self) -> None:
        """Do everything that `kind create cluster` needs, and no more."""
        with exclusive(self.layout.cache / "lock", timeout_s=LOCK_TIMEOUT_S):
            self._prepare()
            gobuild.drop_caches_when_done(self.layout)

    def down(self) -> None:
        """Remove the cluster and, in the packages way, the Docker daemon, the network and the fence."""
        with exclusive(self.layout.cache / "lock", timeout_s=LOCK_TIMEOUT_S):
            self._down()

    def clean(self) -> None:
        """Take everything down and remove what the testbed built and stored."""
        with exclusive(self.layout.cache / "lock", timeout_s=LOCK_TIMEOUT_S):
            self._down(image_too=True)
            gobuild.drop_caches(self.layout)
            for part in self.layout.parts():
                say(f"remove {part}")
                shutil.rmtree(part) if part.is_dir() else part.unlink()

    def is_ready(self) -> bool:
        """Tell whether the cluster is up and its metrics answer; quick, and changes nothing."""
        if not self.layout.kubeconfig.exists() or not clients.client("kubectl", where=self.layout).exists():
            return False
        if self.way is Way.PACKAGES and not (engine.is_ours() and engine.fence_stands()):
            return False
        return self._metrics_answer()

    def node_image(self) -> str:
        """Return the image that the nodes are made from."""
        return versions.PUBLIC_NODE_IMAGE if self.way is Way.PUBLIC else nodeimage.image_name()

    def kubectl(self, *arguments: str | Path, timeout_s: float = 60.0) -> str:
        """Run kubectl on the cluster and return what it says."""
        program = clients.client("kubectl", where=self.layout)
        target = ("--kubeconfig", self.layout.kubeconfig, "--context", versions.CONTEXT)
        return run([program, *target, *arguments], timeout_s=timeout_s)

    def node_names(self) -> tuple[str, ...]:
        """Return the names of the cluster's containers, running or not."""
        label = f"label=io.x-k8s.kind.cluster={versions.CLUSTER_NAME}"
        listed = run(["docker", "ps", "--all", "--filter", label, "--format", "{{.Names}}"], timeout_s=30)
        return tuple(sorted(listed.split()))

    def _down(self, *, image_too: bool = False) -> None:
        if engine.answers() and clients.client("kind", where=self.layout).exists():
            self._delete()
            if image_too:
                succeeds(["docker", "rmi", self.node_image()], timeout_s=60)
        if self.way is Way.PACKAGES:
            engine.stop_all()

    def _prepare(self) -> None:
        if self.way is Way.PACKAGES:
            self._prepare_packages()
        elif not engine.answers():
            raise SetupError("no Docker daemon answers", hint="start Docker, or set TFK8S_TESTBED=packages")
        clients.ensure(self.way, layout=self.layout)
        patches = self.layout.patches
        patches.mkdir(parents=True, exist_ok=True)
        for name, text in kindconfig.kubeadm_patches().items():
            (patches / name).write_text(text)
        workers = int(os.environ.get("TFK8S_TESTBED_WORKERS", "0"))
        config = kindconfig.cluster_config(self.way, image=self.node_image(), patches=patches, workers=workers)
        self.layout.kind_config.write_text(config)

    def _prepare_packages(self) -> None:
        engine.install()
        modules = (*client_modules(), *node_modules())
        with ThreadPoolExecutor(max_workers=1) as beside:  # one waits for the network, the other for the processor
            root = beside.submit(rootfs.debian, "node", nodeimage.PACKAGES, layout=self.layout)
            gobuild.build(modules, layout=self.layout)
            root.result()
        engine.ensure(self.layout)
        nodeimage.ensure(self.layout)

    def _comes_back(self) -> bool:
        """Tell whether a whole cluster whose containers run becomes ready by itself: a busy machine needs only time."""
        identity = self._identity()
        if not identity or not self.layout.made.exists() or self.layout.made.read_text() != identity:
            return False
        try:
            wait_until(self._metrics_answer, timeout_s=_RECOVERY_TIMEOUT_S, what="the running cluster", interval_s=1)
        except SetupError as error:
            say(f"{error}; making a new one")
            return False
        return True

    def _identity(self) -> str:
        """Return the ids of the node containers that run; nothing when there is none, or one is stopped."""
        names = self.node_names()
        if not names:
            return ""
        states = run(["docker", "inspect", "--format", "{{.State.Running}} {{.Id}}", *names], timeout_s=30)
        return states if all(line.startswith("true ") for line in states.splitlines()) else ""

    def _create(self) -> None:
        self._delete()
        kind = clients.client("kind", where=self.layout)
        if self.way is Way.PACKAGES and not engine.fence_stands():
            raise SetupError("the network fence does not stand", hint="see `iptables -S DOCKER-USER`")
        with step("kind create cluster"):
            config = ("--config", self.layout.kind_config, "--kubeconfig", self.layout.kubeconfig)
            run([kind, "create", "cluster", *config], timeout_s=300)
        with step("node, DNS and metrics-server ready"):
            self.kubectl("apply", "--filename", METRICS_SERVER_MANIFEST)
            self._wait_for("nodes", "--all", condition="Ready")
            self._wait_for("deployment/coredns", condition="Available")
            wait_until(self._metrics_answer, timeout_s=_READY_TIMEOUT_S, what="metrics-server", interval_s=0.5)
        self.layout.made.write_text(self._identity())
        if self.way is Way.PACKAGES:
            nodeimage.remove_older()

    def _wait_for(self, *what: str, condition: str) -> None:
        limit = f"--timeout={_READY_TIMEOUT_S:.0f}s"
        self.kubectl(
            "wait",
            *what,
            "--namespace=kube-system",
            f"--for=condition={condition}",
            limit,
            timeout_s=_READY_TIMEOUT_S + 10,
        )

    def _delete(self) -> None:
        names = self.node_names()
        if names:
            with step(f"remove the old cluster ({', '.join(names)})"):
                kind = clients.client("kind", where=self.layout)
                cluster = ("--name", versions.CLUSTER_NAME, "--kubeconfig", self.layout.kubeconfig)
                run([kind, "delete", "cluster", *cluster], timeout_s=120)
        self.layout.kubeconfig.unlink(missing_ok=True)
        self.layout.made.unlink(missing_ok=True)

    def _metrics_answer(self) -> bool:
        try:
            answer = json.loads(self.kubectl("get", "--raw", _METRICS, "--request-timeout=5s", timeout_s=10))
        except (SetupError, ValueError):
            return False
        return bool(answer.get("items"))

    def _warn_of_age(self) -> None:
        for name in self.node_names():
            image = run(["docker", "inspect", "--format", "{{.Config.Image}}", name], timeout_s=30).strip()
            if image.partition("@")[0] != self.node_image():
                say(f"{name} was made from {image}, the recipe now says {self.node_image()}; `down` and `up` renew it")


def context_is_ours(kubeconfig: Path, context: str) -> bool:
    """Tell whether a kubeconfig and context are the testbed's own and lead to this machine."""
    if context != versions.CONTEXT or not kubeconfig.exists():
        return False
    servers = [line.split()[-1] for line in kubeconfig.read_text().splitlines() if line.strip().startswith("server:")]
    return bool(servers) and all(server.startswith("https://127.0.0.1:") for server in servers)
