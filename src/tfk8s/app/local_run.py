"""From the manifests of a service to a model server on this computer: the same arguments and files, other paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.names.model import url_name
from tfk8s.ports import LocalRun
from tfk8s.render.served import BAKED_ROOT
from tfk8s.spec import LocalSource, ModelSpec, ServiceSpec, legal_name

CONTAINER = "model-server"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPorts:
    """Ports of 127.0.0.1."""

    rest: int = 8501
    grpc: int = 8500


def spec_of_directory(directory: Path) -> ServiceSpec:
    """The spec of a model directory and nothing else: every setting at its default.

    A directory may have any name; where no URL can hold it, the model has the nearest one, as `tfk8s init` names it.
    """
    absolute = directory.resolve()
    model = ModelSpec(name=url_name(absolute.name), source=str(absolute))
    return ServiceSpec(api_version="tfk8s.dev/v1", name=legal_name(absolute.name), model=model)


def local_run(
    spec: ServiceSpec, manifests: Manifests, *, base: Path, image: str | None = None, ports: LocalPorts | None = None
) -> LocalRun:
    """Take arguments, environment and configuration files out of the rendered objects.

    Args:
        spec: the service, for its models' directories.
        manifests: what was rendered of it.
        base: the folder of the spec file; sources are relative to it.
        image: in place of the spec's base image.
        ports: of this computer.

    Raises:
        InputError: a model is not a directory here.
    """
    chosen = ports or LocalPorts()
    pod = object_at(_body(manifests, "Deployment"), "spec", "template", "spec")
    container = next(found for found in objects_at(pod, "containers") if found.get("name") == CONTAINER)
    arguments = value_at(container, "args")
    return LocalRun(
        name=spec.name,
        image=image or spec.image.base,
        arguments=tuple(_as_read(str(argument)) for argument in arguments) if isinstance(arguments, list) else (),
        environment={
            text_at(entry, "name"): _as_read(text_at(entry, "value"))
            for entry in objects_at(container, "env")
            if "value" in entry
        },
        files=_files(pod, container, manifests),
        directories={f"{BAKED_ROOT}/{model.name}": _directory(model, base) for model in spec.served_models},
        rest_port=chosen.rest,
        grpc_port=chosen.grpc,
    )


def _directory(model: ModelSpec, base: Path) -> Path:
    source = model.parsed_source
    if not isinstance(source, LocalSource):
        raise InputError(
            f"model {model.name!r} is at {model.source}, and only a directory can be served on this computer",
            hint="copy the model here, and run `tfk8s serve MODEL_DIR`",
        )
    directory = source.directory(base).resolve()
    _check_names(model, directory)
    return directory


def _check_names(model: ModelSpec, directory: Path) -> None:
    """The server looks for a named version by its number: it would not see a padded directory, which no image has."""
    named = {*model.labels.values(), *(model.versions if isinstance(model.versions, tuple) else ())}
    padded = {int(path.name): path.name for path in directory.glob("0?*") if path.name.isdecimal()}
    for number in sorted(named & padded.keys()):
        if not (directory / str(number)).exists():
            raise InputError(
                f"the spec names version {number} of model {model.name!r}, and the server then looks for "
                f"{directory}/{number}",
                hint=f"rename {padded[number]} to {number}, or leave out versions and labels",
            )


def _files(pod: JsonObject, container: JsonObject, manifests: Manifests) -> Mapping[str, str]:
    """The data of every ConfigMap that the container mounts, by the path there."""
    mounted = {text_at(mount, "name"): text_at(mount, "mountPath") for mount in objects_at(container, "volumeMounts")}
    config_maps = {
        text_at(volume, "name"): text_at(volume, "configMap", "name") for volume in objects_at(pod, "volumes")
    }
    return {
        f"{mounted[volume]}/{file}": str(content)
        for volume, config_map in config_maps.items()
        if config_map and volume in mounted
        for file, content in object_at(_body(manifests, "ConfigMap", name=config_map), "data").items()
    }


def _body(manifests: Manifests, kind: str, *, name: str | None = None) -> JsonObject:
    return next(found.body for found in manifests if found.ref.kind == kind and name in (None, found.ref.name))


def _as_read(text: str) -> str:
    """What the container gets of a text in a manifest: the kubelet halves each doubled `$`."""
    return text.replace("$$", "$")
