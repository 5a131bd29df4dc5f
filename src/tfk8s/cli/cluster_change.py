"""`tfk8s cluster create` and `delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_choice import ClusterOptions, choice_options
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter

if TYPE_CHECKING:
    from tfk8s.app.cluster_create import Created
    from tfk8s.manifest import JsonObject
    from tfk8s.ports import ClusterRequest


@click.command("create", short_help="Make a cluster, or show where it differs.")
@choice_options()
@click.option("--nodes", "--num-nodes", type=click.IntRange(min=1), help="Nodes; in a region, in each of its zones.")
@click.option("--machine-type", help="Machine of each node, such as e2-standard-4.")
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Any field of the spec's cluster; YAML.")
@click.option("--no-kubeconfig", is_flag=True, help="Do not write the context into the kubeconfig.")
@click.option("--dry-run", is_flag=True, help="Only show what would be made, and print the request for it.")
@output_option
@progress_option
def create_command(
    *,
    options: ClusterOptions,
    nodes: int | None,
    machine_type: str | None,
    settings: tuple[str, ...],
    no_kubeconfig: bool,
    dry_run: bool,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Make the cluster of the spec, or one that options describe, and wait until it runs.

    Shows first what is made, and what runs and costs until it is deleted. A cluster that exists is never made anew:
    each difference is shown, with the command that changes it. Run again after an interruption, it attaches to the
    operation that is under way. --dry-run prints the request as the provider's API writes it.

    \b
    Examples:
      tfk8s cluster create
      tfk8s cluster create resnet-serving-cluster --project my-project --location us-central1-a --nodes 5
      tfk8s cluster create demo --location us-central1 --set autopilot=true --dry-run
      tfk8s cluster create --provider kind
    """
    from tfk8s.app.cluster_create import as_json, create, preview_lines
    from tfk8s.cli.settings import read_settings
    from tfk8s.ports import ClusterState

    fields: JsonObject = read_settings(settings)
    fields.update({key: value for key, value in (("nodes", nodes), ("machineType", machine_type)) if value is not None})
    chosen = options.chosen(fields)
    world = options.world(chosen.request, reporter=reporter(progress))
    preview = world.clusters.preview(chosen.request)
    if dry_run or preview.state is not ClusterState.RUNNING:  # of one that runs, what follows says it
        for line in preview_lines(chosen.request, preview):
            tell(line)
    if dry_run:
        request = world.clusters.create_request(chosen.request)
        present(request, output="yaml" if output == "text" else output, text=str)
        return
    created = create(chosen.request, preview=preview, with_kubeconfig=not no_kubeconfig, world=world)
    present(as_json(chosen.request, created), output=output, text=lambda: _created_text(chosen.request, created))


def _created_text(request: ClusterRequest, created: Created) -> str:
    outcome = created.cluster.outcome.value
    if outcome == "unchanged":
        count = len(created.differences)
        outcome = f"exists, and differs in {count} fields" if count else "exists, and is as it is wanted"
    lines = [f"{request.name} {outcome}; context {created.cluster.access.context}"]
    if created.credentials is not None and created.credentials.path is not None:
        lines.append(f"kubectl finds it in {created.credentials.path}")
    return "\n".join(lines)


@click.command("delete", short_help="Delete a cluster and all that is billed of it.")
@choice_options()
@click.option("--delete-images", is_flag=True, help="Delete the service's image repository too, when tfk8s made it.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=600.0,
    show_default=True,
    help="Seconds to wait for load balancers.",
)
@output_option
@progress_option
def delete_command(
    *,
    options: ClusterOptions,
    delete_images: bool,
    yes: bool,
    dry_run: bool,
    timeout: float,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Delete the cluster with its node pools and disks, the load balancers of our services before it.

    Shows first what goes, and asks. The cluster of a spec is deleted only when tfk8s made it; any other one has to be
    named. Its context is taken out of the kubeconfig. May be run again when it was interrupted.

    \b
    Examples:
      tfk8s cluster delete --dry-run
      tfk8s cluster delete resnet-serving-cluster --project my-project --location us-central1-a
    """
    from tfk8s.app.cluster_delete import delete_cluster, plan_cluster_deletion

    chosen = options.chosen()
    world = options.world(chosen.request, reporter=reporter(progress))
    deletion = plan_cluster_deletion(chosen, world=world, delete_images=delete_images)
    if dry_run:
        present(deletion.as_json(), output=output, text=lambda: "\n".join(deletion.lines()))
        return
    for line in deletion.lines():
        tell(line)
    if not yes and not deletion.is_empty:
        click.confirm("go on? nothing of this can be undone", abort=True, err=True)
    delete_cluster(deletion, world=world, timeout_s=timeout)
    done = "nothing to delete" if deletion.is_empty else f"{chosen.request.name} is deleted"
    present(deletion.as_json(), output=output, text=lambda: done)
