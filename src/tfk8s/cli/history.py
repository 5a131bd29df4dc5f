"""`tfk8s history`: the releases that the cluster recorded."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present, tell


@click.command("history")
@aim_options
@output_option
def history_command(
    *, spec_file: Path, namespace: str | None, context: str | None, kubeconfig: Path | None, output: Format
) -> None:
    """Show the last ten releases: number, time, who applied it, image, and what changed.

    A release is what was applied by tfk8s and then seen answering predictions. tfk8s rollback goes back to one.

    \b
    Examples:
      tfk8s history
      tfk8s history -o json | jq '.releases[0].image'
    """
    from tfk8s.app.history import history_json, history_lines, service_history
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    cluster = wiring.direct_cluster(aim, spec=spec) or wiring.cluster(aim)
    history = service_history(wiring.service_name(spec), cluster=cluster)
    if not history.is_settled:
        tell("what was applied last has not been seen answering, and is no release")
    present(history_json(history), output=output, text=lambda: "\n".join(history_lines(history)))
