"""A region is laid over the rest of the file as an environment is; each has a cluster of its own."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from tests.strategies.specs import spec_values
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.yaml import dump
from tfk8s.spec import Autoscaled, Fixed, RolloutSpec, ServiceSpec, load_regions, load_spec, load_whole
from tfk8s.spec.cluster_options import cluster_of

HEAD = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
image: {repository: registry.example.com/resnet}
cluster: {provider: gke, project: my-project, nodes: 5}
scaling: {min: 3, max: 5}
regions:
"""
"""Seven lines; what is added begins in line 8."""

TWO = """\
  europe: {cluster: {location: europe-west1}, scaling: {max: 8}}
  us: {context: my-us, scaling: {replicas: 2}}
"""


def complaints(text: str, environment: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_spec(text, source="t.yaml", environment=environment)
    return [*caught.value.details]


def test_each_region_is_the_file_with_what_differs_there_in_the_order_of_the_file() -> None:
    europe, us = load_regions(HEAD + TWO)

    assert (europe.name, us.name) == ("europe", "us")
    assert europe.spec.scaling == Autoscaled(min=3, max=8)
    assert europe.spec.cluster == cluster_of(
        {"provider": "gke", "project": "my-project", "location": "europe-west1", "name": "resnet-europe", "nodes": 5}
    )
    assert (us.context, us.spec.cluster, us.spec.scaling) == ("my-us", None, Fixed(replicas=2))
    assert {(dict(found.spec.regions) == {}, found.spec.name) for found in (europe, us)} == {(True, "resnet")}


def test_a_service_with_regions_is_that_of_its_first_and_knows_what_each_says() -> None:
    spec = load_spec(HEAD + TWO + "rollout: {bakeSeconds: 60}\n")

    assert [*spec.regions] == ["europe", "us"]
    assert spec.rollout == RolloutSpec(bake_seconds=60)
    assert spec.model_copy(update={"regions": {}, "rollout": None}) == load_regions(HEAD + TWO)[0].spec
    assert load_regions(HEAD.removesuffix("regions:\n").replace("nodes", "name: a, location: us-east1, nodes")) == ()


@pytest.mark.parametrize(
    ("shared", "own", "name"),
    [
        ("{provider: kind}", "{}", "tfk8s-a"),
        ("{provider: kind, name: dev}", "{}", "dev-a"),
        ("{provider: kind, name: dev}", "{cluster: {name: mine}}", "mine"),
        ("{provider: gke, project: my-project, location: us-east1}", "{}", "resnet-a"),
        ("{provider: gke, project: my-project, location: us-east1, name: web}", "{}", "web-a"),
        ("{provider: gke, project: my-project, name: web}", "{cluster: {provider: kind}}", "tfk8s-a"),
    ],
)
def test_clusters_are_called_after_their_region(shared: str, own: str, name: str) -> None:
    start = HEAD.replace("{provider: gke, project: my-project, nodes: 5}", shared)

    (region,) = load_regions(f"{start}  a: {own}\n")

    assert region.spec.cluster is not None
    assert region.spec.cluster.name == name


def test_an_environment_changes_regions_and_takes_them_away() -> None:
    text = HEAD + TWO + "environments:\n  dev: {namespace: dev, regions: {us: null, europe: {scaling: {max: 4}}}}\n"

    (europe,) = load_regions(text, environment="dev")

    assert (europe.name, europe.spec.namespace, europe.spec.scaling) == ("europe", "dev", Autoscaled(min=3, max=4))
    assert [region.name for region in load_regions(text)] == ["europe", "us"]
    assert [*load_whole(text)[1]["dev"].regions] == ["europe"]


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("  a: {context: c, resources: {cpus: 2}}", "8:31: regions.a.resources.cpus: is no known field: did you mean"),
        ("  a: {context: c, scaling: {min: 7}}", "8:34: regions.a.scaling.min: is 7, more than max, which is 5"),
        ("  a: {context: c, scaling: {max: 2}}", "6:16: scaling.min: is 3, more than max, which is 2 (in region a)"),
        ("  a: {context: c, name: b}", "8:25: regions.a.name: belongs to the whole service"),
        ("  a: {context: c, namespace: b}", "8:30: regions.a.namespace: belongs to the whole service"),
        ("  a: {context: c, regions: {}}", "8:28: regions.a.regions: belongs to the whole service"),
        ("  a: {context: 7}", "8:16: regions.a.context: must be the name of a context"),
        ("  a: {context: c, cluster: {name: d}}", "8:16: regions.a.context: does not go with cluster"),
        ("  a: {cluster: null}", "8:3: regions.a: names no cluster: give cluster, or the context of one"),
        ("  a: {}", "5:1: cluster.location: is missing (in region a)"),
        ("  a: {context: c}\n  b: {context: c}", "9:3: regions.b: has the cluster of a: each region has its own"),
        ("  A: {context: c}", "8:3: regions.A: A cannot name a Kubernetes object"),
        ("  a: c", '8:6: regions.a: must be a map, not "c"'),
        ("  a: {context: c}\nrollout: {bakeSeconds: -1}", "9:24: rollout.bakeSeconds: must be at least 0, not -1"),
        ("  a: {context: c}\nnmespace: b", "9:1: nmespace: is no known field: did you mean namespace?"),
    ],
)
def test_what_is_wrong_is_told_once_at_its_own_line(added: str, complaint: str) -> None:
    found = complaints(HEAD + added + "\n")

    assert len(found) == 1
    assert found[0].startswith(f"t.yaml:{complaint}"), found


