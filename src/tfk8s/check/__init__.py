"""Static findings on manifests: our policies, and in `check.schema` a Kubernetes release. Never looks at a cluster."""

from __future__ import annotations

from tfk8s.check.findings import CheckFinding, Level
from tfk8s.check.policies import policy_findings

__all__ = ["CheckFinding", "Level", "policy_findings"]
