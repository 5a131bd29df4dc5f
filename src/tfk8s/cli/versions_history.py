"""`tfk8s versions history`: who moved which version."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present


@click.command("history")
@aim_options
@click.option("--model", help="Only of this model.")
@output_option
def history_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    model: str | None,
    output: Format,
) -> None:
    """Show who moved which version when, from where to where, and the digest of its content; newest first.

    \b
    Examples:
      tfk8s versions history
      tfk8s versions history -o json | jq '.changes[0]'
    """
    from tfk8s.app.versions_history import history_json, history_lines, versions_history
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    cluster = wiring.direct_cluster(aim, spec=spec) or wiring.cluster(aim)
    name = wiring.service_name(spec)
    journal = versions_history(name, cluster=cluster, model=model)
    present(history_json(name, journal), output=output, text=lambda: "\n".join(history_lines(journal)))
