"""Each command under its role, on an API server that writes down who asked it for what.

Nothing runs here: pods are told to run, and their node does not answer. What is proven is what the API server lets by.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.fakes.clock import FakeClock
from tests.integration.control_plane.test_canary import NEW
from tests.testbed import fixtures, versions
from tests.testbed.fixtures import fresh_namespace, running_control_plane
from tests.unit.app.benches import BENCH
from tests.unit.model.savedmodels import Version
from tfk8s.app.canary_live import make_canary
from tfk8s.app.canary_spec import CanaryTarget, tried_spec
from tfk8s.app.carry_out import World
from tfk8s.app.planning import read_inventory
from tfk8s.app.rbac import rendered_things
from tfk8s.app.rendering import render_service
from tfk8s.app.service import ServiceName
from tfk8s.cli.main import root
from tfk8s.cluster import connect
from tfk8s.errors import CHANGES_PENDING
from tfk8s.load import to_json
from tfk8s.plan import Making, inventory_ref, to_config_map
from tfk8s.ports import SilentReporter
from tfk8s.render import render
from tfk8s.render.canary import CanaryWish, canary_manifests
from tfk8s.rights import NEEDS, ROLES, Grade, Right, Role, RoleOptions, Things, rights_for, role_rights, rules_of
from tfk8s.spec import load_spec, object_names

pytestmark = [pytest.mark.control_plane, pytest.mark.xdist_group("audited")]

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: {namespace}
createNamespace: true
model: {{source: "pvc://models/resnet", versions: [1, 2], labels: {{stable: 1}}}}
resources: {{cpu: 100m, memory: 1Gi}}
scaling: {{min: 1, max: {most}, metrics: [{{cpu: 60}}]}}
"""
KEYED = f"""{SPEC}\
expose:
  type: Gateway
  host: a.b
  tls: {{{{secretName: t}}}}
  gateway: {{{{className: eg}}}}
  auth: {{{{apiKeys: {{{{}}}}}}}}
"""
"""The same service with a front that asks for keys: `keys` reads no more of it, and nothing here serves its kinds."""

CONTROLLERS = (
    "deployment-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "horizontal-pod-autoscaler-controller",
    "replicaset-controller",
    "serviceaccount-controller",
)
MADE = "--generate step:1,3,5m"
LINES: Mapping[str, tuple[str, ...]] = {
    "apply": ("apply --timeout 1 --no-rollback", "up --timeout 1 --no-rollback"),
    "autoscale recommend": (f"autoscale recommend bench.json {MADE}",),
    "autoscale simulate": (f"autoscale simulate --hpa live --pod-rate 2 {MADE}",),
    "bench": ("bench --rate 1 --duration 1s",),
    "cost": ("cost --live",),
    "delete": ("down --yes --timeout 1", "delete --yes --timeout 1"),
    "keys": tuple(f"keys {verb} -f keyed.yaml" for verb in ("create a", "rotate a", "list", "revoke a --old")),
    "logs": ("logs --tail 1",),
    "predict": ("predict request.json",),
    "rollback": ("rollback --no-wait --no-write",),
    "versions add": ("versions add export --version 3 --timeout 1",),
    "versions canary": ("versions canary --abort", "versions canary 2 --accept-share --start-timeout 1s"),
    "versions promote": ("versions promote stable 2 --timeout 1",),
    "versions rollback": ("versions rollback --timeout 1",),
}
"""What is run of each entry of the table; where nothing stands here it is the command alone."""

SERVED = frozenset(
    {
        "apply", "bench", "delete", "doctor", "logs", "predict", "status", "versions add", "versions canary",
        "versions list", "versions promote", "versions rollback",
    }
)  # fmt: skip
"""Commands that end well only where pods run: `tests/integration/test_rights.py` sees these to their ends."""

ELSEWHERE = frozenset({"get pods", "get configmaps resnet-canary-config"})
"""Asked for where a followed log ends, and beside a canary."""

