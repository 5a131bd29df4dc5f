"""`tfk8s cluster pools`: add a node pool, resize one, move the bounds of its autoscaling."""

from __future__ import annotations

import click

from tfk8s.cli.cluster_choice import ClusterOptions, choice_options
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter


@click.group("pools", short_help="Add, resize and autoscale node pools.")
def pools_command() -> None:
    """Change the node pools of a cluster. All numbers of nodes are per zone, as GKE counts them.

    \b
    Examples:
      tfk8s cluster pools add gpu
      tfk8s cluster pools resize default-pool --nodes 5
      tfk8s cluster pools autoscale default-pool --min-nodes 1 --max-nodes 10
    """


@pools_command.command("add", short_help="Make a node pool that the spec describes.")
@click.argument("pool")
@choice_options(argument=False)
@click.option("--dry-run", is_flag=True, help="Only show what would be made.")
@output_option
@progress_option
def add_command(*, pool: str, options: ClusterOptions, dry_run: bool, output: Format, progress: ProgressStyle) -> None:
    """Make the node pool POOL, which the spec describes under cluster.nodePools.

    \b
    Examples:
      tfk8s cluster pools add gpu
      tfk8s cluster pools add gpu --dry-run
    """
    from tfk8s.app.cluster_pools import add_pool, check_described

    chosen = options.chosen()
    check_described(chosen, pool)
    name = chosen.request.name
    if dry_run:
        value = {"cluster": name, "pool": pool}
        present({**value}, output=output, text=lambda: f"add the node pool {pool} to {name}, unless it is there")
        return
    tell(str(chosen))
    is_changed = add_pool(chosen, pool, world=options.world(chosen.request, reporter=reporter(progress)))
    done = f"{name} has the node pool {pool} now" if is_changed else f"{name} has the node pool {pool} already"
    present({"cluster": name, "pool": pool, "changed": is_changed}, output=output, text=lambda: done)


@pools_command.command("resize", short_help="Change the number of nodes.")
@click.argument("pool")
@choice_options(argument=False)
@click.option("--nodes", "--num-nodes", type=click.IntRange(min=0), required=True, help="Nodes in each zone.")
@click.option("--dry-run", is_flag=True, help="Only show what would be changed.")
@output_option
@progress_option
def resize_command(
    *, pool: str, options: ClusterOptions, nodes: int, dry_run: bool, output: Format, progress: ProgressStyle
) -> None:
    """Give the node pool POOL this many nodes in each zone.

    \b
    Examples:
      tfk8s cluster pools resize default-pool --nodes 5
    """
    _change(options, pool=pool, sizes={"nodes": nodes}, dry_run=dry_run, output=output, progress=progress)


@pools_command.command("autoscale", short_help="Let GKE choose the number of nodes.")
@click.argument("pool")
@choice_options(argument=False)
@click.option("--min-nodes", type=click.IntRange(min=0), help="Fewest nodes in each zone.  [default: as it is, or 0]")
@click.option("--max-nodes", type=click.IntRange(min=1), help="Most nodes in each zone.  [default: as it is]")
@click.option("--dry-run", is_flag=True, help="Only show what would be changed.")
@output_option
@progress_option
def autoscale_command(
    *,
    pool: str,
    options: ClusterOptions,
    min_nodes: int | None,
    max_nodes: int | None,
    dry_run: bool,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Let GKE make and take away nodes of the node pool POOL between two bounds.

    \b
    Examples:
      tfk8s cluster pools autoscale default-pool --min-nodes 1 --max-nodes 10
    """
    if min_nodes is None and max_nodes is None:
        raise click.UsageError("give --min-nodes, --max-nodes, or both")
    sizes = {"min_nodes": min_nodes, "max_nodes": max_nodes}
    _change(options, pool=pool, sizes=sizes, dry_run=dry_run, output=output, progress=progress)


def _change(
    options: ClusterOptions,
    *,
    pool: str,
    sizes: dict[str, int | None],
    dry_run: bool,
    output: Format,
    progress: ProgressStyle,
) -> None:
    from tfk8s.app.cluster_pools import change_json, change_pool, find_pool
    from tfk8s.ports import PoolChange

    chosen, change = options.chosen(), PoolChange(pool=pool, **sizes)
    world = options.world(chosen.request, reporter=reporter(progress))
    found = find_pool(chosen, change, world=world)
    wanted = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in sizes.items() if value is not None)
    if dry_run:
        text = f"{pool} has {found.nodes} nodes in {found.zones} zones; would get {wanted} in each"
        present(change_json(chosen, change, is_changed=False), output=output, text=lambda: text)
        return
    tell(str(chosen))
    is_changed = change_pool(chosen, change, world=world)
    done = f"{pool} of {chosen.request.name}: {wanted} in each of {found.zones} zones"
    done += "" if is_changed else " already"
    present(change_json(chosen, change, is_changed=is_changed), output=output, text=lambda: done)
