"""What we call breaking is what a client of the server feels: the same requests to a version and to the next one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.modelserver.paths import Paths
from tests.modelserver.running import Server, chosen_launcher, start
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.model import Signature, read_model
from tfk8s.model.contract import compare_contracts, is_breaking
from tfk8s.model.protos.saved_model_pb2 import SavedModel, SignatureDef
from tfk8s.ports import Columns, Endpoint, Latest, PredictRequest, ServerRefusedError
from tfk8s.serving.connect import ModelServerClients

pytestmark = pytest.mark.contract

Signatures = dict[str, SignatureDef]
Edit = Callable[[Signatures], None]

DEFAULT = "serving_default"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model, how its next version differs, and the answers of these clients that are others then."""

    model: str
    edit: Edit
    feel: frozenset[str]


def rename_input(old: str, new: str) -> Edit:
    def edit(signatures: Signatures) -> None:
        signatures[DEFAULT].inputs[new].CopyFrom(signatures[DEFAULT].inputs[old])
        del signatures[DEFAULT].inputs[old]

    return edit


def rename_output(old: str, new: str) -> Edit:
    def edit(signatures: Signatures) -> None:
        signatures[DEFAULT].outputs[new].CopyFrom(signatures[DEFAULT].outputs[old])
        del signatures[DEFAULT].outputs[old]

    return edit


def copy_output(old: str, new: str) -> Edit:
    def edit(signatures: Signatures) -> None:
        signatures[DEFAULT].outputs[new].CopyFrom(signatures[DEFAULT].outputs[old])

    return edit


def drop_output(name: str) -> Edit:
    def edit(signatures: Signatures) -> None:
        del signatures[DEFAULT].outputs[name]

    return edit


def rename_signature(signatures: Signatures) -> None:
    signatures["score"].CopyFrom(signatures[DEFAULT])
    del signatures[DEFAULT]


def copy_signature(signatures: Signatures) -> None:
    signatures["score"].CopyFrom(signatures[DEFAULT])


def swap_dtypes(signatures: Signatures) -> None:
    """What took truth values takes integers, and the other way round."""
    inputs = signatures[DEFAULT].inputs
    count, flag = SignatureDef(inputs={"v": inputs["count"]}), SignatureDef(inputs={"v": inputs["flag"]})
    inputs["count"].CopyFrom(flag.inputs["v"])
    inputs["flag"].CopyFrom(count.inputs["v"])


def take_two_inputs(signatures: Signatures) -> None:
    signatures[DEFAULT].CopyFrom(signatures["uneven"])


def take_one_input(signatures: Signatures) -> None:
    signatures[DEFAULT].CopyFrom(signatures["not_numbers"])


ALL = frozenset({"rows", "named rows", "columns", "named columns", "grpc"})
CASES = {
    "unchanged": Case(model="half_plus", edit=lambda _: None, feel=frozenset()),
    "signature renamed": Case(model="half_plus", edit=rename_signature, feel=ALL),
    "signature added": Case(model="half_plus", edit=copy_signature, feel=frozenset()),
    "only input renamed": Case(
        model="half_plus",
        edit=rename_input("x", "image"),
        feel=frozenset({"named rows", "named columns", "grpc"}),
    ),
    "only output renamed": Case(model="half_plus", edit=rename_output("y", "z"), feel=frozenset({"grpc"})),
    "second output": Case(model="half_plus", edit=copy_output("y", "z"), feel=ALL - {"grpc"}),
    "output gone": Case(
        model="many_types",
        edit=drop_output("pair"),
        feel=frozenset({"named rows", "named columns", "grpc"}),
    ),
    "further output": Case(model="many_types", edit=copy_output("pair", "more"), feel=frozenset()),
    "dtypes changed": Case(
        model="many_types", edit=swap_dtypes, feel=frozenset({"named rows", "named columns", "grpc"})
    ),
    "inputs gone": Case(
        model="many_types", edit=take_one_input, feel=frozenset({"named rows", "named columns", "grpc"})
    ),
    "other inputs": Case(
        model="many_types", edit=take_two_inputs, feel=frozenset({"named rows", "named columns", "grpc"})
    ),
}

REQUESTS: Mapping[str, Mapping[str, JsonValue]] = {
    "half_plus": {"x": 2.0},
    "many_types": {"flag": True, "count": 7, "pair": [0.5, 1.5], "text": "a"},
}


