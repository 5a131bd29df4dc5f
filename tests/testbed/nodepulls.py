"""Lets the cluster's nodes pull from a registry of the tests under a name that is not this machine's.

On GKE a node shows its service account to Artifact Registry. Here a second registry stands on the same folder: it only
reads, asks nobody who he is, and listens on the address of the nodes' own bridge alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.testbed.certificates import authority, server_certificate
from tests.testbed.engine import NETWORK
from tests.testbed.process import run
from tests.testbed.registry import RegistrySettings, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FOLDER: Final = "/etc/containerd/certs.d"  # containerd reads it anew for each pull
_TIMEOUT_S: Final = 30.0


@contextmanager
def nodes_pull(host: str, *, data: Path, folder: Path, nodes: Sequence[str]) -> Iterator[Path]:
    """Lead a host's name, for pulls of these nodes, to what a registry holds; yields the log of those pulls.

    What a killed run leaves behind leads to a closed port, and is overwritten by the next one.

    Args:
        host: as images name it, `us-central1-docker.pkg.dev`.
        data: folder of the registry that is written to elsewhere.
        folder: for what this writes.
        nodes: names of the node containers.

    Raises:
        SetupError: there is no bridge, or a node cannot be told.
    """
    address = bridge_address()
    signer = authority(folder, name="tfk8s test nodes")
    certificate = server_certificate(signer, names=(address,))
    settings = RegistrySettings(data=data, address=address, certificate=certificate, is_read_only=True)
    with serving(settings, folder=folder) as port:
        try:
            for node in nodes:
                _write(node, f"{_FOLDER}/{host}/ca.crt", signer.certificate.read_text())
                _write(node, f"{_FOLDER}/{host}/hosts.toml", hosts_file(f"https://{address}:{port}", host=host))
            yield folder / "registry.log"
        finally:
            for node in nodes:
                run(["docker", "exec", node, "rm", "-rf", f"{_FOLDER}/{host}"], timeout_s=_TIMEOUT_S)


def hosts_file(server: str, *, host: str) -> str:
    """Return containerd's file for a host: this server and no other.

    As the last resort containerd asks `server`, and the real host without it. It ignores a file without hosts.
    """
    settings = f'capabilities = ["pull", "resolve"]\nca = "{_FOLDER}/{host}/ca.crt"\n'
    return f'server = "{server}"\n{settings}[host."{server}"]\n{settings}'


def bridge_address() -> str:
    """Return this machine's address on the nodes' network."""
    form = "{{range .IPAM.Config}}{{.Gateway}} {{end}}"
    gateways = run(["docker", "network", "inspect", "--format", form, NETWORK], timeout_s=_TIMEOUT_S).split()
    return next(gateway for gateway in gateways if ":" not in gateway)


def _write(node: str, path: str, text: str) -> None:
    folder = path.rpartition("/")[0]
    command = ["docker", "exec", "--interactive", node, "sh", "-c", 'mkdir -p "$0" && cat > "$1"', folder, path]
    run(command, timeout_s=_TIMEOUT_S, stdin=text)