EXTRA = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})
"""What every login may ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A service on an audited control plane, and people with roles around it."""

    testbed: fixtures.Cluster
    namespace: str
    folder: Path

    @property
    def spec_file(self) -> Path:
        return self.folder / "tfk8s.yaml"

    @property
    def keyed_file(self) -> Path:
        return self.folder / "keyed.yaml"

    @property
    def things(self) -> Things:
        return rendered_things([(load_spec(self.keyed_file), self.folder, {})])

    @property
    def served(self) -> frozenset[Right]:
        """What any command needs, of the kinds that the plane serves."""
        names = self.admin("api-resources", "--output=name").split()
        kinds = {tuple(name.partition(".")[::-2]) for name in names}
        rights = (right for command in NEEDS for right in rights_for(command, self.things))
        return frozenset(each for each in rights if (each.group, each.resource.partition("/")[0]) in kinds)

    def write(self, *, most: int) -> None:
        """Write the spec."""
        for file, text in ((self.spec_file, SPEC), (self.keyed_file, KEYED)):
            file.write_text(text.format(namespace=self.namespace, most=most))

    def admin(self, *arguments: str, stdin: str | None = None) -> str:
        return self.testbed.kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def person(self, name: str) -> Path:
        """The kubeconfig of a service account that has no right yet."""
        self.admin("create", "serviceaccount", name)
        content = json.loads(self.testbed.kubeconfig.read_text())
        content["users"][0]["user"] = {"token": self.admin("create", "token", name).strip()}
        file = self.folder / f"kubeconfig.{name}"
        file.write_text(json.dumps(content))
        return file

    def hire(self, role: Role, *options: str) -> Path:
        """Give a role to somebody new, as `tfk8s rbac` writes it."""
        file = self.person(role)
        account = ("--service-account", f"{self.namespace}/{role}")
        written = CliRunner().invoke(root, ["rbac", "-f", str(self.keyed_file), "--role", role, *account, *options])
        assert written.exit_code == 0, written.output
        self.admin("apply", "--filename=-", stdin=written.stdout)
        self.wait_for(file, role_rights(role, self.things, options=RoleOptions()), has=not options)
        return file

    def wait_for(self, kubeconfig: Path, rights: Iterable[Right], *, has: bool) -> None:
        """The API server learns of new roles within moments."""
        cluster, wanted = connect(kubeconfig=kubeconfig), tuple(rights)
        deadline = time.monotonic() + 60
        while bool(cluster.lacking(wanted)) is has:
            assert time.monotonic() < deadline, "the roles are not in force"

    def run(self, line: str, *, kubeconfig: Path) -> Result:
        """Run a command as somebody, in the folder of the spec."""
        return CliRunner().invoke(root, [*line.split(), "--kubeconfig", str(kubeconfig)])

    def asked(self, user: str, *, since: int) -> tuple[dict[Right, bool], int]:
        """What somebody asked the API server for, each with whether it was allowed; and where its log ends."""
        assert self.testbed.audit_log is not None
        log = self.testbed.audit_log.read_text()
        found: dict[Right, bool] = {}
        for line in log[since:].splitlines():
            event = json.loads(line)
            right = _right(event)
            if event["user"]["username"].endswith(f":{user}") and right is not None and right.resource not in EXTRA:
                found[right] = event["annotations"]["authorization.k8s.io/decision"] == "allow"
        return found, len(log)


def _right(event: dict[str, Any]) -> Right | None:
    """What a request needed; None for one that is about no resource, such as discovery."""
    asked = event.get("objectRef") or {}
    if "resource" not in asked:
        return None
    part = f"/{asked['subresource']}" if "subresource" in asked else ""
    return Right(
        verb=event["verb"],
        group=asked.get("apiGroup", ""),
        resource=asked["resource"] + part,
        namespace=asked.get("namespace", ""),
        name=asked.get("name", ""),
    )


@pytest.fixture(scope="module")
def plane() -> Iterator[fixtures.Cluster]:
    with running_control_plane(versions.KUBERNETES_NEWEST, controllers=CONTROLLERS, is_audited=True) as found:
        node: dict[str, Any] = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "nowhere"}}
        node["status"] = {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}
        node["status"]["daemonEndpoints"] = {"kubeletEndpoint": {"Port": 1}}
        found.kubectl("create", "--filename=-", stdin=json.dumps(node))
        yield found


