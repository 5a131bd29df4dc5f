"""Predictions over REST."""

from __future__ import annotations

import base64
import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.contract.modelserver.asking import post
from tests.modelserver.paths import REPOSITORY

if TYPE_CHECKING:
    from tests.modelserver.running import Server

pytestmark = pytest.mark.contract

ROW = {"flag": True, "count": 2**53 + 1, "pair": [0.1, 2], "text": "a"}
JPEG = REPOSITORY / "examples" / "resnet" / "images" / "apple.jpg"


def _predict(server: Server, model: str, body: Any) -> Any:
    response = post(server, f"{model}:predict", body)
    assert response.status_code == 200, response.text
    return response.json()


def _refusal(server: Server, model: str, body: Any, *, status: int = 400) -> str:
    response = post(server, f"{model}:predict", body)
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    assert set(response.json()) == {"error"}
    return str(response.json()["error"])


def test_rows_of_the_only_input_are_answered_in_rows(server: Server) -> None:
    assert _predict(server, "constant_only", {"instances": [1.0, 2.0, 5.0]}) == {"predictions": [2.5, 3.0, 4.5]}


def test_a_column_of_the_only_input_is_answered_as_a_column(server: Server) -> None:
    assert _predict(server, "constant_only", {"inputs": [1.0, 2.0]}) == {"outputs": [2.5, 3.0]}
    assert _predict(server, "constant_only", {"inputs": {"x": [1.0]}}) == {"outputs": [2.5]}


def test_rows_of_several_inputs_are_objects_and_so_are_the_answers(server: Server) -> None:
    (row,) = _predict(server, "many_types", {"instances": [ROW]})["predictions"]

    assert row == {
        "not_flag": False,
        "count_plus_one": 2**53 + 2,
        "pair": [0.1, 2.0],
        "text": "a",
        "text_bytes": {"b64": base64.b64encode(b"a").decode()},
    }


def test_columns_of_several_inputs_are_named(server: Server) -> None:
    body = {"inputs": {"flag": [True], "count": [1], "pair": [[1, 2]], "text": ["a"]}}

    assert _predict(server, "many_types", body)["outputs"]["count_plus_one"] == [2]


def test_bytes_are_sent_as_b64_and_outputs_named_bytes_come_back_so(server: Server) -> None:
    binary = b"\x00\xff\x10"
    row = {**ROW, "text": {"b64": base64.b64encode(binary).decode()}}

    (answer,) = _predict(server, "many_types", {"instances": [row]})["predictions"]

    assert base64.b64decode(answer["text_bytes"]["b64"]) == binary


def test_a_jpeg_file_sent_as_b64_is_decoded_by_the_model(server: Server) -> None:
    encoded = {"b64": base64.b64encode(JPEG.read_bytes()).decode()}

    (named,) = _predict(server, "image_bytes", {"instances": [{"image_bytes": encoded}]})["predictions"]
    (bare,) = _predict(server, "image_bytes", {"instances": [encoded]})["predictions"]

    assert named == bare
    assert all(0.0 < channel < 1.0 for channel in named)


def test_another_signature_is_chosen_by_name(server: Server) -> None:
    pixel = [0.25, 0.5, 1.0]

    answer = _predict(server, "image_bytes", {"signature_name": "floats", "instances": [[[pixel]]]})

    assert answer == {"predictions": [pixel]}


def test_tokens_for_what_is_not_a_number_are_written_and_read(server: Server) -> None:
    response = post(
        server, "many_types:predict", '{"signature_name": "not_numbers", "inputs": {"x": [0.0, -1.0, Infinity]}}'
    )

    assert "NaN" in response.text
    assert "-Infinity" in response.text
    outputs = json.loads(response.text)["outputs"]
    assert outputs["log"][0] == -math.inf
    assert math.isnan(outputs["log"][1])
    assert outputs["inverse"] == [math.inf, -1.0, 0.0]


def test_floats_are_written_as_short_as_they_are(server: Server) -> None:
    assert (
        "[0.05"
        in post(server, "image_bytes:predict", {"signature_name": "floats", "instances": [[[[0.05, 0.1, 0.2]]]]}).text
    )


def test_rows_cannot_be_answered_when_an_output_has_no_batch(server: Server) -> None:
    body = {"signature_name": "any_rank", "instances": [[1, 2]]}

    assert "rank has no shape information" in _refusal(server, "many_types", body)
    body = {"signature_name": "any_rank", "inputs": [[1, 2]]}
    assert _predict(server, "many_types", body)["outputs"] == {"rank": 2, "anything": [[1, 2]]}


def test_a_model_from_tensorflow_one_answers(server: Server) -> None:
    assert _predict(server, "simple_save", {"instances": [[1.0], [2.0]]}) == {"predictions": [[4.0], [7.0]]}


