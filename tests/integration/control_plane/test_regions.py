"""Two real API servers as two regions: what reaches which, what a failure leaves, and what the next run does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.contract.autoscale.front import Front, Handler
from tests.fakes.background import in_background
from tests.fakes.events import Recorder
from tests.testbed import control_plane, versions
from tests.testbed.fixtures import Cluster as Plane
from tests.testbed.fixtures import running_control_plane
from tfk8s.app.bake import Bake, after_change, before_change
from tfk8s.app.carry_out import World
from tfk8s.app.planning import read_inventory
from tfk8s.app.rendering import supported_minor
from tfk8s.app.service import ServiceName
from tfk8s.cli.main import root
from tfk8s.clock import SystemClock
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject
from tfk8s.manifest.server_config import read_server_config
from tfk8s.plan import Making, inventory_ref, to_config_map
from tfk8s.ports import Cluster
from tfk8s.render import RenderOptions, render
from tfk8s.rollout.bake import BAKE_KEY, BakePlan
from tfk8s.rollout.comparison import Limits
from tfk8s.serving.metrics import PrometheusMetrics
from tfk8s.spec import load_regions

pytestmark = [
    pytest.mark.control_plane,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("regions"),
    pytest.mark.skipif(not control_plane.available(), reason="two API servers of our own are two regions"),
]

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: {namespace}
createNamespace: true
model: {{source: "gs://models/resnet", versions: [1, 2], labels: {{stable: 1}}}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 100m, memory: 1Gi}}
lifecycle: {{startupSeconds: 300, drainSeconds: {drain}}}
rollout: {{bakeSeconds: 0}}
regions:
  europe: {{context: europe, scaling: {{replicas: 2}}}}
  us: {{context: us, scaling: {{replicas: 3}}}}
"""


class _Handler(Handler):
    server: _Holding

    def answer(self, words: list[str], body: bytes) -> bool:
        del body
        if self.command in ("GET", "HEAD") or "dryRun=" in self.path or words[1] == "authorization.k8s.io":
            return False
        self.server.is_over.wait(60)
        self.close_connection = True
        return True


