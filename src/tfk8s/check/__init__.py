"""Static findings on manifests: the schema of a Kubernetes release, and our own policies. Never looks at a cluster."""

from __future__ import annotations

from tfk8s.check.findings import CheckFinding, Level
from tfk8s.check.policies import policy_findings
from tfk8s.check.schema import schema_findings

__all__ = ["CheckFinding", "Level", "policy_findings", "schema_findings"]
