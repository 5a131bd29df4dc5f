"""The models to serve: from the flags, from a config file, or from a reload request."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from tests.modelserver.server import protos
from tests.modelserver.server.errors import failed_precondition, invalid_argument
from tests.modelserver.server.policy import All, Latest, Model, Policy, Specific

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.modelserver.server.flags import Flags

_TENSORFLOW: Final = "tensorflow"


def from_flags(flags: Flags) -> tuple[Model, ...] | None:
    """The configuration at start.

    Raises:
        ServingError: when the file cannot be read or says something illegal, and when neither flag is given.
    """
    if file := flags.text("model_config_file"):
        return from_file(file)
    if not flags.text("model_base_path"):
        raise invalid_argument("Both server_options.model_base_path and server_options.model_config_file are empty!")
    return (Model(name=flags.text("model_name"), base_path=flags.text("model_base_path")),)


def from_file(file: str) -> tuple[Model, ...] | None:
    """The models of a `ModelServerConfig` in text form."""
    return from_message(protos.model_server_config(file))


def from_message(message: Any) -> tuple[Model, ...] | None:
    """The models of a `ModelServerConfig`, or None when it says nothing at all (an empty list says: no models).

    Raises:
        ServingError: for a duplicate name, a relative base path, a platform that is not TensorFlow, a custom config.
    """
    if message.WhichOneof("config") == "custom_model_config":
        raise failed_precondition("ModelServer does not yet support custom model config.")
    if message.WhichOneof("config") is None:
        return None
    models = tuple(_model(one) for one in message.model_config_list.config)
    _refuse_duplicates([model.name for model in models])
    return models


def _model(message: Any) -> Model:
    if not message.model_platform and not message.model_type:
        raise invalid_argument(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform."
        )
    if message.model_platform and message.model_platform != _TENSORFLOW:
        raise invalid_argument(f"Model {message.name} requests unsupported platform {message.model_platform}")
    if not PurePosixPath(message.base_path).is_absolute() and "://" not in message.base_path:
        raise invalid_argument(
            f"Expected model {message.name} to have an absolute path or URI; got base_path()={message.base_path}"
        )
    return Model(
        name=message.name,
        base_path=message.base_path,
        policy=_policy(message.model_version_policy),
        labels=dict(message.version_labels),
    )


def _policy(message: Any) -> Policy:
    match message.WhichOneof("policy_choice"):
        case "all":
            return All()
        case "specific":
            return Specific(versions=tuple(message.specific.versions))
        case _:
            return Latest(count=max(message.latest.num_versions, 1))


def _refuse_duplicates(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise invalid_argument(f"Illegal to list model {name} multiple times in config list")
