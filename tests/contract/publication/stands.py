"""A store of each kind with what stands behind it, and what a server would see there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.fakes.clock import FakeClock
from tests.fakes.cloud_storage import BUCKET, LOGIN, CloudStorage
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.pod_volume import CLAIM, MOUNT, PodVolume
from tfk8s.app.carry_out import World
from tfk8s.app.publication import local_version
from tfk8s.app.publisher import Publisher, PublisherSite
from tfk8s.app.volume_store import VolumeStore
from tfk8s.cloud.gcs.client import StorageClient
from tfk8s.cloud.gcs.store import BucketStore
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.ports.publication import LocalVersion, VersionStore

Files = dict[str, bytes]
DEPLOYMENT = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="half")
CONTENT: Files = {
    "assets/vocabulary.txt": b"one\ntwo\n",
    "fingerprint.pb": b"finger",
    "saved_model.pb": b"graph" * 1000,
    "variables/variables.data-00000-of-00001": bytes(range(256)) * 4000,
    "variables/variables.index": b"index" * 100,
    "assets/empty": b"",
    "assets/with space 'and' \"quotes\" $HOME.txt": b"odd name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One store under test.

    Attributes:
        store: makes a client of the place, as each run of the program does.
        seen: the files of each version, as a server that lists the place sees them.
        left: names that are there and are no versions.
    """

    store: Callable[[], VersionStore]
    seen: Callable[[], dict[int, Files]]
    left: Callable[[], list[str]]


def write(folder: Path, *, number: int = 2, content: Files = CONTENT) -> LocalVersion:
    """A version on this computer."""
    for name, data in content.items():
        path = folder / f"export-{number}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return local_version(folder / f"export-{number}", number=number)


def files_of(directory: Path) -> Files:
    """Everything below a directory."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def folder_seen(folder: Path) -> dict[int, Files]:
    """As the server lists: directories whose name is a number."""
    if not folder.is_dir():
        return {}
    return {int(path.name): files_of(path) for path in folder.iterdir() if path.name.isdecimal()}


def folder_left(folder: Path) -> list[str]:
    """Everything that is no version."""
    return sorted(path.name for path in folder.iterdir() if not path.name.isdecimal()) if folder.is_dir() else []


def digest_text(content: Files) -> str:
    """The digest that a content has, worked out without the code under test."""
    whole = hashlib.sha256()
    for name in sorted(content, key=str.encode):
        encoded = name.encode()
        whole.update(len(encoded).to_bytes(8, "big") + encoded + hashlib.sha256(content[name]).digest())
    return f"sha256:{whole.hexdigest()}"


def deployment() -> JsonObject:
    """A Deployment whose image and user the publisher takes."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "half", "namespace": "serving"},
        "spec": {
            "selector": {"matchLabels": {"app": "half"}},
            "template": {
                "spec": {
                    "serviceAccountName": "half",
                    "securityContext": {"runAsUser": 65532, "runAsGroup": 65532},
                    "containers": [{"name": "model-server", "image": "example.test/serving:1"}],
                }
            },
        },
    }


def volume_stand(folder: Path) -> tuple[PodVolume, FakeCluster, FakeClock]:
    """A cluster with the Deployment and the claim."""
    cluster, clock = FakeCluster(), FakeClock()
    cluster.put(deployment())
    (folder / "volume").mkdir(exist_ok=True)
    volume = PodVolume(cluster=cluster, folder=folder / "volume")
    volume.claim()
    return volume, cluster, clock


def volume_store(cluster: FakeCluster, clock: FakeClock) -> VolumeStore:
    """A client of the claim, its versions in the folder `half` of it."""
    site = PublisherSite(instance="half", deployment=DEPLOYMENT, claim=CLAIM)
    world = World(cluster=cluster, clock=clock, reporter=Recorder())
    return VolumeStore(Publisher(site, world=world), base_path=f"{MOUNT}/half", place=f"pvc://{CLAIM}/half")


def bucket_store(storage: CloudStorage, folder: Path) -> BucketStore:
    """A client of the bucket, its versions under the prefix `models/half`."""
    client = StorageClient(
        BUCKET, token=lambda: LOGIN, session=requests.Session(), clock=FakeClock(), endpoint=storage.endpoint
    )
    return BucketStore(client, path="models/half", memory=folder / "uploads")


def bucket_seen(storage: CloudStorage) -> dict[int, Files]:
    """What a server sees below the prefix: numbers, whole or not."""
    found: dict[int, Files] = {}
    for name, item in list(storage.objects.items()):
        folder, _, rest = name.removeprefix("models/half/").partition("/")
        if folder.isdecimal():
            found.setdefault(int(folder), {})[rest] = item.data
    return found


def bucket_left(storage: CloudStorage) -> list[str]:
    """Everything that is no version."""
    folders = {name.removeprefix("models/half/").partition("/")[0] for name in list(storage.objects)}
    return sorted(folder for folder in folders if not folder.isdecimal())
