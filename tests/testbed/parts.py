"""Everything that `tests.testbed` puts into the cluster on demand."""

from __future__ import annotations

from typing import Final

from tests.testbed.edge.parts import GATEWAY, INGRESS, LOAD_BALANCER, POLICIES
from tests.testbed.scaling.parts import KEDA, PROMETHEUS

PARTS: Final = {part.name: part for part in (LOAD_BALANCER, GATEWAY, INGRESS, POLICIES, PROMETHEUS, KEDA)}
