"""What a container tells the model server: its flags, as far as a manifest says them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.yaml import Path
from tfk8s.spec.flags import SERVER_FLAGS

GRPC_PORT = 8500
REST_PORT = 8501
"""What the image's entrypoint opens: https://github.com/tensorflow/serving, tools/docker/Dockerfile."""

_ENTRYPOINT = "tf_serving_entrypoint.sh"
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_FLAG = re.compile(r"--?(?P<name>[A-Za-z0-9_-]+)(?:=(?P<value>.*))?\Z", re.DOTALL)
_VARIABLE = re.compile(r"\$\((\w+)\)|\$\$")


class GivenFlag(NamedTuple):
    """A flag as somebody wrote it.

    Attributes:
        text: the value; "" without one, which only a boolean flag may be, None when a variable hides it.
        path: the argument.
    """

    name: str
    text: str | None
    path: Path


class ServerLine(NamedTuple):
    """The flags that a server gets; the last of a name counts.

    Attributes:
        through_entrypoint: whether the image's own entrypoint runs, which opens both ports.
    """

    flags: Mapping[str, GivenFlag]
    through_entrypoint: bool

    def text(self, name: str) -> str:
        """The value of a flag, "" when it is not given or not known."""
        found = self.flags.get(name)
        return (found.text or "") if found is not None else ""

    def is_on(self, name: str) -> bool:
        """Whether a boolean flag is given and true."""
        return name in self.flags and self.text(name).lower() in {"", "true", "1"}

    @property
    def rest_port(self) -> int | None:
        """The port of REST and metrics, 0 for none; None when a variable hides it."""
        return self._port("rest_api_port", otherwise=REST_PORT if self.through_entrypoint else 0)

    @property
    def grpc_port(self) -> int | None:
        """The port of gRPC; None when a variable hides it."""
        return self._port("port", otherwise=GRPC_PORT)

    def _port(self, name: str, *, otherwise: int) -> int | None:
        if name not in self.flags:
            return otherwise
        text = self.text(name)
        return int(text) if text.isdigit() else None


def read_line(container: JsonObject, at: Path) -> ServerLine | None:
    """The flags of a container; None when a shell or another program runs, whose flags cannot be known.

    Args:
        container: of a pod.
        at: where it stands in its object.
    """
    command, arguments = _words(container, "command", at), _words(container, "args", at)
    program = command[0][0].rpartition("/")[2] if command else _ENTRYPOINT
    if program in _SHELLS or (command and program != _ENTRYPOINT and "tensorflow_model_server" not in program):
        return None
    variables = {text_at(item, "name"): item.get("value") for item in objects_at(container, "env")}
    flags: dict[str, GivenFlag] = {}
    for word, path in (*command[1:], *arguments):
        match = _FLAG.match(word)
        if match is not None and not lacks_value(word):
            value = _expanded(match["value"] or "", variables)
            flags[match["name"]] = GivenFlag(name=match["name"], text=value, path=path)
    return ServerLine(flags=flags, through_entrypoint=program == _ENTRYPOINT)


def lacks_value(word: str) -> bool:
    """Whether it is `--flag` of a flag that needs `=value`: the server takes it for unknown and goes on without it."""
    flag = SERVER_FLAGS.get(word.lstrip("-"))
    return flag is not None and flag.kind != "bool"


def _words(container: JsonObject, key: str, at: Path) -> list[tuple[str, Path]]:
    words = container.get(key)
    if not isinstance(words, list):
        return []
    return [(word, (*at, key, index)) for index, word in enumerate(words) if isinstance(word, str)]


def _expanded(text: str, variables: Mapping[str, object]) -> str | None:
    """As the kubelet does; None when a variable is not in the manifest."""
    names = [match[1] for match in _VARIABLE.finditer(text) if match[1]]
    if any(not isinstance(variables.get(name), str) for name in names):
        return None
    return _VARIABLE.sub(lambda match: str(variables[match[1]]) if match[1] else "$", text)
