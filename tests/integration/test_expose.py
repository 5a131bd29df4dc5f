"""What `expose` promises, on the real cluster: an address is given, and a prediction really passes through it.

One service for the whole module: each test changes what stands before it, and only the gRPC port changes the pods too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.integration.front import Front, call, post
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed import certificates
from tests.testbed.edge.fixtures import Edge
from tests.testbed.fixtures import Cluster, fresh_namespace
from tests.testbed.process import wait_until
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import objects_at
from tfk8s.manifest.snapshot import is_leaving, name_of
from tfk8s.serving.protos import serving_pb2 as pb

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("expose")]

HOST = "half.example.com"
GRPC_HOST = "grpc.half.example.com"
CERTIFICATE = "half-tls"
AUTHORITY = "authority.crt"
TLS: JsonObject = {"secretName": CERTIFICATE}
LARGE = {"instances": [0.25] * 300_000}  # 1.8 MB; nginx alone would refuse more than 1 MB
QUESTION = {"instances": [2.0, 4.0]}
ANSWER = {"predictions": [3.0, 4.0]}
PREDICT = f"/v1/models/{MODEL}:predict"
PREDICTION = "/tensorflow.serving.PredictionService/Predict"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
MODEL_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
READ = ("", "networking.k8s.io", "gateway.networking.k8s.io")
METRICS = "/monitoring/prometheus/metrics"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificate:
    return certificates.authority(tmp_path_factory.mktemp("certificates"), name="tfk8s tests")


@pytest.fixture(scope="module")
def half(
    tmp_path_factory: pytest.TempPathFactory,
    cluster: Cluster,
    server_image: str,
    models: Path,
    authority: certificates.Certificate,
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """A service that nothing exposes yet, and the certificate for its names as a Secret."""
    folder = tmp_path_factory.mktemp("expose")
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


def expose(half: Service, **settings: JsonValue) -> None:
    """Change what stands before the service, and apply until a prediction has passed through it."""
    half.write(expose=settings)
    done = half.run("apply", "--ca-file", str(half.folder / AUTHORITY))
    assert done.returncode == 0, done.stderr
    assert "no prediction was answered through" not in done.stderr


def question() -> bytes:
    """A Predict request for the question, over gRPC."""
    request = pb.PredictRequest()
    request.model_spec.name = MODEL
    request.inputs["x"].dtype = 1  # float
    request.inputs["x"].tensor_shape.dim.add(size=2)
    request.inputs["x"].float_val.extend(QUESTION["instances"])
    return request.SerializeToString()


def inside(half: Service, method: str) -> grpc.StatusCode:
    """What the server itself says to a call, by a way that passes everything."""
    client = connect(kubeconfig=half.cluster.kubeconfig)
    staying = [pod for pod in half.objects("pod") if not is_leaving(pod)]
    with (
        client.forward(Manifest.of(staying[0]).ref, port=8500) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        return call(channel, method, b"")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """What `status` says of the first way in."""

    urls: tuple[str, ...]
    addresses: tuple[str, ...]


def exposed(half: Service) -> Exposed:
    done = half.run("status", "-o", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["exposed"][0]
    return Exposed(urls=tuple(found["urls"]), addresses=tuple(found["addresses"]))


def predict(half: Service, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    file = half.folder / "question.json"
    file.write_text(json.dumps(QUESTION))
    return half.run("predict", str(file), "-o", "json", *map(str, arguments))


def outputs(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["outputs"]


def kubeconfig_without_port_forward(half: Service) -> Path:
    """Somebody who may look at what the service consists of, and open no port-forward to its pods."""
    place = ("--namespace", half.namespace)
    seen = [{"apiGroups": [group], "resources": ["*"], "verbs": ["get", "list"]} for group in READ]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": seen}
    half.cluster.kubectl("create", "serviceaccount", "reader", *place)
    half.cluster.kubectl("create", "--filename=-", *place, stdin=json.dumps(role))
    who = f"--serviceaccount={half.namespace}:reader"
    half.cluster.kubectl("create", "rolebinding", "reader", "--role=reader", who, *place)
    token = half.cluster.kubectl("create", "token", "reader", *place).strip()
    config = json.loads(half.cluster.kubectl("config", "view", "--raw", "--output=json"))
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    file = half.folder / "reader.kubeconfig"
    file.write_text(json.dumps(config))
    return file


def proxies_of(half: Service, edge: Edge) -> int:
    """Services in the controller's namespace that stand for gateways of the test's namespace."""
    owner = f"--selector=gateway.envoyproxy.io/owning-gateway-namespace={half.namespace}"
    listed = edge.cluster.kubectl("get", "services", "--namespace", edge.namespace, owner, "--output=name")
    return len(listed.split())


def address_of(half: Service, kind: str, path: str) -> str:
    """The address that is in the object's status."""
    return half.cluster.kubectl("get", kind, "half", "--namespace", half.namespace, f"--output=jsonpath={path}")


