"""`tfk8s cluster`: clusters without a service, and what people need of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_change import create_command, delete_command
from tfk8s.cli.cluster_choice import ClusterOptions, choice_options, in_all
from tfk8s.cli.cluster_pools import pools_command
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject
    from tfk8s.ports import ClusterSummary


@click.group("cluster")
def cluster_command() -> None:
    """Make, find and delete clusters of GKE (or of kind, on this computer).

    A cluster is that of the spec (-f), or the one that is named. `tfk8s up` makes its cluster by itself.

    \b
    Examples:
      tfk8s cluster create resnet-serving-cluster --project my-project --location us-central1-a --nodes 5
      tfk8s cluster status
      tfk8s cluster delete
    """


@click.command("list", short_help="List the clusters of the project.")
@choice_options(argument=False)
@output_option
@progress_option
def list_command(*, options: ClusterOptions, output: Format, progress: ProgressStyle) -> None:
    """List the clusters of the project, in all locations; of kind, those on this computer.

    With a spec that has regions, the cluster of each.

    \b
    Examples:
      tfk8s cluster list --project my-project
      tfk8s cluster list --provider kind -o json
    """
    from tfk8s.app.cluster_status import summary_json

    def listed(options: ClusterOptions) -> Shown:
        request = options.project_request()
        clusters = options.world(request, reporter=reporter(progress)).clusters.list()
        mine = options.region.spec.cluster if options.region is not None else None
        name = mine.name if mine is not None else options.name
        if name is not None:
            clusters = tuple(found for found in clusters if found.name == name)
        document: JsonObject = {"clusters": [summary_json(found) for found in clusters]}
        return Shown(document=document, text=lambda: _table(clusters))

    in_all(options, listed, output=output)


@click.command("status", short_help="Show a cluster, and whether the service's pods fit.")
@choice_options()
@output_option
@progress_option
def status_command(*, options: ClusterOptions, output: Format, progress: ProgressStyle) -> None:
    """Show a cluster: nodes, what is wrong, and whether the most pods of the service would fit in.

    The nodes that there are and may be are held against `scaling.max` and `resources` of the spec; where pods do not
    fit, the scarce resource is named, and the command that makes room.

    \b
    Examples:
      tfk8s cluster status
      tfk8s cluster status resnet-serving-cluster --project my-project --location us-central1-a -o json
    """
    from tfk8s.app.cluster_status import cluster_status, status_json, status_lines

    def looked(options: ClusterOptions) -> Shown:
        chosen = options.chosen()
        events = reporter(progress, region=options.region.name if options.region is not None else None)
        status = cluster_status(chosen, world=options.world(chosen.request, reporter=events))
        return Shown(document=status_json(status), text=lambda: "\n".join(status_lines(status)))

    in_all(options, looked, output=output)


@click.command("credentials", short_help="Write the context for kubectl.")
@choice_options()
@output_option
@progress_option
def credentials_command(*, options: ClusterOptions, output: Format, progress: ProgressStyle) -> None:
    """Write the cluster's context into the kubeconfig, for kubectl; all else in the file stays byte for byte.

    The entry is the one that gcloud writes, and kubectl then needs gke-gcloud-auth-plugin. tfk8s itself needs neither.

    \b
    Examples:
      tfk8s cluster credentials
      tfk8s cluster credentials resnet-serving-cluster --project my-project --location us-central1-a
    """
    from tfk8s.app.cluster_credentials import write_credentials

    chosen = options.chosen()
    written = write_credentials(chosen.request.name, world=options.world(chosen.request, reporter=reporter(progress)))
    place = f" in {written.path}" if written.path is not None else ""
    present(written.as_json(), output=output, text=lambda: f"context {written.context}{place} is the current one")


def _table(clusters: tuple[ClusterSummary, ...]) -> str:
    if not clusters:
        return "no clusters"
    rows = [("NAME", "LOCATION", "STATUS", "RELEASE", "NODES", "MADE BY")]
    rows += [
        (
            found.name,
            found.location,
            found.status,
            found.release or "-",
            str(found.nodes),
            "tfk8s" if found.is_ours else "-",
        )
        for found in clusters
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


for _command in (create_command, list_command, status_command, credentials_command, pools_command, delete_command):
    cluster_command.add_command(_command)
