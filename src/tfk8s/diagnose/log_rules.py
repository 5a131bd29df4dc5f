"""Phrases of the model server, and what each means for the user; texts of tensorflow_model_server 2.x.

Sources: file_system_storage_path_source.cc, server_core.cc, server.cc, loader_harness.cc, retrier.cc and
saved_model_warmup_util.cc of https://github.com/tensorflow/serving; curl_http_request.cc, gcs_file_system.cc,
loader.cc and basic_batch_scheduler.h of https://github.com/tensorflow/tensorflow. The order is from the specific to
the general: a line is told once, by the first rule that knows it. What repeats before a phrase has a bound, so that a
long line costs a moment.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class LogRule(NamedTuple):
    """`pattern` finds the line; `cause` and `fix` may use its named groups.

    Attributes:
        is_final: waiting will not help a pod that is not ready.
        is_told_of_ready: it matters too when the pod is ready and the line is newer than the last thing that went well.
        lasts: it matters as long as the process lives, whatever went well since.
        is_echo: another line has said more, where one tells what is wrong with a model.
    """

    code: str
    pattern: re.Pattern[str]
    cause: str
    fix: str
    is_final: bool = True
    is_told_of_ready: bool = False
    lasts: bool = False
    is_echo: bool = False


_NOT_FOR_LOGIN = r"^(?!.*returning an empty token).*?"
"""A server outside Google Cloud asks for a token in vain and says so; what is public is read all the same."""

LOG_RULES = (
    LogRule(
        code="bucket-access",
        pattern=re.compile(
            r"(?P<who>[^\s\"']{1,200}) does not have (?P<role>storage\.\S+) access to .*?(?:bucket|object)"
        ),
        cause="{who} lacks {role} on {bucket}",
        fix="give the pod's identity the role roles/storage.objectViewer on the bucket",
    ),
    LogRule(
        code="dns",
        pattern=re.compile(_NOT_FOR_LOGIN + r"(?:libcurl code 6\b|Could(?:n't| not) resolve host)(?P<host>[^;\"]*)"),
        cause="the server cannot look a name up where its model is",
        fix="see that the cluster's DNS runs (kubectl -n kube-system get pods -l k8s-app=kube-dns) and that no "
        "NetworkPolicy keeps the pods from port 53",
    ),
    LogRule(
        code="tls",
        pattern=re.compile(_NOT_FOR_LOGIN + r"(?:libcurl code (?:35|51|58|60|77|83)\b|SSL certificate problem)"),
        cause="the server does not trust the certificate of where its model is",
        fix="see that nothing between intercepts TLS, that the node's clock is right, and that the image holds the "
        "certificates of the authority",
    ),
    LogRule(
        code="unreachable",
        pattern=re.compile(_NOT_FOR_LOGIN + r"libcurl code (?:7|28)\b"),
        cause="the server cannot reach where its model is",
        fix="let the pods out: a NetworkPolicy, a firewall or a missing route (Private Google Access, Cloud NAT) is in "
        "the way",
    ),
    LogRule(
        code="model-permission",
        pattern=re.compile(r"(?P<path>/[^\s;:'\"]{1,400})[;:,]\s*Permission denied"),
        cause="the server may not read {path}",
        fix="make the files readable for the user that the server runs as: securityContext.fsGroup for a volume, mode "
        "a+rX in an image",
    ),
    LogRule(
        code="file-system",
        pattern=re.compile(r"File system scheme '(?P<scheme>[^']*)' not implemented"),
        cause="the model server cannot read {scheme}:// paths",
        fix="use gs://, a claim, or a baked image",
    ),
    LogRule(
        code="model-path",
        pattern=re.compile(r"Could not find base path (?P<path>\S+)"),
        cause="the model's base path {path} does not exist or cannot be read in the pod",
        fix="check model.source of the spec, and that the image, claim or bucket holds it and lets the pod read it",
    ),
    LogRule(
        code="model-versions",
        pattern=re.compile(r"No versions of servable (?P<model>\S+) found under base path (?P<path>\S+?)\.?(?:\s|$)"),
        cause="there is no version of {model} under {path}",
        fix="put the SavedModel into a numbered folder, e.g. {path}/1/saved_model.pb, and see the access rights",
    ),
    LogRule(
        code="missing-operation",
        pattern=re.compile(r"Op type not registered '(?P<op>[^']+)'"),
        cause="the model uses the operation {op}, which this model server does not have",
        fix="use a newer image.base (at least the model's TensorFlow version), or export without {op}",
        is_told_of_ready=True,
    ),
    LogRule(
        code="label",
        pattern=re.compile(r"Request to assign label to version (?P<version>\d+) of model (?P<model>[^\s,]+)"),
        cause="a label points to version {version} of {model}, which is not available",
        fix="point the label to a version that is served",
        is_told_of_ready=True,
    ),
    LogRule(
        code="illegal-instruction",
        pattern=re.compile(r"Illegal instruction"),
        cause="the node's CPU lacks instructions (AVX) that this image needs",
        fix="use nodes with AVX (amd64), or an image built without it",
    ),
    LogRule(
        code="architecture",
        pattern=re.compile(r"exec format error"),
        cause="the image is for another CPU architecture than the node",
        fix="use amd64 nodes; the official images are amd64 only",
    ),
    LogRule(
        code="bad-flag",
        pattern=re.compile(r"Couldn't interpret value (?P<value>.{1,200}) for flag (?P<flag>\S+?)\.?$"),
        cause="the model server does not take the value {value} of --{flag}, and ends",
        fix="give the flag a value of its kind; `tfk8s check` knows the kinds",
    ),
    LogRule(
        code="bad-flag",
        pattern=re.compile(r"[Uu]nknown argument: (?P<flag>\S+)"),
        cause="the model server does not take {flag}",
        fix="check serving.flags of the spec against the version of image.base",
        is_final=False,
    ),
    LogRule(
        code="port-clash",
        pattern=re.compile(
            r"(?:rest_api_port|http_port) cannot be same as (?:--port|grpc_port)"
            r"|Failed to start HTTP Server at (?P<address>\S+)"
        ),
        cause="the server does not serve REST: its port is taken",
        fix="give REST and gRPC ports of their own: --rest_api_port=8501 and --port=8500",
        is_told_of_ready=True,
        lasts=True,
    ),
    LogRule(
        code="disk-full",
        pattern=re.compile(r"No space left on device"),
        cause="no space is left on a device that the server writes to",
        fix="raise the size of the volume or of ephemeral storage, or free the node's disk",
        is_told_of_ready=True,
    ),
    LogRule(
        code="warm-up",
        pattern=re.compile(
            r"\{name: (?P<model>\S+) version: (?P<version>\d+)\} failed: (?P<error>.*"
            r"(?:warm-?up|tf_serving_warmup_requests|(?:truncated|corrupted) record at).*)",
            re.IGNORECASE,  # of all that is loaded, records are in the file of warm-up requests alone
        ),
        cause="version {version} of {model} does not load because of its warm-up: {error}",
        fix="record the requests anew with `tfk8s warmup`, or take assets.extra/tf_serving_warmup_requests away",
        is_told_of_ready=True,
    ),
    LogRule(
        code="model-partial",
        pattern=re.compile(
            r"Failed to find any matching files for (?P<path>[^\s\"]+)"
            r"|Could not find SavedModel .*?export directory path: (?P<directory>[^\s\"]+?)\.?(?:\s|$)"
        ),
        cause="a version is not whole: a file of {path}{directory} is missing",
        fix="publish the version again (`tfk8s versions add` writes saved_model.pb last), and check it with "
        "`tfk8s inspect`",
        is_told_of_ready=True,
    ),
    LogRule(
        code="config-unread",
        pattern=re.compile(r"Failed to read ModelServerConfig file:?(?P<error>.*)|Invalid protobuf file:?(?P<more>.*)"),
        cause="the server cannot read its models.config",
        fix="`tfk8s apply` writes it anew; what somebody wrote by hand must be a text ModelServerConfig",
        is_told_of_ready=True,
    ),
    LogRule(
        code="config-refused",
        pattern=re.compile(r"failed to ReloadConfig:?\s*(?P<error>.*)"),
        cause="the server refuses its new configuration and keeps the old one: {error}",
        fix="mend what the line names in the spec, then `tfk8s apply`; the server tries again at its next look",
        is_final=False,
        is_told_of_ready=True,
    ),
    LogRule(
        code="load-retries",
        pattern=re.compile(
            r"Retrying (?:of Loading servable|load on servable version): "
            r"\{name: (?P<model>\S+) version: (?P<version>\d+)\} retry: (?P<number>[2-9]|\d\d+)"
        ),
        cause="version {version} of {model} does not load, and is tried again and again (retry {number})",
        fix="mend what the failed load says; --max_num_load_retries and --load_retry_interval_micros end it sooner: "
        "the defaults are 5 retries with a minute between",
        is_final=False,
    ),
    LogRule(
        code="model-load",
        pattern=re.compile(
            r"Loading servable: \{name: (?P<model>\S+) version: (?P<version>\d+)\} failed: (?P<error>.*)"
        ),
        cause="version {version} of {model} cannot be loaded: {error}",
        fix="run `tfk8s inspect` on the model directory, and export again if it is damaged",
        is_told_of_ready=True,
    ),
    LogRule(
        code="model-load",
        pattern=re.compile(r"servable\(s\) did not become available"),
        cause="a model did not become available",
        fix="run `tfk8s inspect` on the model directory; the server's lines say which model",
        is_echo=True,
    ),
    LogRule(
        code="uninitialized",
        pattern=re.compile(r"[Uu]sing uninitialized value|Error while reading resource variable"),
        cause="predictions fail: variables of the model were never read, as after a load of half its files",
        fix="publish the version again under a new number, and check it with `tfk8s inspect`",
        is_final=False,
        is_told_of_ready=True,
    ),
    LogRule(
        code="queue-full",
        pattern=re.compile(r"[Tt]he batch scheduling queue .*full"),
        cause="the server refuses requests: its batch queue is full",
        fix="add pods or CPU; max_enqueued_batches of serving.batching allows a longer queue, and longer waits",
        is_final=False,
        is_told_of_ready=True,
    ),
)

IGNORED_FLAG = LogRule(
    code="flag-ignored",
    pattern=re.compile(r"unknown argument: (?P<flag>\S+)"),
    cause="the server does not know {flag}, and runs without what it should set",
    fix="correct its name, or use an image.base that has it; `tfk8s check` knows the flags of each release",
    is_told_of_ready=True,
    lasts=True,
)
"""The server prints the first argument that it does not know, and goes on: main.cc."""
