"""The Kubernetes API: observe, dry-run, apply, delete, logs, port-forward. Nothing else knows the Kubernetes client."""

from __future__ import annotations

from tfk8s.cluster.connection import leads_to
from tfk8s.cluster.gateway import KubernetesCluster, connect, connect_endpoint

__all__ = ["KubernetesCluster", "connect", "connect_endpoint", "leads_to"]
