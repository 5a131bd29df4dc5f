"""Kubeconfigs as people, kubectl, gcloud and other tools leave them: any style, comments, line ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.strategies.values import texts
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump

SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_NAMES = ("kind-kind", "gke_p_us-central1-a_other", "minikube", "a b", "ü", "yes", "010", "prod # 1", "x: y", "- z")
_COMMENTS = ("# mine", "#", "   # deep: [comment", "", "  ", "# - name: x")


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeconfigText:
    """A kubeconfig; `restores` when each section is a list that is there, so that removing undoes adding exactly."""

    text: str
    restores: bool


def _named(name: str, key: str, body: JsonObject) -> JsonObject:
    return {key: body, "name": name}


def _item(key: str) -> st.SearchStrategy[JsonObject]:
    bodies: dict[str, st.SearchStrategy[JsonObject]] = {
        "cluster": st.builds(
            lambda server, extra: {"server": server, **extra},
            st.sampled_from(["https://127.0.0.1:6443", "https://[::1]"]),
            st.sampled_from([{}, {"certificate-authority-data": "LS0tCg==" * 20}, {"insecure-skip-tls-verify": True}]),
        ),
        "context": st.builds(
            lambda name, extra: {"cluster": name, "user": name, **extra},
            st.sampled_from(_NAMES),
            st.sampled_from([{}, {"namespace": "prod"}, {"extensions": [{"name": "x", "extension": {"v": 1}}]}]),
        ),
        "user": st.one_of(
            st.just({}), st.just({"exec": {"args": ["a", "--b"], "env": None}}), texts().map(lambda t: {"token": t})
        ),
    }
    return bodies[key].map(lambda body: _named("", key, body))


@st.composite
def _items(draw: st.DrawFn, key: str) -> list[JsonValue]:
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=3))
    return [{**draw(_item(key)), "name": name} for name in names]


def _flow(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=True)


def _pretty(value: JsonValue, *, indent: int) -> str:
    return json.dumps(value, indent=indent)


def _block(items: list[JsonValue], *, indent: int, gap: str, flow_items: bool) -> list[str]:
    lines = []
    for item in items:
        if flow_items:
            lines.append(f"-{gap}{_flow(item)}")
            continue
        first, *rest = dump(item).rstrip("\n").split("\n")
        lines.append(f"-{gap}{first}")
        lines += [" " * (1 + len(gap)) + line if line else line for line in rest]
    return [" " * indent + line if line else line for line in lines]


@st.composite
def _section(draw: st.DrawFn, section: str, items: list[JsonValue]) -> list[str]:
    comment = draw(st.sampled_from(["", "  # mine", " #"]))
    if not items:
        return [draw(st.sampled_from([f"{section}: []{comment}", f"{section}: [ ]", f'"{section}" :  []{comment}']))]
    style = draw(st.sampled_from(["block", "block", "flow", "pretty"]))
    if style == "flow":
        return [f"{section}: {_flow(items)}{comment}"]
    if style == "pretty":
        first, *rest = _pretty(items, indent=draw(st.sampled_from([2, 4]))).split("\n")
        return [f"{section}: {first}", *("  " + line for line in rest)]
    gap = draw(st.sampled_from([" ", "   "]))
    lines = _block(items, indent=draw(st.sampled_from([0, 2])), gap=gap, flow_items=draw(st.booleans()))
    between = draw(st.sampled_from([[], ["# above"], ["", "  # x"]]))
    return [f"{section}:{comment}", *between, *lines]


@st.composite
def block_kubeconfigs(draw: st.DrawFn) -> KubeconfigText:
    """Block style at the top, each section in a style of its own."""
    parts: list[list[str]] = [["apiVersion: v1"], ["kind: Config"]]
    parts += draw(st.sampled_from([[], [["preferences: {}"]], [["extensions:", "- &a {name: x}", "- *a"]]]))
    restores = True
    for section, key in SECTIONS.items():
        form = draw(st.sampled_from(["list"] * 6 + ["absent", "null", "empty"]))
        restores = restores and form == "list"
        if form == "list":
            parts.append(draw(_section(section, draw(_items(key)))))
        elif form != "absent":
            parts.append([f"{section}:" + (" null" if form == "null" else "")])
    current = draw(st.sampled_from([None, "", *_NAMES]))
    if current is not None:
        parts.append([f"current-context: {json.dumps(current)}" + draw(st.sampled_from(["", "   # here"]))])
    lines: list[str] = draw(st.sampled_from([[], ["# my clusters"], ["---"], ["%YAML 1.1", "---"]]))
    for part in draw(st.permutations(parts)):
        lines = [*lines, *part, *draw(st.lists(st.sampled_from(_COMMENTS), max_size=2))]
    return KubeconfigText(text=draw(_file(lines)), restores=restores)


@st.composite
def json_kubeconfigs(draw: st.DrawFn) -> KubeconfigText:
    """JSON, on one line or pretty."""
    content: JsonObject = {"kind": "Config", "apiVersion": "v1", "preferences": {}, "extra": [1, {}]}
    restores = True
    for section, key in SECTIONS.items():
        if draw(st.integers(0, 8)) == 0:
            restores = False
        else:
            content[section] = draw(_items(key))
    current = draw(st.sampled_from([None, "", *_NAMES]))
    if current is not None:
        content["current-context"] = current
    shuffled = dict(draw(st.permutations(list(content.items()))))
    text = json.dumps(shuffled, indent=draw(st.sampled_from([None, 2, 4])))
    return KubeconfigText(text=draw(_file(text.split("\n"))), restores=restores)


@st.composite
def _file(draw: st.DrawFn, lines: list[str]) -> str:
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    while lines and not lines[-1].strip():  # a text at the end without a line end would be another text with one
        lines = lines[:-1]
    end = draw(st.sampled_from(["", newline, newline * 2]))
    return draw(st.sampled_from(["", "\ufeff"])) + newline.join(lines) + end


def kubeconfigs() -> st.SearchStrategy[KubeconfigText]:
    """Any of them."""
    return st.one_of(block_kubeconfigs(), json_kubeconfigs())


Edit = Callable[[str], str]