def test_without_a_load_balancer_controller_apply_says_so_in_time(half: Service, load_balancer: Edge) -> None:
    """K23.2."""
    load_balancer.withhold_addresses(half.namespace)
    half.write(expose={"type": "LoadBalancer"})

    started = time.monotonic()
    late = half.run("apply", "--timeout", "8")

    assert late.returncode == 7, late.stderr
    assert time.monotonic() - started < 30
    assert f"Deployment/half in {half.namespace} is ready" in late.stderr
    assert "load balancer" in late.stderr
    assert "port-forward service/half 8501" in late.stderr


def test_a_load_balancer_gives_an_address_and_predictions_pass_through_it(half: Service, load_balancer: Edge) -> None:
    """K23.3."""
    load_balancer.give_addresses(half.namespace)

    expose(half, type="LoadBalancer")

    address = address_of(half, "service", "{.status.loadBalancer.ingress[0].ip}")
    (url,) = exposed(half).urls
    assert url == f"http://{address}:8501"
    answered = post(url + PREDICT, QUESTION)
    assert (answered.status, answered.json()) == (200, ANSWER)
    assert outputs(predict(half, "--kubeconfig", kubeconfig_without_port_forward(half))) == {"y": [3.0, 4.0]}
    (service_,) = [item for item in half.objects("service") if name_of(item) == "half"]
    assert [port["port"] for port in objects_at(service_, "spec", "ports")] == [8501]


def until(is_so: Callable[[], bool], *, what: str) -> None:
    """Wait for what a proxy hears of some time after the API server."""
    wait_until(is_so, timeout_s=PATIENCE_S, what=what)


def assert_answers_over_https_alone(half: Service, front: Front) -> None:
    """Predictions go through, small and large; plain HTTP is redirected; metrics are not let out."""
    answered = front.https(HOST, PREDICT, body=QUESTION)
    assert (answered.status, answered.json()) == (200, ANSWER)
    assert front.https(HOST, PREDICT, body=LARGE).status == 200
    until(lambda: front.http(HOST, PREDICT, body=QUESTION).status == 301, what="a redirection of plain HTTP")
    assert front.http(HOST, PREDICT, body=QUESTION).headers["location"] == f"https://{HOST}{PREDICT}"
    assert front.https(HOST, METRICS).status == 404
    assert exposed(half).addresses == (front.address,)
    assert outputs(predict(half, "--ca-file", half.folder / AUTHORITY)) == {"y": [3.0, 4.0]}


def test_a_gateway_answers_over_https_and_redirects_plain_http(half: Service, gateway_controller: Edge) -> None:
    expose(half, type="Gateway", host=HOST, tls=TLS, gateway={"className": gateway_controller.class_name})

    front = Front(
        address=address_of(half, "gateway", "{.status.addresses[0].value}"), authority=half.folder / AUTHORITY
    )
    assert_answers_over_https_alone(half, front)
    distrusted = predict(half)
    assert distrusted.returncode == 11
    assert "address of Gateway/half" in distrusted.stderr
    assert "--ca-file" in distrusted.stderr


