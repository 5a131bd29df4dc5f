"""`tfk8s autoscale simulate` as a command: specs, autoscalers of files, traces, and what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import tfk8s.cluster
from tests.fakes.cluster import FakeCluster
from tests.unit.load.benches import a_bench, a_step
from tests.unit.render.specs import model
from tfk8s.autoscale.generate import SHAPES
from tfk8s.cli.main import root
from tfk8s.load import Knee, ServerSide
from tfk8s.load import to_json as bench_json
from tfk8s.manifest import JsonObject
from tfk8s.model import to_json

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
resources: {cpu: 2, memory: 4Gi}
scaling: {min: 1, max: 5, metrics: [{cpu: 60}]}
"""
HPA = """\
apiVersion: v1
kind: Service
metadata: {name: resnet}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: resnet}
spec:
  minReplicas: 1
  maxReplicas: 10
  metrics:
  - type: Pods
    pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: "30"}}
"""
KEDA = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: resnet}
spec:
  minReplicaCount: 0
  maxReplicaCount: 6
  cooldownPeriod: 120
  triggers:
  - {type: prometheus, name: wake, metadata: {query: x, threshold: "1000000000"}}
  - {type: prometheus, name: requests-per-second, metadata: {query: x, threshold: "30"}}
  - {type: cron, metadata: {timezone: Etc/UTC, start: "0 6 * * *", end: "0 7 * * *", desiredReplicas: "2"}}
"""
STEP = "0,20\n600,90\n1800,20\n3600,20\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("tfk8s.yaml", SPEC), ("hpa.yaml", HPA), ("keda.yaml", KEDA), ("step.csv", STEP)):
        (tmp_path / name).write_text(text)
    (tmp_path / "model.json").write_text(json.dumps(to_json(model())))
    return tmp_path


def run(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(root, ["autoscale", "simulate", *arguments])
    assert result.exit_code == exit_code, result.output
    return result


def policies(*arguments: str) -> list[dict[str, Any]]:
    found = json.loads(run(*arguments, "-o", "json").stdout)["policies"]
    assert isinstance(found, list)
    return found


def test_an_autoscaler_of_a_file_is_told_as_a_table_with_each_change() -> None:
    options = ["--pod-rate", "40", "--reads", "rps=answered", "--objective", "p99=300ms", "--timeline"]
    result = run("--hpa", "hpa.yaml", "--trace", "step.csv", *options, "--pod-price", "0.1", "--node-price", "0.4")

    assert result.stdout == TABLE


TABLE = """\
step.csv: 20 to 90 requests/s, 43.24 on average, for 1 h 15 s

                       hpa
pods asked for         1 to 3
changes of pods        4
pod-hours              1.81
node-hours             1
cost (money)           0.18
requests               156,300
dropped                3.2 %
beyond 300 ms          7.93 %
p99, usual (ms)        50
p99, worst (ms)        5,050
pods on average        1.805
longest short of pods  3 min
at the most pods       0
cost of nodes (money)  0.40
objective              not kept

note: a pod starts in 30 s

