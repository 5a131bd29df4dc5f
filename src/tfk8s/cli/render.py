"""`tfk8s render`: the manifests of specs, to stdout or into a folder, in the form that a GitOps tool reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.model_info import model_info_option, read_known
from tfk8s.cli.output import Format, output_option, present, say, tell, warn
from tfk8s.cli.spec_file import chosen_regions, read_specs, specs_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfk8s.app.manifest_files import Difference
    from tfk8s.app.render_forms import Form, ServiceRequest
    from tfk8s.app.spec_files import SpecFile
    from tfk8s.gitops.request import FormRequest
    from tfk8s.manifest import JsonObject, JsonValue
    from tfk8s.render import Rendered, RenderOptions
    from tfk8s.spec import ServiceSpec

FORMS = ("plain", "kustomize", "helm", "argocd", "flux")


@click.command("render")
@specs_option
@click.option("--out", type=click.Path(path_type=Path), help="Write one file an object into this folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="plain",
    show_default=True,
    help="What reads the folder; every form but plain holds all environments of the spec.",
)
@click.option("--chart", metavar="OCI", help="Chart that helm fetches, as oci://HOST/tf-serving; not written then.")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 with a diff when the folder is not up to date.")
@click.option("--explain", is_flag=True, help="Show the computed fields with their reasons instead.")
@click.option("--kubernetes", metavar="RELEASE", default="1.34", show_default=True, help="Release to render for.")
@click.option("--image", metavar="REFERENCE", help="Image of the pods, best with its digest.")
@model_info_option
@click.option("--strict", is_flag=True, help="Exit 3 when there is something to warn of.")
@output_option
def render_command(
    *,
    spec_files: tuple[Path, ...],
    out: Path | None,
    form: Form,
    chart: str | None,
    check: bool,
    explain: bool,
    kubernetes: str,
    image: str | None,
    model_info: tuple[str, ...],
    strict: bool,
    output: Format,
) -> None:
    """Write the Kubernetes manifests of specs.

    The same spec and model give the same bytes. Computed numbers carry their reason as a comment. With --out, files of
    an earlier rendering that are no longer needed are removed; other files are never touched. Several specs, or a
    folder of them, go to a folder each. No cluster is needed.

    \b
    Examples:
      tfk8s render
      tfk8s render --env prod
      tfk8s render --out manifests
      tfk8s render --out manifests --check
      tfk8s render -f services --out deploy --format kustomize
      tfk8s render --out deploy --format helm --chart oci://registry.example.com/charts/tf-serving
      tfk8s render --out deploy --format argocd
      tfk8s render --explain
      tfk8s render --model-info model.json --image registry.example.com/resnet@sha256:...
      tfk8s render -o json | kubectl apply -f -
    """
    from tfk8s.app.render_forms import render_in_environments, warnings_of
    from tfk8s.manifest.release import parse_minor
    from tfk8s.render import RenderOptions

    _refuse_mismatch(form=form, out=out, chart=chart, check=check, explain=explain)
    _refuse_idle(out=out, explain=explain, output=output)
    files = read_specs(spec_files)
    _refuse_regions(files, form=form, out=out, explain=explain)
    if image is not None and len({file.source for file in files}) > 1:
        raise click.UsageError("--image is the image of one service: name one spec with -f")
    options = RenderOptions(image=image, kubernetes_minor=parse_minor(kubernetes))
    orders = _service_requests(files, form=form, options=options, model_info=model_info, strict=strict)
    requests = [render_in_environments(order, chart=chart) for order in orders]
    for order, request in zip(orders, requests, strict=True):
        subject = f"{order.source}: " if order.source else ""
        for warning in warnings_of(request):
            warn(f"{subject}{warning.message}\nhint:    {warning.hint}")
    rendered = [request.rendered for request in requests]
    if explain:
        rows = [row for found in rendered for row in _explanation_rows(found)]
        present({"explanations": rows}, output=output, text=lambda: "\n".join(map(explanation_text, rendered)))
    elif out is None:
        _to_stdout(rendered, output=output)
    else:
        is_several = len({file.source for file in files}) > 1 or any(path.is_dir() for path in spec_files)
        by_region: dict[str | None, list[FormRequest]] = {}
        for file, request in zip(files, requests, strict=True):
            by_region.setdefault(file.region, []).append(request)
        made = {
            (path if region is None else f"{region}/{path}"): text
            for region, there in by_region.items()
            for path, text in _files_of(there, form=form, is_several=is_several).items()
        }
        _to_folder(made, out, check=check, form=form)


def _refuse_mismatch(*, form: Form, out: Path | None, chart: str | None, check: bool, explain: bool) -> None:
    if check and out is None:
        raise click.UsageError("--check compares with a folder: name it with --out")
    if form != "plain" and out is None and not explain:
        raise click.UsageError(f"--format {form} makes a folder: name it with --out")
    if chart is not None and form != "helm":
        raise click.UsageError("--chart is of a form that uses a chart: add --format helm")
    if chart is not None and not re.fullmatch(r"oci://[^\s/]+/\S+", chart):
        raise click.UsageError(f"--chart is a reference as oci://HOST/tf-serving, not {chart!r}")
    if check and explain:
        raise click.UsageError("--check compares, --explain shows: give one of them")


def _refuse_regions(files: Sequence[SpecFile], *, form: Form, out: Path | None, explain: bool) -> None:
    """One stream of objects is of one cluster, and a folder holds all regions: it would lose those left out."""
    from tfk8s.errors import InputError

    several = [file for file in files if file.region is not None]
    if not several:
        return
    if form != "plain":
        raise InputError(
            f"{several[0].source} has regions, which the form {form} does not have",
            hint="render them as plain files, a folder each: leave --format out",
        )
    if out is not None and chosen_regions():
        raise InputError("--out holds a folder for each region", hint="leave --region out, or --out for one on stdout")
    sources = [file.source for file in several]
    if out is None and not explain and len(set(sources)) < len(sources):
        raise InputError(
            f"{sources[0]} is rendered for several clusters, and one stream is for one",
            hint=f"name a region with --region {several[0].region}, or a folder with --out",
        )


def _called(file: SpecFile) -> str:
    return file.source if file.region is None else f"{file.source} in {file.region}"


def _refuse_idle(*, out: Path | None, explain: bool, output: Format) -> None:
    """An option that would have no effect: files have the form that tools read, and reasons are no files."""
    if explain and out is not None:
        raise click.UsageError("--explain shows, --out writes: give one of them")
    if out is not None and output != "text":
        raise click.UsageError(f"-o {output} is a form of stdout, --out writes files: give one of them")


def _service_requests(
    files: Sequence[SpecFile], *, form: Form, options: RenderOptions, model_info: tuple[str, ...], strict: bool
) -> list[ServiceRequest]:
    from tfk8s.app.render import RenderRequest
    from tfk8s.app.render_forms import ServiceRequest

    variants = [(file, file.environments if form != "plain" else {}) for file in files]
    known = read_known(((file.spec, *there.values()) for file, there in variants), model_info)

    def request(file: SpecFile, spec: ServiceSpec) -> RenderRequest:
        return RenderRequest(spec=spec, base=file.base, infos=known.of(spec), options=options, strict=strict)

    return [
        ServiceRequest(
            plain=request(file, file.spec),
            environments={name: request(file, spec) for name, spec in there.items()},
            source=_called(file) if len(files) > 1 else None,
        )
        for file, there in variants
    ]


def _files_of(requests: Sequence[FormRequest], *, form: Form, is_several: bool) -> Mapping[str, str]:
    from tfk8s.app.render_forms import files_of_form, files_of_services

    return files_of_services(form, requests) if is_several else files_of_form(form, requests[0])


def _to_stdout(rendered: Sequence[Rendered], *, output: Format) -> None:
    from tfk8s.manifest.order import namespaces_once

    makers = {id(manifest): found for found in rendered for manifest in found.manifests}
    objects = namespaces_once(manifest for found in rendered for manifest in found.manifests)
    items: JsonObject = {"apiVersion": "v1", "kind": "List", "items": [manifest.body for manifest in objects]}
    if output == "json":
        present(items, output=output, text=str)
        return
    texts = [makers[id(manifest)].text_of(manifest) for manifest in objects]
    say("---\n".join(texts).removesuffix("\n"))


def _to_folder(files: Mapping[str, str], out: Path, *, check: bool, form: Form) -> None:
    from tfk8s.app.manifest_files import compare_files, count_files, write_files

    if check:
        _refuse(compare_files(out, files), out=out, form=form)
        tell(f"{out} is up to date: {count_files(files)} files")
        return
    result = write_files(out, files)
    for name in result.written:
        tell(f"wrote   {out / name}")
    for name in result.removed:
        tell(f"removed {out / name}")
    tell(f"{out}: {len(result.written)} written, {len(result.unchanged)} unchanged, {len(result.removed)} removed")


def _refuse(differences: tuple[Difference, ...], *, out: Path, form: Form) -> None:
    from tfk8s.errors import InputError

    if not differences:
        return
    listed = [f"{difference.state.value}: {difference.name}" for difference in differences]
    diffs = [line for difference in differences for line in difference.diff]
    option = "" if form == "plain" else f" --format {form}"
    raise InputError(
        f"{out} is not up to date: {len(differences)} file{'s' if len(differences) > 1 else ''} differ",
        hint=f"tfk8s render{option} --out {out}, with the other options of this command, brings it up to date",
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
