"""Moving labels against a real API server: what is written, by whom, and what a plan makes of it afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.control_plane.conftest import Desk
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.manifest.server_config import ServerConfig, config_hash, read_server_config
from tfk8s.plan import Making, inventory_ref, to_config_map
from tfk8s.render import render
from tfk8s.spec import load_spec

pytestmark = pytest.mark.control_plane

MODEL = '{source: "gs://models/resnet", versions: [1, 2], labels: {stable: 1}}  # stable is what clients ask for'
STEADY = "{startupSeconds: 300}"
HASH = "tfk8s.dev/config-hash"
FOLLOWED = "tfk8s.dev/config-followed"


def write_spec(desk: Desk, *, model: str = MODEL, cpu: str = "100m") -> Path:
    file = desk.write_spec(lifecycle=STEADY)
    text = file.read_text().replace('{source: "gs://models/resnet"}', model).replace("cpu: 100m", f"cpu: {cpu}")
    file.write_text(text)
    return file


@pytest.fixture
def labelled(desk: Desk) -> Desk:
    write_spec(desk)
    desk.apply()
    return desk


def versions(desk: Desk, command: str, *arguments: str) -> Any:
    """Run a command of the group; it must succeed, and its JSON is returned."""
    result = run(desk, command, *arguments, "-o", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def run(desk: Desk, command: str, *arguments: str) -> Any:
    from click.testing import CliRunner

    from tfk8s.cli.main import root

    where = ["-f", str(desk.folder / "tfk8s.yaml"), "--kubeconfig", str(desk.testbed.kubeconfig)]
    return CliRunner().invoke(root, ["versions", command, *where, *arguments])


def live_config(desk: Desk) -> ServerConfig:
    return read_server_config(desk.objects()["ConfigMap/resnet-config"]["data"]["models.config"])


def template_hash(desk: Desk) -> str:
    deployment = desk.objects()["Deployment/resnet"]
    return str(deployment["spec"]["template"]["metadata"]["annotations"][HASH])


def test_after_a_promotion_apply_diff_and_drift_see_nothing_to_do_and_no_pod_is_replaced(labelled: Desk) -> None:
    desk = labelled
    before = desk.objects()["Deployment/resnet"]

    told = versions(desk, "promote", "stable", "2")

    assert (told["from"], told["to"], told["way"], told["changed"]) == (1, 2, "live", True)
    assert live_config(desk).model("resnet").labels == {"stable": 2}
    assert "labels: {stable: 2}}  # stable is" in (desk.folder / "tfk8s.yaml").read_text()
    after = desk.objects()["Deployment/resnet"]
    assert after["spec"] == before["spec"]
    files = desk.objects()["ConfigMap/resnet-config"]["data"]
    assert after["metadata"]["annotations"][FOLLOWED] == f"{template_hash(desk)}={config_hash(files)}"
    assert desk.run("diff", "--exit-code").exit_code == 0
    assert desk.run("drift").exit_code == 0, desk.run("drift").output
    assert desk.apply().stdout.startswith("nothing changed")
    assert desk.objects()["Deployment/resnet"]["metadata"]["generation"] == after["metadata"]["generation"]


def test_another_cpu_afterwards_rolls_with_the_hash_of_what_is_configured(labelled: Desk) -> None:
    desk = labelled
    versions(desk, "promote", "stable", "2")
    old = template_hash(desk)
    write_spec(desk, model=MODEL.replace("stable: 1", "stable: 2"), cpu="200m")

    desk.apply()

    files = desk.objects()["ConfigMap/resnet-config"]["data"]
    assert template_hash(desk) == config_hash(files) != old
    assert desk.run("diff", "--exit-code").exit_code == 0
    assert desk.run("drift").exit_code == 0


def test_the_spec_of_before_replaces_the_pods_that_were_moved_away_from_it_once(labelled: Desk) -> None:
    desk = labelled
    old = template_hash(desk)
    versions(desk, "promote", "stable", "2")
    write_spec(desk)

    desk.apply()

    assert live_config(desk).model("resnet").labels == {"stable": 1}
    assert template_hash(desk).startswith(f"{old}-"), "the same hash would have left the pods where they were moved to"
    assert desk.run("diff", "--exit-code").exit_code == 0
    assert desk.apply().stdout.startswith("nothing changed")


def test_the_way_back_and_the_history_of_both(labelled: Desk) -> None:
    desk = labelled
    versions(desk, "promote", "stable", "2")

    back = versions(desk, "rollback")

    assert (back["action"], back["from"], back["to"]) == ("rollback", 2, 1)
    assert live_config(desk).model("resnet").labels == {"stable": 1}
    assert desk.run("diff", "--exit-code").exit_code == 0
    changes = versions(desk, "history")["changes"]
    assert [(change["action"], change["from"], change["to"], change["state"]) for change in changes] == [
        ("rollback", 2, 1, "done"),
        ("promote", 1, 2, "done"),
    ]
    assert all(change["who"] and change["time"].endswith("Z") for change in changes)
    further = run(desk, "rollback")
    assert further.exit_code == 4
    assert "nothing before that is on record" in further.output


def record_as_answering(desk: Desk) -> None:
    """Record the spec as it is applied as a release: nothing can answer here."""
    spec = load_spec(desk.folder / "tfk8s.yaml")
    name = ServiceName.of(spec)
    making = Making(spec=(desk.folder / "tfk8s.yaml").read_text(), models=("resnet",))
    inventory = read_inventory(name, cluster=desk.cluster).settled(render(spec, {}).manifests, making=making)
    ref = inventory_ref(name=name.name, namespace=name.namespace)
    desk.cluster.apply(to_config_map(inventory, ref=ref, labels=name.labels))


@pytest.fixture
def refused_image(labelled: Desk) -> Iterator[str]:
    """An image that the API server refuses when it is written, and not when a plan asks what would be."""
    desk, image = labelled, "example.test/refused:1"
    named = f"images-of-{desk.namespace}"
    selector = {"matchLabels": {"kubernetes.io/metadata.name": desk.namespace}}
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["deployments"],
    }
    allowed = f"request.dryRun || object.spec.template.spec.containers.all(each, each.image != '{image}')"
    api = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": named}}
    policy = {
        **api,
        "kind": "ValidatingAdmissionPolicy",
        "spec": {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": allowed}]},
    }
    binding = {
        **api,
        "kind": "ValidatingAdmissionPolicyBinding",
        "spec": {
            "policyName": named,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": selector},
        },
    }
    listed = {"apiVersion": "v1", "kind": "List", "items": [policy, binding]}
    desk.kubectl("apply", "-f", "-", stdin=json.dumps(listed))

    def is_refused() -> bool:
        """The API server looks for policies now and then."""
        try:
            desk.kubectl("create", "deployment", "probe", f"--image={image}")
        except SetupError:
            return True
        desk.kubectl("delete", "deployment", "probe")
        return False

    wait_until(is_refused, timeout_s=60, what="the policy", interval_s=0.2)
    yield image
    desk.kubectl("delete", "-f", "-", stdin=json.dumps(listed))


def test_an_apply_that_fails_after_a_promotion_goes_back_to_what_was_promoted(
    labelled: Desk, refused_image: str
) -> None:
    desk = labelled
    record_as_answering(desk)
    versions(desk, "promote", "stable", "2")
    good = (desk.folder / "tfk8s.yaml").read_text()
    bad = good.replace("versions: [1, 2]", "versions: [1, 2, 3]") + f"image: {{base: '{refused_image}'}}\n"
    (desk.folder / "tfk8s.yaml").write_text(bad)

    failed = desk.run("apply", "--no-wait")

    assert failed.exit_code == 5, failed.output
    assert "rolled back to release 2" in failed.output
    model = live_config(desk).model("resnet")
    assert (model.versions, model.labels) == ((1, 2), {"stable": 2})
    (desk.folder / "tfk8s.yaml").write_text(good)
    assert desk.run("diff", "--exit-code").exit_code == 0
    current, first = json.loads(desk.run("history", "-o", "json").stdout)["releases"]
    assert (current["release"], first["release"]) == (2, 1)
    assert current["summary"] == "label stable of resnet at version 2, on the running pods"


def test_the_record_of_releases_and_the_journal_of_versions_leave_each_other_alone(labelled: Desk) -> None:
    desk = labelled
    versions(desk, "promote", "stable", "2")
    objects_before = desk.objects()["ConfigMap/resnet-inventory"]["data"]["objects"]
    write_spec(desk, model=MODEL.replace("stable: 1", "stable: 2"), cpu="300m")

    desk.apply()

    data = desk.objects()["ConfigMap/resnet-inventory"]["data"]
    assert data["objects"] == objects_before
    assert len(data["versions"].splitlines()) == 1


def test_loading_moving_and_unloading_are_three_writes_and_a_pod_that_starts_between_them_starts_right(
    desk: Desk,
) -> None:
    write_spec(desk, model=MODEL.replace("[1, 2]", "[1]"))
    desk.apply()

    told = versions(desk, "promote", "stable", "2", "--unload")

    assert told["loads"] is True
    model = live_config(desk).model("resnet")
    assert (model.versions, model.labels) == ((2,), {"stable": 2})
    assert "versions: [2]" in (desk.folder / "tfk8s.yaml").read_text()
    assert desk.run("diff", "--exit-code").exit_code == 0


def test_a_configuration_that_a_delivery_tool_writes_is_refused(labelled: Desk) -> None:
    desk = labelled
    body = desk.objects()["ConfigMap/resnet-config"]
    ours = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "resnet-config"}, "data": body["data"]}
    manager = "--field-manager=argocd-controller"
    desk.kubectl("apply", "--server-side", manager, "--force-conflicts", "-f", "-", stdin=json.dumps(ours))

    refused = run(desk, "promote", "stable", "2")

    assert refused.exit_code == 4
    assert "Argo CD would change it back" in refused.output
    assert live_config(desk).model("resnet").labels == {"stable": 1}
    assert "versions" not in desk.objects()["ConfigMap/resnet-inventory"]["data"]


def test_a_dry_run_writes_nothing(labelled: Desk) -> None:
    desk = labelled
    before = {name: body["metadata"]["resourceVersion"] for name, body in desk.objects().items()}
    text = (desk.folder / "tfk8s.yaml").read_text()

    result = run(desk, "promote", "stable", "2", "--dry-run")

    assert result.exit_code == 0
    assert "version 1 -> version 2" in result.stdout
    assert {name: body["metadata"]["resourceVersion"] for name, body in desk.objects().items()} == before
    assert (desk.folder / "tfk8s.yaml").read_text() == text


def killed_after(desk: Desk, events: int, *words: str) -> bool | None:
    """Run the real program and end it with SIGKILL after so many events; False: too late; `None`: there are fewer."""
    command = [sys.executable, "-m", "tfk8s", "versions", *words, "--progress", "json"]
    command += ["-f", str(desk.folder / "tfk8s.yaml"), "--kubeconfig", str(desk.testbed.kubeconfig)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stderr is not None
        seen = 0
        for line in child.stderr:
            seen += line.startswith("{")
            if seen >= events:
                child.send_signal(signal.SIGKILL)
                break
        else:
            return None
        return child.wait(timeout=60) == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_after_each_event_the_next_run_ends_it(desk: Desk) -> None:
    """A version is loaded, the label moves, the other one is unloaded; and back, and so on."""
    write_spec(desk, model=MODEL.replace("[1, 2]", "[1]"))
    desk.apply()
    killed, last, events = 0, 1, 1
    for _ in range(120):
        target = 3 - last
        words = ("promote", "stable", str(target), "--unload")
        was_killed = killed_after(desk, events, *words)
        if was_killed is None and killed >= 8:
            break
        events = 1 if was_killed is None else events + 1  # a busy machine kills too late now and then: once more
        killed += was_killed is True

        finished = run(desk, *words)

        assert finished.exit_code == 0, f"killed before event {events}: {finished.output}"
        model = live_config(desk).model("resnet")
        assert (model.versions, model.labels) == ((target,), {"stable": target}), f"killed before event {events}"
        assert desk.run("diff", "--exit-code").exit_code == 0, f"killed before event {events}"
        last = target
    changes = versions(desk, "history")["changes"]
    assert [change["state"] for change in changes] == ["done"] * len(changes)
    assert len({(change["time"], change["to"]) for change in changes}) == len(changes) >= killed
    assert killed >= 8, f"only {killed} moments to die at"
