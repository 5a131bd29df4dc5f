"""Commands that change what a cluster has; each is whole, so that it can be pasted."""

from __future__ import annotations

import shlex

from tfk8s.cloud.gke.place import Place

ANEW = "cannot be changed: make the cluster anew, or say in the spec what it has"


def new_pool(pool: str) -> str:
    """What is left to do about nodes that cannot be changed."""
    return f"cannot be changed: make a node pool with it, then delete {pool}"


def update(place: Place, *flags: str) -> str:
    """Change the cluster."""
    return _gcloud("clusters", "update", place.name, *_at(place), *flags)


def upgrade(place: Place, *flags: str) -> str:
    """Change what the control plane or the nodes of a pool run."""
    return _gcloud("clusters", "upgrade", place.name, *_at(place), *flags)


def resize(place: Place, *, pool: str, nodes: int) -> str:
    """Change the number of nodes of a pool; per zone."""
    return _pools(place, "resize", pool, "--nodes", str(nodes))


def autoscale(place: Place, *, pool: str, least: int, most: int) -> str:
    """Change how many nodes GKE may make of a pool; per zone."""
    return _pools(place, "autoscale", pool, "--min-nodes", str(least), "--max-nodes", str(most))


def add_pool(pool: str) -> str:
    """Make a pool that the spec describes."""
    return shlex.join(("tfk8s", "cluster", "pools", "add", pool))


def update_pool(place: Place, pool: str, *flags: str) -> str:
    """Change a pool; for machines and disks GKE makes its nodes anew, one after the other."""
    return _gcloud("node-pools", "update", pool, "--cluster", place.name, *_at(place), *flags)


def _pools(place: Place, *words: str) -> str:
    """Ours, with all that names the cluster: it may have been named on the command line, without a spec."""
    return shlex.join(("tfk8s", "cluster", "pools", *words, "--cluster", place.name, *_at(place)))


def _at(place: Place) -> tuple[str, ...]:
    return ("--location", place.location, "--project", place.project)


def _gcloud(*words: str) -> str:
    return shlex.join(("gcloud", "container", *words))
