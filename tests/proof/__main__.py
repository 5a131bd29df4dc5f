"""The recommended autoscaler beside the common default, on the kind cluster: `python -m tests.proof`, `make proof`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.integration.service import Service
from tests.modelserver import image
from tests.modelserver.__main__ import export_resnet
from tests.modelserver.paths import REPOSITORY, Paths
from tests.proof import page, report
from tests.proof.course import Course, run_load
from tests.proof.figures import figures_of, trace_of
from tests.proof.foretold import SYNC_S, foretell
from tests.proof.stages import (
    MODEL,
    PORT,
    Default,
    Ours,
    memory_of,
    put_model,
    wait_until_answering,
    wait_until_settled,
)
from tests.testbed import clients, versions, way
from tests.testbed.cluster import Testbed
from tests.testbed.fixtures import Cluster
from tests.testbed.images import image_id, load_image
from tests.testbed.kindconfig import HOST_PORTS
from tests.testbed.layout import layout
from tests.testbed.process import succeeds
from tests.testbed.progress import say, step
from tests.testbed.way import Way
from tfk8s.app.recommend_bench import MeasuredPod, measured_pod
from tfk8s.load import Phase, bench_of_json
from tfk8s.manifest import JsonObject
from tfk8s.pictures import draw
from tfk8s.ports.load import LoadRequest
from tfk8s.spec.quantity import parse_quantity

OURS, DEFAULT = "proof-tfk8s", "proof-default"
DOCS = REPOSITORY / "docs"


def main() -> int:
    """Measure, recommend, load both, write the page."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="tfk8s-proof-") as name:
        folder = Path(name)
        cluster = _cluster()
        body = folder / "body.json"
        body.write_text(json.dumps({"instances": [[[[0.5] * 3] * 224] * 224]}, separators=(",", ":")))
        try:
            proof = _prove(arguments, cluster=cluster, folder=folder, body=body)
        finally:
            if not arguments.keep:
                for namespace in (OURS, DEFAULT):
                    cluster.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")
    sys.stdout.write(report.table(proof) + "\n" + report.foretold_table(proof))
    if arguments.json:
        Path(arguments.json).write_text(report.as_json(proof))
    if arguments.write:
        (DOCS / "pictures").mkdir(exist_ok=True)
        (DOCS / "pictures" / report.PICTURE).write_bytes(draw(report.picture(proof), form="svg"))
        (DOCS / "autoscale-proof.md").write_text(page.page(proof))
    return 0


