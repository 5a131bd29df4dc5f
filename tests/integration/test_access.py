"""Who gets in from outside, on the real cluster behind the real Envoy Gateway: by key, by token, within limits.

One service for the whole module, whose front each test finds as the one before left it, or changes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from tests.integration.front import Front
from tests.integration.issuer import Issuer
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.integration.test_expose import (
    ANSWER,
    AUTHORITY,
    CERTIFICATE,
    GRPC_HOST,
    HOST,
    METRICS,
    MODEL_STATUS,
    PREDICT,
    PREDICTION,
    QUESTION,
    RELOAD,
    TLS,
    address_of,
    question,
)
from tests.testbed import certificates
from tests.testbed.edge.fixtures import Edge
from tests.testbed.fixtures import Cluster, fresh_namespace
from tests.testbed.process import wait_until
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.snapshot import name_of

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("expose")]

BOTH: JsonObject = {
    "type": "Gateway",
    "ports": ["rest", "grpc"],
    "host": HOST,
    "grpcHost": GRPC_HOST,
    "tls": TLS,
    "gateway": {"className": "eg"},
}
KEYS: JsonObject = {"apiKeys": {}}
HEADER = "x-api-key"
APPLIED = "applied.yaml"
TOO_LARGE = {"instances": [0.25] * 16_000}  # 96 kB, of which a connection takes all before it is refused
PROFILER = "/tensorflow.ProfilerService/Profile"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
WITHIN_S = 20.0
"""In which a key that is revoked opens nothing any more: much longer than it took whenever it was measured
(docs/access.md), because the machine may be busy."""


@pytest.fixture(scope="module")
def half(
    tmp_path_factory: pytest.TempPathFactory,
    cluster: Cluster,
    server_image: str,
    models: Path,
    gateway_controller: Edge,
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """A service whose front asks for keys, of which there are none yet."""
    del gateway_controller
    folder = tmp_path_factory.mktemp("access")
    authority = certificates.authority(tmp_path_factory.mktemp("certificates"), name="tfk8s tests")
    server = certificates.server_certificate(authority, names=[HOST, GRPC_HOST])
    with (
        fresh_namespace(cluster, request=request) as namespace,
        service(folder, cluster=cluster, namespace=namespace, image=server_image, models=models) as made,
    ):
        pair = (f"--cert={server.certificate}", f"--key={server.key}")
        cluster.kubectl("create", "secret", "tls", CERTIFICATE, *pair, "--namespace", namespace)
        shutil.copy(authority.certificate, folder / AUTHORITY)
        made.up()
        yield made


def apply(half: Service, **settings: JsonValue) -> str:
    """Change what stands before the service; what `apply` said."""
    half.write(expose={**BOTH, **settings})
    done = half.run("apply", "--ca-file", str(half.folder / AUTHORITY))
    assert done.returncode == 0, done.stderr
    (half.folder / APPLIED).write_text(half.spec.read_text())
    return done.stderr


def ask_for_keys(half: Service) -> Front:
    """The front that asks for keys; it is applied when the test before left another one."""
    half.write(expose={**BOTH, "auth": KEYS})
    applied = half.folder / APPLIED
    if not applied.exists() or applied.read_text() != half.spec.read_text():
        apply(half, auth=KEYS)
    return front_of(half)


def front_of(half: Service) -> Front:
    address = address_of(half, "gateway", "{.status.addresses[0].value}")
    return Front(address=address, authority=half.folder / AUTHORITY)


def keys(half: Service, *arguments: str) -> str:
    """Run `tfk8s keys`; what it printed."""
    done = half.run(" ".join(("keys", *arguments)))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def rest(front: Front, shown: Mapping[str, str]) -> int:
    return front.https(HOST, PREDICT, body=QUESTION, shown=shown).status


def over_grpc(front: Front, shown: Mapping[str, str]) -> grpc.StatusCode:
    return front.grpc(GRPC_HOST, PREDICTION, question(), shown=shown)[0]


def soon(is_so: Callable[[], bool], *, what: str, within_s: float = PATIENCE_S) -> None:
    wait_until(is_so, timeout_s=within_s, what=what)


def test_without_keys_nobody_gets_in_and_the_first_key_opens_the_front(half: Service) -> None:
    told = apply(half, auth=KEYS)
    front = front_of(half)

    assert "nobody gets in: there is no Secret/half-keys" in told
    assert "tfk8s keys create NAME" in told
    assert rest(front, {}) in (401, 500)
    key = keys(half, "create", "team-a")
    soon(lambda: rest(front, {HEADER: key}) == 200, what="the first key to open the front")

    told = apply(half, auth=KEYS)
    assert f"request through https://{HOST} without a key in {HEADER}" in told
    assert front.https(HOST, PREDICT, body=QUESTION, shown={HEADER: key}).json() == ANSWER
    assert over_grpc(front, {HEADER: key}) is grpc.StatusCode.OK
    for wrong in ({}, {HEADER: "tfk_wrong"}, {"authorization": f"Bearer {key}"}):
        assert rest(front, wrong) == 401
        assert over_grpc(front, wrong) is grpc.StatusCode.UNAUTHENTICATED
    assert key not in told


def test_commands_ask_as_clients_do_when_they_have_a_key(half: Service) -> None:
    front = ask_for_keys(half)
    file, question_file = half.folder / "mine.key", half.folder / "question.json"
    keys(half, "create", "mine", "--to", str(file))
    question_file.write_text(json.dumps(QUESTION))
    soon(lambda: rest(front, {HEADER: file.read_text().strip()}) == 200, what="the key to open the front")
    trust = ("--ca-file", str(half.folder / AUTHORITY))
    ask = ("predict", str(question_file), "-o", "json", *trust)

    through = half.run(*ask, "--api-key-file", str(file))
    over = half.run(*ask, "--grpc", "--api-key-file", str(file))
    inside = half.run(*ask)
    refused = half.run("bench", "--address", f"https://{HOST}", "--model", MODEL, "--rate", "5", "--dry-run", *trust)
    load = ("bench", "--rate", "10", "--duration", "2s", "-o", "json", *trust)
    measured = half.run(*load, "--api-key-file", str(file))

    assert json.loads(through.stdout)["url"] == f"https://{HOST}:443", through.stderr
    assert json.loads(over.stdout)["url"] == f"{GRPC_HOST}:443", over.stderr
    assert json.loads(inside.stdout)["url"].startswith("http://127.0.0.1:"), inside.stderr
    assert refused.returncode != 0
    assert measured.returncode == 0, measured.stderr
    assert [step["errors"] for step in json.loads(measured.stdout)["steps"]] == [{}]
    status = json.loads(half.run("status", "-o", "json").stdout)
    assert {entry["asksFor"] for entry in status["exposed"]} == {f"a key in {HEADER}"}


def test_a_rotation_loses_no_request_and_what_is_revoked_is_refused_within_seconds(half: Service) -> None:
    front = ask_for_keys(half)
    first = keys(half, "create", "team-r")
    soon(lambda: rest(front, {HEADER: first}) == 200, what="the key to open the front")
    current, answers, is_over = [first], list[int](), False

    def client() -> None:
        while not is_over:
            answers.append(rest(front, {HEADER: current[0]}))

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(client) for _ in range(2)]
        try:
            second = keys(half, "rotate", "team-r")
            soon(lambda: rest(front, {HEADER: second}) == 200, what="the second key to open it too")
            assert rest(front, {HEADER: first}) == 200, "both are valid"
            current[0] = second
            before = len(answers)
            soon(lambda: len(answers) > before + 10, what="clients to send the second key")
            keys(half, "revoke", "team-r", "--old")
            soon(lambda: rest(front, {HEADER: first}) == 401, what="the first key to be refused", within_s=WITHIN_S)
        finally:
            is_over = True
        for one in asking:
            one.result()

    assert set(answers) == {200}
    keys(half, "revoke", "team-r")
    soon(lambda: rest(front, {HEADER: second}) == 401, what="the last key of a client to be refused", within_s=WITHIN_S)


@pytest.mark.parametrize(
    "path", [METRICS, "/", "/v1/models", "/v1/models/other", f"/v1/models/{MODEL}/../../../metrics"]
)
def test_no_other_path_is_open_to_whoever_has_a_key(half: Service, path: str) -> None:
    key = _key(half)

    assert front_of(half).https(HOST, path, shown={HEADER: key}).status in (400, 404)


@pytest.mark.parametrize("method", [RELOAD, MODEL_STATUS, PROFILER, REFLECTION])
def test_no_other_call_is_open_to_whoever_has_a_key(half: Service, method: str) -> None:
    key = _key(half)

    assert front_of(half).grpc(GRPC_HOST, method, b"", shown={HEADER: key})[0] is grpc.StatusCode.UNIMPLEMENTED


def _key(half: Service) -> str:
    """The key of a client that the module's tests share; it is made once."""
    front, file = ask_for_keys(half), half.folder / "shared.key"
    if not file.exists():
        keys(half, "create", "shared", "--to", str(file))
        key = file.read_text().strip()
        soon(lambda: rest(front, {HEADER: key}) == 200, what="the key to open the front")
    return file.read_text().strip()


