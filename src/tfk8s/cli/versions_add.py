"""`tfk8s versions add`: a further version of a model, checked and tried before anything live is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.bakes import with_bake
from tfk8s.cli.cluster_options import Aim, aim_options, ca_file_option
from tfk8s.cli.image_sign import signing_options, signing_wish
from tfk8s.cli.output import Format, output_option
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown, command_for, in_regions
from tfk8s.cli.spec_file import chosen_environment

if TYPE_CHECKING:
    from tfk8s.app.image_sign import SigningWish
    from tfk8s.app.versions_request import AddRequest


@click.command("add")
@click.argument("model_dir", type=click.Path(path_type=Path))
@aim_options
@click.option(
    "--version", "number", type=click.IntRange(min=0), help="Number.  [default: the directory's, else the next]"
)
@click.option("--model", help="Which of several models.")
@click.option("--keep", type=click.IntRange(min=1), metavar="K", help="Remove all but the last K versions.")
@click.option("--allow-breaking", is_flag=True, help="Let changes through that break clients.")
@click.option("--trial/--no-trial", default=True, show_default=True, help="Load and ask it in a Job of its own first.")
@click.option(
    "--write/--no-write", default=True, show_default=True, help="Write the new list of versions into the spec."
)
@click.option(
    "--timeout", type=click.FloatRange(min=1), help="Seconds for the trial, and for the rollout.  [default: computed]"
)
@signing_options(when="that gets the version")
@click.option("--dry-run", is_flag=True, help="Only check, and say what would be done.")
@ca_file_option
@output_option
@progress_option
def add_command(
    *,
    model_dir: Path,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    number: int | None,
    model: str | None,
    keep: int | None,
    allow_breaking: bool,
    trial: bool,
    write: bool,
    timeout: float | None,
    sign: bool,
    key: str | None,
    transparency_log: bool,
    dry_run: bool,
    ca_file: Path | None,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Add the SavedModel in MODEL_DIR as a further version, while the service goes on answering.

    It is compared with the version that clients use: what would break them is shown and refused. Its memory is held
    against the limit. Then a Job with the same image and resources loads it and asks it twice; only when that works
    the version is published and given to the servers. Labels stay where they are: `tfk8s versions promote` moves them.
    The new list of versions is written into the spec. May be run again when it was interrupted. Where image.verify of
    the spec asks for a signature, the image is sent first, and goes no further without it: --sign.

    \b
    Examples:
      tfk8s versions add ./export
      tfk8s versions add ./models/resnet/7 --keep 3
      tfk8s versions add ./export --version 12 --dry-run
      tfk8s versions add ./export --sign --key gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k
    """
    from tfk8s.app.versions_add import add_version, foresee_add
    from tfk8s.app.versions_add_live import add_to_store
    from tfk8s.app.versions_prepare import prepare_add
    from tfk8s.app.versions_report import added_json, added_lines, plan_json, plan_lines
    from tfk8s.cli import wiring
    from tfk8s.spec import LocalSource

    signing = signing_wish(sign=sign, key=key, transparency_log=transparency_log)
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    aims = aim.in_regions()
    if aims and keep is not None:
        raise click.UsageError("--keep removes versions that the other regions may serve: leave it out")
    last = (aims or (aim,))[-1]

    def run(aim: Aim) -> Shown:
        request = _request(
            aim,
            directory=model_dir,
            number=number,
            model=model,
            keep=keep,
            allow_breaking=allow_breaking,
            trial=trial,
            write=write and aim == last,  # the file is of all regions, and says what all of them have
            timeout_s=timeout,
            signing=signing,
        )
        events = reporter(progress, region=aim.region)
        world = wiring.add_world(aim, spec=request.spec, reporter=events, ca_file=ca_file)
        store = wiring.version_store(request, world=world)
        plan = prepare_add(request, world=world, store=store)
        if dry_run:
            would = foresee_add(request, plan, world=world)
            return Shown(
                document=plan_json(plan, would=would),
                text=lambda: "\n".join(plan_lines(plan, would=would, trial=trial)),
            )
        add = add_version if isinstance(plan.model.parsed_source, LocalSource) else add_to_store
        added = with_bake(
            lambda: add(request, plan, world=world, store=store),
            aim=aim,
            world=world.world,
            undo=f"{command_for(aim, 'tfk8s versions rollback')} --region {aim.region}",
            is_changed=lambda added: not added.was_done,
        )
        return Shown(document=added_json(added), text=lambda: "\n".join(added_lines(added)))

    in_regions(aim, run, way="at once" if dry_run else "in turn", output=output, words=(str(model_dir),))


def _request(
    aim: Aim,
    *,
    directory: Path,
    number: int | None,
    model: str | None,
    keep: int | None,
    allow_breaking: bool,
    trial: bool,
    write: bool,
    timeout_s: float | None,
    signing: SigningWish | None,
) -> AddRequest:
    from tfk8s.app.versions_request import AddRequest
    from tfk8s.spec import load_environments

    spec, environment = aim.spec(), chosen_environment()
    file = aim.spec_file if aim.spec_file.is_file() else None
    environments = load_environments(file) if file is not None else {}
    return AddRequest(
        spec=spec,
        base=aim.spec_file.parent,
        directory=directory,
        file=file,
        environment=environment,
        others={name: other for name, other in environments.items() if name != environment},
        model=model,
        number=number,
        keep=keep,
        allow_breaking=allow_breaking,
        trial=trial,
        write=write,
        timeout_s=timeout_s,
        signing=signing,
    )