def _prove(arguments: argparse.Namespace, *, cluster: Cluster, folder: Path, body: Path) -> report.Proof:
    request = LoadRequest(transport="rest", path=f"/v1/models/{MODEL}:predict", body=body.read_bytes())
    ours = _ours(arguments, cluster=cluster, folder=folder, body=body)
    start_s = ours.pod_start_s()  # before the load of the measurement, which may cost a pod its readiness
    bench = _bench(arguments, ours, folder=folder, body=body)
    cores = float(parse_quantity(arguments.cpu).value)
    measured = measured_pod(bench_of_json(bench), models=(MODEL,), cores=cores)
    phases = _phases(arguments.load, knee_rps=measured.pod.rate)
    recommended = _recommend(ours, folder=folder, phases=phases, pod_start_s=start_s)
    most = _most(recommended)
    setting = _Setting(phases=phases, request=request, measured=measured, pod_start_s=start_s)
    default = Default(
        cluster=cluster,
        namespace=DEFAULT,
        image=ours.image(),
        cpu=arguments.cpu,
        memory=memory_of(ours.service),
        most=most,
        is_bare=arguments.bare,
    )
    first = _side(ours, setting, name="tfk8s, recommended", body=body, say_of=_shown(recommended))
    with step("remove ours"):
        ours.remove()
    second = _side(default, setting, name="default", body=body, say_of=f"CPU 80 %, 1 to {most} pods")
    default.remove()
    objective = arguments.objective
    return report.Proof(
        sides=(first, second),
        phases=phases,
        knee_rps=measured.pod.rate,
        knee_cpu=measured.pod.cpu_share or 0.0,
        objective=objective,
        objective_s=measured.goal.latency_s,
        pod_cpu=arguments.cpu,
        pod_start_s=start_s,
        recommended=recommended,
        beside=arguments.beside,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What both services have in common."""

    phases: tuple[Phase, ...]
    request: LoadRequest
    measured: MeasuredPod
    pod_start_s: float


def _side(stage: Ours | Default, setting: _Setting, *, name: str, body: Path, say_of: str) -> report.Side:
    with step(f"{name}: up"):
        stage.up()
        wait_until_answering(body.read_bytes())
        namespace = stage.namespace if isinstance(stage, Default) else stage.service.namespace
        cluster = stage.cluster if isinstance(stage, Default) else stage.service.cluster
        wait_until_settled(cluster, namespace)
    with step(f"{name}: load, {sum(phase.seconds for phase in setting.phases):.0f} s"):
        course = run_load(setting.phases, request=setting.request, port=PORT, watcher=stage.watcher(), say=say)
    return _told(stage, setting, name=name, course=course, say_of=say_of)


def _told(stage: Ours | Default, setting: _Setting, *, name: str, course: Course, say_of: str) -> report.Side:
    measured = setting.measured
    figures = figures_of(course, knee_rps=measured.pod.rate, objective_s=measured.goal.latency_s)
    foretold = foretell(
        stage.live_scaler(),
        setting.phases,
        pod=measured.pod,
        pod_start_s=setting.pod_start_s,
        objective_s=measured.goal.latency_s,
        seen=course,
    )
    return report.Side(name=name, scaling=say_of, course=course, figures=figures, foretold=foretold)


def _ours(arguments: argparse.Namespace, *, cluster: Cluster, folder: Path, body: Path) -> Ours:
    """One pod of the service, up."""
    paths = Paths.from_environment()
    for namespace in (OURS, DEFAULT):  # those of a run before may still be on their way out
        cluster.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--timeout=180s", timeout_s=200)
        cluster.kubectl("create", "namespace", namespace)
    with step("ResNet50 as a SavedModel"):
        export_resnet(paths, paths.models, weights="random")
        put_model(paths.models, folder, body=body)
    service = Service(folder=folder, cluster=cluster, namespace=OURS, image=_base(cluster))
    ours = Ours(service=service, cpu=arguments.cpu)
    ours.write({"replicas": 1})
    with step("one pod"):
        ours.up()
        wait_until_answering(body.read_bytes())
    return ours


def _bench(arguments: argparse.Namespace, ours: Ours, *, folder: Path, body: Path) -> JsonObject:
    if arguments.bench:
        text = Path(arguments.bench).read_text()
        (folder / "bench.json").write_text(text)
        value = json.loads(text)
        assert isinstance(value, dict)
        return value
    with step("bench"):
        return ours.bench(
            folder / "bench.json",
            body=body,
            objective=arguments.objective,
            seconds=arguments.bench_seconds,
            most=arguments.bench_time,
        )


def _recommend(ours: Ours, *, folder: Path, phases: tuple[Phase, ...], pod_start_s: float) -> JsonObject:
    trace = folder / "trace.csv"
    made = trace_of(phases, step_s=SYNC_S)
    rows = [f"{time_s:g},{rate:.4f}" for time_s, rate in zip(made.times_s, made.rates, strict=True)]
    trace.write_text("\n".join(rows) + "\n")
    with step("recommend"):
        return ours.recommend(folder / "bench.json", trace=trace, pod_start_s=pod_start_s)


def _phases(text: str, *, knee_rps: float) -> tuple[Phase, ...]:
    """`0.5x40,2.6x150`: parts of the knee, and seconds."""
    pairs = [part.split("x") for part in text.split(",")]
    return tuple(Phase(rps=round(float(rate) * knee_rps, 2), seconds=float(seconds)) for rate, seconds in pairs)


def _most(recommended: JsonObject) -> int:
    scaling = recommended["scaling"]
    assert isinstance(scaling, dict)
    found = scaling["max"]
    assert isinstance(found, int)
    return found


def _shown(recommended: JsonObject) -> str:
    scaling = recommended["scaling"]
    assert isinstance(scaling, dict)
    metrics, behavior = scaling["metrics"], scaling["behavior"]
    assert isinstance(metrics, list)
    assert isinstance(metrics[0], dict)
    assert isinstance(behavior, dict)
    return (
        f"CPU {metrics[0]['cpu']} %, {scaling['min']} to {scaling['max']} pods, down after "
        f"{behavior['scaleDownWindowSeconds']} s"
    )


def _cluster() -> Cluster:
    """The testbed's, brought up if need be."""
    testbed = Testbed(way=way.chosen(os.environ), layout=layout())
    if not testbed.is_ready():
        testbed.up()
    return Cluster(
        kubeconfig=testbed.layout.kubeconfig,
        context=versions.CONTEXT,
        version=versions.KUBERNETES_NODE,
        kubectl_path=clients.client("kubectl", where=testbed.layout),
        nodes=testbed.node_names(),
        host_ports=HOST_PORTS,
    )


def _base(cluster: Cluster) -> str:
    """The model server's image: the published one, or the double, loaded into the nodes."""
    if way.choose(os.environ)[0] is Way.PUBLIC:
        return versions.TENSORFLOW_SERVING_IMAGE
    archive = image.build(Paths.from_environment())
    there = (
        succeeds(["docker", "exec", node, "crictl", "inspecti", image_id(archive)], timeout_s=60)
        for node in cluster.nodes
    )
    if not all(there):
        with step("model server image into the nodes"):
            load_image(archive)
    return versions.DOUBLE_IMAGE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.proof", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--cpu", default="300m", help="of each pod")
    parser.add_argument("--objective", default="p90=1500ms,failed=2%", help="as tfk8s bench takes it")
    parser.add_argument("--bench-seconds", type=int, default=40, help="of each step of the measurement")
    parser.add_argument("--bench-time", default="8m", help="of the whole measurement at most")
    parser.add_argument(
        "--load",
        default="0.5x30,1.2x60,1.9x60,2.6x90,0.5x340",
        help="parts of the knee and seconds, one after the other",
    )
    parser.add_argument("--bench", metavar="FILE", help="take this measurement, in place of one of one pod now")
    parser.add_argument("--bare", action="store_true", help="the default without a readiness probe")
    parser.add_argument("--beside", default="", help="a sentence about what else the machine did")
    parser.add_argument("--write", action="store_true", help="write docs/autoscale-proof.md and its picture")
    parser.add_argument("--json", metavar="FILE", help="write every figure there")
    parser.add_argument("--keep", action="store_true", help="leave the namespaces")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
