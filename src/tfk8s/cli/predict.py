"""`tfk8s predict`: a picture or JSON in, the answer out."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import DEFAULT_SPEC, Aim, aim_options, ca_file_option
from tfk8s.cli.credentials import credential_of, credential_options
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.predict import Prediction
    from tfk8s.app.ranking import Guess
    from tfk8s.ports import Credential, Endpoint, Scale, Target, Transport
    from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options that say whom to ask, as they were written; `url_option` is that of `url`."""

    aim: Aim
    url: str | None
    model: str | None
    transport: Transport
    url_option: str = "--url"


scale_option = click.option(
    "--scale",
    type=click.Choice(["0..1", "-1..1", "0..255", "caffe"]),
    default="0..1",
    show_default=True,
    help="What a picture's samples become for a float input; caffe is BGR without the ImageNet mean.",
)
"""`--scale`, of every command that takes pictures."""


@click.command("predict")
@click.argument("input_", metavar="INPUT", type=click.Path(path_type=Path, allow_dash=True))
@aim_options
@click.option("--url", help="Ask this server, such as http://127.0.0.1:8501 (gRPC: 127.0.0.1:8500).")
@ca_file_option
@credential_options
@click.option("--model", help="Name in the URL.  [default: the spec's]")
@click.option("--grpc", is_flag=True, help="Ask over gRPC instead of REST.")
@click.option("--version", type=click.IntRange(min=0), help="Ask this version instead of the latest.")
@click.option("--label", help="Ask the version that this label points to.")
@click.option("--signature", help="Signature to ask.  [default: serving_default, or the only one]")
@scale_option
@click.option("--labels-file", type=click.Path(path_type=Path), help="Names of the classes, one a line.")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="Classes to show.")
@click.option(
    "--timeout", type=click.FloatRange(0.1, 86_400), default=120.0, show_default=True, help="Seconds to wait."
)
@output_option
@progress_option
def predict_command(
    *,
    input_: Path,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    url: str | None,
    ca_file: Path | None,
    api_key_file: Path | None,
    token_file: Path | None,
    model: str | None,
    grpc: bool,
    version: int | None,
    label: str | None,
    signature: str | None,
    scale: Scale,
    labels_file: Path | None,
    top: int,
    timeout: float,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Send INPUT to the model and print its answer.

    INPUT is a JPEG or PNG picture, or JSON: {"instances": [...]}, {"inputs": ...} or a bare list of instances; - reads
    stdin. A picture is fitted to the signature that the server reports: decoded, resized and scaled for a numeric
    input, sent as it is for a string input. The service is reached as its clients reach it, through its Gateway,
    Ingress or load balancer when that is ready, else by a port-forward; host names need not be in the DNS yet. A front
    that asks for a key or a token is passed by when none is given.

    \b
    Examples:
      tfk8s predict cat.jpg --labels-file imagenet.txt
      tfk8s predict cat.jpg --label stable --grpc
      echo '[[1.0], [2.0]]' | tfk8s predict - --url http://127.0.0.1:8501 --model half_plus_two
    """
    from tfk8s.app.predict import PredictOptions, predict, to_json
    from tfk8s.app.question import read_question
    from tfk8s.app.ranking import read_labels
    from tfk8s.cli import wiring

    if version is not None and label is not None:
        raise click.UsageError("--version and --label exclude each other")
    asked = Asked(
        aim=Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig),
        url=url,
        model=model,
        transport="grpc" if grpc else "rest",
    )
    source = "stdin" if str(input_) == "-" else str(input_)
    question = read_question(read_content(input_), source=source)
    labels = (
        read_labels(read_content(labels_file).decode("utf-8", errors="replace"), source=str(labels_file))
        if labels_file
        else ()
    )
    spec = asked_spec(asked)
    name, known = asked_model(asked, spec)
    options = PredictOptions(
        model=name,
        known_models=known,
        target=target_of(version=version, label=label),
        signature=signature,
        scale=scale,
        top=top,
        labels=labels,
    )
    credential = credential_of(api_key_file=api_key_file, token_file=token_file, spec=spec)
    endpoint = _endpoint(asked, spec, credential=credential)
    world = wiring.predict_world(endpoint, timeout_s=timeout, reporter=reporter(progress), ca_file=ca_file)
    prediction = predict(question, options=options, world=world)
    present(to_json(prediction), output=output, text=lambda: prediction_text(prediction))


def prediction_text(prediction: Prediction) -> str:
    """A ranking for each output that has one, the values of the others."""
    import json

    by = f" version {prediction.version}" if prediction.version is not None else ""
    lines = [
        f"{prediction.model}{by}, signature {prediction.signature}: answered in {prediction.seconds * 1000:.0f} ms"
    ]
    for key, value in prediction.outputs.items():
        ranking = prediction.rankings.get(key)
        if ranking is None:
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
            continue
        for number, guesses in enumerate(ranking.examples):
            lines.append(f"{key}:" if len(ranking.examples) == 1 else f"{key}, example {number}:")
            lines += _guess_lines(guesses)
    return "\n".join(lines)


def _guess_lines(guesses: tuple[Guess, ...]) -> list[str]:
    names = [guess.name if guess.name is not None else f"class {guess.index}" for guess in guesses]
    width = max(map(len, names))
    return [f"  {name:<{width}}  {guess.score:.6g}" for name, guess in zip(names, guesses, strict=True)]


def read_content(path: Path) -> bytes:
    """The bytes of a file, or of stdin for `-`.

    Raises:
        InputError: it cannot be read.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}", hint="check the path"
        ) from error


def asked_spec(asked: Asked) -> ServiceSpec | None:
    """The spec, or None when address and model are given and none is named."""
    is_default = asked.aim.spec_file == DEFAULT_SPEC
    if is_default and asked.url is not None and asked.model is not None:
        return None
    if is_default and not DEFAULT_SPEC.exists():
        raise InputError(
            f"there is no {DEFAULT_SPEC} here to say which {'service' if asked.url is None else 'model'} to ask",
            hint=f"name the spec with -f, or give both {asked.url_option} and --model",
        )
    return asked.aim.spec()


def asked_model(asked: Asked, spec: ServiceSpec | None) -> tuple[str, tuple[str, ...]]:
    """The model to ask, and all that the spec names."""
    known = tuple(model.name for model in spec.served_models) if spec is not None else ()
    if asked.model is not None:
        return asked.model, known
    if len(known) != 1:
        raise InputError(f"the spec serves several models: {', '.join(known)}", hint="choose one with --model")
    return known[0], known


def target_of(*, version: int | None, label: str | None) -> Target:
    """Which version the options mean."""
    from tfk8s.ports import ByLabel, ByVersion, Latest

    if version is not None:
        return ByVersion(number=version)
    return ByLabel(label=label) if label is not None else Latest()


def _endpoint(
    asked: Asked, spec: ServiceSpec | None, *, credential: Credential | None
) -> AbstractContextManager[Endpoint]:
    if asked.url is not None:
        from contextlib import nullcontext

        from tfk8s.app.endpoint import endpoint_of

        return nullcontext(replace(endpoint_of(asked.url, transport=asked.transport), credential=credential))
    assert spec is not None  # noqa: S101 - asked_spec gives None only beside --url
    from tfk8s.cli import wiring

    service = wiring.service_name(spec).service
    reach = wiring.service_reach(asked.aim, spec=spec, credential=credential)
    return reach.open(service, transport=asked.transport)
