"""`tfk8s up`: one command from a model to its first prediction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tfk8s.cli.bakes import with_bake
from tfk8s.cli.cluster_options import DEFAULT_SPEC, Aim, aim_options, ca_file_option
from tfk8s.cli.output import Format, output_option
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown, again, command_for, in_regions, run_in, show, show_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfk8s.app.foresee import Foreseen
    from tfk8s.app.preparation import UpRequest
    from tfk8s.app.up import Ready, UpResult
    from tfk8s.app.up_world import UpWorld
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

    A service with regions gets its clusters at the same time, and comes to them one after the other, as by apply.

    \b
    Examples:
      tfk8s up
      tfk8s up --provider kind --input cat.jpg
      tfk8s up --dry-run
    """
    from tfk8s.app.foresee import foresee_up, foreseen_lines
    from tfk8s.app.preparation import on_this_computer
    from tfk8s.cli import wiring

    def order(aim: Aim) -> Order:
        spec = aim.spec()
        check_context(aim, spec, provider=provider)
        spec = on_this_computer(spec) if provider == "kind" else spec
        return Order(
            aim=aim,
            request=_request(aim, spec, input_=input_, timeout_s=timeout, rollback=rollback, wait=wait),
            world=wiring.up_world(aim, spec=spec, reporter=reporter(progress, region=aim.region), ca_file=ca_file),
        )

    def foresee(aim: Aim) -> Shown:
        ordered = order(aim)
        foreseen = foresee_up(ordered.request, world=ordered.world)
        return Shown(document=_foreseen_json(foreseen), text=lambda: "\n".join(foreseen_lines(foreseen)))

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    if dry_run:
        in_regions(aim, foresee, way="at once", output=output)
        return
    aims = aim.in_regions()
    if not aims:
        ordered = order(aim)
        show(ordered.finished(ordered.made_ready()), output=output)
        return
    _up_in_regions(aim, aims, order=order, output=output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted in one place, and the world there."""

    aim: Aim
    request: UpRequest
    world: UpWorld

    def made_ready(self) -> Ready:
        """Everything but the service."""
        from tfk8s.app.up import make_ready

        return make_ready(self.request, world=self.world)

    def finished(self, ready: Ready) -> Shown:
        """The service too; watched, where this is the first of several regions."""
        from tfk8s.app.carry_out import World
        from tfk8s.app.up import as_json, bring_up

        result = with_bake(
            lambda: bring_up(self.request, ready, world=self.world),
            aim=self.aim,
            world=World(cluster=ready.connection.cluster, clock=self.world.clock, reporter=self.world.reporter),
            undo=f"{command_for(self.aim, 'tfk8s rollback')} --region {self.aim.region}",
            is_changed=lambda result: bool(result.applied.changed),
            waits=self.request.wait,
        )
        lines = _lines(result, self.aim, spec=self.request.spec)
        return Shown(document=as_json(result), text=lambda: "\n".join(lines))


def _up_in_regions(aim: Aim, aims: tuple[Aim, ...], *, order: Callable[[Aim], Order], output: Format) -> None:
    """Make what each region lacks at the same time, then bring the service to them in their order."""

    def made_ready(aim: Aim) -> tuple[Order, Ready]:
        ordered = order(aim)
        return ordered, ordered.made_ready()

    ready = {outcome.region: outcome for outcome in run_in(aims, made_ready, way="at once")}

    def finished(aim: Aim) -> Shown:
        made = ready[aim.region or ""]
        if made.value is None:
            raise made.error or AssertionError("a failure has an error")
        ordered, there = made.value
        return ordered.finished(there)

    show_outcomes(run_in(aims, finished, way="in turn"), output=output, again=again(aim))


def check_context(aim: Aim, spec: ServiceSpec, *, provider: str | None) -> None:
    """Refuse two answers to the question which cluster is meant.

    Raises:
        UsageError: a context, or a provider, beside a cluster that has its own.
    """
    if aim.region is not None and provider is not None:
        raise click.UsageError("each region of the spec has a cluster of its own: leave out --provider")
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
    elsewhere = aim.region is None and access is not None and access.endpoint is None and not access.is_current
    context = access.context if access and elsewhere else aim.context
    return _file_option(aim) + (f" --context {context}" if context else "")


def _file_option(aim: Aim) -> str:
    region = "" if aim.region is None else f" --region {aim.region}"
    return region if aim.spec_file == DEFAULT_SPEC else f" -f {aim.spec_file}{region}"


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
