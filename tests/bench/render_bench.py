"""`tfk8s render` against `helm template` of our chart: one service, and 200 services of one repository."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.timing import Sample, measure_pairs, run
from tests.testbed import gitops
from tfk8s.gitops.helm_values import helm_values
from tfk8s.manifest.yaml import dump
from tfk8s.render import render
from tfk8s.spec import load_spec

MOST_RATIO = 2.5
LEAST_GAIN = 10.0
SERVICES = 200
ROUNDS_OF_MANY = 2

CHART = Path(__file__).resolve().parents[2] / "charts" / "tf-serving"
SPEC = """\
apiVersion: tfk8s.dev/v1
name: {name}
namespace: serving
model: {{source: "gs://bucket/models/resnet"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 2, memory: 4Gi}}
scaling: {{min: 2, max: 5, metrics: [{{cpu: 60}}]}}
"""
TFK8S = [sys.executable, "-c", "from tfk8s.cli.main import main; main()", "render"]


def main() -> int:
    """Measure both, print the figures, and say whether the targets are met."""
    with tempfile.TemporaryDirectory() as made:
        return max(_one(Path(made)), _many(Path(made)))


def _one(folder: Path) -> int:
    spec, values = _service(folder / "one", "resnet")
    helm = gitops.program("helm")
    ours, theirs, ratio = measure_pairs(
        lambda: _tfk8s(folder, "-f", spec),
        lambda: run([helm, "template", "resnet", CHART, "--namespace", "serving", "--values", values]),
        rounds=15,
    )
    sys.stdout.write(f"{ours.line('tfk8s render')}\n{theirs.line('helm template')}\n")
    return _verdict(f"one service in {ratio:.2f} times of helm's, at most {MOST_RATIO}", is_met=ratio <= MOST_RATIO)


def _many(folder: Path) -> int:
    services = [_service(folder / "services" / f"s{number}", f"resnet-{number}") for number in range(SERVICES)]
    helm = gitops.program("helm")

    def theirs() -> Sample:
        samples = [
            run([helm, "template", f"resnet-{number}", CHART, "--namespace", "serving", "--values", values])
            for number, (_, values) in enumerate(services)
        ]
        return sum(wall for wall, _, _ in samples), sum(cpu for _, cpu, _ in samples), max(s[2] for s in samples)

    rounds = iter(range(100))
    ours, others, ratio = measure_pairs(
        lambda: _tfk8s(folder, "-f", folder / "services", "--out", folder / f"out{next(rounds)}"),
        theirs,
        rounds=ROUNDS_OF_MANY,
    )
    sys.stdout.write(f"{ours.line('tfk8s render')}\n{others.line('helm template')}\n")
    gain = 1 / ratio
    return _verdict(
        f"{SERVICES} services {gain:.1f} times as fast as helm, at least {LEAST_GAIN:.0f}", is_met=gain >= LEAST_GAIN
    )


def _service(folder: Path, name: str) -> tuple[Path, Path]:
    """The same service for both: a spec, and values that make the same objects."""
    folder.mkdir(parents=True)
    spec, values = folder / "tfk8s.yaml", folder / "values.yml"
    spec.write_text(SPEC.format(name=name), encoding="utf-8")
    loaded = load_spec(spec)
    values.write_text(dump(helm_values(loaded, render(loaded, {}))), encoding="utf-8")
    return spec, values


def _tfk8s(folder: Path, *arguments: str | Path) -> Sample:
    # As where it is installed: with bytecode, which the first, uncounted call writes.
    cached = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    return run([*TFK8S, *arguments], env=cached)


def _verdict(claim: str, *, is_met: bool) -> int:
    sys.stdout.write(f"  {'met' if is_met else 'MISSED'}: {claim}\n")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
