"""What is mounted into the server: its configuration, room for temporary files, and volumes that hold models."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.config_files import CONFIG_DIRECTORY
from tfk8s.render.served import CLAIM_ROOT, ServedModel
from tfk8s.spec import ClaimSource, object_name

TEMPORARY_LIMIT = "256Mi"


def config_map_name(service: str) -> str:
    """Name of the ConfigMap with the server's configuration."""
    return object_name(service, "config")


def volumes(service: str, models: tuple[ServedModel, ...]) -> list[JsonValue]:
    """The pod's volumes. The ConfigMap is mounted as a directory, since a file of one never changes in a pod."""
    found: list[JsonValue] = [
        {"name": "config", "configMap": {"name": config_map_name(service)}},
        {"name": "tmp", "emptyDir": {"sizeLimit": TEMPORARY_LIMIT}},
    ]
    for index, claim in enumerate(_claims(models)):
        source: JsonObject = {"claimName": claim, "readOnly": True}
        found.append({"name": f"models-{index}", "persistentVolumeClaim": source})
    return found


def mounts(models: tuple[ServedModel, ...]) -> list[JsonValue]:
    """Where the container sees them; all read-only but the room for temporary files."""
    found: list[JsonValue] = [
        {"name": "config", "mountPath": CONFIG_DIRECTORY, "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the server's own, an emptyDir
    ]
    for index, claim in enumerate(_claims(models)):
        found.append({"name": f"models-{index}", "mountPath": f"{CLAIM_ROOT}/{claim}", "readOnly": True})
    return found


def _claims(models: tuple[ServedModel, ...]) -> list[str]:
    """The claims, each once, in the order in which models name them."""
    return list(dict.fromkeys(model.source.claim for model in models if isinstance(model.source, ClaimSource)))