@pytest.fixture(scope="module")
def office(
    plane: fixtures.Cluster, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A service that an administrator has applied, and whose pod seems to run."""
    with fresh_namespace(plane, request=request) as namespace:
        found = Office(testbed=plane, namespace=namespace, folder=tmp_path_factory.mktemp("office"))
        found.write(most=5)
        (found.folder / "request.json").write_text('{"instances": [1]}')
        (found.folder / "bench.json").write_text(json.dumps(to_json(replace(BENCH, cpu_request_cores=0.1))))
        Version().write(found.folder / "export")
        claim: dict[str, Any] = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "models"}}
        claim["spec"] = {"accessModes": ["ReadOnlyMany"], "resources": {"requests": {"storage": "1Gi"}}}
        found.admin("create", "--filename=-", stdin=json.dumps(claim))
        place = ("-f", str(found.spec_file), "--kubeconfig", str(plane.kubeconfig))
        result = CliRunner().invoke(root, ["apply", "--no-wait", *place])
        assert result.exit_code == 0, result.output
        _run_pods(found)
        _record_releases(found)
        yield found


@pytest.fixture(autouse=True)
def _in_its_folder(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office.folder)


def _record_releases(office: Office) -> None:
    """As if two had answered, of which the one before had fewer pods at most."""
    cluster, spec = connect(kubeconfig=office.testbed.kubeconfig), load_spec(office.spec_file)
    name = ServiceName.of(spec)
    inventory = read_inventory(name, cluster=cluster)
    for most in (4, 5):
        text = SPEC.format(namespace=office.namespace, most=most)
        making = Making(time="2026-11-29T01:00:00Z", author="somebody", spec=text, models=("resnet",))
        inventory = inventory.settled(render(load_spec(text), {}).manifests, making=making)
    ref = inventory_ref(name=name.name, namespace=name.namespace)
    cluster.apply(to_config_map(inventory, ref=ref, labels=name.labels))


def _begin_canary(office: Office) -> None:
    """As a run leaves one that is killed while its pods start."""
    spec = load_spec(office.spec_file)
    target = CanaryTarget(model="resnet", version=2, label="stable", before=1)
    tried = render_service(tried_spec(spec, target), base=office.folder).deployable
    objects = canary_manifests(tried.manifests, CanaryWish(names=object_names(spec), replicas=1))
    world = World(cluster=connect(kubeconfig=office.testbed.kubeconfig), clock=FakeClock(), reporter=SilentReporter())
    make_canary(objects, replace(NEW, phase="starting", start_s=1.0), name=ServiceName.of(spec), world=world)


def _run_pods(office: Office) -> None:
    """Play scheduler and kubelet."""
    deadline = time.monotonic() + 60
    while not (pods := json.loads(office.admin("get", "pods", "--output=json"))["items"]):
        assert time.monotonic() < deadline, "no pod was made"
    name = pods[0]["metadata"]["name"]
    path = f"/api/v1/namespaces/{office.namespace}/pods/{name}"
    target: dict[str, Any] = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}}
    target["target"] = {"kind": "Node", "name": "nowhere"}
    office.admin("create", "--raw", f"{path}/binding", "--filename=-", stdin=json.dumps(target))
    then = "2026-11-30T00:00:00Z"
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": then} for kind in ("ContainersReady", "Ready")]
    container = {"name": pods[0]["spec"]["containers"][0]["name"], "ready": True, "restartCount": 0, "image": "a"}
    container |= {"imageID": "a", "state": {"running": {"startedAt": then}}}
    status = {"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "conditions": conditions}
    patch = json.dumps({"status": {**status, "containerStatuses": [container]}})
    office.admin("patch", "pod", name, "--subresource=status", "--type=merge", "--patch", patch)


def test_somebody_without_a_role_is_told_a_right_by_every_command(office: Office) -> None:
    kubeconfig = office.person("newcomer")
    wrong: list[str] = []

    for command in NEEDS:
        needed = rights_for(command, office.things, grades=frozenset({Grade.NEEDED}))
        for line in LINES.get(command, (command,)):
            result = office.run(line, kubeconfig=kubeconfig)
            known = needed or rights_for(command, office.things)
            if result.exit_code != (5 if needed else 0) or not any(_is_told(right, result.output) for right in known):
                wrong.append(f"{line}: exit {result.exit_code}: {result.output}")

    assert wrong == [], "\n".join(wrong)


def test_without_any_rule_that_is_needed_a_command_fails_and_says_what_is_missing(office: Office) -> None:
    kubeconfig = office.person("apprentice")
    account = f"{office.namespace}:apprentice"
    office.admin("create", "rolebinding", "apprentice", "--role=apprentice", f"--serviceaccount={account}")
    all_of_it = role_rights("deployer", office.things, options=RoleOptions(is_wide=False))
    _give(office, all_of_it, verb="create")
    wrong: list[str] = []

    for command, rights in _proofs(office):
        _give(office, all_of_it - rights)
        office.wait_for(kubeconfig, rights, has=False)
        line = LINES.get(command, (command,))[-1]
        result = office.run(line, kubeconfig=kubeconfig)
        if result.exit_code != 5 or not any(_is_told(right, result.output) for right in rights):
            wrong.append(f"{line} without {min(rights)}: exit {result.exit_code}: {result.output}")

    assert wrong == [], "\n".join(wrong)


def _is_told(right: Right, output: str) -> bool:
    words = (right.verb, right.resource.partition("/")[0], right.name, right.namespace, "tfk8s rbac --role")
    return all(word in output for word in words)


def _proofs(office: Office) -> Iterator[tuple[str, frozenset[Right]]]:
    """Each rule that some command needs, with the first command that does; looking is told what it cannot see."""
    proven: set[Right] = set()
    served = office.served
    for command in (each for each in NEEDS if each not in ("diff", "drift")):
        needed = (rights_for(command, office.things, grades=frozenset({Grade.NEEDED})) & served) - proven
        proven |= needed
        told = {right for right in needed if not _is_of_jobs(right) and (right.verb != "create" or not right.name)}
        told = {right for right in told if not _is_weighed(right)}
        for rule in rules_of(right for right in told if command != "delete" or "canary" not in right.name):
            yield command, frozenset(right for right in told if rule.allows(right))


def _is_of_jobs(right: Right) -> bool:
    """Whether it is about a Job that tries a version or writes a volume, which no one runs here."""
    return right.resource == "pods/exec" or right.name.endswith(("-trial", "-publisher"))


def _is_weighed(right: Right) -> bool:
    """Whether it is about what a canary has beside its Deployment where a Gateway weighs the requests."""
    return right.resource in ("services", "networkpolicies") and right.name.endswith("-canary")


def _give(office: Office, rights: Iterable[Right], *, verb: str = "replace") -> None:
    metadata = {"name": "apprentice", "namespace": office.namespace}
    body: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata}
    body["rules"] = [rule.body() for rule in rules_of(rights)]
    office.admin(verb, "--filename=-", stdin=json.dumps(body))


def _own(role: Role) -> list[str]:
    """The commands that no lesser role is for; last the one that leaves nothing."""
    lesser = [each for other in ROLES if other != role for each in ROLES[other]]
    own = ROLES[role] if role == "viewer" else [each for each in ROLES[role] if each not in ROLES["viewer"]]
    own = [each for each in own if role != "deployer" or each not in lesser]
    return sorted(own, key=lambda each: each == "delete")


@pytest.mark.parametrize("role", ["viewer", "ci", "deployer"])
def test_each_command_asks_for_what_the_table_says_and_its_least_role_has_all_of_it(office: Office, role: Role) -> None:
    kubeconfig = office.hire(role)
    _, since = office.asked(role, since=0)
    used: set[Right] = set()
    office.write(most=6)

    for command in _own(role):
        if command == "versions canary":
            _begin_canary(office)
        lines = LINES.get(command, (command,))
        results = [office.run(line, kubeconfig=kubeconfig) for line in lines]
        asked, since = office.asked(role, since=since)

        output = "".join(result.output for result in results)
        assert asked, f"{command}: {output}"
        assert "tfk8s rbac --role" not in output, f"{command}: {output}"
        ends = {result.exit_code for result in results}
        assert command in SERVED or ends <= {0, CHANGES_PENDING}, f"{command}: {output}"
        known = rights_for(command, office.things, grades=frozenset(Grade))
        assert {str(each) for each in asked if not _covers(known, each)} == set(), command
        given = rights_for(command, office.things)
        assert {str(each) for each, allowed in asked.items() if not allowed and _covers(given, each)} == set(), command
        used |= {each for each, allowed in asked.items() if allowed}

    idle = {
        str(each).partition(" in ")[0]
        for each in _seen_when_used(role, office)
        if not any(_covers({each}, one) for one in used)
    }
    assert idle <= ELSEWHERE, "the role gives more than its commands ask for"


def _covers(rights: Collection[Right], asked: Right) -> bool:
    """Whether one of the rights is what was asked for, or that on any object of its kind."""
    return not {asked, replace(asked, name="")}.isdisjoint(rights)


def _seen_when_used(role: Role, office: Office) -> set[Right]:
    """Rights of these commands on what the plane serves.

    What commands for versions need as `apply` does is seen with the other roles. The API server writes `patch` down
    where server-side apply makes an object; a pod keeps its Deployment from going.
    """
    served = office.served
    lesser: list[Role] = ["viewer", "ci"] if role == "deployer" else []
    seen = frozenset[Right]().union(*(role_rights(each, office.things, options=RoleOptions()) for each in lesser))
    return {
        right
        for command in _own(role)
        for right in rights_for(command, office.things)
        if right in served
        and right not in seen
        and not _is_of_jobs(right)
        and not (_is_weighed(right) and right.verb != "get")
        and right.verb != "delete"
        and not (right.verb == "create" and (right.name or right.resource == "pods/portforward"))
    }
