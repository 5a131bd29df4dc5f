"""`tfk8s up` and `down` on GKE, killed at every step: the next run finishes the job, and nothing is there twice.

GKE, Artifact Registry and the registry are those of `google.py`, the Kubernetes behind is a real control plane. No pod
runs there, so nothing is waited for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gke.google import CLUSTER, REPOSITORY, Google, google, spec_text
from tests.integration.gke.killing import CommandLine, Trigger
from tests.integration.gke.moments import at_event, at_gke, at_repository, at_upload, before_repository
from tests.registry.images import push_base
from tests.testbed.certificates import Certificate
from tests.testbed.fixtures import Cluster
from tests.unit.model.savedmodels import Version
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, objects_at

pytestmark = [pytest.mark.control_plane, pytest.mark.slow, pytest.mark.timeout(300)]

MODEL_BYTES = 3 << 20


@pytest.fixture
def cloud(
    control_plane_with_controllers: Cluster,
    registry_authority: Certificate,
    registry_certificate: Certificate,
    tmp_path: Path,
) -> Iterator[Google]:
    with google(
        control_plane_with_controllers,
        folder=tmp_path / "google",
        authority=registry_authority,
        certificate=registry_certificate,
    ) as made:
        yield made


@pytest.fixture
def desk(cloud: Google, cp_controllers_namespace: str, tmp_path: Path) -> CommandLine:
    Version().write(tmp_path / "half_plus" / "1")
    extra = tmp_path / "half_plus" / "1" / "assets.extra"
    extra.mkdir()
    (extra / "large").write_bytes(bytes(range(256)) * (MODEL_BYTES // 256))
    shutil.copytree(tmp_path / "half_plus", tmp_path / "spec" / "half_plus")
    spec = tmp_path / "spec" / "tfk8s.yaml"
    base = push_base(cloud.registry, tmp_path)
    spec.write_text(spec_text(namespace=cp_controllers_namespace, base=base))
    return CommandLine(spec=spec, environment=cloud.environment(tmp_path))


LATE = {"the cluster's end", "the service's step", "the first object", "the Deployment"}
"""Moments that are known from the run's own words, which a busy machine may hear too late; the others hold the run."""


def _up_moments(cloud: Google) -> dict[str, Trigger]:
    return {
        "the check": before_repository(cloud, at_event("StepStarted", step="check")),
        "the repository": at_repository(cloud),
        "half of a layer": at_upload(cloud, after_bytes=1 << 20),
        "the manifest": at_upload(cloud, after_bytes=10, method="PUT", path="/manifests/"),
        "the request for the cluster": at_gke(cloud, "CreateCluster", "before"),
        "the answer to it": at_gke(cloud, "CreateCluster", "after"),
        "the first look at the operation": at_gke(cloud, "GetOperation", "before"),
        "a later look at it": at_gke(cloud, "GetOperation", "after"),
        "the cluster's end": at_event("StepDone", step="cluster"),
        "the service's step": at_event("StepStarted", step="service"),
        "the first object": at_event("ObjectChanged"),
        "the Deployment": at_event("ObjectChanged", action="create", kind="Deployment"),
    }


def test_up_killed_at_every_step_ends_in_the_same_state_with_nothing_doubled(cloud: Google, desk: CommandLine) -> None:
    killed = {name: desk.killed(moment, "up", "--no-wait") for name, moment in _up_moments(cloud).items()}

    finished = desk.json("up", "--no-wait")
    again = desk.json("up", "--no-wait")

    missed = {name for name, was_killed in killed.items() if not was_killed}
    assert missed <= LATE, missed
    assert cloud.clusters() == [CLUSTER]
    assert [job.kind for job in cloud.gke.world.jobs.values()] == ["CREATE_CLUSTER"]
    assert [integer_at(pool, "initialNodeCount") for pool in _pools(cloud)] == [5]
    assert len(cloud.repositories()) == 1
    assert cloud.registry.crane("ls", REPOSITORY).split() == [str(finished["image"]).rpartition(":")[2]]
    assert again["changed"] == []
    assert again["imageBuilt"] is False


def _pools(cloud: Google) -> tuple[JsonObject, ...]:
    """Node pools of the request that was carried out; one that was killed before may have been sent twice."""
    return objects_at(cloud.creations()[-1], "cluster", "nodePools")


def test_down_killed_at_every_step_leaves_nothing(cloud: Google, desk: CommandLine) -> None:
    desk.json("up", "--no-wait")
    moments = {
        "the request": at_gke(cloud, "DeleteCluster", "before"),
        "the answer to it": at_gke(cloud, "DeleteCluster", "after"),
        "a look at the operation": at_gke(cloud, "GetOperation", "before"),
    }

    killed = {name: desk.killed(moment, "down", "--yes", "--delete-images") for name, moment in moments.items()}
    desk.json("down", "--yes", "--delete-images")

    assert all(killed.values()), killed
    assert cloud.clusters() == []
    assert cloud.repositories() == []
    assert [job.kind for job in cloud.gke.world.jobs.values()] == ["CREATE_CLUSTER", "DELETE_CLUSTER"]
