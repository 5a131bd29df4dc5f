"""Command lines that run a model server here, from what its container would get. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.manifest.textproto_writer import quote
from tfk8s.ports import LocalRun

BINARY = "tensorflow_model_server"
LABEL = "tfk8s.dev/serve"
"""Marks our containers: `docker ps --filter label=tfk8s.dev/serve`."""

_CONTAINER_PORTS = {"grpc": 8500, "rest": 8501}


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerSettings:
    """What a container gets beside the run: its name, the user that may read the files, where the files are."""

    container: str
    user: str
    folder: Path


def file_names(run: LocalRun) -> Mapping[str, str]:
    """The name of each configuration file in one folder, by its path in the container."""
    return {path: path.strip("/").replace("/", "-") for path in run.files}


def docker_command(run: LocalRun, *, settings: DockerSettings) -> tuple[str, ...]:
    """`docker run` with the ports on loopback alone, and no more rights than in the cluster."""
    words = ["docker", "run", "--rm", "--name", settings.container, "--label", f"{LABEL}={run.name}"]
    words += ["--publish", f"127.0.0.1:{run.rest_port}:{_CONTAINER_PORTS['rest']}"]
    words += ["--publish", f"127.0.0.1:{run.grpc_port}:{_CONTAINER_PORTS['grpc']}"]
    words += ["--user", settings.user, "--read-only", "--tmpfs", "/tmp"]  # noqa: S108 - the container's own
    words += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    for path, name in file_names(run).items():
        words += ["--mount", _mount(settings.folder / name, path)]
    for path, directory in run.directories.items():
        words += ["--mount", _mount(directory, path)]
    for name, value in run.environment.items():
        words += ["--env", f"{name}={value}"]
    return (*words, run.image, *run.arguments)


def binary_command(run: LocalRun, *, program: str, folder: Path) -> tuple[str, ...]:
    """The server itself: ports as the image's entrypoint gives them, arguments behind, files where they are here."""
    here = {path: str(folder / name) for path, name in file_names(run).items()}
    arguments = [_with_local_file(argument, here) for argument in run.arguments]
    return (program, f"--port={run.grpc_port}", f"--rest_api_port={run.rest_port}", *arguments)


def local_files(run: LocalRun) -> dict[str, str]:
    """The configuration files for the bare binary, by their name, with the models' directories here."""
    return {name: _with_local_directories(run.files[path], run.directories) for path, name in file_names(run).items()}


def _with_local_file(argument: str, here: Mapping[str, str]) -> str:
    name, separator, value = argument.partition("=")
    return name + separator + here.get(value, value)


def _with_local_directories(content: str, directories: Mapping[str, Path]) -> str:
    for path, directory in directories.items():
        content = content.replace(f"base_path: {quote(path)}\n", f"base_path: {quote(str(directory))}\n")
    return content


def _mount(source: Path, target: str) -> str:
    """A read-only bind mount; docker reads the option as a line of CSV, so commas and quotes in paths are quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["type=bind", f"source={source}", f"target={target}", "readonly"])
    return line.getvalue()
