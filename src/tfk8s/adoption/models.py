"""Which models a server was told to serve: by its flags, by its entrypoint's variables, or by a models.config."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tfk8s.adoption.command import CommandLine
from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.adoption.volumes import config_text, source_of
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue, textproto
from tfk8s.names.image import REFERENCE
from tfk8s.names.model import MODEL_NAME, url_name

_ENTRYPOINT_NAME = "model"
_ENTRYPOINT_BASE = "/models"
_READ = frozenset({"name", "base_path", "model_version_policy", "version_labels", "model_platform"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server's container in its pod, and what it was told.

    Attributes:
        variables: its environment, as far as it is plain text.
        holds_model: whether its image may hold a model.
        objects: everything that was read, for ConfigMaps.
    """

    pod: Part
    container: Part
    line: CommandLine
    variables: Mapping[str, str]
    holds_model: bool
    objects: tuple[Found, ...]

    def file(self, flag: str) -> tuple[str, Part | None]:
        """The text of the configuration file that a flag names, and its place.

        Raises:
            InputError: it is in a ConfigMap that is not among the files.
        """
        path = self.line.flags.get(flag, "")
        text, place, missing = config_text(path, pod=self.pod, container=self.container, objects=self.objects)
        if missing:
            raise InputError(
                f"{self.container.found.title}: --{flag}={path} is in the ConfigMap {missing}, which is not among the "
                "files, or has no such key",
                hint="give its file too, or kubectl get it with -o yaml",
            )
        return text, place


def models_of(server: Server) -> list[JsonObject]:
    """The entries of `models`; never none.

    Raises:
        InputError: its models.config cannot be found or read.
    """
    if server.line.flags.get("model_config_file"):
        return _configured(server)
    flags, places = server.line.flags, server.line.places
    name, path = flags.get("model_name", ""), flags.get("model_base_path", "")
    place = places.get("model_base_path") or places.get("model_name") or server.container.at("image")
    if server.line.through_entrypoint:
        called = server.variables.get("MODEL_NAME") or _called(server)
        base = server.variables.get("MODEL_BASE_PATH", _ENTRYPOINT_BASE)
        name, path = name or called, path or f"{base.rstrip('/')}/{called}"
        if "MODEL_NAME" not in server.variables and "model_name" not in flags:
            place.tell(
                NoteKind.CHANGED,
                f"no MODEL_NAME is given: {called} is taken, check it (docker inspect shows what the image sets)",
            )
    if not path:
        raise InputError(
            f"{server.container.found.title}: the server was told of no model",
            hint="add --model_base_path or --model_config_file to its arguments, and import again",
        )
    return [_model(server, name=name or "default", path=path, place=place)]


def _called(server: Server) -> str:
    """An image that holds a model is mostly called like it; the project's own say model."""
    if not server.holds_model:
        return _ENTRYPOINT_NAME
    match = REFERENCE.match(str(server.container.at("image").value))
    return url_name(match["repository"].rpartition("/")[2]) if match else _ENTRYPOINT_NAME


def _configured(server: Server) -> list[JsonObject]:
    text, place = server.file("model_config_file")
    where = server.line.places["model_config_file"]
    if place is None:
        raise InputError(
            f"{server.container.found.title}: {server.line.flags['model_config_file']} is in no ConfigMap: the models "
            "cannot be known",
            hint="give it in a ConfigMap, or write --model_name and --model_base_path, and import again",
        )
    try:
        message = textproto.read(text)
    except ValueError as error:
        raise InputError(
            f"{place.found.title}: the text of {place.path[-1]} cannot be read: {error}",
            hint="it is the text form of ModelServerConfig",
        ) from None
    lists = [entry for entry in message.get("model_config_list", []) if isinstance(entry, dict)]
    configs = [item for entry in lists for item in entry.get("config", []) if isinstance(item, dict)]
    if not configs:
        raise InputError(f"{place.found.title}: {place.path[-1]} names no model", hint="a model_config_list is needed")
    for extra in message.keys() - {"model_config_list"}:
        place.tell(NoteKind.LOST, f"{extra} is not carried over")
    where.use()
    return [_configured_model(server, config, place=place) for config in configs]


def _configured_model(server: Server, config: textproto.Fields, *, place: Part) -> JsonObject:
    model = _model(server, name=_word(config, "name"), path=_word(config, "base_path"), place=place)
    versions = _versions(config, place=place)
    labels: dict[str, JsonValue] = {}
    for entry in config.get("version_labels", []):
        if isinstance(entry, dict):
            labels[_word(entry, "key")] = _number(entry, "value", otherwise=0)
    if labels and not isinstance(versions, list):
        place.tell(NoteKind.CHANGED, f"the labels of {model['name']} name their versions, which alone are loaded")
        versions = [*_numbers(labels.values())]
    for extra in config.keys() - _READ:
        place.tell(NoteKind.LOST, f"{extra} of the model {model['name']} is not carried over")
    given: JsonObject = {"versions": versions} if versions != "latest" else {}
    return {**model, **given, **({"labels": labels} if labels else {})}


def _versions(config: textproto.Fields, *, place: Part) -> JsonValue:
    policy = _inner(config, "model_version_policy")
    if "all" in policy:
        return "all"
    if "specific" in policy:
        return [*_numbers(_inner(policy, "specific").get("versions", []))]
    count = _number(_inner(policy, "latest"), "num_versions", otherwise=1)
    if count != 1:
        place.tell(NoteKind.CHANGED, f"the latest {count} versions become the latest one: list the others in versions")
    return "latest"


def _numbers(values: Iterable[object]) -> list[int]:
    return sorted({value for value in values if isinstance(value, int)})


def _inner(message: textproto.Fields, key: str) -> textproto.Fields:
    values = message.get(key, [])
    last = values[-1] if values else {}
    return last if isinstance(last, dict) else {}


def _word(message: textproto.Fields, key: str) -> str:
    values = message.get(key, [])
    return str(values[-1]) if values else ""


def _number(message: textproto.Fields, key: str, *, otherwise: int) -> int:
    values = message.get(key, [])
    return values[-1] if values and isinstance(values[-1], int) else otherwise


def _model(server: Server, *, name: str, path: str, place: Part) -> JsonObject:
    path = path if "://" in path else posixpath.normpath(path)
    legal = name if MODEL_NAME.match(name) else url_name(name)
    if legal != name:
        place.tell(NoteKind.CHANGED, f"{name!r} cannot stand in a URL and a path: the model is called {legal}")
    source, reason = source_of(path, pod=server.pod, container=server.container, holds_model=server.holds_model)
    if source is None:
        source = f"./models/{legal}"
        place.tell(NoteKind.LOST, f"{reason}: put the model's versions into {source}, from where they are baked in")
    return {"name": legal, "source": source}
