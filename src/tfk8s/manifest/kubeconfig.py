"""Entries of a kubeconfig, put in and taken out of its text; every byte that is not theirs stays.

A kubeconfig belongs to its user: comments, order, quoting, indentation and line ends are kept, in any style that
kubectl reads (block or flow YAML, JSON, anchors). The result is read again and compared part by part before it is given
out; where a text cannot be changed in that way it is refused, never rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.errors import PreconditionError
from tfk8s.manifest.objects import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump
from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part, UnreadableError, read_tree

_SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_CURRENT = "current-context"
_ASIDE = "move it aside and write the credentials again, or name another file with --kubeconfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeconfigEntry:
    """A cluster, a user and the context that joins them, all three of one name.

    Attributes:
        cluster: as a kubeconfig writes it under `clusters[].cluster`.
        user: as under `users[].user`.
    """

    name: str
    cluster: JsonObject
    user: JsonObject

    def items(self) -> dict[str, JsonObject]:
        """The item of each section, keys in alphabetic order as gcloud and kubectl write them."""
        context: JsonObject = {"cluster": self.name, "user": self.name}
        bodies: dict[str, JsonValue] = {"clusters": self.cluster, "contexts": context, "users": self.user}
        return {
            section: dict(sorted({"name": self.name, key: bodies[section]}.items()))
            for section, key in _SECTIONS.items()
        }


def with_entry(text: str, entry: KubeconfigEntry, *, make_current: bool, source: str) -> str:
    """The kubeconfig with the entry in it; unchanged when it is there already.

    A context that joins this cluster and user keeps what else it says, such as its namespace.

    Args:
        text: the whole file; "" for a new one.
        entry: what goes in; what has its name is replaced in place.
        make_current: whether a command without --context goes there from now on.
        source: what messages call the file.

    Raises:
        PreconditionError: the text is no kubeconfig, or cannot be changed without rewriting it.
    """
    bare = text.removeprefix("\ufeff")
    top = _read(bare, source=source)
    if top is None:
        return text + ("" if not text or text.endswith("\n") else "\n") + _new_file(entry, make_current=make_current)
    splices = Splices(text=bare, top=top)
    try:
        for section, item in entry.items().items():
            _put(splices, section, item=item, source=source)
        if make_current and _current(top) != entry.name:
            splices.set_text(_CURRENT, entry.name)
    except NotEditableError as error:
        raise _not_editable(source) from error
    changed = splices.apply()
    _check(top, changed, entry=entry, current=entry.name if make_current else _current(top), source=source)
    return text[: len(text) - len(bare)] + changed


def without_entry(text: str, name: str, *, source: str) -> str:
    """The kubeconfig without cluster, user and context of this name; unchanged when there is none of them.

    Where the context was the current one, there is no current one any more.

    Raises:
        PreconditionError: as `with_entry`.
    """
    bare = text.removeprefix("\ufeff")
    top = _read(bare, source=source)
    if top is None:
        return text
    splices = Splices(text=bare, top=top)
    try:
        for section in _SECTIONS:
            index = _find(top, section, name=name, source=source)
            if index is not None:
                splices.remove_item(section, index)
        if _current(top) == name:
            splices.set_text(_CURRENT, "")
    except NotEditableError as error:
        raise _not_editable(source) from error
    changed = splices.apply()
    current = "" if _current(top) == name else _current(top)
    gone = KubeconfigEntry(name=name, cluster={}, user={})
    _check(top, changed, entry=gone, current=current, source=source, is_gone=True)
    return text[: len(text) - len(bare)] + changed


def _put(splices: Splices, section: str, *, item: JsonObject, source: str) -> None:
    found = _find(splices.top, section, name=str(item["name"]), source=source)
    if found is None:
        splices.add_item(section, item)
    elif not _says(_items(splices.top, section)[found], item, section=section):
        splices.replace_item(section, found, item=item)


def _says(part: Part, item: JsonObject, *, section: str) -> bool:
    """Whether a part says what the item says; a context may say more."""
    found = _without_defaults(part.value())
    if section != "contexts" or not isinstance(found, dict):
        return found == item
    wanted, body = item["context"], found.get("context")
    return isinstance(wanted, dict) and isinstance(body, dict) and wanted.items() <= body.items()


def _without_defaults(value: JsonValue) -> JsonValue:
    """Without what kubectl adds to every plugin when it writes a file: keys without a value, the usual mode."""
    if not isinstance(value, dict):
        return value
    return {
        key: _without_defaults(item)
        for key, item in value.items()
        if item is not None and (key, item) != ("interactiveMode", "IfAvailable")
    }


def _find(top: Part, section: str, *, name: str, source: str) -> int | None:
    found = [index for index, part in enumerate(_items(top, section)) if _name(part) == name]
    if len(found) > 1:
        raise _broken(source, f"{section} has two entries of the name {name}")
    return found[0] if found else None


def _items(top: Part, section: str) -> list[Part]:
    part = top.get(section)
    return part.items if part is not None else []


def _name(part: Part) -> str | None:
    name = part.get("name") if part.kind == "map" else None
    return name.text if name is not None and name.kind == "scalar" else None


def _current(top: Part) -> str:
    part = top.get(_CURRENT)
    return part.text if part is not None and part.kind == "scalar" and not part.is_null else ""


def _read(text: str, *, source: str) -> Part | None:
    """The top map; None for a text that holds nothing.

    Raises:
        PreconditionError: it is no kubeconfig.
    """
    try:
        top = read_tree(text)
    except UnreadableError as error:
        raise _broken(source, str(error)) from error
    if top is None or (top.is_null and not top.text):
        return None
    if top.kind != "map":
        raise _broken(source, "it is no map")
    keys = [key.text for key, _ in top.pairs]
    for section in (*_SECTIONS, _CURRENT):
        if keys.count(section) > 1:
            raise _broken(source, f"{section} is given twice")
    for section in _SECTIONS:
        part = top.get(section)
        if part is not None and part.kind != "list" and not part.is_null:
            raise _broken(source, f"{section} is no list")
    current = top.get(_CURRENT)
    if current is not None and current.kind != "scalar":
        raise _broken(source, f"{_CURRENT} is no text")
    return top


def _new_file(entry: KubeconfigEntry, *, make_current: bool) -> str:
    """As gcloud writes a file that was not there."""
    content: JsonObject = {"apiVersion": "v1", "kind": "Config", "preferences": {}}
    content |= {section: [item] for section, item in entry.items().items()}
    content[_CURRENT] = entry.name if make_current else ""
    return dump(dict(sorted(content.items())))


def _check(
    top: Part, changed: str, *, entry: KubeconfigEntry, current: str, source: str, is_gone: bool = False
) -> None:
    """Compare the changed text with what it should hold: all else as it was, ours as wanted.

    Raises:
        PreconditionError: it holds something else, or is no YAML any more.
    """
    try:
        result = read_tree(changed)
    except UnreadableError as error:
        raise _not_editable(source) from error
    if result is None or result.kind != "map" or _current(result) != current:
        raise _not_editable(source)
    ours = {*_SECTIONS, _CURRENT}
    if _others(result, ours) != _others(top, ours):
        raise _not_editable(source)
    for section, item in entry.items().items():
        before, after = _items(top, section), _items(result, section)
        kept = [part.digest for part in after if _name(part) != entry.name]
        mine = [part for part in after if _name(part) == entry.name]
        is_right = not mine if is_gone else len(mine) == 1 and _says(mine[0], item, section=section)
        if kept != [part.digest for part in before if _name(part) != entry.name] or not is_right:
            raise _not_editable(source)


def _others(top: Part, ours: set[str]) -> list[tuple[str, str]]:
    return [(key.digest, value.digest) for key, value in top.pairs if key.text not in ours]


def _broken(source: str, why: str) -> PreconditionError:
    return PreconditionError(f"the kubeconfig {source} is broken, and was left alone: {why}", hint=_ASIDE)


def _not_editable(source: str) -> PreconditionError:
    return PreconditionError(
        f"the kubeconfig {source} is written in a way that cannot be changed without rewriting it, and was left alone",
        hint=_ASIDE,
    )
