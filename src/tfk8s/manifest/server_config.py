"""`models.config` as a value: which versions of which models a server loads, and what their labels point to.

The file is the text form of `ModelServerConfig` (tensorflow_serving/config/model_server_config.proto). Reading refuses
what this form does not hold, so that writing never loses what somebody else put there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, Union

from typing_extensions import assert_never

from tfk8s.errors import InputError
from tfk8s.manifest.textproto_writer import Message, Value, write

if TYPE_CHECKING:
    from tfk8s.manifest.textproto import Fields

MODELS_FILE: Final = "models.config"
"""Its name among the server's configuration files, in the ConfigMap and in the pod."""

PLATFORM: Final = "tensorflow"

VersionPolicy: TypeAlias = Union[Literal["latest", "all"], "tuple[int, ...]"]
"""The highest version, every version, or exactly these."""

_MODEL_FIELDS = frozenset({"name", "base_path", "model_platform", "model_version_policy", "version_labels"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """One model of a server.

    Attributes:
        name: the name in the URL.
        base_path: the directory of its versions, as the server sees it.
        versions: which of them are loaded.
        labels: names for versions.
    """

    name: str
    base_path: str
    versions: VersionPolicy = "latest"
    labels: Mapping[str, int] = field(default_factory=dict)

    @property
    def numbers(self) -> frozenset[int]:
        """The versions that it names, by number or by label; what else `latest` and `all` load is not known here."""
        listed = self.versions if isinstance(self.versions, tuple) else ()
        return frozenset((*listed, *self.labels.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """All models of a server, in the order of the file."""

    models: tuple[ModelConfig, ...]

    def model(self, name: str) -> ModelConfig:
        """Find a model by its name.

        Raises:
            InputError: the server has no such model.
        """
        found = next((model for model in self.models if model.name == name), None)
        if found is None:
            names = ", ".join(model.name for model in self.models) or "none"
            raise InputError(f"the server has no model {name}", hint=f"its models: {names}")
        return found

    def replaced(self, model: ModelConfig) -> ServerConfig:
        """The same with another configuration of the model of that name.

        Raises:
            InputError: the server has no such model.
        """
        self.model(model.name)
        return replace(self, models=tuple(model if old.name == model.name else old for old in self.models))


def config_hash(files: Mapping[str, str]) -> str:
    """Changes whenever a configuration file does; made of plain text, so that the chart's templates get it too."""
    text = "".join(f"{name}\n{content}" for name, content in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_server_config(config: ServerConfig) -> str:
    """Write the file; equal configurations give equal bytes."""
    return write([("model_config_list", [("config", _model(model)) for model in config.models])])


def _model(model: ModelConfig) -> Message:
    fields: list[tuple[str, Value]] = [
        ("name", model.name),
        ("base_path", model.base_path),
        ("model_platform", PLATFORM),
        ("model_version_policy", _policy(model)),
    ]
    for label, version in sorted(model.labels.items()):
        fields.append(("version_labels", [("key", label), ("value", version)]))
    return fields


def _policy(model: ModelConfig) -> Message:
    match model.versions:
        case "latest":
            return [("latest", [("num_versions", 1)])]
        case "all":
            return [("all", [])]
        case tuple():
            return [("specific", [("versions", version) for version in model.versions])]
        case _:
            assert_never(model.versions)


def read_server_config(text: str) -> ServerConfig:
    """Read the file.

    Raises:
        InputError: no text form of a list of models, or a setting that `write_server_config` would lose.
    """
    from tfk8s.manifest.textproto import read  # whoever renders only writes

    try:
        fields = read(text)
    except ValueError as error:
        raise _unread(str(error)) from error
    _only(fields, {"model_config_list"}, "the file")
    lists = [_message(value, "model_config_list") for value in fields.get("model_config_list", [])]
    if len(lists) != 1:
        raise _unread("it has no list of models")
    _only(lists[0], {"config"}, "model_config_list")
    models = tuple(_read_model(_message(value, "config")) for value in lists[0].get("config", []))
    names = [model.name for model in models]
    if len(set(names)) != len(names):
        raise _unread("a model stands there twice")
    return ServerConfig(models=models)


def _read_model(fields: Fields) -> ModelConfig:
    name = _text(fields, "name")
    place = f"model {name}"
    _only(fields, _MODEL_FIELDS, place)
    if _text(fields, "model_platform") != PLATFORM:
        raise _unread(f"{place} is of another platform than {PLATFORM}")
    entries = [_message(value, "version_labels") for value in fields.get("version_labels", [])]
    return ModelConfig(
        name=name,
        base_path=_text(fields, "base_path"),
        versions=_read_policy(fields.get("model_version_policy", []), place),
        labels={_text(entry, "key"): _number(entry.get("value", []), place) for entry in entries},
    )


def _read_policy(values: Sequence[object], place: str) -> VersionPolicy:
    if not values:
        return "latest"
    policy = _message(values[0], "model_version_policy")
    _only(policy, {"latest", "all", "specific"}, f"the version policy of {place}")
    if len(values) > 1 or len(policy) != 1:
        raise _unread(f"{place} has not one version policy")
    ((kind, inner),) = policy.items()
    chosen = _message(inner[0], kind)
    if kind == "all":
        return "all"
    if kind == "latest":
        if chosen.get("num_versions", [1]) not in ([1], [0]):
            raise _unread(f"{place} keeps several of the latest versions; name them")
        return "latest"
    return tuple(_number([value], place) for value in chosen.get("versions", []))


def _message(value: object, name: str) -> Fields:
    if not isinstance(value, dict):
        raise _unread(f"{name} is no message")
    return value


def _text(fields: Fields, name: str) -> str:
    values = fields.get(name, [])
    if len(values) != 1 or not isinstance(values[0], str):
        raise _unread(f"{name} is not one text")
    return values[0]


def _number(values: Sequence[object], place: str) -> int:
    (value,) = values if len(values) == 1 else (None,)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _unread(f"{place} has a version that is no number")
    return value


def _only(fields: Fields, known: frozenset[str] | set[str], place: str) -> None:
    others = sorted(set(fields) - known)
    if others:
        raise _unread(f"{place} says {', '.join(others)}, which tfk8s does not write")


def _unread(what: str) -> InputError:
    return InputError(f"{MODELS_FILE} cannot be changed: {what}", hint="tfk8s apply writes it anew from the spec")
