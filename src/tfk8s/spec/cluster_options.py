"""A cluster that is described by options instead of a spec file; the same checks, the same words."""

from __future__ import annotations

import json

from pydantic import ValidationError

from tfk8s.errors import InputError
from tfk8s.manifest.objects import JsonObject
from tfk8s.manifest.yaml import load_one, path_text
from tfk8s.spec.cluster import ClusterSpec
from tfk8s.spec.messages import problems_of
from tfk8s.spec.part import Part


class _Described(Part):
    """The key is that of a spec file, so that messages name a field as its user would write it there."""

    cluster: ClusterSpec


def cluster_of(fields: JsonObject) -> ClusterSpec:
    """A cluster out of the keys that stand under `cluster:` in a spec file.

    Raises:
        InputError: `details` has a line for each field that is missing or wrong.
    """
    text = json.dumps({"cluster": fields})
    try:
        return _Described.model_validate_json(text, by_alias=True, by_name=False).cluster
    except ValidationError as error:
        found = problems_of(error.errors(include_url=False), load_one(text, source="options"))
        raise InputError(
            "the cluster cannot be described by these options",
            hint="see tfk8s cluster create --help; a spec file describes every kind of cluster (docs/spec.md)",
            details=tuple(f"{path_text(problem.path)}: {problem.message}" for problem in found),
        ) from error


def cluster_fields(cluster: ClusterSpec) -> JsonObject:
    """The keys that a user wrote for this cluster, as they stand in a spec file."""
    fields: JsonObject = json.loads(cluster.model_dump_json(by_alias=True, exclude_unset=True))
    return fields