def test_more_requests_than_may_be_and_larger_ones_are_refused(half: Service) -> None:
    key = _key(half)
    apply(half, auth=KEYS, limits={"requestsPerSecond": 5, "requestSize": "64Ki"})
    front = front_of(half)

    def burst(ask: Callable[[Front, Mapping[str, str]], object]) -> set[object]:
        with ThreadPoolExecutor(10) as pool:
            return {*pool.map(lambda _: ask(front, {HEADER: key}), range(60))}

    def is_limited(ask: Callable[[Front, Mapping[str, str]], object], *, good: object, refused: object) -> None:
        soon(lambda: refused in burst(ask), what="the proxy to hear of the rate")
        seen: set[object] = set()

        def is_divided() -> bool:  # not right after another burst, which has used up what may pass in its second
            answers = burst(ask)
            seen.update(answers)
            return answers == {good, refused}

        soon(is_divided, what="a burst of which a part passes")
        assert seen == {good, refused}

    is_limited(rest, good=200, refused=429)
    is_limited(over_grpc, good=grpc.StatusCode.OK, refused=grpc.StatusCode.UNAVAILABLE)
    soon(lambda: rest(front, {HEADER: key}) == 200, what="the rate to be kept again")
    assert front.https(HOST, PREDICT, body=TOO_LARGE, shown={HEADER: key}).status == 413


