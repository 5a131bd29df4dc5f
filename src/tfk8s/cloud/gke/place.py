"""Where a cluster is: the names that GKE, its console and its users give it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster's name in its project and location (region or zone)."""

    project: str
    location: str
    name: str

    def __str__(self) -> str:
        """As messages name it."""
        return f"cluster {self.name} in {self.location} (project {self.project})"

    @property
    def parent(self) -> str:
        """Resource name of the location; the only form that takes regions and zones alike."""
        return f"projects/{self.project}/locations/{self.location}"

    @property
    def path(self) -> str:
        """Resource name of the cluster."""
        return f"{self.parent}/clusters/{self.name}"

    @property
    def context(self) -> str:
        """Name of its kubeconfig context, as gcloud gives it."""
        return f"gke_{self.project}_{self.location}_{self.name}"

    def operation(self, name: str) -> str:
        """Resource name of an operation in the cluster's location."""
        return f"{self.parent}/operations/{name}"

    def pool(self, name: str) -> str:
        """Resource name of a node pool."""
        return f"{self.path}/nodePools/{name}"

    def is_target_of(self, link: str, *, pool: str = "") -> bool:
        """Whether an operation's target link means this cluster, or a node pool of it.

        Links say `zones/` or `locations/`, and often the project's number in place of its id.
        """
        words = link.split("/clusters/")[-1].split("/")
        wanted = [self.name, "nodePools", pool] if pool else [self.name]
        return words == wanted and f"/{self.location}/" in link
