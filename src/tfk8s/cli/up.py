"""`tfk8s up`: one command from a model to its first prediction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tfk8s.cli.cluster_options import DEFAULT_SPEC, Aim, aim_options, ca_file_option
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.app.foresee import Foreseen
    from tfk8s.app.preparation import UpRequest
    from tfk8s.app.up import UpResult
    from tfk8s.manifest import JsonObject, JsonValue
    from tfk8s.spec import ServiceSpec


@click.command("up")
@aim_options
@click.option("--provider", type=click.Choice(["kind"]), help="Make or find a cluster on this computer.")
@click.option("--input", "input_", type=click.Path(path_type=Path), help="Picture or JSON to ask in the end.")
@click.option("--dry-run", is_flag=True, help="Only say what each step would do.")
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds to wait for the service.  [default: computed]")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the rollout and a prediction.")
@click.option("--rollback/--no-rollback", default=True, show_default=True, help="Go back when it does not work.")
@ca_file_option
@output_option
@progress_option
def up_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    provider: Literal["kind"] | None,
    input_: Path | None,
    dry_run: bool,
    timeout: float | None,
    wait: bool,
    rollback: bool,
    ca_file: Path | None,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Do whatever is missing between a model and its first prediction.

    The model is checked first, and the plan is shown. Then the cluster of the spec is made, or started; the model is
    put on the server's image, and that is loaded into the nodes of kind or pushed to the registry of image.repository;
    the service is applied; and a prediction is asked. A step that is done already is skipped, so the command can be run
    again at any time, also after it was interrupted.

    \b
    Examples:
      tfk8s up
      tfk8s up --provider kind --input cat.jpg
      tfk8s up --dry-run
    """
    from tfk8s.app.foresee import foresee_up, foreseen_lines
    from tfk8s.app.preparation import on_this_computer
    from tfk8s.app.up import as_json, up
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    check_context(aim, spec, provider=provider)
    spec = on_this_computer(spec) if provider == "kind" else spec
    request = _request(aim, spec, input_=input_, timeout_s=timeout, rollback=rollback, wait=wait)
    world = wiring.up_world(aim, spec=spec, reporter=reporter(progress), ca_file=ca_file)
    if dry_run:
        foreseen = foresee_up(request, world=world)
        present(_foreseen_json(foreseen), output=output, text=lambda: "\n".join(foreseen_lines(foreseen)))
        return
    result = up(request, world=world)
    present(as_json(result), output=output, text=lambda: "\n".join(_lines(result, aim, spec=spec)))


def check_context(aim: Aim, spec: ServiceSpec, *, provider: str | None) -> None:
    """Refuse two answers to the question which cluster is meant.

    Raises:
        UsageError: a context beside a cluster that has its own.
    """
    if aim.context is not None and (provider is not None or spec.cluster is not None):
        raise click.UsageError("the cluster of the spec, or of --provider, has its own context: leave out --context")


def _request(
    aim: Aim,
    spec: ServiceSpec,
    *,
    input_: Path | None,
    timeout_s: float | None,
    rollback: bool,
    wait: bool,
) -> UpRequest:
    from tfk8s.app.predict import PredictOptions
    from tfk8s.app.preparation import UpRequest
    from tfk8s.app.question import read_question
    from tfk8s.cli.predict import read_content

    names = tuple(model.name for model in spec.served_models)
    return UpRequest(
        spec=spec,
        base=aim.spec_file.parent,
        timeout_s=timeout_s,
        rollback=rollback,
        wait=wait,
        question=read_question(read_content(input_), source=str(input_)) if input_ else None,
        prediction=PredictOptions(model=names[0], known_models=names) if input_ else None,
        origin=aim.origin(),
    )


def _lines(result: UpResult, aim: Aim, *, spec: ServiceSpec) -> Iterator[str]:
    from tfk8s.cli.predict import prediction_text
    from tfk8s.spec import Autoscaled, object_names

    answered = "; ".join(map(str, result.applied.answers)) or "not waited for"
    yield f"{spec.name} is up: {answered}"
    yield from (f"reachable at {address}" for address in result.applied.addresses)
    if result.prediction is not None:
        yield prediction_text(result.prediction)
    yield ""
    yield "go on with:"
    options = _options(result, aim)
    yield f"  tfk8s predict{options} PICTURE_OR_JSON"
    yield f"  tfk8s status{options}"
    if result.cluster is not None and result.cluster.access.endpoint is not None:
        yield f"  tfk8s cluster credentials{_file_option(aim)}    # writes the context for kubectl"
    if isinstance(spec.scaling, Autoscaled):
        where = f" --context {result.cluster.access.context}" if result.cluster else ""
        yield f"  kubectl{where} --namespace {spec.namespace} get hpa {object_names(spec).autoscaler} --watch"
    yield f"  tfk8s down{_file_option(aim)}"


def _options(result: UpResult, aim: Aim) -> str:
    access = result.cluster.access if result.cluster else None
    elsewhere = access is not None and access.endpoint is None and not access.is_current
    context = access.context if access and elsewhere else aim.context
    return _file_option(aim) + (f" --context {context}" if context else "")


def _file_option(aim: Aim) -> str:
    return "" if aim.spec_file == DEFAULT_SPEC else f" -f {aim.spec_file}"


def _foreseen_json(foreseen: tuple[Foreseen, ...]) -> JsonObject:
    steps: list[JsonValue] = [
        {
            "step": step.step,
            "what": step.what,
            "needed": step.is_needed,
            "details": [*step.details],
            "runsUntilDown": [*step.runs],
        }
        for step in foreseen
    ]
    return {"steps": steps}
