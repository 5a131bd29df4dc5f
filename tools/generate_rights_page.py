"""Write the tables of docs/rbac.md; `--check` only says if they are fresh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tfk8s.rights import NEEDS, OWNERS, ROLES, WITHOUT_CLUSTER, Grade, Need, Thing
from tfk8s.rights.need import Needs
from tfk8s.rights.right import VERBS
from tools.freshness import ROOT, write_or_check

PAGE = ROOT / "docs" / "rbac.md"
REMEDY = "run: python -m tools.generate_rights_page"
BEGIN, END = "<!-- written by tools/generate_rights_page.py -->", "<!-- until here -->"
WORDS: Final[dict[Thing, str]] = {
    "objects": "objects of the spec",
    "optional objects": "objects that a spec may drop",
    "deployment": "the Deployment",
    "service": "the Service",
    "config": "the ConfigMap",
    "scaler": "the autoscaler",
    "record": "the record",
    "claims": "claims of the models",
    "namespace": "the namespace, when the spec makes it",
    "place": "the namespace",
    "keys": "the Secret of the keys",
    "sign-in": "the Secret of Identity-Aware Proxy",
    "token keys": "the ConfigMap of an issuer's keys",
    "gateway": "the Gateway",
    "gateway class": "its class",
    "ingress class": "the class of the Ingress",
    "heir": "what KEDA makes",
    "canary": "objects of a canary",
    "canary config": "the ConfigMap of a canary",
    "canary scaler": "the autoscaler of a canary",
    "trial": "Job and ConfigMap of a trial",
    "publisher": "the Job that writes a volume",
    "kinds": "each kind that tfk8s renders",
}


def main() -> None:
    """Write the page anew around what stands in it by hand."""
    write_or_check({PAGE: with_tables(PAGE.read_text("utf-8"))}, description=__doc__, remedy=REMEDY)


def with_tables(text: str) -> str:
    """The page with the tables as they are."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{chr(10).join(_tables())}\n{END}{after}"


def _tables() -> Iterator[str]:
    yield from ("", "| Command | Roles | Needs | Is told less without |", "|---|---|---|---|")
    for command, needs in NEEDS.items():
        roles = ", ".join(role for role, commands in ROLES.items() if command in commands)
        needed = _cell(need for need in needs if need.grade is Grade.NEEDED)
        told = _cell(_besides(needs))
        yield f"| `{command}` | {roles} | {needed} | {told} |"
    yield from (
        "",
        "What a command would use, and no role has for it:",
        "",
        "| Right | Command | Why |",
        "|---|---|---|",
    )
    left: dict[str, tuple[list[str], str]] = {}
    for command, needs in NEEDS.items():
        for need in needs:
            if need.grade is Grade.LEFT_OUT:
                left.setdefault(_cell([need]), ([], need.why))[0].append(f"`{command}`")
    for right, (commands, why) in left.items():
        yield f"| {right} | {', '.join(dict.fromkeys(commands))} | {why} |"
    yield from ("", "Commands that no role is for:", "", "| Command | |", "|---|---|")
    yield from (f"| `{command}` | {why} |" for command, why in OWNERS.items())
    yield f"| {', '.join(f'`{command}`' for command in sorted(WITHOUT_CLUSTER))} | asks no cluster |"
    yield ""


def _besides(needs: Needs) -> Iterator[Need]:
    """What is only told, and not needed anyway."""
    needed = {(_words(need), verb) for need in needs if need.grade is Grade.NEEDED for verb in need.verbs}
    for need in needs:
        verbs = tuple(verb for verb in need.verbs if (_words(need), verb) not in needed)
        if need.grade is Grade.TOLD and verbs:
            yield need._replace(verbs=verbs)


def _cell(needs: Iterable[Need]) -> str:
    """Verbs in front of everything that they are needed on."""
    verbs: dict[str, list[str]] = {}
    for need in needs:
        things = verbs.setdefault(_words(need), [])
        things += [verb for verb in need.verbs if verb not in things]
    grouped: dict[tuple[str, ...], list[str]] = {}
    for thing, found in verbs.items():
        grouped.setdefault(tuple(sorted(found, key=VERBS.index)), []).append(thing)
    return "; ".join(f"**{' '.join(found)}** {', '.join(things)}" for found, things in grouped.items())


def _words(need: Need) -> str:
    if need.thing:
        return WORDS[need.thing]
    plural = need.resource if need.resource.startswith("pods/") else need.resource.rpartition("/")[2]
    if need.resource.startswith("metrics.k8s.io"):
        plural = "pods.metrics.k8s.io"
    return f"{plural} (cluster)" if need.is_wide else plural


if __name__ == "__main__":
    main()