class _Holding(Front):
    """Stands before an API server, and keeps every change to itself."""

    handler = _Handler

    def __init__(self, behind: Plane) -> None:
        super().__init__(behind)
        self.is_over = threading.Event()


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """A folder with the spec and a kubeconfig that leads to both."""

    folder: Path
    namespace: str
    planes: dict[str, Plane]

    @property
    def options(self) -> list[str]:
        return ["-f", str(self.folder / "tfk8s.yaml"), "--kubeconfig", str(self.folder / "kubeconfig")]

    @contextmanager
    def us_takes_no_change(self) -> Iterator[list[str]]:
        """Options of a command which stands still at its first change in the second region."""
        config = json.loads((self.folder / "kubeconfig").read_text())
        with in_background(front := _Holding(self.planes["us"])):
            config["clusters"][1]["cluster"] = {"server": front.url}
            (self.folder / "kubeconfig.held").write_text(json.dumps(config))
            try:
                yield [*self.options[:-1], str(self.folder / "kubeconfig.held")]
            finally:
                front.is_over.set()

    def write(self, *, drain: int = 5, text: str = "") -> None:
        spec = SPEC.format(namespace=self.namespace, drain=drain)
        (self.folder / "tfk8s.yaml").write_text(spec + text)

    def run(self, *words: str) -> Result:
        command = [word for word in words if not word.startswith("-")]
        rest = [word for word in words if word.startswith("-")]
        return CliRunner().invoke(root, [*command, *self.options, *rest], prog_name="tfk8s")

    def told(self, *words: str) -> Any:
        result = self.run(*words, "--output=json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)["regions"]

    def live(self, region: str, kind: str, name: str) -> dict[str, Any]:
        where = ("--namespace", self.namespace, "get", kind, name, "--ignore-not-found", "--output=json")
        found = self.planes[region].kubectl(*where)
        return json.loads(found) if found.strip() else {}

    def cluster(self, region: str) -> Cluster:
        return connect(kubeconfig=self.folder / "kubeconfig", context=region)

    def drain(self, region: str) -> int:
        annotations = self.live(region, "deployment", "resnet").get("spec", {}).get("template", {}).get("spec", {})
        return int(annotations.get("terminationGracePeriodSeconds", 0))

    def stable(self, region: str) -> int:
        text = self.live(region, "configmap", "resnet-config")["data"]["models.config"]
        return read_server_config(text).model("resnet").labels["stable"]


@pytest.fixture(scope="module")
def planes() -> Iterator[dict[str, Plane]]:
    """The oldest and the newest release: regions need not be alike."""
    releases = dict(zip(("europe", "us"), versions.CONTROL_PLANES, strict=True))
    with ExitStack() as stack:
        yield {
            region: stack.enter_context(running_control_plane(release, controllers=()))
            for region, release in releases.items()
        }


@pytest.fixture
def regions(planes: dict[str, Plane], tmp_path: Path, request: pytest.FixtureRequest) -> Regions:
    merged: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for region, plane in planes.items():
        content = json.loads(plane.kubeconfig.read_text())
        merged["clusters"].append({"name": region, "cluster": content["clusters"][0]["cluster"]})
        merged["users"].append({"name": region, "user": content["users"][0]["user"]})
        merged["contexts"].append({"name": region, "context": {"cluster": region, "user": region}})
    (tmp_path / "kubeconfig").write_text(json.dumps(merged))
    made = Regions(folder=tmp_path, namespace=f"r-{len(request.node.name)}-{os.getpid()}", planes=planes)
    made.write()
    return made


def test_a_failed_region_leaves_the_others_and_the_next_run_repairs(regions: Regions) -> None:
    told = regions.told("apply", "--no-wait")
    assert [place["state"] for place in told.values()] == ["done", "done"]
    assert [regions.live(region, "deployment", "resnet")["spec"]["replicas"] for region in told] == [2, 3]
    before = regions.drain("us")

    # A field that somebody took in us blocks its change; europe has it by then.
    stolen = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": before + 1}}}}
    regions.planes["us"].kubectl(
        *("--namespace", regions.namespace, "patch", "deployment", "resnet", "--type=merge"),
        *("--field-manager=somebody", f"--patch={json.dumps(stolen)}"),
    )
    regions.write(drain=20)
    failed = regions.run("apply", "--no-wait")

    assert failed.exit_code == 5, failed.output
    assert "europe: done" in failed.stderr
    assert f"tfk8s apply -f {regions.folder}/tfk8s.yaml --region us goes on" in failed.stderr
    assert (regions.drain("europe") > before, regions.drain("us")) == (True, before + 1)
    assert regions.run("diff", "--exit-code", "--region=europe").exit_code == 0
    assert regions.run("diff", "--exit-code").exit_code == 10

    repaired = regions.told("apply", "--no-wait", "--force-conflicts")

    assert repaired["europe"]["result"]["changed"] == []
    assert regions.drain("us") == regions.drain("europe")
    assert regions.run("diff", "--exit-code").exit_code == 0


def test_killed_between_the_regions_the_next_run_finishes_the_job(regions: Regions) -> None:
    words = [sys.executable, "-m", "tfk8s", "apply", "--no-wait", "--progress", "json"]
    with (
        regions.us_takes_no_change() as options,
        subprocess.Popen([*words, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child,
    ):
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("{") and json.loads(line)["region"] == "us":
                break
        child.send_signal(signal.SIGKILL)
        assert child.wait(timeout=60) == -signal.SIGKILL
    assert regions.live("europe", "deployment", "resnet")
    assert not regions.live("us", "deployment", "resnet")

    told = regions.told("apply", "--no-wait")

    assert told["europe"]["result"]["changed"] == []
    assert regions.live("us", "deployment", "resnet")
    assert regions.run("diff", "--exit-code").exit_code == 0


def test_versions_move_region_by_region_and_go_back_at_once_where_they_had_moved(regions: Regions) -> None:
    regions.told("apply", "--no-wait")

    one = regions.told("versions", "promote", "stable", "2", "--region=europe", "--no-write")
    assert [*one] == ["europe"]
    assert [regions.stable(region) for region in ("europe", "us")] == [2, 1]
    back = regions.told("versions", "rollback", "stable", "--no-write")
    assert back["europe"]["result"]["to"] == 1
    assert back["us"]["result"] == {"changed": False, "to": 1}
    assert [regions.stable(region) for region in ("europe", "us")] == [1, 1]

    both = regions.told("versions", "promote", "stable", "2")
    assert [both[region]["result"]["written"] != [] for region in both] == [False, True]
    assert [regions.stable(region) for region in both] == [2, 2]
    assert "labels: {stable: 2}" in (regions.folder / "tfk8s.yaml").read_text()
    assert regions.run("diff", "--exit-code").exit_code == 0
    again = regions.told("versions", "promote", "stable", "2")
    assert [again[region]["result"]["changed"] for region in again] == [False, False]

    regions.told("versions", "rollback")
    assert [regions.stable(region) for region in both] == [1, 1]
    assert "labels: {stable: 1}" in (regions.folder / "tfk8s.yaml").read_text()


def release(regions: Regions, *places: str, drain: int, us: int, minute: int) -> str:
    """Commit and apply a spec in these regions, and record it as seen answering; its text."""
    file = regions.folder / "tfk8s.yaml"
    text = SPEC.format(namespace=regions.namespace, drain=drain).replace("replicas: 3", f"replicas: {us}")
    file.write_text(text)
    git(regions, "init", "-q")
    git(regions, "add", "tfk8s.yaml")
    git(regions, "commit", "-q", "-m", f"minute {minute}")
    regions.told("apply", "--no-wait", *(f"--region={place}" for place in places))
    for region in load_regions(file):
        if region.name in places:
            name, cluster = ServiceName.of(region.spec), regions.cluster(region.name)
            making = Making(spec=text, time=f"2026-11-29T01:{minute:02d}:00Z", models=("resnet",))
            manifests = render(region.spec, {}, options=RenderOptions(kubernetes_minor=_minor(cluster))).manifests
            inventory = read_inventory(name, cluster=cluster).settled(manifests, making=making)
            ref = inventory_ref(name=name.name, namespace=name.namespace)
            cluster.apply(to_config_map(inventory, ref=ref, labels=name.labels))
    return text


def _minor(cluster: Cluster) -> int:
    return supported_minor(cluster.release())


def git(regions: Regions, *words: str) -> str:
    settings = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.test", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(regions.folder), *settings, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_both_go_back_at_once_to_releases_of_their_own_and_the_spec_says_what_both_have(regions: Regions) -> None:
    release(regions, "europe", "us", drain=5, us=3, minute=1)
    old = regions.drain("us")
    wanted = release(regions, "us", drain=5, us=4, minute=2)  # changes nothing in europe, which has no release of it
    release(regions, "europe", "us", drain=20, us=4, minute=3)
    assert [regions.drain(region) > old for region in ("europe", "us")] == [True, True]

    told = regions.told("rollback", "--no-wait", "--yes")

    assert [told[region]["result"]["subject"] for region in told] == ["resnet to release 1", "resnet to release 2"]
    assert [regions.drain(region) for region in told] == [old, old]
    assert [regions.live(region, "deployment", "resnet")["spec"]["replicas"] for region in told] == [2, 4]
    assert (regions.folder / "tfk8s.yaml").read_text() == wanted
    assert "written" not in told["europe"]["result"]
    assert told["us"]["result"]["written"] == [str(regions.folder / "tfk8s.yaml")]
    assert "git commit -m 'Roll back resnet in europe, us'" in told["us"]["result"]["commands"]
    assert regions.run("diff", "--exit-code").exit_code == 0


def test_what_is_noted_of_a_bake_stays_through_changes(regions: Regions) -> None:
    regions.told("apply", "--no-wait")
    europe = load_regions(regions.folder / "tfk8s.yaml")[0]
    cluster = connect(kubeconfig=regions.folder / "kubeconfig", context="europe")
    bake = Bake(
        plan=BakePlan(region="europe", for_s=60.0, limits=Limits()),
        name=ServiceName.of(europe.spec),
        models=("resnet",),
        world=World(cluster=cluster, clock=SystemClock(), reporter=Recorder()),
        metrics=PrometheusMetrics(),
        undo="tfk8s rollback",
    )
    after_change(bake, before=None, is_changed=True)

    def noted() -> JsonObject:
        data = regions.live("europe", "configmap", "resnet-inventory").get("data", {})
        found: JsonObject = json.loads(data[BAKE_KEY]) if BAKE_KEY in data else {}
        return found

    assert noted()["phase"] == "passed"
    assert regions.run("diff", "--exit-code", "--region=europe").exit_code == 0
    assert regions.run("drift", "--region=europe").exit_code == 0
    before_change(bake)
    assert noted()["phase"] == "changing"
    regions.write(drain=20)
    regions.told("apply", "--no-wait")
    regions.told("versions", "promote", "stable", "2")
    assert noted()["phase"] == "changing", "neither the record nor the journal takes it away"
