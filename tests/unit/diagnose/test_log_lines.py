"""Lines of the model server: what each means, and which mean nothing."""

from __future__ import annotations

import pytest

from tests.unit.diagnose.evidences import changed, codes_of, recorded
from tfk8s.diagnose.log_lines import find_in_log, find_in_log_of_ready
from tfk8s.diagnose.log_rules import LOG_RULES

SERVABLE = "{name: m version: 1}"
LINES = [
    ("ab@p.iam.gserviceaccount.com does not have storage.objects.get access to the object.", "bucket-access"),
    ("Could not find base path gs://b/m with error UNAVAILABLE: libcurl code 6 meaning 'Couldn't resolve host'", "dns"),
    ("Error executing an HTTP request: libcurl code 60 meaning 'SSL peer certificate was not OK'", "tls"),
    ("Error executing an HTTP request: libcurl code 28 meaning 'Timeout was reached'", "unreachable"),
    (
        "Could not find base path /models/m with error PERMISSION_DENIED: /models/m; Permission denied",
        "model-permission",
    ),
    ("Could not find base path /models/m for servable m with error NOT_FOUND: /models/m not found", "model-path"),
    ("No versions of servable m found under base path /models/m. Did you forget", "model-versions"),
    (f"Loading servable: {SERVABLE} failed: Not found: Op type not registered 'Foo' in binary", "missing-operation"),
    ("File system scheme 's3' not implemented (file: 's3://b/m')", "file-system"),
    (
        "Could not find base path s3://b/m for servable m with error UNIMPLEMENTED: File system scheme 's3' not "
        "implemented (file: 's3://b/m')",
        "file-system",
    ),
    ("Couldn't interpret value many for flag rest_api_num_threads.", "bad-flag"),
    ("Request to assign label to version 2 of model m, which is not currently available for inference", "label"),
    ("entrypoint.sh: line 3:     7 Illegal instruction     (core dumped)", "illegal-instruction"),
    ("exec /usr/bin/tf_serving_entrypoint.sh: exec format error", "architecture"),
    ("unknown argument: --enable_batchin", "bad-flag"),
    ("--rest_api_port cannot be same as --port. Please use a different port for HTTP/REST API. ", "port-clash"),
    ("Failed to start HTTP Server at localhost:8501", "port-clash"),
    (f"Loading servable: {SERVABLE} failed: UNAVAILABLE: /tmp/x; No space left on device", "disk-full"),
    (f"Loading servable: {SERVABLE} failed: Number of warmup records exceeds the maximum (1000) at /m/1", "warm-up"),
    (f"Loading servable: {SERVABLE} failed: DATA_LOSS: truncated record at 0", "warm-up"),
    (f"Loading servable: {SERVABLE} failed: DATA_LOSS: corrupted record at 0", "warm-up"),
    (f"Loading servable: {SERVABLE} failed: Failed to find any matching files for /m/1/variables/v", "model-partial"),
    ("Could not find SavedModel .pb or .pbtxt at supplied export directory path: /models/m/1", "model-partial"),
    ("Failed to read ModelServerConfig file: Invalid protobuf file: '/etc/models.config'", "config-unread"),
    ("PollFilesystemAndReloadConfig failed to ReloadConfig: INVALID_ARGUMENT: duplicate name", "config-refused"),
    (f"Retrying of Loading servable: {SERVABLE} retry: 3", "load-retries"),
    (f"Loading servable: {SERVABLE} failed: Data loss: truncated", "model-load"),
    ("Failed to start server. Error: Unknown: 1 servable(s) did not become available", "model-load"),
    ("FAILED_PRECONDITION: Error while reading resource variable dense/kernel from Container", "uninitialized"),
    ("UNAVAILABLE: The batch scheduling queue to which this task was submitted is full", "queue-full"),
]


@pytest.mark.parametrize(("line", "code"), LINES)
def test_each_line_has_one_cause_and_is_its_evidence(line: str, code: str) -> None:
    (found,) = find_in_log(("I unrelated", line), place="Pod/p")

    assert (found.code, found.evidence) == (code, (line.strip(),))
    assert "{" not in found.fix + found.cause


def test_every_rule_has_a_line_that_it_finds() -> None:
    assert {rule.code for rule in LOG_RULES} == {code for _, code in LINES}


ORDINARY = [
    "All attempts to get a Google authentication bearer token failed, returning an empty token. Retrieving token from "
    "GCE failed with \"FAILED_PRECONDITION: Error executing an HTTP request: libcurl code 6 meaning 'Couldn't resolve'",
    f"Retrying of Loading servable: {SERVABLE} retry: 1",
    f"Successfully loaded servable version {SERVABLE}",
    "No warmup data file found at /models/m/1/assets.extra/tf_serving_warmup_requests",
    "Finished reading warmup data for model at /m/1. Number of warmup records read: 3. Elapsed time",
    "[warn] getaddrinfo: address family for nodename not supported",
]


@pytest.mark.parametrize("line", ORDINARY)
def test_what_a_sound_server_writes_means_nothing(line: str) -> None:
    assert find_in_log((line,), place="Pod/p") == ()


def test_a_sound_server_is_not_blamed_for_any_line_of_its_log() -> None:
    (lines,) = recorded("healthy").snapshot.logs.values()

    assert lines
    assert find_in_log(lines, place="Pod/p") == ()


def test_of_a_ready_pod_only_what_went_wrong_since_something_went_well_is_told() -> None:
    refused = "PollFilesystemAndReloadConfig failed to ReloadConfig: Request to assign label to version 9 of model m"
    well = f"Successfully loaded servable version {SERVABLE}"

    assert find_in_log_of_ready((refused, well), place="Pod/p") == ()
    (told,) = find_in_log_of_ready((well, refused), place="Pod/p")
    assert (told.code, told.is_final) == ("label", False)


def test_what_lasts_as_long_as_the_process_is_told_of_a_ready_pod_too() -> None:
    lines = ("unknown argument: --x", f"Successfully loaded servable version {SERVABLE}")

    assert [each.code for each in find_in_log_of_ready(lines, place="Pod/p")] == ["flag-ignored"]


def test_a_full_queue_of_a_pod_that_serves_is_a_warning_of_doctor() -> None:
    def fill(data: dict[str, dict[str, list[str]]]) -> None:
        (lines,) = data["logs"].values()
        lines.append("UNAVAILABLE: The batch scheduling queue to which this task was submitted is full")

    assert codes_of(changed(fill)) == ["queue-full"]


@pytest.mark.parametrize("piece", ["a", "/", "/a", "{name: ", "libcurl ", "warm-up "])
def test_a_long_line_is_read_in_a_moment(piece: str) -> None:
    """A rule that looks again from each place of the line would take minutes."""
    find_in_log((piece * 20_000,), place="Pod/p")
