from __future__ import annotations

import pytest

from tfk8s.app.cluster_choice import ClusterChoice, choose, project_of
from tfk8s.errors import InputError
from tfk8s.spec import GkeCluster, KindCluster, ServiceSpec, load_spec

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./m}
image: {repository: us-central1-docker.pkg.dev/my-project/models/resnet}
cluster: {provider: gke, project: my-project, location: us-central1-a, name: serving, nodes: 5}
"""


@pytest.fixture
def spec() -> ServiceSpec:
    return load_spec(SPEC)


def gke(choice: ClusterChoice, **environ: str) -> GkeCluster:
    cluster = choose(choice, environ=environ).request.cluster
    assert isinstance(cluster, GkeCluster)
    return cluster


def test_the_cluster_of_the_spec_is_meant_without_a_name(spec: ServiceSpec) -> None:
    chosen = choose(ClusterChoice(spec=spec), environ={})

    assert chosen.request.cluster is spec.cluster
    assert (chosen.service, chosen.is_named) == (spec, False)


def test_the_name_of_the_specs_cluster_means_it_and_counts_as_named(spec: ServiceSpec) -> None:
    chosen = choose(ClusterChoice(name="serving", spec=spec), environ={})

    assert (chosen.request.cluster, chosen.is_named) == (spec.cluster, True)


def test_another_name_has_nothing_of_the_spec(spec: ServiceSpec) -> None:
    chosen = choose(
        ClusterChoice(name="other", spec=spec, fields={"project": "my-project", "location": "europe-west4"}), environ={}
    )

    assert chosen.service is None
    assert isinstance(chosen.request.cluster, GkeCluster)
    assert (chosen.request.cluster.location, chosen.request.cluster.nodes) == ("europe-west4", 3)


def test_the_specs_name_in_another_location_is_another_cluster(spec: ServiceSpec) -> None:
    elsewhere = ClusterChoice(name="serving", spec=spec, fields={"project": "my-project", "location": "europe-west4"})

    assert choose(elsewhere, environ={}).service is None


def test_options_change_the_specs_cluster(spec: ServiceSpec) -> None:
    cluster = gke(ClusterChoice(spec=spec, fields={"nodes": 7, "machineType": "e2-standard-4"}))

    assert (cluster.name, cluster.nodes, cluster.machine_type) == ("serving", 7, "e2-standard-4")


def test_project_and_location_come_from_gclouds_variables() -> None:
    cluster = gke(
        ClusterChoice(name="demo"), CLOUDSDK_CORE_PROJECT="from-gcloud", CLOUDSDK_COMPUTE_REGION="europe-west4"
    )

    assert (cluster.project, cluster.location) == ("from-gcloud", "europe-west4")


def test_what_is_missing_or_wrong_is_said_as_in_a_spec() -> None:
    with pytest.raises(InputError) as caught:
        gke(ClusterChoice(name="Demo", fields={"location": "us-central1-a", "nodes": 0, "machinetype": "x-1"}))

    details = "\n".join(caught.value.details)
    assert "cluster.project: is missing" in details
    assert "cluster.name: Demo is no cluster name" in details
    assert "cluster.nodes: must be at least 1" in details
    assert "did you mean machineType?" in details


def test_kind_needs_no_name() -> None:
    assert choose(ClusterChoice(provider="kind"), environ={}).request.cluster == KindCluster(provider="kind")


def test_no_name_and_no_spec_is_an_error_that_says_both_ways() -> None:
    with pytest.raises(InputError, match="no cluster is named") as caught:
        choose(ClusterChoice(), environ={})

    assert "-f" in str(caught.value.hint)


def test_a_listing_needs_a_project_alone(spec: ServiceSpec) -> None:
    from_spec = project_of(ClusterChoice(spec=spec), environ={}).cluster
    named = project_of(ClusterChoice(spec=spec, fields={"project": "other-project"}), environ={}).cluster
    here = project_of(ClusterChoice(spec=spec, provider="kind"), environ={}).cluster

    assert isinstance(from_spec, GkeCluster)
    assert isinstance(named, GkeCluster)
    assert (from_spec.project, named.project) == ("my-project", "other-project")
    assert isinstance(here, KindCluster)
    with pytest.raises(InputError):
        project_of(ClusterChoice(), environ={})
