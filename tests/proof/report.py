"""The proof as a page and a picture, written by the command itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from tests.proof.course import Course
from tests.proof.figures import Figures, per_slot
from tests.proof.foretold import Foretold
from tfk8s.autoscale.arithmetic import number, share
from tfk8s.load import Phase
from tfk8s.manifest import JsonObject
from tfk8s.pictures import Mark, Panel, Picture, Series, Style

SLOT_S = 5.0
PICTURE = "autoscale-proof.svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One service: what it is called, and all that was seen and said of it."""

    name: str
    scaling: str
    course: Course
    figures: Figures
    foretold: Foretold


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Both sides, and what they have in common.

    Attributes:
        knee_rps: Of one pod.
        knee_cpu: Part of its request that it uses there.
        objective: As it is written, as in "p95=1.5s".
        objective_s: Its latency.
        pod_cpu: What a pod requests.
        pod_start_s: Of a pod of ours, from its making until it is ready.
        recommended: The answer of `recommend`.
        beside: What else the machine did.
    """

    sides: tuple[Side, ...]
    phases: tuple[Phase, ...]
    knee_rps: float
    knee_cpu: float
    objective: str
    objective_s: float
    pod_cpu: str
    pod_start_s: float
    recommended: JsonObject
    beside: str


def table(proof: Proof) -> str:
    """Markdown: a column a service."""
    rows = [["", *(side.name for side in proof.sides)]]
    rows.append(["autoscaler", *(side.scaling for side in proof.sides)])
    rows += _rows(proof)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, f"|{'---|' * len(rows[0])}")
    return "\n".join(lines) + "\n"


def _rows(proof: Proof) -> Iterator[list[str]]:
    figures = [side.figures for side in proof.sides]
    for index, _ in enumerate(figures[0].enough_s):
        name = "time to enough pods" + (f", rise {index + 1}" if len(figures[0].enough_s) > 1 else "")
        yield [name, *(_seconds(each.enough_s[index]) for each in figures)]
    yield ["requests", *(str(each.asked) for each in figures)]
    yield ["later than the objective", *(f"{each.late} ({share(each.late / each.asked)})" for each in figures)]
    yield ["failed", *(str(each.failed) for each in figures)]
    yield [
        "beyond the objective: late or failed",
        *(f"**{share(each.beyond_share)}**" for each in figures),
    ]
    yield [
        "failed after the fall of the rate: scale-down",
        *(f"{each.failed_after_fall} of {each.asked_after_fall}, {_went(each.left_after_fall)}" for each in figures),
    ]
    yield ["median, 95th percentile", *(f"{_ms(each.p50_s)}, {_ms(each.p95_s)}" for each in figures)]
    yield ["pod-seconds, leaving pods included", *(number(each.pod_seconds) for each in figures)]
    yield ["most pods", *(str(each.most_pods) for each in figures)]


def foretold_table(proof: Proof) -> str:
    """Markdown: what `simulate` said, beside what was seen."""
    lines = [f"| | {' | '.join(side.name for side in proof.sides)} |", f"|---|{'---|' * len(proof.sides)}"]
    rows = [
        (
            "pods at the beginning: foretold, seen",
            [f"{side.foretold.replicas[0]}, {side.course.looks[0].pods}" for side in proof.sides],
        ),
        (
            "wanted pods as foretold",
            [f"{share(side.foretold.equal_share)} of the seconds" for side in proof.sides],
        ),
        ("mean difference of wanted pods", [number(side.foretold.mean_difference) for side in proof.sides]),
        (
            "late, refused or failed: foretold, seen",
            [f"{share(side.foretold.late_share)}, {share(side.figures.beyond_share)}" for side in proof.sides],
        ),
        (
            "pod-seconds: foretold, seen",
            [f"{number(side.foretold.pod_seconds)}, {number(side.figures.pod_seconds)}" for side in proof.sides],
        ),
    ]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join(lines) + "\n"


def picture(proof: Proof) -> Picture:
    """Load, pods, latency and failures of both over the time of the load."""
    slots = [per_slot(side.course.outcomes, slot_s=SLOT_S) for side in proof.sides]
    first = slots[0]
    load = Series(
        name="requests sent", xs=[slot[0] for slot in first], ys=[slot[1] for slot in first], style=Style.STEPS
    )
    pods = [
        Series(
            name=f"{side.name}: ready",
            xs=[look.at_s for look in side.course.looks],
            ys=[float(look.ready) for look in side.course.looks],
            style=Style.STEPS,
        )
        for side in proof.sides
    ]
    latency = [_series(side.name, slots[index], 2) for index, side in enumerate(proof.sides)]
    failures = [_series(side.name, slots[index], 3) for index, side in enumerate(proof.sides)]
    foretold = [
        Series(
            name=f"{side.name}: foretold",
            xs=[*side.foretold.times_s],
            ys=[float(count) for count in side.foretold.replicas],
            style=Style.STEPS,
        )
        for side in proof.sides
    ]
    wanted = [
        Series(
            name=f"{side.name}: wanted",
            xs=[look.at_s for look in side.course.looks],
            ys=[float(look.wanted) for look in side.course.looks],
            style=Style.STEPS,
        )
        for side in proof.sides
    ]
    objective = Mark(name=f"objective {proof.objective}", y=proof.objective_s)
    return Picture(
        title="One load, two autoscalers",
        x_label="time since the load began",
        x_axis="seconds",
        panels=(
            Panel(label="requests/s", series=(load,)),
            Panel(label="pods ready", series=tuple(pods)),
            Panel(label="p95 latency (s)", series=tuple(latency), marks=(objective,), is_logarithmic=True),
            Panel(label="failed/s", series=tuple(failures)),
            Panel(label="pods wanted", series=(*wanted, *foretold)),
        ),
    )


def as_json(proof: Proof) -> str:
    """Every figure; of the requests only what became of them in slots of five seconds."""
    value = {
        "phases": [asdict(phase) for phase in proof.phases],
        "kneeRps": proof.knee_rps,
        "kneeCpu": proof.knee_cpu,
        "objective": proof.objective,
        "podCpu": proof.pod_cpu,
        "podStartSeconds": proof.pod_start_s,
        "recommended": proof.recommended,
        "beside": proof.beside,
        "sides": [
            {
                "name": side.name,
                "scaling": side.scaling,
                "figures": asdict(side.figures),
                "foretold": asdict(side.foretold),
                "looks": [asdict(look) for look in side.course.looks],
                "slots": per_slot(side.course.outcomes, slot_s=SLOT_S),
            }
            for side in proof.sides
        ],
    }
    return json.dumps(value, indent=1) + "\n"


def load_text(phases: Sequence[Phase]) -> str:
    """The load in words."""
    return ", ".join(f"{number(phase.rps)}/s for {phase.seconds:.0f} s" for phase in phases)


def _series(name: str, slots: list[tuple[float, float, float, float]], column: int) -> Series:
    return Series(
        name=name, xs=[slot[0] for slot in slots], ys=[float(slot[column]) for slot in slots], style=Style.STEPS
    )


def _went(pods: int) -> str:
    return f"{pods or 'no'} {'pods' if pods > 1 else 'pod'} went"


def _seconds(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.0f} s"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
