"""Our policies: what a schema cannot say about the objects of a model server, as findings on manifests."""

from __future__ import annotations

from tfk8s.check.findings import CheckFinding
from tfk8s.check.form import form_findings
from tfk8s.check.fronts import front_findings
from tfk8s.check.pods import pod_findings
from tfk8s.check.services import service_findings
from tfk8s.manifest import Manifests


def policy_findings(manifests: Manifests) -> tuple[CheckFinding, ...]:
    """Everything that the policies find, object by object, then what lies between objects."""
    found = [finding for manifest in manifests for finding in form_findings(manifest)]
    for manifest in manifests:
        if manifest.ref.kind == "Deployment":
            found.extend(pod_findings(manifest))
    return (*found, *service_findings(manifests), *front_findings(manifests))
