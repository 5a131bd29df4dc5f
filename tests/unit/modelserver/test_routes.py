from __future__ import annotations

import pytest

from tests.modelserver.server.errors import Code, ServingError
from tests.modelserver.server.routes import Route, Spec, find, is_api


@pytest.mark.parametrize(
    ("method", "path", "spec", "call"),
    [
        ("POST", "/v1/models/m:predict", Spec(name="m"), "predict"),
        ("POST", "/v1/models/a_b-c.d:regress", Spec(name="a_b-c.d"), "regress"),
        ("POST", "/V1/Models/m/Versions/7:predict", Spec(name="m", version=7), "predict"),
        ("POST", "/v1/models/m/labels/a%20b:predict", Spec(name="m", label="a b"), "predict"),
        ("GET", "/v1/models/m", Spec(name="m"), "status"),
        ("GET", "/v1/models/m/versions/007", Spec(name="m", version=7), "status"),
        ("GET", "/v1/models/m/labels/stable/metadata", Spec(name="m", label="stable"), "metadata"),
    ],
)
def test_a_path_means_a_call(method: str, path: str, spec: Spec, call: str) -> None:
    assert find(method, path) == Route(spec=spec, call=call)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("GET", "/v1/models/"),
        ("GET", "/v1/models/m:predict"),
        ("POST", "/v1/models/m"),
        ("POST", "/v1/models/m/versions/x:predict"),
        ("POST", "/v1/models/m/versions/99999999999999999999:predict"),
        ("GET", "/v1/models/m/versions/1/labels/stable"),
        ("DELETE", "/v1/models/m"),
    ],
)
def test_other_paths_are_invalid_arguments(method: str, path: str) -> None:
    with pytest.raises(ServingError) as refused:
        find(method, path)

    assert refused.value.code is Code.INVALID_ARGUMENT
    assert refused.value.http_status == 400


def test_only_what_lies_below_version_one_is_the_api() -> None:
    assert is_api("/V1/anything")
    assert not is_api("/")
    assert not is_api("/v1")
    assert not is_api("/v2/models")
