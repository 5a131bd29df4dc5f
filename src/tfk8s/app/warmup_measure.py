"""What a warm-up gains: the version on this computer without and with its records, each asked twice."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.local_run import LocalPorts, local_run, spec_of_directory
from tfk8s.app.rendering import read_models
from tfk8s.app.serve import LOOPBACK, ServeWorld, ready_server
from tfk8s.app.warmup import WarmupPlan
from tfk8s.model.warmup import WARMUP_FILE
from tfk8s.ports import Endpoint, LocalRun
from tfk8s.render import RenderOptions, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds from the start until it answers, and those that the first and the second request took."""

    ready_s: float
    first_s: float
    second_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The same server and the same request, without and with the records."""

    server: str
    source: str
    without: Timing
    warmed: Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """The server of the measurement: its image (None for the usual one), its ports here, seconds to be ready in."""

    image: str | None
    ports: LocalPorts
    timeout_s: float


def measure_warmup(plan: WarmupPlan, *, world: ServeWorld, options: MeasureOptions) -> Measured:
    """Serve temporary copies of the version, one after the other; the version itself is left alone.

    Raises:
        PreconditionError: a port is taken, or there is nothing to run the server with.
        RolloutFailedError: the server ended by itself, as it does when a record fails; details are the end of its log.
        WaitTimeoutError: it was not ready in time.
        PredictionError: it refused the request, or did not answer.
    """
    without = _timed(plan, records=(), world=world, options=options, what="server without warm-up")
    warmed = _timed(plan, records=plan.content(), world=world, options=options, what="server with warm-up")
    return Measured(server=world.local.what, source=plan.requests[0].source, without=without, warmed=warmed)


def _timed(
    plan: WarmupPlan, *, records: Iterable[bytes], world: ServeWorld, options: MeasureOptions, what: str
) -> Timing:
    with tempfile.TemporaryDirectory(prefix="tfk8s-warmup-") as folder:
        directory = _copy(plan, folder=Path(folder), records=records)
        run, model = _run(directory, options=options)
        with ready_server(run, models=(model,), world=world, timeout_s=options.timeout_s, what=what) as ready:
            first_s, second_s = _ask_twice(plan, model=model, port=run.grpc_port, world=world)
            return Timing(ready_s=ready.ready_s, first_s=first_s, second_s=second_s)


def _copy(plan: WarmupPlan, *, folder: Path, records: Iterable[bytes]) -> Path:
    """A model directory with this version alone, and these records in place of its own."""
    directory = folder / plan.version.path.parent.resolve().name
    version = directory / str(plan.version.number)
    shutil.copytree(
        plan.version.path,
        version,
        copy_function=_link_or_copy,
        ignore=lambda _, names: [name for name in names if name == WARMUP_FILE.name],
    )
    pieces = tuple(records)
    if pieces:
        file = version / WARMUP_FILE
        file.parent.mkdir(exist_ok=True)
        with file.open("wb") as target:
            target.writelines(pieces)
    folder.chmod(0o755)  # the server in a container may be another user
    return directory


def _link_or_copy(source: str, target: str) -> None:
    """Weights are large: they are only read, so a second name for them is enough where the file system allows it."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)


def _run(directory: Path, *, options: MeasureOptions) -> tuple[LocalRun, str]:
    spec = spec_of_directory(directory)
    image = options.image or spec.image.base
    rendered = render(spec, read_models(spec, base=Path()), options=RenderOptions(image=image))
    run = local_run(spec, rendered.manifests, base=Path(), image=options.image, ports=options.ports)
    return run, spec.served_models[0].name


def _ask_twice(plan: WarmupPlan, *, model: str, port: int, world: ServeWorld) -> tuple[float, float]:
    """Over gRPC, as the records are; the connection is made before the clock starts."""
    request = dataclasses.replace(plan.requests[0].request, model=model)
    endpoint = Endpoint(transport="grpc", host=LOOPBACK, port=port, how="this computer")
    with world.servers.connect(endpoint) as server:
        server.status(model)
        taken = []
        for _ in range(2):
            started = world.clock.monotonic_s()
            server.predict(request)
            taken.append(world.clock.monotonic_s() - started)
    return taken[0], taken[1]
