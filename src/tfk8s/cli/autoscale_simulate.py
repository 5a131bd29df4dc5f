"""`tfk8s autoscale simulate`: replay traffic against an autoscaler, without a cluster."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.output import Format, output_option, present


@click.command("simulate")
@click.option("--hpa", "hpa_file", type=click.Path(path_type=Path), required=True, help="File of the autoscaler.")
@click.option("--trace", "trace_file", type=click.Path(path_type=Path), required=True, help="Traffic over time: CSV.")
@click.option("--pod-rate", type=float, required=True, help="Requests a second that one pod answers at most.")
@output_option
def simulate_command(*, hpa_file: Path, trace_file: Path, pod_rate: float, output: Format) -> None:
    """Replay a trace of traffic and show what the autoscaler would do with it.

    \b
    Examples:
      tfk8s autoscale simulate --hpa hpa.yaml --trace monday.csv --pod-rate 40
    """
    from tfk8s.app.simulate import course_json, course_lines, simulate_files

    course = simulate_files(hpa_file, trace_file=trace_file, pod_rate=pod_rate)
    present(course_json(course), output=output, text=lambda: "\n".join(course_lines(course)))
