"""Both services on a cluster, each in a namespace of its own, one after the other on the same node ports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.service import MODEL, Service
from tests.loss.ours import EXPORTS, Ours
from tests.loss.plain import Plain


@contextmanager
def ours(service: Service, *, kind: str, ports: tuple[int, int]) -> Iterator[Ours]:
    """Our service; its node ports are free again afterwards."""
    exports = service.folder / EXPORTS
    exports.mkdir()
    (service.folder / MODEL / "2").rename(exports / "2")
    stage = Ours(service=service, ports=ports, kind=kind)
    try:
        yield stage
    finally:
        stage.remove()


@contextmanager
def plain(service: Service, *, kind: str, ports: tuple[int, int]) -> Iterator[Plain]:
    """The plain one, from images with one version each; `service` only builds them."""
    images = {version: _image(service, version=version, kind=kind) for version in (1, 2)}
    stage = Plain(cluster=service.cluster, namespace=service.namespace, model=MODEL, images=images, ports=ports)
    try:
        yield stage
    finally:
        stage.remove()


def _image(service: Service, *, version: int, kind: str) -> str:
    """Bake one version into an image, and put that into the nodes; its name."""
    service.write(
        model={"name": MODEL, "source": f"./{MODEL}", "versions": [version]},
        cluster={"provider": "kind", "name": kind},
    )
    done = service.run("image build", "--load", f"kind:{kind}", "-o", "json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["image"])
