"""The evidence of a diagnosis in one file to hand on: secrets removed, the same bytes for the same evidence."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

from tfk8s.app.doctor import Diagnosis, as_json, doctor_lines
from tfk8s.app.whole_file import write_whole
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.evidence_form import as_data
from tfk8s.manifest.scrubbing import scrubbed
from tfk8s.manifest.yaml import dump

_FOLDER = "tfk8s-doctor"
_LEFT_OUT = (
    "values of Secrets (no Secret is read), of variables and flags that are named like secrets, logins and tokens in "
    "texts and addresses, manifests that kubectl noted, managed fields, ids of machines, the kubeconfig"
)


def bundle(diagnosis: Diagnosis) -> bytes:
    """A tar file, packed with gzip, of what was found and what it was found in."""
    files = {
        "doctor.txt": scrubbed("\n".join(doctor_lines(diagnosis)) + "\n"),
        "evidence.yaml": dump(as_data(diagnosis.evidence)),
        "findings.json": scrubbed(_json(as_json(diagnosis))),
    }
    contents = {name: text.encode() for name, text in sorted(files.items())}
    contents["manifest.json"] = _manifest(diagnosis, contents=contents).encode()
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="") as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in sorted(contents.items()):
            entry = tarfile.TarInfo(f"{_FOLDER}/{name}")
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _manifest(diagnosis: Diagnosis, *, contents: dict[str, bytes]) -> str:
    return _json(
        {
            "service": diagnosis.evidence.name,
            "namespace": diagnosis.evidence.namespace,
            "takenAt": diagnosis.evidence.taken_at,
            "files": [
                {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in contents.items()
            ],
            "leftOut": _LEFT_OUT,
        }
    )


def _json(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write_bundle(diagnosis: Diagnosis, *, path: Path) -> None:
    """Write it, whole or not at all, for its owner alone.

    Raises:
        InputError: it cannot be written.
    """
    try:
        write_whole(path, bundle(diagnosis), mode=0o600)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", hint="name a file in a folder that can be written to"
        ) from error
