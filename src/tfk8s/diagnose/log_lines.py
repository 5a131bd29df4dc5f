"""What the model server says in its log when it cannot serve; texts of tensorflow_model_server 2.x.

The server has no structured channel for these: its ports are closed until every model is loaded, so the log is all
there is. Each rule names a phrase of the source code and what it means for the user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tfk8s.diagnose.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """`pattern` finds the line; `cause` and `fix` may use its named groups."""

    code: str
    pattern: re.Pattern[str]
    cause: str
    fix: str


_RULES = (
    _Rule(
        code="bucket-access",
        pattern=re.compile(r"(?P<who>[^\s\"']+) does not have (?P<role>storage\.\S+) access to .*?(?:bucket|object)"),
        cause="{who} lacks {role} on {bucket}",
        fix="give the pod's identity the role roles/storage.objectViewer on the bucket",
    ),
    _Rule(
        code="model-path",
        pattern=re.compile(r"Could not find base path (?P<path>\S+)"),
        cause="the model's base path {path} does not exist or cannot be read in the pod",
        fix="check model.source of the spec, and that the image, claim or bucket holds it and lets the pod read it",
    ),
    _Rule(
        code="model-versions",
        pattern=re.compile(r"No versions of servable (?P<model>\S+) found under base path (?P<path>\S+?)\.?(?:\s|$)"),
        cause="there is no version of {model} under {path}",
        fix="put the SavedModel into a numbered folder, e.g. {path}/1/saved_model.pb, and see the access rights",
    ),
    _Rule(
        code="missing-operation",
        pattern=re.compile(r"Op type not registered '(?P<op>[^']+)'"),
        cause="the model uses the operation {op}, which this model server does not have",
        fix="use a newer image.base (at least the model's TensorFlow version), or export without {op}",
    ),
    _Rule(
        code="file-system",
        pattern=re.compile(r"File system scheme '(?P<scheme>[^']*)' not implemented"),
        cause="the model server cannot read {scheme}:// paths",
        fix="use gs://, a claim, or a baked image",
    ),
    _Rule(
        code="label",
        pattern=re.compile(r"Request to assign label to version (?P<version>\d+) of model (?P<model>[^\s,]+)"),
        cause="a label points to version {version} of {model}, which is not available",
        fix="point the label to a version that is served",
    ),
    _Rule(
        code="illegal-instruction",
        pattern=re.compile(r"Illegal instruction"),
        cause="the node's CPU lacks instructions (AVX) that this image needs",
        fix="use nodes with AVX (amd64), or an image built without it",
    ),
    _Rule(
        code="architecture",
        pattern=re.compile(r"exec format error"),
        cause="the image is for another CPU architecture than the node",
        fix="use amd64 nodes; the official images are amd64 only",
    ),
    _Rule(
        code="bad-flag",
        pattern=re.compile(r"(?:[Uu]nknown argument: |couldn't interpret value )(?P<flag>\S+)"),
        cause="the model server does not take {flag}",
        fix="check serving.flags of the spec against the version of image.base",
    ),
    _Rule(
        code="model-load",
        pattern=re.compile(
            r"Loading servable: \{name: (?P<model>\S+) version: (?P<version>\d+)\} failed: (?P<error>.*)"
        ),
        cause="version {version} of {model} cannot be loaded: {error}",
        fix="run `tfk8s inspect` on the model directory, and export again if it is damaged",
    ),
    _Rule(
        code="model-load",
        pattern=re.compile(r"servable\(s\) did not become available"),
        cause="a model did not become available",
        fix="run `tfk8s inspect` on the model directory; the server's lines say which model",
    ),
)


_BUCKET = re.compile(r"gs://[a-z0-9][a-z0-9._-]*")


def _bucket(lines: tuple[str, ...]) -> str:
    """The bucket that the log speaks of: the refusal itself does not name it, the lines around it do."""
    found = next((match for line in lines if (match := _BUCKET.search(line))), None)
    return f"bucket {found[0]}" if found else "the bucket"


def find_in_log(lines: tuple[str, ...], *, place: str) -> tuple[Finding, ...]:
    """The causes that the lines tell, the most specific first, each once with the line that says it.

    A load fails with a line that may hold a more specific cause (an operation, a path): only that one is kept.
    """
    found: dict[str, Finding] = {}
    explained: set[str] = set()
    for rule in _RULES:
        for line in reversed(lines):
            match = rule.pattern.search(line)
            if match is None or line in explained:
                continue
            explained.add(line)
            words = {key: (value or "").strip() for key, value in match.groupdict().items()}
            words["bucket"] = _bucket(lines)
            found.setdefault(
                rule.code,
                Finding(
                    code=rule.code,
                    place=place,
                    cause=rule.cause.format(**words),
                    fix=rule.fix.format(**words),
                    evidence=(line.strip(),),
                    is_final=rule.code != "bad-flag",
                ),
            )
    return tuple(found.values())
