from __future__ import annotations

from typing import Any

import pytest

from tests.unit.gitops.deliveries import DIGEST, GITOPS, REPOSITORY, body, request
from tfk8s.errors import InputError
from tfk8s.gitops.flux import PRUNE, flux_files
from tfk8s.manifest.fields import object_at

FOLLOWING: dict[str, Any] = {**GITOPS, "flux": {"images": {"tags": "^v(?P<n>[0-9]+)$", "extract": "$n"}}}


def own(files: dict[str, str]) -> list[str]:
    return [path.removeprefix("flux/") for path in files if path.startswith("flux/")]


def test_environments_share_a_source_and_wait_as_long_as_apply_would() -> None:
    asked = request({}, dev={"namespace": "dev"}, prod={"scaling": {"replicas": 9}})
    files = dict(flux_files(asked))

    prod = object_at(body(files, "flux/kustomization-resnet-prod.yaml"), "spec")

    assert own(files) == [
        "gitrepository-resnet.yaml",
        "kustomization-resnet-dev.yaml",
        "kustomization-resnet-prod.yaml",
    ]
    assert prod["path"] == "./deploy/resnet/overlays/prod"
    assert prod["sourceRef"] == {"kind": "GitRepository", "name": "resnet"}
    assert prod["timeout"] == f"{asked.environments['prod'].rendered.rollout_timeout_s}s"
    assert prod["wait"] is prod["prune"] is True


@pytest.mark.parametrize(
    ("revision", "reference"),
    [
        ("live", {"branch": "live"}),
        ("a" * 40, {"commit": "a" * 40}),
        ("refs/tags/v1", {"name": "refs/tags/v1"}),
    ],
)
def test_a_revision_is_named_as_what_it_is_at_an_address_that_flux_takes(
    revision: str, reference: dict[str, str]
) -> None:
    files = dict(flux_files(request({"gitops": {**GITOPS, "revision": revision, "flux": {"secret": "login"}}})))

    source = object_at(body(files, "flux/gitrepository-resnet.yaml"), "spec")

    assert source["url"] == "ssh://git@git.example.com/team/deploy.git"
    assert source["ref"] == reference
    assert source["secretRef"] == {"name": "login"}


def test_environments_that_follow_other_revisions_have_sources_of_their_own() -> None:
    live = {"gitops": {**GITOPS, "revision": "live"}}
    given = {"gitops": {**GITOPS, "flux": {"source": "team"}}}

    assert own(dict(flux_files(request({}, dev={}, prod=live))))[:2] == [
        "gitrepository-resnet-dev.yaml",
        "gitrepository-resnet-prod.yaml",
    ]
    assert own(dict(flux_files(request(given, dev={})))) == ["kustomization-resnet-dev.yaml"]


def test_new_images_are_written_where_that_environment_pins_its_own() -> None:
    files = dict(flux_files(request({}, dev={"gitops": FOLLOWING}, prod={})))

    policy = object_at(body(files, "flux/imagepolicy-resnet-dev.yaml"), "spec")

    assert "overlays/dev" in str(body(files, "flux/imageupdateautomation-resnet-dev.yaml"))
    assert policy["filterTags"] == {"pattern": "^v(?P<n>[0-9]+)$", "extract": "$n"}
    assert policy["digestReflectionPolicy"] == "IfNotPresent"
    assert f"""\
images:
- name: {REPOSITORY}
  newTag: v3 # {{"$imagepolicy": "flux-system:resnet-dev:tag"}}
  digest: "{DIGEST}" # {{"$imagepolicy": "flux-system:resnet-dev:digest"}}
""" in files["overlays/dev/kustomization.yaml"]
    assert [path for path, text in files.items() if "$imagepolicy" in text] == ["overlays/dev/kustomization.yaml"]


def test_images_that_no_pod_runs_are_not_followed() -> None:
    other = {"image": {"repository": "registry.example.com/other"}, "gitops": FOLLOWING}

    with pytest.raises(InputError, match=r"in registry\.example\.com/other, and the pods run"):
        flux_files(request(other))


def test_no_namespace_is_ever_pruned() -> None:
    files = dict(flux_files(request({"createNamespace": True})))

    assert body(files, "base/00-namespace-serving.yaml")["metadata"] == {
        "name": "serving",
        "labels": object_at(body(files, "base/00-namespace-serving.yaml"), "metadata", "labels"),
        "annotations": {PRUNE: "disabled"},
    }
