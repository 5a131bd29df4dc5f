"""`tfk8s render`: the manifests of a spec, to stdout or into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, present, say, tell, warn
from tfk8s.cli.spec_file import read_spec, spec_option

if TYPE_CHECKING:
    from tfk8s.app.manifest_files import Difference
    from tfk8s.manifest import JsonObject, JsonValue
    from tfk8s.render import Rendered


@click.command("render")
@spec_option
@click.option("--out", type=click.Path(path_type=Path), help="Write one file an object into this folder.")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 with a diff when the folder is not up to date.")
@click.option("--explain", is_flag=True, help="Show the computed fields with their reasons instead.")
@click.option("--kubernetes", metavar="RELEASE", default="1.34", show_default=True, help="Release to render for.")
@click.option("--image", metavar="REFERENCE", help="Image of the pods, best with its digest.")
@model_info_option
@click.option("--strict", is_flag=True, help="Exit 3 when there is something to warn of.")
@output_option
def render_command(
    *,
    spec_file: Path,
    out: Path | None,
    check: bool,
    explain: bool,
    kubernetes: str,
    image: str | None,
    model_info: tuple[str, ...],
    strict: bool,
    output: Format,
) -> None:
    """Write the Kubernetes manifests of a spec.

    The same spec and model give the same bytes. Computed numbers carry their reason as a comment. With --out, files of
    an earlier rendering that are no longer needed are removed; other files are never touched. No cluster is needed.

    \b
    Examples:
      tfk8s render
      tfk8s render --out manifests
      tfk8s render --out manifests --check
      tfk8s render --explain
      tfk8s render --model-info model.json --image registry.example.com/resnet@sha256:...
      tfk8s render -o json | kubectl apply -f -
    """
    from tfk8s.app.render import RenderRequest, render_service
    from tfk8s.manifest.release import parse_minor
    from tfk8s.render import RenderOptions

    if check and out is None:
        raise click.UsageError("--check compares with a folder: name it with --out")
    spec, base = read_spec(spec_file)
    request = RenderRequest(
        spec=spec,
        base=base,
        infos=read_infos(spec, model_info),
        options=RenderOptions(image=image, kubernetes_minor=parse_minor(kubernetes)),
        strict=strict,
    )
    rendered = render_service(request)
    for warning in rendered.warnings:
        warn(f"{warning.message}\nhint:    {warning.hint}")
    if explain:
        present({"explanations": _explanation_rows(rendered)}, output=output, text=lambda: explanation_text(rendered))
    elif out is None:
        _to_stdout(rendered, output=output)
    else:
        _to_folder(rendered, out, check=check)


def _to_stdout(rendered: Rendered, *, output: Format) -> None:
    items: JsonObject = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [manifest.body for manifest in rendered.manifests],
    }
    if output == "json":
        present(items, output=output, text=str)
        return
    texts = [rendered.text_of(manifest) for manifest in rendered.manifests]
    say("---\n".join(texts).removesuffix("\n"))


def _to_folder(rendered: Rendered, out: Path, *, check: bool) -> None:
    from tfk8s.app.manifest_files import compare_files, files_of, write_files

    files = files_of(rendered)
    if check:
        _refuse(compare_files(out, files), out=out)
        tell(f"{out} is up to date: {len(files)} files")
        return
    result = write_files(out, files)
    for name in result.written:
        tell(f"wrote   {out / name}")
    for name in result.removed:
        tell(f"removed {out / name}")
    tell(f"{out}: {len(result.written)} written, {len(result.unchanged)} unchanged, {len(result.removed)} removed")


def _refuse(differences: tuple[Difference, ...], *, out: Path) -> None:
    from tfk8s.errors import InputError

    if not differences:
        return
    listed = [f"{difference.state.value}: {difference.name}" for difference in differences]
    diffs = [line for difference in differences for line in difference.diff]
    raise InputError(
        f"{out} is not up to date: {len(differences)} file{'s' if len(differences) > 1 else ''} differ",
        hint=f"tfk8s render --out {out} brings it up to date",
        details=(*listed, *diffs),
    )


def _explanation_rows(rendered: Rendered) -> list[JsonValue]:
    from tfk8s.manifest.yaml import path_text

    return [
        {
            "object": str(explanation.ref),
            "field": path_text(explanation.path),
            "value": explanation.value,
            "reason": explanation.reason,
        }
        for explanation in rendered.explanations
    ]


def explanation_text(rendered: Rendered) -> str:
    """Object by object: each field with its value, and the reason indented below."""
    import json
    from itertools import groupby

    from tfk8s.manifest.yaml import path_text

    lines: list[str] = []
    for ref, group in groupby(rendered.explanations, key=lambda explanation: explanation.ref):
        lines.append(str(ref))
        for explanation in group:
            value = explanation.value
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f"  {path_text(explanation.path)} = {shown}")
            lines.append(f"      {explanation.reason}")
    return "\n".join(lines)
