"""The table of what is lost: `python -m tests.loss`, or `make loss`. Exit code 1 when a request of ours was lost."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.integration.service import MODEL, Service
from tests.loss import table, three_nodes
from tests.loss.measuring import Result, measure
from tests.loss.scenarios import SCENARIOS, Scenario
from tests.loss.stages import ours, plain
from tests.modelserver import image
from tests.modelserver.__main__ import make_models
from tests.modelserver.paths import Paths
from tests.testbed import versions, way
from tests.testbed.fixtures import Cluster
from tests.testbed.images import image_id, load_image
from tests.testbed.process import succeeds
from tests.testbed.progress import say, step
from tests.testbed.way import Way

RATE_PER_S = 10.0


def main() -> int:
    """Run what the command line names, and print the table."""
    arguments = _arguments()
    chosen = [each for each in SCENARIOS if not arguments.only or any(word in each.name for word in arguments.only)]
    results: list[Result] = []
    try:
        cluster = three_nodes.up()
        base = _base(cluster.nodes)
        with tempfile.TemporaryDirectory(prefix="tfk8s-loss-") as folder:
            for kind in arguments.stages.split(","):
                service = _service(Path(folder) / kind, cluster=cluster, namespace=f"loss-{kind}", base=base)
                for result in _measured(kind, service, scenarios=chosen, rate_per_s=arguments.rate):
                    _tell(result)
                    results.append(result)
    finally:
        if not arguments.keep:
            three_nodes.down()
        sys.stdout.write(table.text(results))
        if arguments.json:
            Path(arguments.json).write_text(table.as_json(results))
    return int(any(each.failed for result in results if result.stage == "tfk8s" for each in result.promised))


def _measured(kind: str, service: Service, *, scenarios: list[Scenario], rate_per_s: float) -> Iterator[Result]:
    if kind == "tfk8s":
        with ours(service, kind=three_nodes.NAME, ports=three_nodes.PORTS) as stage:
            for scenario in scenarios:
                if scenario.ours is not None:
                    with step(f"tfk8s: {scenario.name}"):
                        scenario.ours_before(stage)
                        act = partial(scenario.ours, stage)
                        yield measure(scenario.name, act, stage=stage, rate_per_s=rate_per_s)
        return
    with plain(service, kind=three_nodes.NAME, ports=three_nodes.PORTS) as other:
        for scenario in scenarios:
            if scenario.plain is not None:
                with step(f"plain: {scenario.name}"):
                    scenario.plain_before(other)
                    happens = partial(scenario.plain, other)
                    yield measure(scenario.name, happens, stage=other, rate_per_s=rate_per_s)


def _tell(result: Result) -> None:
    say(f"{result.stage}: {result.scenario}: lost {result.failed} of {result.asked} in {result.seconds:.0f} s")
    for each in result.lost:
        for reason, count in each.reasons:
            say(f"  {each.client}: {count} x {reason}")


def _service(folder: Path, *, cluster: Cluster, namespace: str, base: str) -> Service:
    paths = Paths.from_environment()
    shutil.copytree(make_models(paths, paths.models) / MODEL, folder / MODEL)
    made = cluster.kubectl("create", "namespace", namespace, "--dry-run=client", "--output=yaml")
    cluster.kubectl("apply", "--filename=-", stdin=made)
    return Service(folder=folder, cluster=cluster, namespace=namespace, image=base)


def _base(nodes: tuple[str, ...]) -> str:
    """The model server's image: the published one, or the double, loaded into the nodes."""
    if way.choose(os.environ)[0] is Way.PUBLIC:
        return versions.TENSORFLOW_SERVING_IMAGE
    archive = image.build(Paths.from_environment())
    if not all(
        succeeds(["docker", "exec", node, "crictl", "inspecti", image_id(archive)], timeout_s=60) for node in nodes
    ):
        with step("model server image into the nodes"):
            load_image(archive, cluster=three_nodes.NAME)
    return versions.DOUBLE_IMAGE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.loss", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="scenarios with this in the name")
    parser.add_argument("--stages", default="tfk8s,plain", help="tfk8s, plain, or both")
    parser.add_argument("--rate", type=float, default=RATE_PER_S, help="requests a second of each of the four clients")
    parser.add_argument("--json", metavar="FILE", help="write every figure there")
    parser.add_argument("--keep", action="store_true", help="leave the cluster of three nodes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
