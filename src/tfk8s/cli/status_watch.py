"""`tfk8s status --watch` and `--html`: the service with its traffic, again and again, or once as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.cli.output import Format, present
from tfk8s.cli.service_aim import find_service
from tfk8s.cli.watching import show_looks

if TYPE_CHECKING:
    from tfk8s.app.status import ServiceStatus
    from tfk8s.app.status_looks import StatusRound, Watched
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.cli.picture_output import Target


def watch_status(looks: Iterator[StatusRound], *, html: Target | None, output: Format) -> int:
    """Show looks until Ctrl-C, and write each into the page; the code is that of the last one."""
    from tfk8s.app.status_text import round_json, round_lines

    return show_looks(_written(looks, html=html), document=round_json, lines=round_lines, output=output)


def snapshot_status(looks: Iterator[StatusRound], *, html: Target, output: Format) -> int:
    """Look twice, because traffic is what happens in between; write the page and show the second look."""
    from itertools import islice

    from tfk8s.app.status_text import round_json, round_lines

    *_, last = islice(_written(looks, html=html), 2)
    present(round_json(last), output=output, text=lambda: "\n".join(round_lines(last)))
    return last.exit_code


def looks_at(aims: tuple[Aim, ...], *, name: str | None, interval_s: float) -> Iterator[StatusRound]:
    """Looks at a service in each of some regions, without an end."""
    from tfk8s.app.status_looks import status_rounds
    from tfk8s.clock import SystemClock

    return status_rounds([_watched(aim, name=name) for aim in aims], clock=SystemClock(), interval_s=interval_s)


def _watched(aim: Aim, *, name: str | None) -> Watched:
    from tfk8s.app.status import service_status
    from tfk8s.app.status_looks import Watched
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock

    service = find_service(aim, name=name)

    def look() -> ServiceStatus:
        return service_status(
            service.name,
            models=service.models,
            cluster=service.cluster,
            servers=wiring.fleet_servers(),
            clock=SystemClock(),
        )

    return Watched(
        region=aim.region or "",
        name=service.name,
        cluster=service.cluster,
        metrics=wiring.metrics_reader(),
        look=look,
    )


def _written(looks: Iterator[StatusRound], *, html: Target | None) -> Iterator[StatusRound]:
    """Each look goes into the page before it is shown."""
    from tfk8s.app.status_page import MOST_LOOKS

    seen: list[StatusRound] = []
    for look in looks:
        seen = [*seen[-MOST_LOOKS + 1 :], look]
        if html is not None:
            from tfk8s.app.status_page import status_page
            from tfk8s.cli.picture_output import write_page

            write_page(html, status_page(seen))
        yield look
