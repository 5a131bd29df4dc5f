"""The server's configuration files, as ConfigMaps hold them, against the release that its image names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.check.command_line import ServerLine
from tfk8s.check.config_fields import BATCHING, MODELS, MONITORING, field_troubles
from tfk8s.check.findings import CheckFinding, doubtful, wrong
from tfk8s.check.mounted_files import MountedFile, mounted_file
from tfk8s.check.server_flags import unread_scheme
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.spec.flags import NEWEST, Release

if TYPE_CHECKING:
    from tfk8s.manifest.textproto import Fields

_FILES: Mapping[str, str] = {
    "model_config_file": MODELS,
    "batching_parameters_file": BATCHING,
    "monitoring_config_file": MONITORING,
}
_DEFAULT_MAX_BATCH_SIZE = 1000
"""Of SharedBatchScheduler: https://github.com/tensorflow/tensorflow, batching_util/shared_batch_scheduler.h."""


class _File(NamedTuple):
    owner: Manifest
    key: str

    def wrong(self, code: str, message: str) -> CheckFinding:
        return wrong(code, self.owner, path=("data", self.key), message=message)


def config_findings(
    deployment: Manifest, line: ServerLine, *, container: JsonObject, manifests: Manifests, release: Release | None
) -> Iterator[CheckFinding]:
    """Everything about the files that the flags of a server name; without a release, for the newest one."""
    from tfk8s.manifest import textproto

    for flag, message in _FILES.items():
        given = line.flags.get(flag)
        if given is None or not given.text:
            continue
        found = mounted_file(given.text, container=container, deployment=deployment, manifests=manifests)
        if found is None:
            continue
        if found.owner is None:
            yield doubtful("config-missing", deployment, path=given.path, message=_missing(found))
            continue
        file = _File(owner=found.owner, key=found.key)
        try:
            fields = textproto.read(found.text)
        except ValueError as error:
            yield file.wrong("config-text", f"is no text form of {message}: {error}")
            continue
        troubles = list(field_troubles(fields, message=message, release=release or NEWEST))
        yield from (file.wrong("config-field", str(trouble)) for trouble in troubles)
        if not troubles and message == MODELS:
            yield from _models(file, fields, line=line, release=release or NEWEST)
        elif not troubles and message == BATCHING:
            yield from _batch_sizes(file, fields)


def _missing(found: MountedFile) -> str:
    return f"was not checked: ConfigMap {found.config_map} with {found.key} is not among these manifests"


def _models(file: _File, fields: Fields, *, line: ServerLine, release: Release) -> Iterator[CheckFinding]:
    if "custom_model_config" in fields:
        return
    names: set[str] = set()
    for models in _messages(fields, "model_config_list"):
        for model in _messages(models, "config"):
            name = _text(model, "name")
            if name in names:
                yield file.wrong("config-model", f"model {name} stands there twice: the server does not start")
            names.add(name)
            yield from _model(file, model, release=release)
            yield from _labels(file, model, line=line)


def _model(file: _File, model: Fields, *, release: Release) -> Iterator[CheckFinding]:
    name, path = _text(model, "name"), _text(model, "base_path")
    if not name:
        yield file.wrong("config-model", "a model has no name")
    if not path.startswith("/") and "://" not in path:
        what = f"base_path {path!r} is relative" if path else "has no base_path"
        yield file.wrong("config-model", f"model {name}: {what}; it must be absolute, without the version")
    if not _text(model, "model_platform") and "model_type" not in model:
        yield file.wrong("config-model", f'model {name} has no model_platform: write model_platform: "tensorflow"')
    unread = unread_scheme(path, release=release)
    if unread:
        yield file.wrong("path-scheme", f"model {name}: {unread}")


def _labels(file: _File, model: Fields, *, line: ServerLine) -> Iterator[CheckFinding]:
    labels = {_text(entry, "key"): entry.get("value", [0])[0] for entry in _messages(model, "version_labels")}
    name = _text(model, "name")
    if labels and not line.is_on("allow_version_labels_for_unavailable_models"):
        message = f"model {name} has labels: the server starts with them only with "
        yield file.wrong("config-labels", f"{message}--allow_version_labels_for_unavailable_models=true")
    policies = _messages(model, "model_version_policy")
    specific = [chosen for policy in policies for chosen in _messages(policy, "specific")]
    listed = {version for chosen in specific for version in chosen.get("versions", [])}
    for label, version in labels.items():
        if specific and version not in listed:
            yield file.wrong("config-labels", f"model {name}: label {label} names version {version}, not in the list")


def _batch_sizes(file: _File, fields: Fields) -> Iterator[CheckFinding]:
    sizes = [size for size in fields.get("allowed_batch_sizes", []) if isinstance(size, int)]
    most = next((wrapped.get("value", [0])[0] for wrapped in _messages(fields, "max_batch_size")), None)
    if not sizes:
        return
    if sizes != sorted(set(sizes)):
        yield file.wrong("config-batch-sizes", "allowed_batch_sizes must ascend, each size once")
    elif sizes[-1] != (_DEFAULT_MAX_BATCH_SIZE if most is None else most):
        stated = f"{_DEFAULT_MAX_BATCH_SIZE} when it is not given" if most is None else str(most)
        yield file.wrong("config-batch-sizes", f"allowed_batch_sizes must end with max_batch_size, which is {stated}")


def _messages(fields: Fields, name: str) -> list[Fields]:
    return [value for value in fields.get(name, []) if isinstance(value, dict)]


def _text(fields: Fields, name: str) -> str:
    value = next(iter(fields.get(name, [])), "")
    return value if isinstance(value, str) else ""
