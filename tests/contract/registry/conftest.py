"""A real registry for each test."""

from __future__ import annotations

from tests.registry.fixtures import (
    any_registry,
    artifact_registry,
    basic_registry,
    registry,
    registry_authority,
    registry_certificate,
    start_registry,
    tls_registry,
    token_registry,
)

__all__ = [
    "any_registry",
    "artifact_registry",
    "basic_registry",
    "registry",
    "registry_authority",
    "registry_certificate",
    "start_registry",
    "tls_registry",
    "token_registry",
]
