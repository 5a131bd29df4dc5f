from __future__ import annotations

import pytest

from tfk8s.app.regions_fleet import fleet_wish
from tfk8s.errors import InputError
from tfk8s.spec import load_regions

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
image: {repository: us-docker.pkg.dev/my-project/serving/resnet}
expose: {type: Gateway, tls: none, gateway: {multiCluster: {}}}
cluster: {provider: gke, project: my-project, fleet: my-fleet, nodes: 3}
regions:
  us: {cluster: {location: us-central1-a, name: made-before}}
  europe: {cluster: {location: europe-west4}, expose: {gateway: {multiCluster: {holdsGateway: true}}}}
"""


def test_clusters_are_named_as_memberships_name_them_and_the_region_that_holds_the_gateway_is_known() -> None:
    wish = fleet_wish(load_regions(SPEC))

    assert (wish.project, wish.holder) == ("my-fleet", "europe")
    root = "//container.googleapis.com/projects/my-project/locations"
    assert wish.clusters == {
        "us": f"{root}/us-central1-a/clusters/made-before",
        "europe": f"{root}/europe-west4/clusters/resnet-europe",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SPEC.replace(", fleet: my-fleet", ""), "the cluster of region us names no fleet"),
        (SPEC.replace("name: made-before", "fleet: another-1"), "in several fleets: another-1, my-fleet"),
        (SPEC[: SPEC.index("expose")] + SPEC[SPEC.index("cluster:") : SPEC.index(", expose")] + "}\n", "no Gateway of"),
    ],
)
def test_a_spec_without_one_fleet_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        fleet_wish(load_regions(text))

    assert says in caught.value.message
    assert caught.value.hint
