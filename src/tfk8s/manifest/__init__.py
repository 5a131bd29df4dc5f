"""Kubernetes objects as values: reference, strict reading and canonical writing of YAML, apply order, ownership."""

from __future__ import annotations

from tfk8s.manifest.objects import JsonObject, JsonValue, Manifest, Manifests, ObjectRef

__all__ = ["JsonObject", "JsonValue", "Manifest", "Manifests", "ObjectRef"]
