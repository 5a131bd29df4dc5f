"""`tfk8s serve`: the model server on this computer, set up as the cluster would set it up."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from tfk8s.cli.output import say, tell, warn
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.spec_file import DEFAULT_FILE, environment_option, read_spec, region_option

if TYPE_CHECKING:
    from tfk8s.app.local_run import LocalPorts
    from tfk8s.ports import Endpoint, LocalRun
    from tfk8s.spec import ServiceSpec


@click.command("serve")
@click.argument("model_dir", type=click.Path(path_type=Path), required=False)
@click.option("-f", "--file", "spec_file", type=click.Path(path_type=Path), help="A spec in place of MODEL_DIR.")
@environment_option
@region_option
@click.option("--rest-port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Port for REST.")
@click.option("--port", type=click.IntRange(1, 65535), default=8500, show_default=True, help="Port for gRPC.")
@click.option("--docker", "way", flag_value="docker", help="Run it in Docker.  [default: if Docker answers]")
@click.option("--binary", "way", flag_value="binary", help="Run tensorflow_model_server of the PATH.")
@click.option("--image", help="Image of the model server.  [default: the spec's, tensorflow/serving:2.20.0]")
@click.option(
    "--timeout", type=click.FloatRange(1, 86_400), default=600.0, show_default=True, help="Seconds to be ready in."
)
@progress_option
def serve_command(
    *,
    model_dir: Path | None,
    spec_file: Path | None,
    rest_port: int,
    port: int,
    way: str | None,
    image: str | None,
    timeout: float,
    progress: ProgressStyle,
) -> None:
    """Run the model server on this computer until Ctrl-C.

    It gets the arguments and configuration files that the cluster would give it, for the model of MODEL_DIR or the
    models of a spec (tfk8s.yaml here when neither is given). Its log goes to stderr; its address to stdout, once it
    answers. In Docker the ports are open on 127.0.0.1 alone.

    \b
    Examples:
      tfk8s serve models/resnet
      tfk8s serve -f tfk8s.yaml --rest-port 9501 --port 9500
      tfk8s predict cat.jpg --url http://127.0.0.1:8501 --model resnet
    """
    from tfk8s.app.local_run import LocalPorts, spec_of_directory
    from tfk8s.app.serve import serve
    from tfk8s.cli import wiring

    if model_dir is not None and spec_file is not None:
        raise click.UsageError("MODEL_DIR and --file exclude each other")
    if rest_port == port:
        raise click.UsageError("--rest-port and --port must differ")
    if model_dir is not None:
        spec, base = spec_of_directory(model_dir), Path()
    else:
        spec, base = read_spec(spec_file or Path(DEFAULT_FILE))
    run = _local_run(spec, base=base, image=image, ports=LocalPorts(rest=rest_port, grpc=port))
    names = tuple(model.name for model in spec.served_models)
    # The live line of a terminal and the server's log would overwrite each other.
    world = wiring.serve_world(image=run.image, way=way, reporter=reporter("plain" if progress == "auto" else progress))
    end_like_ctrl_c()
    try:
        serve(run, models=names, world=world, on_ready=lambda found: _show(found, names), timeout_s=timeout)
    except KeyboardInterrupt:
        tell("stopped")


def _local_run(spec: ServiceSpec, *, base: Path, image: str | None, ports: LocalPorts) -> LocalRun:
    from tfk8s.app.local_run import local_run
    from tfk8s.app.rendering import read_models
    from tfk8s.render import RenderOptions, render

    rendered = render(spec, read_models(spec, base=base), options=RenderOptions(image=image or spec.image.base))
    for warning in rendered.warnings:
        warn(warning.message)
    return local_run(spec, rendered.manifests, base=base, image=image, ports=ports)


def _show(endpoint: Endpoint, models: tuple[str, ...]) -> None:
    say(endpoint.url)
    tell(f"ask it:  tfk8s predict INPUT --url {endpoint.url} --model {models[0]}")
    tell("Ctrl-C stops it")


def end_like_ctrl_c() -> None:
    """Clean up as well when we are told to end, or the terminal goes away, unless `nohup` says to ignore that."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
