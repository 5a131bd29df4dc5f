"""Lets the cluster's nodes pull from a registry of the tests under a name that is not this machine's.

On GKE a node shows its service account to Artifact Registry. Here a second registry stands on the same folder: it only
reads, asks nobody who he is, and listens on the address of the nodes' own bridge alone.
"""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from tests.testbed.certificates import authority, server_certificate
from tests.testbed.engine import NETWORK
from tests.testbed.layout import layout
from tests.testbed.process import exclusive, run, succeeds
from tests.testbed.progress import SetupError
from tests.testbed.registry import RegistrySettings, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_FOLDER: Final = "/etc/containerd/certs.d"  # containerd reads it anew for each pull
_TIMEOUT_S: Final = 30.0
_OTHERS_S: Final = 200.0


@contextmanager
def nodes_pull(
    host: str, *, data: Path, folder: Path, nodes: Sequence[str], auth: Mapping[str, object] = MappingProxyType({})
) -> Iterator[Path]:
    """Lead a host's name, for pulls of these nodes, to what a registry holds; yields the log of those pulls.

    What a killed run leaves behind leads to a closed port, and is overwritten by the next one. A node can be led to one
    registry at a time: tests that run side by side wait for each other.

    Args:
        host: as images name it, `us-central1-docker.pkg.dev`.
        data: folder of the registry that is written to elsewhere.
        folder: for what this writes.
        nodes: names of the node containers.
        auth: what the nodes would have to show, as a registry's configuration has it; nothing by default.

    Raises:
        SetupError: there is no bridge, or a node cannot be told.
    """
    address = bridge_address()
    signer = authority(folder, name="tfk8s test nodes")
    certificate = server_certificate(signer, names=(address,))
    settings = RegistrySettings(data=data, address=address, certificate=certificate, auth=auth, is_read_only=True)
    with exclusive(layout().cache / "node-pulls.lock", timeout_s=_OTHERS_S), serving(settings, folder=folder) as port:
        try:
            for node in nodes:
                _write(node, f"{_FOLDER}/{host}/ca.crt", signer.certificate.read_text())
                _write(node, f"{_FOLDER}/{host}/hosts.toml", hosts_file(f"https://{address}:{port}", host=host))
            yield folder / "registry.log"
        finally:
            for node in nodes:
                succeeds(["docker", "exec", node, "rm", "-rf", f"{_FOLDER}/{host}"], timeout_s=_TIMEOUT_S)
                forget_images(node, prefix=f"{host}/")


def forget_images(node: str, *, prefix: str) -> None:
    """Take the names that start so from a node; their contents go when nothing else needs them."""
    containerd = ["docker", "exec", node, "ctr", "--namespace=k8s.io", "images"]
    listed = run([*containerd, "ls", "--quiet"], timeout_s=_TIMEOUT_S).split()
    # not by `crictl rmi`, which takes every name from an image that is given by its id
    for name in (name for name in listed if name.startswith(prefix)):
        run([*containerd, "rm", name], timeout_s=_TIMEOUT_S)


def hosts_file(server: str, *, host: str) -> str:
    """Return containerd's file for a host: this server and no other.

    As the last resort containerd asks `server`, and the real host without it. It ignores a file without hosts.
    """
    settings = f'capabilities = ["pull", "resolve"]\nca = "{_FOLDER}/{host}/ca.crt"\n'
    return f'server = "{server}"\n{settings}[host."{server}"]\n{settings}'


def bridge_address() -> str:
    """Return this machine's address on the nodes' network.

    Docker names the gateway only once it was told of one; else it is the first address.
    """
    form = "{{range .IPAM.Config}}{{.Subnet}}={{.Gateway}} {{end}}"
    told = run(["docker", "network", "inspect", "--format", form, NETWORK], timeout_s=_TIMEOUT_S).split()
    for subnet, _, gateway in (entry.partition("=") for entry in told):
        network = ipaddress.ip_network(subnet)
        if network.version == 4:
            return gateway or str(next(network.hosts()))
    message = f"the network {NETWORK} has no IPv4 addresses"
    raise SetupError(message)


def _write(node: str, path: str, text: str) -> None:
    folder = path.rpartition("/")[0]
    command = ["docker", "exec", "--interactive", node, "sh", "-c", 'mkdir -p "$0" && cat > "$1"', folder, path]
    run(command, timeout_s=_TIMEOUT_S, stdin=text)
