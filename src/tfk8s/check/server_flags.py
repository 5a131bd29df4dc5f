"""The server's flags against the release that its image names: unknown ones, wrong values, those that clash."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.check.command_line import GivenFlag, ServerLine
from tfk8s.check.findings import CheckFinding, doubtful, wrong
from tfk8s.manifest import Manifest
from tfk8s.spec.flags import GONE_FLAGS, NEWEST, SERVER_FLAGS, FlagValue, Release, ServerFlag, dotted, misfit
from tfk8s.spec.nearest import nearest

_ALL = {**SERVER_FLAGS, **GONE_FLAGS}
_BOOLEANS = {"": True, "true": True, "1": True, "false": False, "0": False}
_SESSION = "tensorflow_session_parallelism"
_POOLS = ("tensorflow_intra_op_parallelism", "tensorflow_inter_op_parallelism")
_POLL = "file_system_poll_wait_seconds"
_SCHEMES_UNTIL: dict[str, Release] = {"s3": (2, 6)}
"""Built into the server up to this release: https://github.com/tensorflow/serving/issues/1963."""

_FILE_SCHEMES = frozenset({"gs", "file", "ram"})


def flag_findings(deployment: Manifest, line: ServerLine, *, release: Release | None) -> Iterator[CheckFinding]:
    """Everything about the flags of one server; without a release, of the newest one."""
    known = release or NEWEST
    for flag in line.flags.values():
        yield from _flag(deployment, flag, release=known)
    yield from _clashes(deployment, line)
    yield from _ignored(deployment, line)
    yield from _polling(deployment, line)
    path = line.flags.get("model_base_path")
    if path is not None and path.text:
        yield from _base_path(deployment, path, release=known)


def _flag(deployment: Manifest, given: GivenFlag, *, release: Release) -> Iterator[CheckFinding]:
    flag = _ALL.get(given.name)
    if flag is None:
        guess = nearest(given.name, SERVER_FLAGS)
        hint = f": did you mean --{guess}?" if guess else ""
        message = f"--{given.name} is no flag of tensorflow_model_server, which starts without it{hint}"
        yield wrong("flag-unknown", deployment, path=given.path, message=message)
    elif not flag.is_in(release):
        when = f"since {dotted(flag.since)}" if release < flag.since else f"until {dotted(flag.until or NEWEST)}"
        instead = f"; {flag.instead}" if flag.until is not None and flag.instead else ""
        message = f"--{flag.name} exists {when}, and the server is {dotted(release)}: it starts without it{instead}"
        yield wrong("flag-release", deployment, path=given.path, message=message)
    elif given.text is not None:
        misfitting = misfit_text(flag, given.text)
        if misfitting:
            message = f"--{flag.name}={given.text} {misfitting}: the server prints its usage and exits with 255"
            yield wrong("flag-value", deployment, path=given.path, message=message)


def misfit_text(flag: ServerFlag, text: str) -> str | None:
    """Why the server would refuse this text of a flag, None when it takes it."""
    value: FlagValue = text
    if flag.kind == "bool":
        value = _BOOLEANS.get(text.lower(), text)
    elif flag.kind != "string":
        try:
            value = float(text) if flag.kind == "float" else int(text)
        except ValueError:
            value = text
    return misfit(flag, value)


def _clashes(deployment: Manifest, line: ServerLine) -> Iterator[CheckFinding]:
    pools = [name for name in _POOLS if line.text(name) not in ("", "0")]
    if line.text(_SESSION) not in ("", "0") and pools:
        message = f"does not go with {' and '.join(pools)}: give either this one or those"
        yield wrong("flag-clash", deployment, path=line.flags[_SESSION].path, message=message)
    if "batching_parameters_file" in line.flags and not line.is_on("enable_batching"):
        message = "needs --enable_batching=true, without which the server does not start with such a file"
        yield wrong("flag-clash", deployment, path=line.flags["batching_parameters_file"].path, message=message)
    if line.is_on("use_alts_credentials") and "ssl_config_file" in line.flags:
        message = "does not go with --use_alts_credentials"
        yield wrong("flag-clash", deployment, path=line.flags["ssl_config_file"].path, message=message)
    if line.rest_port and line.rest_port == line.grpc_port:
        given = line.flags.get("rest_api_port") or line.flags["port"]
        message = f"REST and gRPC are both on port {line.rest_port}: REST and metrics stay shut"
        yield wrong("flag-clash", deployment, path=given.path, message=message)


def _ignored(deployment: Manifest, line: ServerLine) -> Iterator[CheckFinding]:
    if "model_config_file" not in line.flags:
        return
    for name in ("model_name", "model_base_path"):
        if name in line.flags:
            message = f"--{name} has no effect beside --model_config_file"
            yield doubtful("flag-ignored", deployment, path=line.flags[name].path, message=message)


def _polling(deployment: Manifest, line: ServerLine) -> Iterator[CheckFinding]:
    text = line.text(_POLL)
    if _POLL not in line.flags and line.text("model_base_path").startswith("gs://"):
        message = "the bucket is listed every second, for each pod: that costs about 1000 USD a month"
        yield doubtful("file-poll", deployment, path=line.flags["model_base_path"].path, message=message)
    elif text.lstrip("-").isdigit() and int(text) <= 0:
        negative = "waits for ever for a model" if int(text) < 0 else "looks once, and a reload then never ends"
        message = f"--{_POLL}={text}: the server {negative}"
        yield doubtful("file-poll", deployment, path=line.flags[_POLL].path, message=message)


def _base_path(deployment: Manifest, given: GivenFlag, *, release: Release) -> Iterator[CheckFinding]:
    message = unread_scheme(given.text or "", release=release)
    if message:
        yield wrong("path-scheme", deployment, path=given.path, message=message)


def unread_scheme(path: str, *, release: Release) -> str | None:
    """Why the official server cannot read a path, None when it may."""
    scheme, sign, _ = path.partition("://")
    if not sign or scheme in _FILE_SCHEMES:
        return None
    until = _SCHEMES_UNTIL.get(scheme)
    if until is not None and release <= until:
        return None
    since = f" since {dotted((until[0], until[1] + 1))}" if until is not None else ""
    return f"{path}: the server has no file system {scheme}://{since}"
