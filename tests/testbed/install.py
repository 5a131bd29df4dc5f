"""Puts a part into the cluster, or finds it there."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from tests.testbed import gobuild, rootfs, versions
from tests.testbed.edge import envoy
from tests.testbed.gomodules import folder_name
from tests.testbed.images import docker_archive, load_image
from tests.testbed.parts import PARTS
from tests.testbed.process import exclusive, run
from tests.testbed.progress import SetupError, say, step
from tests.testbed.published import module_files
from tests.testbed.way import Way

if TYPE_CHECKING:
    from tests.testbed.cluster import Testbed
    from tests.testbed.part import Image, Part

ADDRESSES_LABEL: Final = "testbed.tfk8s.dev/addresses"
"""A namespace with the value `given` gets addresses for its Services of type LoadBalancer."""

_RECORD: Final = "tfk8s-testbed"
_READY_TIMEOUT_S: Final = 120.0
_LOCK_TIMEOUT_S: Final = 2400.0
_ADDRESSES: Final = 40


def ensure(part: Part, *, testbed: Testbed) -> None:
    """Put a part, and what it needs, into the cluster as far as any of it is missing.

    Raises:
        SetupError: A program cannot be built, or a workload does not become available.
    """
    for needed in part.needs:
        ensure(needed, testbed=testbed)
    values = _values(testbed)
    recipe = _recipe(part, values=values)
    if _is_there(part, recipe=recipe, testbed=testbed):
        return
    with exclusive(testbed.layout.cache / "lock", timeout_s=_LOCK_TIMEOUT_S):
        if testbed.way is Way.PACKAGES:
            gobuild.build((part.module,), layout=testbed.layout)
            for image in part.images:
                _make_image(image, part=part, testbed=testbed)
        files = [module_files(*where, layout=testbed.layout) for where in part.definitions]
        if not gobuild.missing(tuple(other.module for other in PARTS.values()), layout=testbed.layout):
            gobuild.drop_caches_when_done(testbed.layout)  # not before: what comes next shares most of its libraries
    if files:
        with step(f"{part.name}: definitions"):
            # Megabytes, for which kubectl would fetch schemas first; the API server judges them all the same.
            names = [f"--filename={file}" for folder in files for file in definitions(folder)]
            _apply("--validate=false", *names, testbed=testbed)
    with step(f"{part.name}: objects, ready"):
        _apply_manifest(part, values={**values, "RECIPE": recipe}, testbed=testbed)
        _wait(part, testbed=testbed)
    _record(part, recipe=recipe, testbed=testbed)


def definitions(folder: Path) -> tuple[Path, ...]:
    """Return the files with definitions of kinds in a folder, or the file itself; policies beside them are left out."""
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
    return tuple(file for file in files if "kind: CustomResourceDefinition" in file.read_text())


def address_range(subnet: str) -> str:
    """Return the addresses that services get: the last ones of the nodes' network, which Docker gives last."""
    network = ipaddress.IPv4Network(subnet)
    if network.num_addresses < 4 * _ADDRESSES:
        raise SetupError(f"the nodes' network {subnet} is too small to give addresses to services")
    last = network.broadcast_address - 6
    return f"{last - _ADDRESSES}-{last}"


def _values(testbed: Testbed) -> dict[str, str]:
    """Return what manifests say by name."""
    images = {name: value for name, value in vars(versions).items() if name.endswith("_IMAGE")}
    networks = json.loads(run(["docker", "network", "inspect", "kind"], timeout_s=30))
    subnets = [config["Subnet"] for config in networks[0]["IPAM"]["Config"] if ":" not in config["Subnet"]]
    return {**images, "ADDRESSES": address_range(subnets[0])}


def _recipe(part: Part, *, values: dict[str, str]) -> str:
    content = [repr(part.images), repr(part.definitions), folder_name(part.module), repr(sorted(values.items()))]
    digest = hashlib.sha256("\n".join(content).encode())
    for file in (part.manifest, Path(__file__), Path(envoy.__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _is_there(part: Part, *, recipe: str, testbed: Testbed) -> bool:
    form = "--output=jsonpath={.data.recipe}"
    question = ("get", "configmap", _RECORD, f"--namespace={part.namespace}", "--ignore-not-found", form)
    if testbed.kubectl(*question) != recipe:
        return False
    try:
        _wait(part, testbed=testbed)
    except SetupError as error:
        say(f"{error}; putting {part.name} in again")
        return False
    return True


def _make_image(image: Image, *, part: Part, testbed: Testbed) -> None:
    """Make an image of one program, and of the libraries that Envoy loads; put it into the nodes."""
    if image.program:
        binary = gobuild.find_program((part.module,), image.program, layout=testbed.layout)
        sources: tuple[tuple[Path, str], ...] = ((binary, image.place),)
    else:
        binary = envoy.binary(testbed.layout)
        sources = ((binary, image.place), *envoy.libraries(binary))
    below = [rootfs.debian(part.name, image.packages, layout=testbed.layout)] if image.packages else []
    slug = re.sub(r"[^a-z0-9.]+", "-", image.name)
    archive = testbed.layout.work / "parts" / f"{slug}.tar"
    with step(f"image {image.name}"):
        layers: list[Path | tuple[tuple[Path, str], ...]] = [*below, sources]
        docker_archive(archive, tags=[image.name], layers=layers, entrypoint=[image.place], user="65532:65532")
        load_image(archive)
        shutil.rmtree(archive.parent)


def _apply_manifest(part: Part, *, values: dict[str, str], testbed: Testbed) -> None:
    text = Template(part.manifest.read_text()).substitute(values)
    file = testbed.layout.work / f"{part.name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    _apply(f"--filename={file}", testbed=testbed)


def _apply(*files: str, testbed: Testbed) -> None:
    # On the server: a client-side apply keeps the whole object in an annotation, for which definitions are too large.
    testbed.kubectl("apply", "--server-side", "--force-conflicts", *files, timeout_s=120)


def _wait(part: Part, *, testbed: Testbed) -> None:
    for workload in part.workloads:
        limit = f"--timeout={_READY_TIMEOUT_S:.0f}s"
        command = ("rollout", "status", workload, f"--namespace={part.namespace}", limit)
        try:
            testbed.kubectl(*command, timeout_s=_READY_TIMEOUT_S + 10)
        except SetupError as error:
            raise SetupError(f"{error}\n{_evidence(part, workload, testbed=testbed)}") from error


def _evidence(part: Part, workload: str, *, testbed: Testbed) -> str:
    place = f"--namespace={part.namespace}"
    try:
        pods = testbed.kubectl("get", "pods", place)
        return pods + testbed.kubectl("logs", workload, place, "--tail=5", "--ignore-errors")
    except SetupError as error:
        return str(error)


def _record(part: Part, *, recipe: str, testbed: Testbed) -> None:
    record = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": _RECORD, "namespace": part.namespace},
        "data": {"recipe": recipe},
    }
    file = testbed.layout.work / f"{part.name}-record.json"
    file.write_text(json.dumps(record))
    _apply(f"--filename={file}", testbed=testbed)
