"""`tfk8s cluster create` and `delete`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_choice import ClusterOptions, choice_options, in_all
from tfk8s.cli.output import Format, output_option, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown
from tfk8s.cli.regional_ask import Asking, Intent, ask_in_regions, ask_once

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
    operation that is under way. --dry-run prints the request as the provider's API writes it. The clusters of a spec
    with regions are made at the same time.

    \b
    Examples:
      tfk8s cluster create
      tfk8s cluster create resnet-serving-cluster --project my-project --location us-central1-a --nodes 5
      tfk8s cluster create demo --location us-central1 --set autopilot=true --dry-run
      tfk8s cluster create --provider kind
    """
    from tfk8s.app.cluster_create import as_json, create, preview_lines
    from tfk8s.cli.settings import read_settings
    from tfk8s.manifest.yaml import dump
    from tfk8s.ports import ClusterState

    fields: JsonObject = read_settings(settings)
    fields.update({key: value for key, value in (("nodes", nodes), ("machineType", machine_type)) if value is not None})

    def run(options: ClusterOptions) -> Shown:
        chosen = options.chosen(fields)
        region = options.region.name if options.region is not None else None
        world = options.world(chosen.request, reporter=reporter(progress, region=region))
        preview = world.clusters.preview(chosen.request)
        if dry_run or preview.state is not ClusterState.RUNNING:  # of one that runs, what follows says it
            for line in preview_lines(chosen.request, preview):
                tell(line, prefix=f"{region}: " if region is not None else "")
        if dry_run:
            request = world.clusters.create_request(chosen.request)
            return Shown(document=request, text=lambda: dump(request).removesuffix("\n"))
        created = create(chosen.request, preview=preview, with_kubeconfig=not no_kubeconfig, world=world)
        return Shown(document=as_json(chosen.request, created), text=lambda: _created_text(chosen.request, created))

    in_all(options, run, output=output)


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
    named. Its context is taken out of the kubeconfig. May be run again when it was interrupted. The clusters of a spec
    with regions are deleted at the same time.

    \b
    Examples:
      tfk8s cluster delete --dry-run
      tfk8s cluster delete resnet-serving-cluster --project my-project --location us-central1-a
    """
    from tfk8s.app.cluster_delete import delete_cluster, plan_cluster_deletion

    def intend(options: ClusterOptions) -> Intent:
        chosen = options.chosen()
        region = options.region.name if options.region is not None else None
        world = options.world(chosen.request, reporter=reporter(progress, region=region))
        deletion = plan_cluster_deletion(chosen, world=world, delete_images=delete_images)

        def carry_out() -> Shown:
            delete_cluster(deletion, world=world, timeout_s=timeout)
            return Shown(document=deletion.as_json(), text=lambda: f"{chosen.request.name} is deleted")

        lines = (*deletion.lines(), *(["nothing to delete"] if deletion.is_empty else []))
        return Intent(
            shown=Shown(document=deletion.as_json(), text=lambda: "\n".join(lines)),
            is_empty=deletion.is_empty,
            question="go on? nothing of this can be undone",
            carry_out=carry_out,
        )

    asking = Asking(yes=yes, dry_run=dry_run)
    places = options.in_regions()
    if places:
        intents = {region: partial(intend, there) for region, there in places.items()}
        ask_in_regions(intents, asking=asking, output=output, again=options.again())
    else:
        ask_once(intend(options), asking=asking, output=output)
