"""`tfk8s image sign` and `tfk8s image verify`: signatures of images, through cosign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.image_options import plain_http_option
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.spec_file import DEFAULT_FILE, environment_option, read_spec, region_option

if TYPE_CHECKING:
    from tfk8s.app.image_sign import SigningWish
    from tfk8s.ports import Signatory

F = TypeVar("F", bound=Callable[..., Any])


def log_option(command: F) -> F:
    """Add --transparency-log."""
    return click.option(
        "--transparency-log",
        is_flag=True,
        help="Enter a key's signature into the public log, or ask for it there. Without a key always.",
    )(command)


def signing_options(*, when: str) -> Callable[[F], F]:
    """Add --sign, --key and --transparency-log, for `signing_wish`; `when` ends the help of the first."""

    def add(command: F) -> F:
        command = log_option(command)
        key = click.option("--key", metavar="REF", help="Key that signs: a file, env://VARIABLE, gcpkms://...")
        sign = click.option("--sign", is_flag=True, help=f"Sign the image {when}, as tfk8s image sign does.")
        return sign(key(command))

    return add


def signing_wish(*, sign: bool, key: str | None, transparency_log: bool) -> SigningWish | None:
    """How an image is to be signed; None for not at all."""
    from tfk8s.app.image_sign import SigningWish
    from tfk8s.ports import ByKey

    if (key is not None or transparency_log) and not sign:
        raise click.UsageError("--key and --transparency-log are about a signature: add --sign")
    by_key = None if key is None else ByKey(reference=key, in_log=transparency_log)
    return SigningWish(key=by_key) if sign else None


def _image_options(command: F) -> F:
    """Add IMAGE, and -f for the image of a spec."""
    for option in (
        plain_http_option,
        region_option,
        environment_option,
        click.option(
            "-f", "--file", "spec_file", type=click.Path(path_type=Path), help=f"The spec.  [default: {DEFAULT_FILE}]"
        ),
        click.argument("image", required=False),
    ):
        command = option(command)
    return command


@click.command("sign", short_help="Sign the image by its digest, through cosign.")
@_image_options
@click.option("--key", metavar="REF", help="Key: a file, env://VARIABLE, gcpkms://..., or another that cosign knows.")
@log_option
@click.option("--dry-run", is_flag=True, help="Only say which image would be signed.")
@output_option
def sign_command(
    *,
    image: str | None,
    spec_file: Path | None,
    plain_http: tuple[str, ...],
    key: str | None,
    transparency_log: bool,
    dry_run: bool,
    output: Format,
) -> None:
    """Sign IMAGE, or the image of the spec, by its digest.

    The program cosign signs. The password of a key file is read from COSIGN_PASSWORD. Without --key whoever runs the
    command signs as an issuer of OpenID Connect knows them, in the public log.

    \b
    Examples:
      tfk8s image sign
      tfk8s image sign --key cosign.key
      tfk8s image sign registry.example.com/team/resnet@sha256:... --key gcpkms://projects/p/locations/global/...
    """
    from tfk8s.app.image_sign import Signing, as_json, by_digest, sign_image
    from tfk8s.cli import wiring
    from tfk8s.ports import ByKey

    named = image or _image_of_spec(spec_file, plain_http=plain_http)
    whole = by_digest(named, lookup=wiring.image_lookup(plain_http=plain_http, is_hasty=False))
    by_key = None if key is None else ByKey(reference=key, in_log=transparency_log)
    if dry_run:
        signing = Signing(image=whole, signatory="nobody yet")
        present(as_json(signing), output=output, text=lambda: f"{whole} would be signed")
        return
    signing = sign_image(whole, key=by_key, signatures=wiring.image_signatures(plain_http=plain_http))
    present(as_json(signing), output=output, text=lambda: signing.image)
    if output == "text":
        tell(f"signed by {signing.signatory}")


@click.command("verify", short_help="Make sure that the image is signed, through cosign.")
@_image_options
@click.option("--key", metavar="REF", help="Public key: a file, gcpkms://..., or another that cosign knows.")
@click.option("--certificate-identity", metavar="WHO", help="Who signed: an address, or the URL of a workflow.")
@click.option("--certificate-oidc-issuer", metavar="URL", help="The issuer that knows them.")
@log_option
@output_option
def verify_command(
    *,
    image: str | None,
    spec_file: Path | None,
    plain_http: tuple[str, ...],
    key: str | None,
    certificate_identity: str | None,
    certificate_oidc_issuer: str | None,
    transparency_log: bool,
    output: Format,
) -> None:
    """Make sure that IMAGE, or the image of the spec, has a signature; exit code 14 when it has none.

    On stdout is the image by the digest that was signed. Who has to have signed says the command line, else
    image.verify of the spec, by which `tfk8s apply` and `tfk8s up` refuse an image too.

    \b
    Examples:
      tfk8s image verify
      tfk8s image verify registry.example.com/team/resnet:v1 --key cosign.pub
    """
    from tfk8s.app.image_sign import as_json, signatory_of, verify_image
    from tfk8s.cli import wiring

    named = image or _image_of_spec(spec_file, plain_http=plain_http)
    given = (key, certificate_identity, certificate_oidc_issuer)
    signatory = (
        _signatory_of_spec(spec_file)
        if image is None and given == (None, None, None)
        else signatory_of(
            key=key, identity=certificate_identity, issuer=certificate_oidc_issuer, in_log=transparency_log
        )
    )
    signatures = wiring.image_signatures(plain_http=plain_http)
    signing = verify_image(named, signatory=signatory, signatures=signatures)
    present(as_json(signing), output=output, text=lambda: signing.image)
    if output == "text":
        tell(f"signed by {signing.signatory}")


def _image_of_spec(spec_file: Path | None, *, plain_http: tuple[str, ...]) -> str:
    from tfk8s.app.image_pin import PinRequest, pinned_image
    from tfk8s.cli import wiring

    file = spec_file or Path(DEFAULT_FILE)
    spec, _ = read_spec(file)
    lookup = wiring.image_lookup(plain_http=plain_http, is_hasty=False)
    return pinned_image(PinRequest(spec=spec, file=file), lookup=lookup)


def _signatory_of_spec(spec_file: Path | None) -> Signatory:
    from tfk8s.app.image_admission import signatory_of_spec

    spec, folder = read_spec(spec_file or Path(DEFAULT_FILE))
    return signatory_of_spec(spec, folder=folder)