def test_a_token_must_be_of_the_issuer_for_this_service_and_not_expired(half: Service) -> None:
    issuer, other = Issuer(name="https://issuer.example.com"), Issuer(name="https://issuer.example.com")
    place = ("--namespace", half.namespace)
    half.cluster.kubectl("create", "configmap", "jwks", f"--from-literal=jwks={json.dumps(issuer.published())}", *place)

    apply(half, auth={"jwt": {"issuer": issuer.name, "audiences": ["half"], "jwksConfigMap": "jwks"}})

    front = front_of(half)

    def ask(token: str) -> tuple[int, grpc.StatusCode]:
        shown = {"authorization": f"Bearer {token}"}
        return rest(front, shown), over_grpc(front, shown)

    refused, good = grpc.StatusCode.UNAUTHENTICATED, issuer.token(audience="half")
    soon(lambda: ask(good) == (200, grpc.StatusCode.OK), what="a good token to open the front")
    assert ask(issuer.token(audience="half", seconds=-120)) == (401, refused)
    assert ask(other.token(audience="half")) == (401, refused)
    assert ask(issuer.token(audience="other")) == (403, grpc.StatusCode.PERMISSION_DENIED)
    assert rest(front, {}) == 401
    file = half.folder / "token"
    file.write_text(issuer.token(audience="half"))
    question_file = half.folder / "question.json"
    question_file.write_text(json.dumps(QUESTION))
    ask_as = ("predict", str(question_file), "-o", "json", "--ca-file", str(half.folder / AUTHORITY))
    done = half.run(*ask_as, "--token-file", str(file))
    assert json.loads(done.stdout)["url"] == f"https://{HOST}:443", done.stderr


def test_a_front_that_goes_leaves_no_policy_and_the_keys(half: Service) -> None:
    _key(half)
    half.write(expose={"type": "ClusterIP"})
    done = half.run("apply")

    assert done.returncode == 0, done.stderr
    assert half.objects("securitypolicies,backendtrafficpolicies,gateways") == []
    assert "half-keys" in [name_of(secret) for secret in half.objects("secrets")]
