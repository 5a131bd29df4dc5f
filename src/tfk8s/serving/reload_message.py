"""A server configuration as the message that replaces it in a running server."""

from __future__ import annotations

from typing_extensions import assert_never

from tfk8s.manifest.server_config import PLATFORM, ModelConfig, ServerConfig
from tfk8s.serving.protos import serving_pb2 as pb


def reload_message(config: ServerConfig) -> pb.ReloadConfigRequest:
    """The request: always the whole list, because a model that is left out is unloaded."""
    models = pb.ModelConfigList(config=[_model(model) for model in config.models])
    return pb.ReloadConfigRequest(config=pb.ModelServerConfig(model_config_list=models))


def _model(model: ModelConfig) -> pb.ModelConfig:
    return pb.ModelConfig(
        name=model.name,
        base_path=model.base_path,
        model_platform=PLATFORM,
        model_version_policy=_policy(model),
        version_labels=dict(model.labels),
    )


def _policy(model: ModelConfig) -> pb.ServableVersionPolicy:
    policy = pb.ServableVersionPolicy
    match model.versions:
        case "latest":
            return policy(latest=policy.Latest(num_versions=1))
        case "all":
            return policy(all=policy.All())
        case tuple():
            return policy(specific=policy.Specific(versions=model.versions))
        case _:
            assert_never(model.versions)
