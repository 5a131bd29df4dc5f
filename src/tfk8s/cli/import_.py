"""`tfk8s import`: hand-written manifests become a spec."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tfk8s.cli.output import Format, output_option, present, tell


@click.command("import")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--deployment", help="Which Deployment, when several run a model server.")
@click.option("--image", help="Image to run, in place of one that names no release.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write.  [default: print the spec]")
@click.option("--force", is_flag=True, help="Replace the file when it exists.")
@output_option
def import_command(
    *,
    files: tuple[Path, ...],
    deployment: str | None,
    image: str | None,
    out: Path | None,
    force: bool,
    output: Format,
) -> None:
    """Make a spec of hand-written manifests.

    FILES hold the Deployment of a TensorFlow Serving image, its Service, and what else belongs to it, of any API
    version; - reads stdin. The spec goes to stdout, or to --out.

    Each line on stderr is something to know: what is lost, what was unsafe and what tfk8s does instead, what was
    changed or chosen. The spec keeps names and selectors, so that `tfk8s apply --force-conflicts` changes the objects
    in place.

    \b
    Examples:
      tfk8s import k8s.yml --out tfk8s.yaml
      kubectl get deploy,svc,hpa,cm -o yaml | tfk8s import -
      tfk8s import deploy.yaml service.yaml -o json
    """
    from tfk8s.adoption import AdoptOptions
    from tfk8s.app.import_ import import_manifests, read_files, write_spec_file

    out = None if str(out) == "-" else out
    named = tuple(path for path in files if str(path) != "-")
    contents: dict[str, str | bytes] = dict(read_files(named).items())
    if len(named) != len(files):
        contents["<stdin>"] = sys.stdin.buffer.read()
    imported = import_manifests(contents, options=AdoptOptions(deployment=deployment, image=image))
    if out is not None:
        write_spec_file(imported.text, out, force=force)
    if output != "text":
        present(imported.as_json(), output=output, text=lambda: imported.text)
        return
    for note in imported.notes:
        tell(str(note))
    if out is None:
        click.echo(imported.text, nl=False)
    else:
        tell(f"wrote {out}; {imported.summary()}; next: tfk8s diff -f {out} --force-conflicts")
