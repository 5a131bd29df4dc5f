"""A computer with Docker, kind and kubectl, in memory: the programs that the kind room runs, as one object.

It keeps what the real programs keep (containers, contexts, images of each node) and refuses what they refuse. The
integration tests run the same room against the real programs.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tfk8s.cloud.kind.process import Completed
from tfk8s.errors import PreconditionError


@dataclass
class Node:
    """A node container: its state and its containerd."""

    name: str
    id: str
    running: bool = True
    is_ready: bool = True
    images: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    imports: list[list[str]] = field(default_factory=list)

    def take(self, archive: bytes) -> None:
        """Import an OCI layout, as `ctr images import` does."""
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            files = {entry.name: handle.read() for entry in tar if (handle := tar.extractfile(entry)) is not None}
        self.imports.append(sorted(files))
        for name, content in files.items():
            if name.startswith("blobs/sha256/"):
                digest = name.rpartition("/")[2]
                assert hashlib.sha256(content).hexdigest() == digest
                self.contents[f"sha256:{digest}"] = content
        for entry in json.loads(files["index.json"])["manifests"]:
            assert entry["digest"] in self.contents
            self.images[entry["annotations"]["io.containerd.image.name"]] = entry["digest"]


@dataclass
class Machine:
    """Implements `tfk8s.cloud.kind.process.Runner`."""

    installed: set[str] = field(default_factory=lambda: {"docker", "kind", "kubectl"})
    daemon_answers: bool = True
    clusters: dict[str, list[Node]] = field(default_factory=dict)
    contexts: list[str] = field(default_factory=list)
    current: str | None = None
    metrics: bool = False
    docker_images: dict[str, bytes] = field(default_factory=dict)
    published: dict[str, bytes] = field(default_factory=dict)
    create_fails: str | None = None
    on_create: Callable[[], object] = lambda: None
    commands: list[tuple[str, ...]] = field(default_factory=list)
    inherited: tuple[int, ...] = ()
    made: int = 0
    config: str = ""

    def __call__(
        self,
        command: Sequence[str],
        *,
        timeout_s: float,
        stdin: Iterable[bytes] = (),
        keep_open: tuple[int, ...] = (),
    ) -> Completed:
        """Do what the program would do."""
        assert timeout_s > 0
        words = tuple(command)
        self.commands.append(words)
        if words[0] not in self.installed:
            raise PreconditionError(f"the program {words[0]} is not on the PATH")
        data = b"".join(stdin)
        match words[0]:
            case "docker":
                code, out, err = self._docker(words, data)
            case "kind":
                code, out, err = self._kind(words, data, keep_open)
            case _:
                code, out, err = self._kubectl(words)
        return Completed(command=words, code=code, stdout=out, stderr=err)

    def changes(self) -> list[tuple[str, ...]]:
        """The commands so far that change something."""
        reads = {("docker", "ps"), ("kubectl", "get"), ("kubectl", "config")}
        return [
            words
            for words in self.commands
            if not any(words[0] == program and verb in words for program, verb in reads)
            and not ({"ls", "get", "inspect"} & set(words))
        ]

    def add_cluster(self, name: str, *, nodes: int = 1) -> list[Node]:
        """Make node containers, as kind names them."""
        roles = ["control-plane", "worker", *(f"worker{number}" for number in range(2, nodes))][:nodes]
        self.made += 1
        self.clusters[name] = [Node(name=f"{name}-{role}", id=f"{self.made:02}{role}") for role in roles]
        return self.clusters[name]

    def _docker(self, words: tuple[str, ...], data: bytes) -> tuple[int, bytes, str]:
        if not self.daemon_answers:
            return 1, b"", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
        match words[1]:
            case "ps" if "label=io.x-k8s.kind.cluster" in words:
                return 0, "".join(f"{name}\n" * len(nodes) for name, nodes in self.clusters.items()).encode(), ""
            case "ps":
                cluster = words[-1].rpartition("=")[2]
                return 0, "".join(map(_row, self.clusters.get(cluster, []))).encode(), ""
            case "start":
                for node in self._all_nodes():
                    node.running = node.running or node.name in words
                return 0, b"", ""
            case "exec":
                node = next(node for node in self._all_nodes() if node.name in words)
                return _ctr(node, words[words.index("--namespace=k8s.io") + 1 :], data)
            case "image":
                return (0, b"sha256:1", "") if words[-1] in self.docker_images else (1, b"", "No such image")
            case "pull":
                if words[-1] not in self.published:
                    return 1, b"", "Error response from daemon: manifest unknown"
                self.docker_images[words[-1]] = self.published[words[-1]]
                return 0, b"", ""
            case "tag":
                self.docker_images[words[3]] = self.docker_images[words[2]]
                return 0, b"", ""
            case "save":
                with open(words[2].partition("=")[2], "wb") as handle:  # noqa: PTH123
                    handle.write(self.docker_images[words[3]])
                return 0, b"", ""
            case _:
                raise AssertionError(words)

    def _kind(self, words: tuple[str, ...], data: bytes, keep_open: tuple[int, ...]) -> tuple[int, bytes, str]:
        name = words[words.index("--name") + 1]
        match words[1:3]:
            case ("create", "cluster"):
                self.inherited = keep_open
                self.on_create()
                if self.create_fails is not None:
                    return 1, b"", self.create_fails
                if name in self.clusters:
                    return 1, b"", f'ERROR: node(s) already exist for a cluster with the name "{name}"'
                self.config = data.decode()
                count = len(json.loads(data)["nodes"]) if data else 1
                self.add_cluster(name, nodes=count)
                self._use_new(name)
                return 0, b"", ""
            case ("delete", "cluster"):
                self.clusters.pop(name, None)
                self.contexts = [context for context in self.contexts if context != f"kind-{name}"]
                return 0, b"", ""
            case ("export", "kubeconfig"):
                if name not in self.clusters:
                    return 1, b"", f'ERROR: could not locate any control plane nodes for cluster named "{name}"'
                self._use_new(name)
                return 0, b"", ""
            case _:
                raise AssertionError(words)

    def _use_new(self, name: str) -> None:
        self.contexts = [*(context for context in self.contexts if context != f"kind-{name}"), f"kind-{name}"]
        self.current = f"kind-{name}"

    def _kubectl(self, words: tuple[str, ...]) -> tuple[int, bytes, str]:
        if "config" in words:
            return self._kubectl_config(words)
        context = words[words.index("--context") + 1]
        if context not in self.contexts:
            return 1, b"", f'error: context "{context}" does not exist'
        nodes = self.clusters.get(context.removeprefix("kind-"), [])
        if not any(node.running for node in nodes):
            return 1, b"", "The connection to the server 127.0.0.1:6443 was refused"
        if "nodes" in words:
            return 0, json.dumps({"items": [_as_object(node) for node in nodes]}).encode(), ""
        if "--raw" in words:
            return (0, b"{}", "") if self.metrics else (1, b"", "Error from server (NotFound)")
        if "apiservices" in words:
            return 0, b"apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io\n" if self.metrics else b"", ""
        if "apply" in words:
            self.metrics = True
            return 0, b"", ""
        raise AssertionError(words)

    def _kubectl_config(self, words: tuple[str, ...]) -> tuple[int, bytes, str]:
        if "get-contexts" in words:
            return 0, "\n".join(self.contexts).encode(), ""
        if "current-context" in words:
            return (0, self.current.encode(), "") if self.current else (1, b"", "error: current-context is not set")
        self.current = words[-1]
        return 0, b"", ""

    def _all_nodes(self) -> list[Node]:
        return [node for nodes in self.clusters.values() for node in nodes]


def _row(node: Node) -> str:
    role = "control-plane" if "control-plane" in node.name else "worker"
    return f"{node.id}\t{node.name}\t{'running' if node.running else 'exited'}\t{role}\n"


def _as_object(node: Node) -> dict[str, object]:
    status = "True" if node.is_ready and node.running else "False"
    return {
        "metadata": {"name": node.name},
        "status": {"conditions": [{"type": "DiskPressure", "status": "False"}, {"type": "Ready", "status": status}]},
    }


def _ctr(node: Node, words: tuple[str, ...], data: bytes) -> tuple[int, bytes, str]:
    match words[:2]:
        case ("images", "ls"):
            name = words[2].removeprefix("name==")
            rows = [f"{name} application/x {node.images[name]} 2.6 KiB linux/amd64 -"] if name in node.images else []
            return 0, "\n".join(["REF TYPE DIGEST SIZE PLATFORMS LABELS", *rows]).encode(), ""
        case ("images", "import"):
            node.take(data)
            return 0, b"", ""
        case ("content", "ls"):
            return 0, "\n".join(node.contents).encode(), ""
        case ("content", "get"):
            found = node.contents.get(words[2])
            return (0, found, "") if found is not None else (1, b"", f"ctr: content {words[2]}: not found")
        case _:
            raise AssertionError(words)
