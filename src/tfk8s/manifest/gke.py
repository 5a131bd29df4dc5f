"""Names that GKE's controllers read from objects and write to them; shared by those who render and those who look."""

from __future__ import annotations

from typing import Final

CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"
"""Annotation of an Ingress: its class, which GKE does not read from the field."""

MANAGED_CERTIFICATES: Final = "networking.gke.io/managed-certificates"
"""Annotation of an Ingress: names of its ManagedCertificates."""

PRE_SHARED_CERTIFICATES: Final = "ingress.gcp.kubernetes.io/pre-shared-cert"
"""Annotation of an Ingress: names of SSL certificates of the project."""

MANAGED_CERTIFICATE_API: Final = "networking.gke.io/v1"
ACTIVE: Final = "Active"
"""`status.certificateStatus` of a ManagedCertificate that is in use."""