def test_an_ingress_answers_over_https_under_its_name_alone(half: Service, ingress_controller: Edge) -> None:
    """K21.3."""
    expose(half, type="Ingress", host=HOST, tls=TLS, ingress={"className": ingress_controller.class_name})

    front = Front(
        address=address_of(half, "ingress", "{.status.loadBalancer.ingress[0].ip}"), authority=half.folder / AUTHORITY
    )
    assert_answers_over_https_alone(half, front)


def test_a_service_joins_a_gateway_that_is_not_its_own_and_leaves_it_as_it_is(
    half: Service, gateway_controller: Edge
) -> None:
    certificate: JsonObject = {"kind": "Secret", "name": CERTIFICATE}
    tls: JsonObject = {"mode": "Terminate", "certificateRefs": [certificate]}
    listener: JsonObject = {"name": "https", "port": 443, "protocol": "HTTPS", "tls": tls}
    shared: JsonObject = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "shared", "namespace": half.namespace},
        "spec": {"gatewayClassName": gateway_controller.class_name, "listeners": [listener]},
    }
    half.cluster.kubectl("create", "--filename=-", stdin=json.dumps(shared))

    expose(half, type="Gateway", host=HOST, gateway={"name": "shared", "sectionName": "https"})

    front = Front(address=exposed(half).addresses[0], authority=half.folder / AUTHORITY)
    assert front.https(HOST, PREDICT, body=QUESTION).json() == ANSWER
    expose(half, type="ClusterIP")
    assert [name_of(gateway) for gateway in half.objects("gateways")] == ["shared"]
    half.cluster.kubectl("delete", "gateway", "shared", "--namespace", half.namespace)


def test_a_service_that_is_no_longer_exposed_leaves_nothing_in_front_of_it(
    half: Service, gateway_controller: Edge, ingress_controller: Edge
) -> None:
    expose(half, type="Gateway", host=HOST, tls=TLS, gateway={"className": "eg"})
    assert proxies_of(half, gateway_controller) == 1

    expose(half, type="ClusterIP")

    kinds = "ingresses,gateways,httproutes,grpcroutes,backendtrafficpolicies"
    assert half.objects(kinds) == []
    until(lambda: proxies_of(half, gateway_controller) == 0, what="the gateway's proxy to go")
    assert predict(half).returncode == 0


def test_a_gateway_passes_predictions_over_grpc_and_no_administration(half: Service, gateway_controller: Edge) -> None:
    settings: JsonObject = {"host": HOST, "grpcHost": GRPC_HOST, "tls": TLS}
    expose(half, type="Gateway", ports=["rest", "grpc"], gateway={"className": "eg"}, **settings)
    front = Front(
        address=address_of(half, "gateway", "{.status.addresses[0].value}"), authority=half.folder / AUTHORITY
    )

    until(lambda: front.grpc(GRPC_HOST, PREDICTION, question())[0] is grpc.StatusCode.OK, what="a prediction over gRPC")
    code, answer = front.grpc(GRPC_HOST, PREDICTION, question())

    assert code is grpc.StatusCode.OK
    assert list(pb.PredictResponse.FromString(answer).outputs["y"].float_val) == [3.0, 4.0]
    assert outputs(predict(half, "--grpc", "--ca-file", half.folder / AUTHORITY)) == {"y": [3.0, 4.0]}
    assert front.grpc(GRPC_HOST, RELOAD, b"")[0] is grpc.StatusCode.UNIMPLEMENTED
    assert front.grpc(GRPC_HOST, MODEL_STATUS, b"")[0] is grpc.StatusCode.UNIMPLEMENTED
    assert inside(half, RELOAD) is not grpc.StatusCode.UNIMPLEMENTED