def test_what_is_wrong_only_in_an_environment_names_both() -> None:
    text = HEAD + "  a: {context: c, scaling: {min: 4}}\nenvironments:\n  dev: {scaling: {max: 3}}\n"

    assert complaints(text) == [
        "t.yaml:8:34: regions.a.scaling.min: is 4, more than max, which is 3 (in environment dev)"
    ]


def test_a_way_from_region_to_region_needs_regions() -> None:
    text = HEAD.split("cluster:")[0] + "rollout: {bakeSeconds: 60}\n"

    assert complaints(text) == ["t.yaml:5:10: rollout: has no effect without regions"]


@given(spec_values())
def test_a_region_in_which_nothing_differs_is_the_service(value: JsonObject) -> None:
    assume("multiCluster" not in object_at(value, "expose", "gateway"))  # of two regions one holds the Gateway
    value = {key: item for key, item in value.items() if key not in ("environments", "cluster")}
    try:
        alone: ServiceSpec | None = load_spec(dump(value))
    except InputError:
        alone = None
    text = dump({**value, "regions": {"a": {"context": "c"}, "b": {"context": "d"}}})

    if alone is None:
        assert complaints(text)
    else:
        assert [region.spec for region in load_regions(text)] == [alone, alone]


FLEET = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: gs://bucket/resnet}
serviceAccount: {googleServiceAccount: none}
expose: {type: Gateway, gateway: {multiCluster: {podRate: 40}}}
cluster: {provider: gke, project: my-project, nodes: 5}
regions:
"""
HOLDS = "expose: {gateway: {multiCluster: {holdsGateway: true}}}"


def two_of_a_fleet(us: str, europe: str) -> str:
    """Two regions, and what each says beside its cluster."""
    regions = {"us": ("us-central1", us), "europe": ("europe-west1", europe)}
    return FLEET + "".join(f"  {name}: {{cluster: {{location: {at}}}{own}}}\n" for name, (at, own) in regions.items())


def test_one_region_of_a_fleet_holds_the_gateway_and_all_say_how_much_a_pod_takes() -> None:
    fleets = [region.spec.expose.gateway.multi_cluster for region in load_regions(two_of_a_fleet(f", {HOLDS}", ""))]

    assert [(fleet.holds_gateway, fleet.pod_rate) for fleet in fleets if fleet] == [(True, 40), (False, 40)]


@pytest.mark.parametrize(
    ("us", "europe", "says"),
    [
        ("", "", "no region holds the Gateway: say holdsGateway: true in exactly one region"),
        (f", {HOLDS}", f", {HOLDS}", "us and europe holds the Gateway: say holdsGateway: true in exactly one"),
        (f", {HOLDS}", ", expose: null", "of europe is missing, and us has one"),
    ],
)
def test_a_gateway_that_no_region_or_several_hold_is_refused(us: str, europe: str, says: str) -> None:
    (found,) = complaints(two_of_a_fleet(us, europe))

    assert found.startswith("t.yaml:5:")
    assert f"expose.gateway.multiCluster: {says}" in found
