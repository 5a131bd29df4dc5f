"""What a right spec becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from pydantic import ValidationError

from tests.strategies.specs import service_specs, spec_values
from tests.unit.spec.invalid import HEAD, NAMED
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump
from tfk8s.spec import (
    Autoscaled,
    BucketSource,
    ClaimSource,
    CpuMetric,
    Fixed,
    GkeCluster,
    ImageSpec,
    KindCluster,
    LocalSource,
    MemoryMetric,
    ModelSpec,
    ServiceSpec,
    load_spec,
    parse_quantity,
)

SKETCH = """\
apiVersion: tfk8s.dev/v1
name: resnet                        # Kubernetes name of every object
namespace: serving
model:
  name: resnet
  source: ./models/resnet
  versions: latest
  labels: {stable: 1}
image:
  base: tensorflow/serving:2.20.0
  repository: us-central1-docker.pkg.dev/my-project/serving/resnet
resources: {cpu: 2, memory: auto}
scaling: {min: 1, max: 5, metrics: [{cpu: 60}]}
expose: {type: LoadBalancer, ports: [rest]}
cluster: {provider: gke, project: my-project, location: us-central1, name: resnet-serving-cluster, nodes: 5}
"""


def test_the_sketch_of_the_design_is_a_spec() -> None:
    spec = load_spec(SKETCH)

    assert spec.name == "resnet"
    assert spec.scaling == Autoscaled(min=1, max=5, metrics=(CpuMetric(cpu=60),))
    assert spec.cluster == GkeCluster(
        provider="gke", project="my-project", location="us-central1", name="resnet-serving-cluster", nodes=5
    )


def test_the_smallest_spec_has_the_safe_defaults() -> None:
    spec = load_spec(HEAD)

    assert spec.namespace == "default"
    assert spec.scaling == Fixed(replicas=1)
    assert spec.expose.type == "ClusterIP"
    assert spec.expose.ports == ("rest",)
    assert spec.image.base == "tensorflow/serving:2.20.0"
    assert spec.image.server_release == (2, 20)
    assert spec.service_account.name == "resnet"
    assert spec.network_policy.enabled
    assert spec.cluster is None
    assert [model.name for model in spec.served_models] == ["resnet"]


def test_a_gpu_takes_the_gpu_build_by_itself() -> None:
    assert load_spec(HEAD + "resources: {gpu: 1}\n").image.base == "tensorflow/serving:2.20.0-gpu"


def test_an_image_of_ones_own_may_hold_anything() -> None:
    spec = load_spec(HEAD + "image: {base: 'registry.example.com:5000/serving:mine'}\nresources: {gpu: 1}\n")

    assert spec.image.base_repository == "registry.example.com:5000/serving"
    assert spec.image.server_release is None


@pytest.mark.parametrize(
    ("base", "repository", "tag", "release"),
    [
        ("tensorflow/serving:2.19.1-gpu", "tensorflow/serving", "2.19.1-gpu", (2, 19)),
        ("docker.io/tensorflow/serving:2.5", "docker.io/tensorflow/serving", "2.5", (2, 5)),
        (f"localhost:5000/a/b@sha256:{'0' * 64}", "localhost:5000/a/b", "", None),
        (f"a:latest@sha256:{'0' * 64}", "a", "latest", None),
    ],
)
def test_a_reference_is_taken_apart(base: str, repository: str, tag: str, release: tuple[int, int] | None) -> None:
    image = ImageSpec(base=base)

    assert (image.base_repository, image.base_tag, image.server_release) == (repository, tag, release)


def test_quantities_are_canonical() -> None:
    """K16.2: another spelling of the same amount renders to the same bytes."""
    one = load_spec(HEAD + "resources: {cpu: 1000m, memory: 1024Mi}\n")
    other = load_spec(HEAD + "resources: {cpu: 1.0, memory: '1073741824'}\n")

    assert one.resources == other.resources
    assert str(one.resources.cpu) == "1"
    assert str(one.resources.memory) == "1Gi"
    assert str(load_spec(HEAD + "resources: {cpu: 0.5}\n").resources.cpu) == "500m"


def test_the_model_keeps_its_own_name_in_the_url() -> None:
    spec = load_spec(NAMED + "model: {name: My_ResNet.50, source: ./m}\n")

    assert (spec.name, spec.served_models[0].name) == ("resnet", "My_ResNet.50")


def test_versions_are_sorted_and_may_start_at_zero() -> None:
    assert load_spec(NAMED + "model: {source: ./m, versions: [3, 0, 2]}\n").served_models[0].versions == (0, 2, 3)


def test_several_models_are_served_in_their_order() -> None:
    spec = load_spec(NAMED + "models:\n- {name: b, source: ./b}\n- {name: a, source: pvc://c}\n")

    assert [model.name for model in spec.served_models] == ["b", "a"]


def test_sources_are_told_apart() -> None:
    def parsed(source: str) -> object:
        return ModelSpec(source=source).parsed_source

    assert parsed("./models/a b") == LocalSource(path="./models/a b")
    assert parsed("gs://bucket/a/b/") == BucketSource(uri="gs://bucket/a/b")
    assert parsed("pvc://claim/a/b/") == ClaimSource(claim="claim", path="a/b")
    assert parsed("pvc://claim") == ClaimSource(claim="claim", path="")


def test_a_local_source_is_relative_to_the_spec(tmp_path: Path) -> None:
    assert LocalSource(path="./m").directory(tmp_path) == tmp_path / "m"
    assert LocalSource(path="/srv/m").directory(tmp_path) == Path("/srv/m")


def test_a_bucket_may_be_readable_without_an_account() -> None:
    for account in (
        "{googleServiceAccount: none}",
        "{create: false}",
        "{annotations: {iam.gke.io/gcp-service-account: a@b}}",
    ):
        spec = load_spec(NAMED + f"model: {{source: gs://bucket/m}}\nserviceAccount: {account}\n")

        assert spec.service_account.name == ("default" if "false" in account else "resnet")


def test_metrics_are_told_apart() -> None:
    spec = load_spec(HEAD + "scaling: {max: 3, metrics: [{memory: 70}, {cpu: 50}]}\n")

    assert isinstance(spec.scaling, Autoscaled)
    assert spec.scaling.metrics == (MemoryMetric(memory=70), CpuMetric(cpu=50))


def test_a_kind_cluster_needs_nothing_but_its_provider() -> None:
    assert load_spec(HEAD + "cluster: {provider: kind}\n").cluster == KindCluster(provider="kind", name="tfk8s")


def test_python_code_builds_a_spec_by_attribute_names_with_the_same_checks() -> None:
    spec = ServiceSpec(
        api_version="tfk8s.dev/v1", name="resnet", create_namespace=False, model=ModelSpec(source="./models/resnet")
    )

    assert spec == load_spec(HEAD)
    with pytest.raises(ValidationError, match="models does not go with model"):
        ServiceSpec(
            api_version="tfk8s.dev/v1",
            name="resnet",
            model=ModelSpec(source="./m"),
            models=(ModelSpec(name="a", source="./m"),),
        )


def test_a_spec_cannot_be_changed() -> None:
    spec = load_spec(HEAD)

    with pytest.raises(ValidationError, match="frozen"):
        spec.name = "other"


@given(service_specs())
def test_any_spec_written_out_in_full_is_read_as_the_same(spec: ServiceSpec) -> None:
    value: JsonObject = spec.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)

    assert load_spec(dump({"apiVersion": "tfk8s.dev/v1", **value})) == spec


@given(spec_values())
def test_any_text_of_a_spec_survives(value: JsonObject) -> None:
    spec = load_spec(dump(value))

    assert dict(spec.annotations) == value.get("annotations", {})
    assert dict(spec.labels) == value.get("labels", {})
    serving = value.get("serving", {})
    assert isinstance(serving, dict)
    assert dict(spec.serving.env) == serving.get("env", {})
    assert parse_quantity(str(spec.resources.cpu)) == spec.resources.cpu
