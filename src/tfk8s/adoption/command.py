"""The command line of the model server: which flags it got, in whatever form somebody wrote them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.errors import InputError
from tfk8s.spec import SERVER_FLAGS

SERVER = "tensorflow_model_server"
_PROGRAMS = frozenset({SERVER, "tf_serving_entrypoint.sh", "tensorflow_model_server_universal"})
_ENTRYPOINT = "tf_serving_entrypoint.sh"
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_FLAG = re.compile(r"--?(?P<name>[a-z_]+)(?:=(?P<value>.*))?\Z", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|\((\w+)\)|(\w+)|(\$))")
_SHELL_SIGNS = re.compile(r"[;|&<>`\n*?~#]|\$\(\(?[^)]*\s")
_CONTROL = ("if", "while", "for", "case", "until", "trap")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """What the server was told.

    Attributes:
        flags: by name, as texts; a flag without a value is "".
        places: the argument of each.
        through_entrypoint: whether the image's own entrypoint ran, which opens both ports and reads MODEL_NAME.
    """

    flags: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Part] = field(default_factory=dict)
    through_entrypoint: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    text: str
    place: Part


def is_server(container: Part) -> bool:
    """Whether a container says that it runs the model server."""
    words = [str(item.value) for key in ("command", "args") for item in container.items(key)]
    return any(SERVER in word or _ENTRYPOINT in word for word in words)


def read_command(container: Part, *, variables: Mapping[str, str]) -> CommandLine:
    """The flags of a container.

    Raises:
        InputError: it runs something whose flags cannot be known: a script, or another program.
    """
    command = [_Word(text=_text(item), place=item) for item in container.items("command")]
    arguments = [_Word(text=_text(item), place=item) for item in container.items("args")]
    words = [*command, *arguments]
    for word in words:
        word.place.found.used.add(word.place.path)
    if words and _base(words[0].text) in _SHELLS:
        return _of_words(_in_shell(words, variables), variables=variables, overridden=True)
    overridden = bool(command) and _base(command[0].text) != _ENTRYPOINT
    if overridden and _base(command[0].text) not in _PROGRAMS:
        raise _refusal(command[0], f"runs {command[0].text!r}, which is not {SERVER}")
    return _of_words(words, variables=variables, overridden=overridden, stray=not command)


def _of_words(
    words: list[_Word], *, variables: Mapping[str, str], overridden: bool, stray: bool = False
) -> CommandLine:
    if words and _base(words[0].text) in _PROGRAMS:
        program, words = words[0], words[1:]
        if stray:
            program.place.tell(
                NoteKind.UNSAFE,
                "the path of the program is no argument: the image's entrypoint runs it already. It is left out",
            )
            overridden = False
        elif overridden:
            program.place.tell(
                NoteKind.CHANGED, "the image's own entrypoint runs the server, with flags alone; it also opens REST"
            )
    flags: dict[str, str] = {}
    places: dict[str, Part] = {}
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        match = _FLAG.match(_expanded(word, variables))
        if match is None:
            word.place.tell(NoteKind.LOST, f"{word.text!r} is no flag: the server ignored it")
            continue
        name, value = match["name"], match["value"]
        if value is None and index < len(words) and not words[index].text.startswith("-") and not _is_bool(name):
            value = _expanded(words[index], variables)
            word.place.tell(
                NoteKind.UNSAFE,
                f"--{name} and its value were two arguments, of which the server understands neither; "
                f"taken as --{name}={value}",
            )
            index += 1
        flags[name], places[name] = value or "", word.place
    return CommandLine(flags=flags, places=places, through_entrypoint=not overridden)


def _is_bool(name: str) -> bool:
    flag = SERVER_FLAGS.get(name)
    return flag is not None and flag.kind == "bool"


def _in_shell(words: list[_Word], variables: Mapping[str, str]) -> list[_Word]:
    """`sh -c "exec tensorflow_model_server --port=8500"`: one plain command, or nothing that can be understood."""
    rest = [word for word in words[1:] if not re.fullmatch(r"-[a-z]*", word.text)]
    if len(words) < 2 or not rest or "c" not in words[1].text:
        raise _refusal(words[0], "runs a shell whose command cannot be read")
    script = rest[0]
    text = script.text.replace("\\\n", " ").strip().removesuffix(";").strip()
    if _SHELL_SIGNS.search(text) or text.split(" ")[0] in _CONTROL:
        raise _refusal(script, "is a shell script: only a single command can be understood")
    try:
        pieces = shlex.split(text)
    except ValueError as error:
        raise _refusal(script, f"is a shell command that cannot be read ({error})") from None
    pieces = pieces[1:] if pieces and pieces[0] == "exec" else pieces
    if not pieces or _base(pieces[0]) not in _PROGRAMS:
        raise _refusal(script, f"runs {pieces[0] if pieces else 'nothing'!r} in a shell, which is not {SERVER}")
    for piece in pieces:
        _expanded(_Word(text=piece, place=script.place), variables)
    script.place.tell(NoteKind.CHANGED, "flags are given one by one, without a shell")
    return [_Word(text=piece, place=script.place) for piece in pieces]


def _expanded(word: _Word, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[4]:
            return "$"
        name = match[1] or match[2] or match[3]
        if name not in variables:
            raise _refusal(word, f"uses the variable {name}, whose value is not in the manifest")
        return variables[name]

    return _VARIABLE.sub(value, word.text)


def _text(item: Part) -> str:
    return item.value if isinstance(item.value, str) else str(item.value)


def _base(text: str) -> str:
    return text.rpartition("/")[2]


def _refusal(word: _Word, message: str) -> InputError:
    found, path = word.place.found, word.place.path
    mark = found.document.value_mark((*found.base, *path))
    return InputError(
        f"{found.document.source}:{mark}: {found.title}: the container {message}",
        hint=f"write the flags of {SERVER} as one argument each, --name=value, and import again",
    )