def test_a_model_from_keras_three_answers_probabilities(server: Server) -> None:
    (probabilities,) = _predict(server, "keras_dense", {"instances": [[1.0, 2.0, 3.0, 4.0]]})["predictions"]

    assert sum(probabilities) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "The document is empty"),
        ("{", "JSON Parse error"),
        ("[1.0]", "Is not object"),
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"instances": [1.0], "inputs": [1.0]}, "only one of"),
        ({"instances": 1.0}, "to be an list/array"),
        ({"instances": []}, "No values in 'instances' array"),
        ({"instances": ["a"]}, "is not of expected type: float"),
        ({"instances": [True]}, "is not of expected type: float"),
        ({"instances": [1.0, [2.0]]}, "level"),
        ({"instances": [1e300]}, "without loss of precision"),
        ({"instances": [16777216]}, "without loss of precision"),
        ('{"instances": ' + "[" * 300 + "1.0" + "]" * 300 + "}", "level"),
        ('{"instances": [' + "9" * 40 + "]}", "without loss of precision"),
        ({"instances": [1.0], "signature_name": 100}, "'signature_name' key must be a string value"),
        ({"instances": [{"y": 1.0}]}, "keys must be equal to: x"),
        ({"inputs": {"y": [1.0]}}, "Missing named input: x"),
        ({"instances": [1.0], "signature_name": "nope"}, 'Serving signature name: "nope" not found'),
    ],
)
def test_a_body_that_does_not_fit_is_a_bad_request(server: Server, body: Any, words: str) -> None:
    assert words in _refusal(server, "constant_only", body)


def test_values_of_several_types_are_checked(server: Server) -> None:
    for key, value in {"flag": 1, "count": 1.5, "pair": ["a"], "text": {"b64": "***"}}.items():
        assert _refusal(server, "many_types", {"instances": [{**ROW, key: value}]})


def test_half_a_surrogate_pair_is_a_bad_request(server: Server) -> None:
    assert "surrogate" in _refusal(server, "image_bytes", '{"instances": ["\\ud800"]}')


def test_integers_are_taken_for_floats(server: Server) -> None:
    assert _predict(server, "constant_only", {"instances": [2, 16777215]})["predictions"][0] == 3.0


def test_a_plain_list_is_refused_when_there_are_several_inputs(server: Server) -> None:
    assert "list of objects" in _refusal(server, "many_types", {"instances": [1.0]})
    assert "expecting an object" in _refusal(server, "many_types", {"inputs": [1.0]})


def test_values_are_fed_past_the_shape_of_the_placeholder(server: Server) -> None:
    body = {"inputs": {"flag": [True], "count": [1], "pair": [[1.0], [2.0]], "text": ["a"]}}  # pair is (?, 2)

    assert _predict(server, "many_types", body)["outputs"]["pair"] == [[1.0], [2.0]]


def test_a_shape_that_the_graph_cannot_use_is_a_bad_request(server: Server) -> None:
    assert _refusal(server, "keras_dense", {"instances": [[1.0, 2.0]]})


def test_what_is_not_served_is_not_found(server: Server) -> None:
    body = {"instances": [1.0]}

    assert _refusal(server, "nobody", body, status=404) == "Servable not found for request: Latest(nobody)"
    assert "half_plus, 9" in _refusal(server, "half_plus/versions/9", body, status=404)


def test_an_error_of_the_graph_itself_keeps_its_code(server: Server) -> None:
    body = {"inputs": "/no/such/file"}

    assert "No such file" in _refusal(server, "reads_file", body, status=404)


def test_methods_and_paths_that_mean_nothing_are_bad_requests(server: Server) -> None:
    url = f"{server.url}/v1/models/constant_only"

    assert requests.post(url, data="{}", timeout=60).status_code == 400
    assert requests.get(f"{url}:predict", timeout=60).status_code == 400
    assert requests.put(f"{url}:predict", data="{}", timeout=60).status_code == 400
    assert requests.post(f"{url}:explain", data="{}", timeout=60).status_code == 400


def test_a_connection_is_kept_for_the_next_request(server: Server) -> None:
    with requests.Session() as session:
        for _ in range(3):
            response = session.get(f"{server.url}/v1/models/constant_only", timeout=60)
            assert response.headers.get("Connection", "keep-alive") != "close"


def test_bodies_may_be_large_chunked_or_compressed(server: Server) -> None:
    url = f"{server.url}/v1/models/constant_only:predict"
    body = json.dumps({"instances": [1.0] * 400_000}).encode()

    plain = requests.post(url, data=body, timeout=60)
    chunked = requests.post(url, data=iter([body[:1000], body[1000:]]), timeout=60)
    compressed = requests.post(url, data=gzip.compress(body), headers={"Content-Encoding": "gzip"}, timeout=60)

    for response in (plain, chunked, compressed):
        assert response.json()["predictions"][-1] == 2.5