def signatures_of(directory: Path) -> tuple[Signature, ...]:
    latest = read_model(directory).latest
    assert latest is not None
    return latest.signatures


def write_variant(source: Path, target: Path, edit: Edit) -> None:
    """Copy a model with its signatures changed; what our own messages do not declare is kept as it is."""
    shutil.copytree(source / "1", target / "1")
    file = target / "1" / "saved_model.pb"
    saved = SavedModel.FromString(file.read_bytes())
    held = saved.meta_graphs[0].signature_def
    signatures = _Growing({name: SignatureDef.FromString(held[name].SerializeToString()) for name in held})
    edit(signatures)
    for name in list(held):
        del held[name]
    for name, signature in signatures.items():
        held[name].CopyFrom(signature)
    file.write_bytes(saved.SerializeToString())


class _Growing(dict[str, SignatureDef]):
    """As a map of messages: reading a key makes it."""

    def __missing__(self, key: str) -> SignatureDef:
        self[key] = SignatureDef()
        return self[key]


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, model_server_paths: Paths, made_models: Path
) -> Iterator[tuple[Server, Path]]:
    """One server with each model, and with the next version of each case as a model of its own."""
    folder = tmp_path_factory.mktemp("contract")
    paths = {model: made_models / model for model in REQUESTS}
    for name, case in CASES.items():
        place = name.replace(" ", "_")
        write_variant(made_models / case.model, folder / place, case.edit)
        paths[place] = folder / place
    entries = [
        f'config {{ name: "{name}" base_path: "{path}" model_platform: "tensorflow" '
        "model_version_policy { specific { versions: 1 } } }"
        for name, path in paths.items()
    ]
    config = folder / "models.config"
    config.write_text("model_config_list { " + " ".join(entries) + " }")
    launcher = chosen_launcher(model_server_paths.wrapper)
    server = start(launcher, [f"--model_config_file={config}"], log=folder / "log", mounts=[folder, made_models])
    try:
        server.wait_until_open(90.0)
        yield server, folder
    finally:
        server.running.kill()


def answers(server: Server, model: str, *, request: Mapping[str, JsonValue], old: Signature) -> dict[str, object]:
    """What each kind of client gets: the answer, or that it is refused."""
    found: dict[str, object] = {}
    bodies: dict[str, object] = {
        "named rows": {"instances": [request]},
        "named columns": {"inputs": {key: [value] for key, value in request.items()}},
    }
    if len(request) == 1:
        (value,) = request.values()
        bodies |= {"rows": {"instances": [value]}, "columns": {"inputs": [value]}}
    for kind, body in bodies.items():
        response = requests.post(f"{server.url}/v1/models/{model}:predict", json=body, timeout=60)
        found[kind] = response.json() if response.ok else response.status_code
    endpoint = Endpoint(transport="grpc", host="127.0.0.1", port=server.grpc_port, how="test")
    inputs: JsonObject = {key: [value] for key, value in request.items()}
    question = PredictRequest(model=model, signature=old, body=Columns(inputs=inputs), target=Latest())
    with ModelServerClients().connect(endpoint) as client:
        try:
            found["grpc"] = dict(client.predict(question).outputs)
        except ServerRefusedError as error:
            found["grpc"] = error.code.value
    return found


def has_lost(before: object, after: object) -> bool:
    """Whether a client that read `before` cannot read it in `after`: another form, or a name is gone."""
    if isinstance(before, dict) and isinstance(after, dict):
        return any(key not in after or has_lost(value, after[key]) for key, value in before.items())
    if isinstance(before, list) and isinstance(after, list):
        return len(before) != len(after) or any(map(has_lost, before, after))
    return type(before) is not type(after) or before != after


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_breaking_exactly_when_some_client_feels_it(
    name: str, served: tuple[Server, Path], made_models: Path
) -> None:
    server, folder = served
    case, place = CASES[name], name.replace(" ", "_")
    before, after = signatures_of(made_models / case.model), signatures_of(folder / place)
    old = next(signature for signature in before if signature.name == DEFAULT)

    then = answers(server, case.model, request=REQUESTS[case.model], old=old)
    now = answers(server, place, request=REQUESTS[case.model], old=old)

    felt = {kind for kind, answer in then.items() if has_lost(answer, now[kind])}
    assert felt == case.feel
    assert is_breaking(compare_contracts(before, after)) is bool(felt)
