"""Our policies: what a schema cannot say about the objects of a model server, as findings on manifests."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.check.findings import CheckFinding
from tfk8s.check.form import form_findings
from tfk8s.check.fronts import front_findings
from tfk8s.check.pods import pod_findings
from tfk8s.check.scaling import scaling_findings
from tfk8s.check.services import service_findings
from tfk8s.manifest import Manifests


def policy_findings(manifests: Manifests, *, kept: Mapping[str, str] | None = None) -> tuple[CheckFinding, ...]:
    """Everything that the policies find, object by object, then what lies between objects.

    Args:
        manifests: the objects of a service.
        kept: labels of a selector that somebody made by hand and that is kept, as `existing.selector` says.
    """
    found = [finding for manifest in manifests for finding in form_findings(manifest)]
    for manifest in manifests:
        if manifest.ref.kind == "Deployment":
            found.extend(pod_findings(manifest))
    found.extend(service_findings(manifests, kept=kept or {}))
    return (*found, *scaling_findings(manifests), *front_findings(manifests))
