"""`tfk8s diff` of 100 applied services in one call against 100 calls of `kubectl diff`, on a real API server.

Both ask for server-side dry runs of the same objects, which are all as desired, so that either has the whole of its
work to do and nothing to print. kubectl's calls are measured in a part of them, in between ours.
Run `python -m tests.bench.diff_bench`, or `make bench` for it and the others. Exit code 1 when the target is missed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.timing import Sample, run
from tests.testbed import versions
from tests.testbed.fixtures import Cluster, running_control_plane

SERVICES: Final = 100
LEAST_RATIO: Final = 5.0
PAIRS: Final = 5
_CALLS_A_PAIR: Final = 5
"""Of kubectl: a hundred in each pair would take minutes; each call does the same work as every other."""

_SPEC = """\
apiVersion: tfk8s.dev/v1
name: service-{number}
namespace: team-{team}
model: {{name: resnet, source: "gs://models/resnet-{number}"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 2, memory: 2Gi}}
scaling: {{min: 2, max: 5}}
expose: {{ports: [rest, grpc]}}
"""
_TEAMS: Final = 4


def _tfk8s(*arguments: str | Path) -> tuple[str | Path, ...]:
    return (Path(sys.executable).with_name("tfk8s"), *arguments)


def _write_specs(folder: Path) -> None:
    folder.mkdir()
    for number in range(SERVICES):
        text = _SPEC.format(number=number, team=number % _TEAMS)
        (folder / f"service-{number}.yaml").write_text(text, encoding="utf-8")


def _applied(cluster: Cluster, *, folder: Path) -> tuple[Path, ...]:
    """Render each service into a folder of its own, and apply all under the manager that ours would use."""
    rendered = folder / "rendered"
    run(_tfk8s("render", "-f", folder / "services", "--out", rendered))
    for team in range(_TEAMS):
        cluster.kubectl("create", "namespace", f"team-{team}")
    apply = ("apply", "--server-side", "--field-manager=tfk8s", "--recursive", "-f", rendered)
    cluster.kubectl(*apply, timeout_s=600)
    return tuple(sorted(place for place in rendered.iterdir() if place.is_dir()))


def main() -> int:
    """Measure both, print both and the ratio, and say whether the target is met."""
    with (
        tempfile.TemporaryDirectory(prefix="diff-bench-") as name,
        running_control_plane(versions.KUBERNETES_NEWEST, controllers=()) as cluster,
    ):
        return _measured(cluster, folder=Path(name))


def _measured(cluster: Cluster, *, folder: Path) -> int:
    _write_specs(folder / "services")
    rendered = _applied(cluster, folder=folder)
    where = ("--kubeconfig", cluster.kubeconfig)
    ours_command = _tfk8s("diff", "-f", folder / "services", "--exit-code", *where)
    kubectl = (cluster.kubectl_path, *where, "diff", "--server-side", "--field-manager=tfk8s", "-f")

    def ours() -> Sample:
        return run(ours_command)

    def theirs(number: int) -> float:
        chosen = [rendered[(number * _CALLS_A_PAIR + index) % SERVICES] for index in range(_CALLS_A_PAIR)]
        return statistics.mean(run((*kubectl, place))[0] for place in chosen) * SERVICES

    ours(), theirs(0)  # warm the caches of either
    pairs = [(ours()[0], theirs(number)) for number in range(1, PAIRS + 1)]
    ratio = statistics.median(other / mine for mine, other in pairs)
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    is_met = ratio >= LEAST_RATIO
    sys.stdout.write(
        f"diff of {SERVICES} services, medians of {PAIRS} pairs:\n"
        f"  tfk8s diff, one call       {mine:7.2f} s\n"
        f"  kubectl diff, {SERVICES} calls    {other:7.2f} s (from {_CALLS_A_PAIR} calls in each pair)\n"
        f"  {'met' if is_met else 'MISSED'}: {ratio:.1f} times faster, at least {LEAST_RATIO:.0f}\n"
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
