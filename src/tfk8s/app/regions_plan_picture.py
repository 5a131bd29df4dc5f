"""The best set of a plan of regions as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.app.regions_plan_text import objective_text
from tfk8s.pictures import GlobeMap, Spot

if TYPE_CHECKING:
    from tfk8s.app.regions_plan import RegionsPlan
    from tfk8s.placement import Choice


def regions_map(plan: RegionsPlan, choice: Choice) -> GlobeMap:
    """Show where users are, which region serves them, and which regions are left out."""
    servers = {site: place for place, site in enumerate(choice.sites)}
    at_ms = f"{choice.at_percentile_ms:.0f}"
    return GlobeMap(
        title=f"{plan.request.users}: {' + '.join(plan.names(choice))}",
        caption=(
            f"expected p{plan.request.percentile:g} {at_ms} ms ({objective_text(plan)} asked for), a model;"
            if plan.request.objective is not None
            else f"expected p{plan.request.percentile:g} {at_ms} ms, a model;"
        )
        + " a spot is a place of users, as large as its traffic; a ring is a region that is not used",
        servers=tuple(_spot(plan, site) for site in choice.sites),
        users=tuple(
            Spot(
                latitude=place.position.latitude,
                longitude=place.position.longitude,
                name=place.name,
                weight=place.rate,
                server=servers[owner],
            )
            for place, owner in zip(plan.request.places, choice.owners, strict=True)
        ),
        idle=tuple(_spot(plan, site) for site in range(len(plan.regions)) if site not in servers),
    )


def _spot(plan: RegionsPlan, site: int) -> Spot:
    region = plan.regions[site]
    return Spot(latitude=region.position.latitude, longitude=region.position.longitude, name=region.name)
