"""Values that are refused before anything is installed: wrong ones by the schema, contradictions by the templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.charts.desk import HelmDesk
from tests.testbed.progress import SetupError
from tools import pack_chart

pytestmark = pytest.mark.contract

MODEL: dict[str, Any] = {"model": {"source": "pvc://models/half"}}
BUCKET = {"source": "gs://models/half"}
HOSTED: dict[str, Any] = {"type": "Ingress", "host": "a.example.com"}
GATEWAY: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "eg"}}
FLEET: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "gke-l7-rilb-mc", "multiCluster": {}}}
GCE: dict[str, Any] = {"type": "Ingress", "ingress": {"className": "gce"}}
TLS: dict[str, Any] = {"tls": {"secretName": "tls"}}
GKE_GATEWAY: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "gke-l7-rilb"}, "host": "a.test", **TLS}
CLIENT = {"clientId": "1-a.apps.googleusercontent.com", "secretName": "client"}

WRONG_BY_THEMSELVES: list[tuple[dict[str, Any], str]] = [
    ({"nosuch": 1}, "additional properties 'nosuch' not allowed"),
    ({"lifecycle": {"timeoutSeconds": 60}}, "additional properties 'timeoutSeconds' not allowed"),
    ({"scaling": {"replicas": 0}}, "/scaling/replicas"),
    ({"scaling": {"metrics": [{"gpu": 60}]}}, "/scaling/metrics/0"),
    ({"resources": {"cpu": "fast"}}, "/resources/cpu"),
    ({"resources": {"cpu": -1}}, "/resources/cpu"),
    ({"resources": {"cpu": "0"}}, "/resources/cpu"),
    ({"resources": {"memory": -1}}, "/resources/memory"),
    ({"resources": {"memory": 0}}, "/resources/memory"),
    ({"image": {"repository": "m", "tag": "latest"}}, "/image/tag"),
    ({"image": {"base": "tensorflow/serving"}}, "/image/base"),
    ({"image": {"base": "tensorflow/serving:latest"}}, "/image/base"),
    ({"image": {"repository": "m:v1"}}, "/image/repository"),
    ({"model": {"source": "s3://models/half"}}, "/model/source"),
    ({"models": [{"source": "pvc://models/half"}]}, "missing property 'name'"),
    ({"model": {"versions": ["newest"]}}, "/model/versions"),
    ({"expose": {**GKE_GATEWAY, "auth": {"iap": {**CLIENT, "clientId": "GOCSPX-a"}}}}, "/expose/auth"),
    ({"model": {"name": "a/b"}}, "/model/name"),
    ({"labels": {"app.kubernetes.io/name": "x"}}, "app.kubernetes.io/name"),
    ({"labels": {"team": "a b"}}, "/labels/team"),
    ({"serving": {"flags": {"rest_api_port": 1}}}, "rest_api_port"),
    ({"serving": {"env": {"MODEL_NAME": "x"}}}, "MODEL_NAME"),
    ({"expose": {"type": "Route"}}, "/expose/type"),
    ({"expose": {"host": "A_b"}}, "/expose/host"),
    ({"expose": {"sourceRanges": ["everybody"]}}, "/expose/sourceRanges/0"),
]
KEDA = {"kind": "keda", "server": "http://prometheus.monitoring:9090"}
QUEUE: dict[str, Any] = {"name": "queue", "averageValue": 30}
OFFICE = {"start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "min": 2}


def scaled(**scaling: Any) -> dict[str, Any]:
    """Values with an autoscaler that counts requests."""
    return {"scaling": {"max": 4, "metrics": [{"requestsPerSecond": 50}], "source": KEDA, **scaling}}


CONTRADICTING_SCALING: list[tuple[dict[str, Any], str]] = [
    (scaled(source=None), "scaling.source: is missing"),
    ({**scaled(), "serving": {"monitoring": False}}, "serving.monitoring: must be true"),
    (scaled(source={"kind": "keda"}), "scaling.source: needs server"),
    (scaled(source={**KEDA, "project": "my-project"}), "scaling.source: takes server or project, not both"),
    (scaled(source={"kind": "gke", "server": "http://a:1"}), "server and project need kind keda; gke says itself"),
    (scaled(source={"kind": "gke"}), "serving.podMonitoring: must be true"),
    (scaled(source={"kind": "gke"}, metrics=[{"cpu": 60}]), "scaling.source: has no effect; no metric needs gke"),
    (scaled(source={"kind": "prometheus-adapter", "intervalSeconds": 30}), "intervalSeconds: has no effect"),
    (scaled(source={**KEDA, "cluster": {"name": "a", "location": "b"}}), "scaling.source.cluster: needs kind gke"),
    (scaled(metrics=[{"external": QUEUE}]), "external queue needs a query"),
    (scaled(metrics=[{"external": {**QUEUE, "value": 9, "query": "q"}}]), "needs either averageValue"),
    (scaled(metrics=[{"external": {**QUEUE, "query": "q", "selector": {"a": "b"}}}]), "takes no selector with keda"),
    (scaled(source=None, metrics=[{"external": {**QUEUE, "query": "q"}}]), "takes a query with scaling.source.kind"),
    (scaled(min=0), "scaling.min: is 0, and nothing could start the first pod"),
    (scaled(min=0, source=None, metrics=[{"external": QUEUE}]), "takes since Kubernetes 1.37"),
    (scaled(wake={"query": "q"}), "scaling.wake: needs scaling.source.kind keda, and min: 0"),
    ({"scaling": {"max": 4, "schedules": [OFFICE]}}, "scaling.schedules: needs scaling.source.kind keda"),
    (scaled(schedules=[{**OFFICE, "min": 1}]), "scaling.schedules: min is no more than scaling.min"),
    (scaled(schedules=[{**OFFICE, "min": 9}]), "scaling.schedules: min is more than scaling.max"),
    (scaled(schedules=[{**OFFICE, "end": OFFICE["start"]}]), "a schedule of no length"),
    (
        scaled(behavior={"scaleUp": {"policies": [{"pods": 1, "percent": 9, "seconds": 60}]}}),
        "scaling.behavior.scaleUp: each policy has either pods or percent",
    ),
    (
        scaled(behavior={"scaleDown": {"select": "disabled", "tolerancePercent": 5}}),
        "scaling.behavior.scaleDown: is disabled",
    ),
]
CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"model": {"source": None}}, "model.source: is missing"),
    ({"models": [{"name": "a", **BUCKET}]}, "models: does not go with model"),
    ({"model": {"source": None}, "models": [{"name": "a", "source": "pvc://m/a"}] * 2}, "models: a is there twice"),
    ({"model": {"labels": {"stable": 1}}}, "labels of half: need versions"),
    ({"model": {"versions": [1], "labels": {"stable": 2}}}, "label stable: version 2 is not in versions (1)"),
    ({"model": {"source": "models/half"}}, "image.repository: is missing; the directory models/half is in no image"),
    ({"model": BUCKET}, "serviceAccount.googleServiceAccount: is missing"),
    ({"image": {"tag": "v1"}}, "image.tag and image.digest: pin an image in image.repository"),
    ({"image": {"repository": "m"}}, "image.repository: needs image.tag or image.digest"),
    (
        {"serving": {"flags": {"tensorflow_session_parallelism": 1, "tensorflow_intra_op_parallelism": 1}}},
        "tensorflow_session_parallelism does not go with",
    ),
    ({"image": {"base": "tensorflow/serving:2.20.0-gpu"}}, "image.base: tensorflow/serving:2.20.0-gpu does not fit"),
    ({"resources": {"gpu": 1}, "image": {"base": "tensorflow/serving:2.20.0"}}, "does not fit resources.gpu"),
    (
        {"serving": {"podMonitoring": True, "monitoring": False}},
        "serving.podMonitoring: needs monitoring: true",
    ),
    (
        {"monitoring": {"scrape": "podMonitor"}, "serving": {"monitoring": False}},
        "monitoring.scrape: needs monitoring: true",
    ),
    (
        {"monitoring": {"scrape": "podMonitor"}, "serving": {"podMonitoring": True}},
        "monitoring.scrape: is podMonitor, and serving.podMonitoring is true",
    ),
    (
        {"monitoring": {"scrape": "serviceMonitor"}, "expose": {"ports": ["grpc"]}},
        "monitoring.scrape: serviceMonitor needs rest in expose.ports",
    ),
    (
        {"monitoring": {"scrape": "podMonitor", "objective": {"availability": 99.9}}},
        "monitoring.ruleGroups: is missing",
    ),
    ({"scaling": {"min": 3, "max": 2}}, "scaling.min: is more than scaling.max"),
    ({"scaling": {"metrics": [{"cpu": 60}, {"cpu": 70}]}}, "scaling.metrics: each kind once"),
    *CONTRADICTING_SCALING,
    ({"networkPolicy": {"enabled": False, "allowFrom": [{"namespace": "a"}]}}, "has no effect with enabled: false"),
    ({"networkPolicy": {"allowFrom": [{}]}}, "an empty entry names nobody"),
    ({"networkPolicy": {"allowFrom": [{"cidr": "10.0.0.0/8", "namespace": "a"}]}}, "cidr does not go with"),
    ({"serviceAccount": {"create": False, "annotations": {"a": "b"}}}, "have no effect with create: false"),
    ({"expose": {"host": "a.example.com"}}, "expose.host: needs type Ingress or Gateway"),
    ({"expose": {"sourceRanges": ["10.0.0.0/8"]}}, "expose.sourceRanges: needs type LoadBalancer"),
    ({"expose": {"type": "NodePort", "nodePorts": {"grpc": 30000}}}, "expose.nodePorts: grpc is not in expose.ports"),
    ({"expose": {"type": "LoadBalancer", "ports": ["grpc"]}}, "expose.ports: grpc also takes configuration calls"),
    ({"expose": {**HOSTED, "hosts": ["b.example.com"]}}, "expose.hosts: does not go with host"),
    ({"expose": {**HOSTED, "ports": ["grpc"]}}, "expose.ports: an Ingress needs rest"),
    ({"expose": {"type": "Gateway"}}, "expose.gateway.className: is missing"),
    ({"expose": {**GATEWAY, "ports": ["rest", "grpc"]}}, "expose.grpcHost: with both ports"),
    (
        {"expose": {**GATEWAY, "ports": ["rest", "grpc"], "host": "a.test", "grpcHost": "a.test"}},
        "expose.grpcHost: is a name for REST too",
    ),
    (
        {"expose": {"type": "Gateway", "gateway": {"className": "gke-l7-rilb"}, "ports": ["grpc"]}},
        "expose.ports: a Gateway of GKE needs rest",
    ),
    ({"expose": FLEET}, "expose.gateway.multiCluster: is of several clusters, and a release is of one"),
    (
        {"expose": {"type": "Gateway", "gateway": {"className": "gke-l7-rilb-mc"}}},
        "expose.gateway.multiCluster: is of several clusters, and a release is of one",
    ),
    (
        {"expose": {"type": "Gateway", "gateway": {"name": "shared"}, "host": "a.test", **TLS}},
        "expose.tls: belongs to the Gateway shared",
    ),
    ({"expose": {**HOSTED, "tls": {"secretName": "a", "managed": True}}}, "expose.tls: needs exactly one of"),
    ({"expose": {**HOSTED, "auth": {"apiKeys": {}}}}, "expose.auth: needs a Gateway of Envoy Gateway"),
    ({"expose": {**GATEWAY, "auth": {}}}, "expose.auth: needs exactly one of apiKeys, jwt and iap"),
    ({"expose": {**HOSTED, "auth": {"iap": {}}}}, "expose.auth.iap: needs an Ingress of GKE's class gce"),
    ({"expose": {**GCE, "tls": "none", "auth": {"iap": {}}}}, "expose.auth.iap: needs HTTPS"),
    (
        {"expose": {**GCE, "annotations": {"cloud.google.com/backend-config": "{}"}, "auth": {"iap": {}}}},
        "names another BackendConfig than the one that turns Identity-Aware Proxy on",
    ),
    ({"expose": {**GCE, "auth": {"iap": CLIENT}}}, "expose.auth.iap.clientId: is for a Gateway"),
    ({"expose": {**GKE_GATEWAY, "auth": {"iap": {}}}}, "expose.auth.iap: needs clientId and secretName"),
    (
        {"expose": {**GKE_GATEWAY, "ports": ["rest", "grpc"], "grpcHost": "b.example.com", "auth": {"iap": CLIENT}}},
        "Identity-Aware Proxy needs rest alone",
    ),
    (
        {"expose": {**GATEWAY, "auth": {"jwt": {"issuer": "a", "audiences": ["b"]}}}},
        "expose.auth.jwt: needs exactly one of jwksUri and jwksConfigMap",
    ),
    ({"expose": {**HOSTED, "limits": {"requestsPerSecond": 5}}}, "expose.limits: needs a Gateway of Envoy Gateway"),
    ({"expose": {**GATEWAY, "limits": {"requestSize": "4Gi"}}}, "expose.limits.requestSize: is more than Envoy can"),
    ({"expose": {"type": "Ingress", **TLS}}, "expose.host: is missing; a certificate is for a name"),
    ({"expose": {**HOSTED, "tls": {"managed": True}}}, "expose.tls.managed: needs type Ingress of GKE's class gce"),
    ({"expose": {**HOSTED, "tls": {"preSharedCertificates": ["a"]}}}, "expose.tls.preSharedCertificates: needs"),
    ({"expose": {**GCE, "host": "a.test", "tls": {"certificateMap": "a"}}}, "expose.tls.certificateMap: needs"),
]


def refusal(desk: HelmDesk, values: dict[str, Any], *, release: str = "half") -> str:
    """What helm says of these values; an error when it takes them."""
    model = {**MODEL["model"], **values.get("model", {})}
    file = desk.values({**values, "model": model})
    with pytest.raises(SetupError) as refused:
        desk.template(pack_chart.CHART, "--values", str(file), release=release)
    return str(refused.value)


@pytest.fixture
def desk(tmp_path: Path) -> HelmDesk:
    return HelmDesk(line="helm", folder=tmp_path)


@pytest.mark.parametrize(("values", "says"), WRONG_BY_THEMSELVES, ids=[says for _, says in WRONG_BY_THEMSELVES])
def test_a_wrong_value_is_refused_with_its_place(values: dict[str, Any], says: str, desk: HelmDesk) -> None:
    message = refusal(desk, values)

    assert "values don't meet the specifications of the schema(s)" in message
    assert says in message


@pytest.mark.parametrize(("values", "says"), CONTRADICTIONS, ids=[says for _, says in CONTRADICTIONS])
def test_values_that_contradict_each_other_are_refused_with_the_reason(
    values: dict[str, Any], says: str, desk: HelmDesk
) -> None:
    message = refusal(desk, values)

    assert "these values cannot be installed" in message
    assert says in message


def test_all_that_contradicts_itself_is_told_in_one_go(desk: HelmDesk) -> None:
    message = refusal(desk, {"scaling": {"min": 3, "max": 2}, "expose": {"host": "a.test"}, "image": {"tag": "v1"}})

    assert message.count("\n- ") == 3


def test_a_release_whose_name_no_service_can_have_is_refused(desk: HelmDesk) -> None:
    assert "the release's name 1.half cannot name a Service" in refusal(desk, {}, release="1.half")
