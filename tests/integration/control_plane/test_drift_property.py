"""Whatever the spec: after it was applied there is no drift, as the server itself sees it."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.golden.strategies import specs
from tests.integration.control_plane.conftest import Desk
from tfk8s.app.drift import Expected, service_drift
from tfk8s.app.service import ServiceName
from tfk8s.manifest import Manifests
from tfk8s.ports import Cluster
from tfk8s.render import render
from tfk8s.spec import ServiceSpec

pytestmark = [pytest.mark.control_plane, pytest.mark.slow, pytest.mark.timeout(400)]

EXAMPLES = 24
NUMBERS = count(1)


def _served(manifests: Manifests, cluster: Cluster) -> Manifests:
    """Without what needs a controller's own API, which no program serves here."""
    return tuple(item for item in manifests if cluster.serves(api_version=item.ref.api_version, kind=item.ref.kind))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a smaller example costs minutes of a real server
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(spec=specs)
def test_after_apply_there_is_no_drift_whatever_the_spec(desk: Desk, spec: ServiceSpec) -> None:
    cluster = desk.cluster
    place = f"{desk.namespace}-{next(NUMBERS)}"
    here = spec.model_copy(update={"namespace": place, "create_namespace": True})
    manifests = _served(render(here, {}).manifests, cluster)
    for manifest in manifests:
        cluster.apply(manifest)

    drift = service_drift(Expected(name=ServiceName.of(here), manifests=manifests), cluster=cluster).drift
    for manifest in manifests:  # the next example may want the same node ports
        cluster.delete(manifest.ref)

    assert drift.objects == ()
    assert drift.notes == ()
