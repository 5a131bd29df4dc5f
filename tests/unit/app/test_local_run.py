"""From manifests to a server on this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfk8s.app.local_run import LocalPorts, local_run, spec_of_directory
from tfk8s.errors import InputError
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import object_at, objects_at, value_at
from tfk8s.ports import LocalRun
from tfk8s.render import RenderOptions, render
from tfk8s.spec import BatchingSpec, ModelSpec, ServiceSpec, ServingSpec


def service(**serving: object) -> ServiceSpec:
    return ServiceSpec(
        api_version="tfk8s.dev/v1",
        name="two",
        models=(ModelSpec(name="my_A", source="a/my_A"), ModelSpec(name="b", source="/abs/b")),
        serving=ServingSpec.model_validate(serving),
    )


def rendered(spec: ServiceSpec) -> Manifests:
    return render(spec, {}, options=RenderOptions(image=spec.image.base)).manifests


def run_of(spec: ServiceSpec, *, base: Path = Path("/base")) -> LocalRun:
    return local_run(spec, rendered(spec), base=base, ports=LocalPorts(rest=9501, grpc=9500))


def test_arguments_are_those_of_the_container() -> None:
    spec = service()
    deployment = next(found for found in rendered(spec) if found.ref.kind == "Deployment")
    (container,) = objects_at(object_at(deployment.body, "spec", "template", "spec"), "containers")

    run = run_of(spec)

    assert list(run.arguments) == value_at(container, "args")
    assert "--model_config_file=/etc/tfk8s/models.config" in run.arguments
    assert run.image == spec.image.base
    assert (run.rest_port, run.grpc_port) == (9501, 9500)


def test_files_are_those_of_the_config_map_where_the_container_sees_them() -> None:
    spec = service(batching=BatchingSpec())
    config_map = next(found for found in rendered(spec) if found.ref.kind == "ConfigMap")

    run = run_of(spec)

    assert run.files == {f"/etc/tfk8s/{name}": text for name, text in object_at(config_map.body, "data").items()}
    assert set(run.files) == {f"/etc/tfk8s/{name}.config" for name in ("models", "batching", "monitoring")}


def test_directories_stand_where_the_baked_image_has_the_models() -> None:
    assert run_of(service()).directories == {
        "/models/my_A": Path("/base/a/my_A"),
        "/models/b": Path("/abs/b"),
    }


def test_a_dollar_reaches_the_server_as_it_was_written() -> None:
    run = run_of(service(env={"A": "$(HOME) $$"}, flags={"saved_model_tags": "x$(B)"}))

    assert run.environment["A"] == "$(HOME) $$"
    assert "--saved_model_tags=x$(B)" in run.arguments


def test_a_model_that_is_no_directory_here_is_refused() -> None:
    spec = ServiceSpec(api_version="tfk8s.dev/v1", name="far", model=ModelSpec(name="m", source="pvc://claim/m"))

    with pytest.raises(InputError, match="model 'm' is at pvc://claim/m") as caught:
        run_of(spec)

    assert "MODEL_DIR" in str(caught.value.hint)


def test_a_directory_alone_is_a_service_with_defaults(tmp_path: Path) -> None:
    directory = tmp_path / "My_Model.v2"
    directory.mkdir()

    spec = spec_of_directory(directory)

    (model,) = spec.served_models
    assert (spec.name, model.name) == ("my-model-v2", "My_Model.v2")
    assert run_of(spec).directories == {"/models/My_Model.v2": directory}


def test_a_directory_whose_name_no_url_holds_is_served_under_the_nearest_one(tmp_path: Path) -> None:
    directory = tmp_path / "my modèle"
    directory.mkdir()

    spec = spec_of_directory(directory)

    (model,) = spec.served_models
    assert model.name == "my_mod_le"
    assert run_of(spec).directories == {"/models/my_mod_le": directory}