at       requests/s  ready    pods  asked for by  wanted  limited by
0:11:00          90      1  1 to 2  rps                2
0:12:30          90      2  2 to 3  rps                3
0:35:45          20      3  3 to 2  rps                1
0:36:15          20      2  2 to 1  rps                1
"""
"""Servers show at most what their pods answer, so that pods come one by one."""


def test_the_example_of_the_page_is_what_is_printed(folder: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "simulate.md").read_text(encoding="utf-8")
    usual, spec = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (folder / "usual.yaml").write_text(usual)
    (folder / "tfk8s.yaml").write_text(spec)
    command, printed = re.findall(
        r"```console\n\$ tfk8s autoscale simulate (--compare.*?\n)(\w.*?)```", page, re.DOTALL
    )[-1]

    assert run(*command.replace("\\\n", " ").split()).stdout == printed


def test_every_shape_is_on_the_page() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "simulate.md").read_text(encoding="utf-8")

    assert re.findall(r"^  \| `(\w+)` \| (.*) \|$", page, re.MULTILINE) == [
        (name, kind.summary) for name, kind in SHAPES.items()
    ]


def test_the_same_input_gives_the_same_answer() -> None:
    options = ["--generate", "day:20,200,6h,noise=0.3,seed=4", "--pod-rate", "40", "--timeline", "-o", "yaml"]
    first, second = (run("--hpa", "hpa.yaml", "--reads", "rps=arriving", *options).stdout for _ in range(2))

    assert first == second


def test_json_holds_traffic_figures_and_each_change() -> None:
    options = ["--trace", "step.csv", "--pod-rate", "40", "--reads", "rps=arriving", "--objective", "p99=300ms"]
    found = json.loads(run("--hpa", "hpa.yaml", *options, "--timeline", "-o", "json").stdout)

    assert found["trace"] == {
        "name": "step.csv",
        "seconds": 3615,
        "syncSeconds": 15,
        "requests": 156_300,
        "lowestRate": 20,
        "meanRate": pytest.approx(43.236, abs=0.001),
        "highestRate": 90,
    }
    assert found["objective"] == {"percentile": 99, "latencySeconds": 0.3, "errorShare": 0.001}
    policy = found["policies"][0]
    assert (policy["name"], policy["min"], policy["max"]) == ("hpa", 1, 10)
    assert policy["replicas"]["most"] == 3
    assert policy["beyondShare"] == pytest.approx(policy["lateShare"] + policy["droppedShare"])
    assert [(change["before"], change["after"]) for change in policy["changes"]] == [(1, 2), (2, 3), (3, 2), (2, 1)]


def test_a_spec_is_rendered_and_tells_of_its_pods() -> None:
    policy = policies("--generate", "step:20,200,1h", "--pod-rate", "40", "--model-info", "model.json")[0]

    assert policy["name"] == "tfk8s"
    assert (policy["min"], policy["max"], policy["replicas"]["most"]) == (1, 5, 5)
    assert policy["notes"] == ["a pod starts in 10 s: 100 MiB of models at 20 MiB/s, 5 s until a probe sees it"]


def test_parts_of_the_start_are_said_and_named(folder: Path) -> None:
    (folder / "bucket.yaml").write_text(
        SPEC.replace("./models/resnet", "gs://models/resnet") + "serviceAccount: {googleServiceAccount: none}\n"
    )
    options = ["--generate", "steady:1,1,1m", "--pod-rate", "40"]

    said = policies("-f", "bucket.yaml", *options, "--pull", "20", "--load", "25", "--warm-up", "5")[0]["notes"]
    assert said[0] == "a pod starts in 50 s: 20 s of pulling once a node, 25 s of load as said, 5 s of warm-up"
    unknown = policies("-f", "bucket.yaml", *options)[0]["notes"]
    assert unknown[0] == "a pod starts in 30 s: 30 s of load, because the size of its models is not known here"


def test_the_nodes_of_a_described_cluster_bound_the_pods(folder: Path) -> None:
    place = "project: my-project, location: europe-west1-b, name: c"
    cluster = f"cluster: {{provider: gke, {place}, nodes: 3, machineType: e2-standard-4}}\n"
    image = "image: {repository: europe-west1-docker.pkg.dev/my-project/serving/resnet}\n"
    (folder / "gke.yaml").write_text(SPEC + image + cluster)
    options = ["-f", "gke.yaml", "--generate", "step:20,200,1h", "--pod-rate", "40", "--model-info", "model.json"]
    bound, free = policies(*options)[0], policies(*options, "--max-nodes", "9")[0]

    assert bound["notes"][1] == "e2-standard-4: 1 pods on a node, beside nothing else; 3 to 3 nodes"
    assert bound["replicas"]["most"] == 5
    assert bound["nodeHours"] == pytest.approx(3 * 241 * 15 / 3600)
    # a fourth pod never finds a place
    assert bound["longestShortSeconds"] > 2 * free["longestShortSeconds"]


def test_a_fixed_number_of_pods_stays_one(folder: Path) -> None:
    (folder / "fixed.yaml").write_text(SPEC.replace("{min: 1, max: 5, metrics: [{cpu: 60}]}", "{replicas: 3}"))
    options = ["--generate", "step:20,200,1h", "--pod-rate", "40", "--model-info", "model.json"]

    assert policies("-f", "fixed.yaml", *options)[0]["replicas"] == {"fewest": 3, "mean": 3, "most": 3}


def test_two_policies_stand_side_by_side() -> None:
    options = ["--trace", "step.csv", "--pod-rate", "40", "--reads", "rps=arriving", "--model-info", "model.json"]
    lines = run("--compare", "hpa.yaml", "tfk8s.yaml", *options).stdout.splitlines()

    assert lines[2].split() == ["hpa", "tfk8s"]
    assert re.split("  +", lines[3]) == ["pods asked for", "1 to 3", "1 to 4"]
    assert "note: hpa: a pod starts in 30 s" in lines
    assert any(line.startswith("note: tfk8s: a pod starts in 10 s") for line in lines)


def test_two_files_of_one_name_are_called_by_their_paths(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "hpa.yaml").write_text(HPA)
    options = ["--trace", "step.csv", "--pod-rate", "40", "--reads", "rps=arriving"]

    def names(second: str) -> list[str]:
        return [each["name"] for each in policies("--compare", "hpa.yaml", second, *options)]

    assert names("other/hpa.yaml") == ["hpa.yaml", "other/hpa.yaml"]
    assert names("hpa.yaml") == ["hpa.yaml", "hpa.yaml again"]


def test_keda_goes_to_zero_comes_back_and_knows_the_time() -> None:
    policy = policies("--hpa", "keda.yaml", "--generate", "night:0,90,9h", "--pod-rate", "40", "--timeline")[0]
    changes = [(change["atSeconds"], change["after"], change["by"]) for change in policy["changes"]]

    assert (policy["min"], policy["max"]) == (0, 6)
    # traffic ends at 3 h and is read for 75 s more; its last look is 45 s after that, and 120 s must be over at another
    assert [change for change in changes if change[1] == 0] == [(3 * 3600 + 195, 0, "KEDA")]
    # it returns at 6 h, and so does the floor of two
    assert [change[1:] for change in changes if change[0] >= 6 * 3600][:2] == [(1, "KEDA"), (2, "s2-cron")]


def test_a_measurement_tells_rate_latencies_and_processor(folder: Path) -> None:
    steps = [a_step(20, p99_s=0.04), a_step(60, p99_s=0.1, server=ServerSide(cpu_cores=0.75)), a_step(90, p99_s=2)]
    bench = a_bench(*steps, knee=Knee(rps_per_pod=60, at=steps[1], beyond=steps[2]))
    (folder / "bench.json").write_text(json.dumps(bench_json(bench)))
    options = ["--hpa", "hpa.yaml", "--reads", "rps=arriving", "--bench", "bench.json", "--objective", "p99=90ms"]
    calm = json.loads(run(*options, "--generate", "steady:10,20,1h", "-o", "json").stdout)

    assert calm["notes"] == ["an autoscaler is active"]
    assert calm["policies"][0]["longestLatencySeconds"] == pytest.approx(0.04, rel=0.02)
    assert calm["policies"][0]["beyondShare"] == 0
    busy = policies(*options, "--generate", "steady:10,30,1h")[0]
    assert 0.04 < busy["longestLatencySeconds"] < 0.1


def test_a_measurement_tells_how_much_of_its_request_a_pod_uses(folder: Path) -> None:
    step = a_step(60, server=ServerSide(cpu_cores=0.75))
    (folder / "bench.json").write_text(json.dumps(bench_json(a_bench(step))))
    (folder / "cpu.yaml").write_text(
        HPA.replace("type: Pods", "type: Resource").replace(
            'pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: "30"}}',
            "resource: {name: cpu, target: {type: Utilization, averageUtilization: 40}}",
        )
    )
    options = ["--hpa", "cpu.yaml", "--bench", "bench.json"]

    # half of a request of 1.5 cores at 60 a second: 40 % and the tolerance are reached at 52.8
    assert policies(*options, "--generate", "steady:1,50,1h")[0]["replicas"]["most"] == 1
    assert policies(*options, "--generate", "steady:1,56,1h")[0]["replicas"]["most"] == 2


def test_memory_is_simulated_where_a_pod_is_known(folder: Path) -> None:
    (folder / "memory.yaml").write_text(SPEC.replace("{cpu: 60}", "{memory: 80}"))
    options = ["-f", "memory.yaml", "--generate", "steady:1,1,1h", "--pod-rate", "40", "--model-info", "model.json"]

    assert policies(*options)[0]["replicas"]["most"] == 1
    # what a loaded model takes does not fall when pods are added: nothing ends before the maximum
    assert policies(*options, "--memory", "900", "1000")[0]["replicas"]["most"] == 5


def test_a_page_and_a_picture_are_written(folder: Path) -> None:
    options = ["--hpa", "hpa.yaml", "--trace", "step.csv", "--pod-rate", "40", "--reads", "rps=arriving"]
    run(*options, "--picture", "s.svg", "--html", "s.html")

    assert (folder / "s.svg").read_text().lstrip().startswith("<")
    page = (folder / "s.html").read_text()
    assert "pods asked for" in page
    assert "hpa: changes of replicas" in page


def scaler(namespace: str, *, maximum: int) -> JsonObject:
    """The autoscaler of a service called resnet."""
    target: JsonObject = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "resnet", "namespace": namespace},
        "spec": {"scaleTargetRef": target, "maxReplicas": maximum},
    }


@pytest.mark.parametrize(
    ("arguments", "maximum"),
    [
        (["-f", "regions.yaml", "--region", "us"], 4),
        (["-f", "regions.yaml", "--region", "us", "-n", "team"], 5),
        (["--name", "resnet", "-n", "team", "--context", "us"], 5),
    ],
)
def test_the_live_autoscaler_is_that_of_the_service_that_the_command_line_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], maximum: int
) -> None:
    us = FakeCluster(namespaces=("serving", "team"))
    us.put(scaler("serving", maximum=4), manager="tfk8s")
    us.put(scaler("team", maximum=5), manager="tfk8s")
    clusters = {"us": us}
    monkeypatch.setattr(tfk8s.cluster, "connect", lambda *, context, **_: clusters[context])
    spec = SPEC.replace("./models/resnet", "gs://models/resnet")
    spec += "namespace: serving\nserviceAccount: {googleServiceAccount: none}\n"
    (folder / "regions.yaml").write_text(spec + "regions: {eu: {context: eu}, us: {context: us}}\n")

    (policy,) = policies("--hpa", "live", *arguments, "--generate", "step:1,900,30m", "--pod-rate", "4")

    assert (policy["name"], policy["max"]) == ("live", maximum)


MADE = ("--generate", "step:1,2,5m", "--pod-rate", "4")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["--pod-rate", "40"], 2, "give --trace FILE or --generate TEXT"),
        (["--generate", "step:1,2,5m"], 2, "give --pod-rate, or --bench FILE"),
        (["--generate", "step:1,2,5m", "--pod-rate", "0"], 2, "--pod-rate"),
        (["--generate", "step:1,2,5m", "--pod-rate", "nan"], 2, "nan is no number"),
        ([*MADE, "--sync-period", "inf"], 2, "inf is no number"),
        (["--generate", "circle:1,2,5m", "--pod-rate", "4"], 3, "no traffic that can be made"),
        ([*MADE, "-f", "tfk8s.yaml", "--hpa", "hpa.yaml"], 2, "give one of -f"),
        ([*MADE, "--compare", "hpa.yaml", "keda.yaml", "--hpa", "live"], 2, "give one of -f"),
        ([*MADE, "--name", "resnet", "--hpa", "hpa.yaml"], 2, "add --hpa live"),
        ([*MADE, "--name", "resnet", "-f", "tfk8s.yaml", "--hpa", "live"], 2, "give -f or --name"),
        ([*MADE, "--name", "resnet", "--hpa", "live", "--region", "europe"], 2, "--region is one of a spec"),
        ([*MADE, "--hpa", "none.yaml"], 3, "none.yaml"),
        ([*MADE, "--hpa", "step.csv"], 3, "step.csv"),
        ([*MADE, "--hpa", "service.yaml"], 3, "holds no HorizontalPodAutoscaler"),
        ([*MADE, "--hpa", "two.yaml"], 3, "two.yaml holds 2 autoscalers"),
        ([*MADE, "--hpa", "hpa.yaml"], 3, "what the metric rps reads"),
        ([*MADE, "--reads", "rps=x"], 2, "write NAME=WHAT"),
        ([*MADE, "--hpa", "live", "--context", "none", "--kubeconfig", "none"], 4, "none"),
        ([*MADE, "--picture", "s.gif"], 2, "ends in none of .svg, .png"),
        ([*MADE, "--html", "no/s.html"], 2, "there is no folder 'no'"),
        (["--generate", "step:1,2,399d,every=1h", "--pod-rate", "4", "--sync-period", "1"], 3, "34473600 syncs"),
        (["--generate", "step:1,2,5m", "--bench", "step.csv"], 3, "step.csv is no JSON"),
    ],
)
def test_what_cannot_be_simulated_is_told_in_a_line(
    folder: Path, arguments: list[str], exit_code: int, message: str
) -> None:
    (folder / "service.yaml").write_text(HPA.partition("---")[0])
    (folder / "two.yaml").write_text(HPA + "---\n" + KEDA)
    result = run(*arguments, "--model-info", "model.json", exit_code=exit_code)

    assert message in result.stderr
    assert "Traceback" not in result.output
