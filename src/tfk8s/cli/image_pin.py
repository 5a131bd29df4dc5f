"""`tfk8s image pin`: the image of a spec by its digest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.image_options import plain_http_option
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.spec_file import chosen_environment, read_spec, spec_option
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.image_pin import Pin


@click.command("pin", short_help="Name the image of the pods by its digest in the spec.")
@spec_option
@plain_http_option
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@output_option
def pin_command(*, spec_file: Path, plain_http: tuple[str, ...], dry_run: bool, output: Format) -> None:
    """Ask the registry which digest the image of the pods has, and write it into the spec.

    With a model that is a directory, that is the image that `tfk8s image push` pushed, as image.digest; else the model
    server's image, as image.base. What is pinned runs whatever becomes of its tag. Everything else in the file stays
    as it is.

    \b
    Examples:
      tfk8s image pin
      tfk8s image pin -f resnet.yaml --dry-run
    """
    from tfk8s.app.image_pin import PinRequest, as_json, find_pin, write_pin
    from tfk8s.cli import wiring

    if str(spec_file) == "-":
        raise InputError("the spec comes from stdin, where nothing can be written", hint="name its file with -f")
    spec, _ = read_spec(spec_file)
    request = PinRequest(spec=spec, file=spec_file, environment=chosen_environment())
    pin = find_pin(request, lookup=wiring.image_lookup(plain_http=plain_http, is_hasty=False))
    if not dry_run:
        write_pin(pin, request)
    present(as_json(pin), output=output, text=lambda: pin.value)
    if output == "text":
        tell(_told(pin, spec_file, is_dry=dry_run))


def _told(pin: Pin, file: Path, *, is_dry: bool) -> str:
    if not pin.is_new:
        return f"{pin.field} of {file} says so already"
    return f"{'would set' if is_dry else 'set'} {pin.field} in {file}"
