"""Versions of models in Cloud Storage, through its JSON API."""

from __future__ import annotations

from tfk8s.cloud.gcs.store import BucketStore, bucket_store

__all__ = ["BucketStore", "bucket_store"]
