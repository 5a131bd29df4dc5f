"""Which Deployment runs the model server, of all that was given."""

from __future__ import annotations

from tfk8s.adoption.command import is_server
from tfk8s.adoption.images import looks_like_server
from tfk8s.adoption.objects import Found, Part
from tfk8s.errors import InputError
from tfk8s.manifest.fields import text_at


def choose(objects: tuple[Found, ...], *, name: str | None) -> tuple[Found, Part]:
    """The Deployment and its container of the model server.

    Raises:
        InputError: there is none, or there are several and none was named.
    """
    deployments = [item for item in objects if item.kind == "Deployment"]
    servers = [(item, found) for item in deployments if (found := server_of(item)) is not None]
    if name is not None:
        servers = [pair for pair in servers if pair[0].name == name]
    names = ", ".join(sorted(item.name for item in deployments)) or "none"
    if not servers:
        what = f"no Deployment {name} of a model server" if name is not None else "no Deployment of a model server"
        raise InputError(
            f"there is {what} among the files (Deployments: {names})",
            hint="its image or its command must say TensorFlow Serving; give the file that holds it",
        )
    if len(servers) > 1:
        several = ", ".join(f"{item.name} ({item.document.source})" for item, _ in servers)
        raise InputError(
            f"there are {len(servers)} Deployments of model servers: {several}",
            hint="choose one with --deployment NAME, and import the others into specs of their own",
        )
    return servers[0]


def server_of(deployment: Found) -> Part | None:
    """The container that runs the model server, by its command, its image, or the ports of a single container."""
    containers = deployment.root.items("spec", "template", "spec", "containers")
    for container in containers:
        if is_server(container) or looks_like_server(text_at(container.value, "image")):
            return container
    if len(containers) == 1:
        ports = [port.at("containerPort").value for port in containers[0].items("ports")]
        named = any(entry.at("name").value in ("MODEL_NAME", "MODEL_BASE_PATH") for entry in containers[0].items("env"))
        if named or 8500 in ports or 8501 in ports:
            return containers[0]
    return None
