"""A ModelInfo as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from tfk8s.model import Finding, ModelInfo, ModelVersion, Severity, Signature, TensorSpec, shape_text, shown, size_text

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def model_text(info: ModelInfo) -> str:
    """Versions with their signatures, then the findings, then the verdict."""
    lines = [f"{click.style(shown(info.name), bold=True)}  {shown(info.path)}"] if info.versions else []
    earlier: dict[tuple[Signature, ...], int] = {}
    for version in info.versions:
        lines += ["", *_version_lines(version, same_as=earlier.get(version.signatures))]
        earlier.setdefault(version.signatures, version.number)
    if info.findings:
        lines += ["", *(line for finding in info.findings for line in _finding_lines(finding))]
    return "\n".join([*lines, "", *_verdict(info)]).lstrip("\n")


def _version_lines(version: ModelVersion, *, same_as: int | None) -> Iterator[str]:
    name = f" (directory {shown(version.directory)})" if version.directory != str(version.number) else ""
    release = f", TensorFlow {shown(version.tensorflow_version)}" if version.tensorflow_version else ""
    warmup = ", with warm-up requests" if version.has_warmup else ""
    heading = click.style(f"version {version.number}", bold=True)
    yield f"{heading}{name}: {size_text(version.size_bytes)}{release}{warmup}"
    if same_as is not None and version.signatures:
        yield f"  signatures as in version {same_as}"
        return
    for signature in version.signatures:
        yield f"  {click.style(shown(signature.name), bold=True)}  {shown(signature.method_name)}"
        yield from _tensor_lines(signature)


def _tensor_lines(signature: Signature) -> Iterator[str]:
    rows = [("in", *_cells(tensor)) for tensor in signature.inputs]
    rows += [("out", *_cells(tensor)) for tensor in signature.outputs]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(tensor: TensorSpec) -> Sequence[str]:
    return shown(tensor.key), tensor.dtype.name, shape_text(tensor), shown(tensor.name) or tensor.encoding.value


def _finding_lines(finding: Finding) -> Iterator[str]:
    severity = click.style(finding.severity.value, fg=_COLOURS[finding.severity])
    yield f"{severity} {finding.code}: {finding.message}"
    yield f"  at:  {finding.where}"
    yield f"  fix: {finding.remedy}"


def _verdict(info: ModelInfo) -> Iterator[str]:
    for version in info.versions[:-1]:
        if info.errors_of(version.number):
            yield f"version {version.number} could not be served"
    which = f"version {info.latest.number} (the latest)" if info.latest else "it"
    if info.servable:
        yield click.style(f"{which} can be served", fg="green")
    else:
        yield click.style(f"{which} could not be served", fg="red")
