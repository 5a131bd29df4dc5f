"""Our policies: what a schema cannot say about the objects of a model server, as findings on manifests."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.check.findings import CheckFinding
from tfk8s.check.form import form_findings
from tfk8s.check.fronts import front_findings
from tfk8s.check.pods import pod_findings
from tfk8s.check.relevance import of_servers
from tfk8s.check.scaling import scaling_findings
from tfk8s.check.servers import Server
from tfk8s.check.services import service_findings
from tfk8s.manifest import Manifests, ObjectRef
from tfk8s.manifest.fields import object_at


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


def foreign_findings(manifests: Manifests, *, servers: Mapping[ObjectRef, Server]) -> tuple[CheckFinding, ...]:
    """The same for manifests of others: what does not belong to a model server is held to its form alone.

    Args:
        manifests: whatever somebody applies together.
        servers: the workloads among them that run a model server.
    """
    found = [finding for manifest in manifests for finding in form_findings(manifest, is_ours=False)]
    concerned = of_servers(manifests, servers=servers)
    for manifest in concerned:
        if manifest.ref in servers:
            found.extend(pod_findings(manifest, server=servers[manifest.ref].container))
    labels = {label: "" for item in concerned for label in object_at(item.body, "spec", "selector", "matchLabels")}
    found.extend(service_findings(concerned, kept=labels))
    return (*found, *scaling_findings(concerned), *front_findings(concerned))
