"""`tfk8s versions rollback`: a label returns to where it was, or the whole list of versions where there is none."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.model_info import read_infos
from tfk8s.cli.output import Format
from tfk8s.cli.progress import ProgressStyle, reporter
from tfk8s.cli.spec_file import chosen_environment
from tfk8s.cli.versions_promote import move_label, move_options


@click.command("rollback")
@click.argument("label", required=False)
@aim_options
@click.option("--model", help="Which of several models.")
@move_options
def rollback_command(
    *,
    label: str | None,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    model: str | None,
    write: bool,
    dry_run: bool,
    timeout: float,
    model_info: tuple[str, ...],
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Return LABEL, or the label that was moved last, to the version that it led to before.

    Where that version is still loaded nothing is loaded: the label moves at once. Otherwise it is loaded first, as by
    promote. Run again, it goes further back; it never brings back what was fled from.

    A service without labels returns to its last release with other versions, by new pods, as tfk8s rollback does it.

    \b
    Examples:
      tfk8s versions rollback
      tfk8s versions rollback stable --dry-run
    """
    from tfk8s.app.promote_plan import PromoteRequest
    from tfk8s.app.versions_rollback import choose_return, earlier_release
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress))
    release = earlier_release(spec, model=model, cluster=world.cluster) if label is None else None
    if release is not None:
        _roll_back(release, aim=aim, write=write, dry_run=dry_run, timeout=timeout, output=output, progress=progress)
        return
    back = choose_return(spec, label=label, model=model, cluster=world.cluster)
    request = PromoteRequest(
        action="rollback",
        label=back.label,
        number=back.number,
        spec=spec,
        base=spec_file.parent,
        file=spec_file if spec_file.is_file() else None,
        environment=chosen_environment(),
        model=back.model,
        write=write,
        infos=read_infos(spec, model_info),
        timeout_s=timeout,
    )
    move_label(request, world=world, dry_run=dry_run, output=output)


def _roll_back(release: int, *, aim: Aim, write: bool, **options: object) -> None:
    from tfk8s.cli.rollback import rollback_command as rollback

    click.get_current_context().invoke(
        rollback,
        release=release,
        spec_file=aim.spec_file,
        namespace=aim.namespace,
        context=aim.context,
        kubeconfig=aim.kubeconfig,
        no_write=not write,
        **options,
    )
