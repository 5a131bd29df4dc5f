"""What `tfk8s check` may find, by code: stable names that a spec may switch off, explained in docs/checks.md.

What is found in a SavedModel has codes of its own, `tfk8s.model.rules`; `known_codes` joins the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

CodeLevel: TypeAlias = Literal["error", "warning", "note"]


class CheckCode(NamedTuple):
    """One kind of finding, as docs/checks.md lists it.

    Attributes:
        code: the stable name.
        level: how bad it is.
        meaning: what it says, in general; a sentence.
        remedy: the next thing to do.
        stays_because: why nobody can switch it off, "" when it can be switched off.
    """

    code: str
    level: CodeLevel
    meaning: str
    remedy: str
    stays_because: str = ""


_API: str = "the API server would refuse the object all the same"
_READ: str = "what cannot be read cannot be checked"
_MODEL: str = "no server loads such a version, and render and apply refuse it too"


def _final(code: str, meaning: str, remedy: str, *, because: str = _API) -> CheckCode:
    return CheckCode(code=code, level="error", meaning=meaning, remedy=remedy, stays_because=because)


def _error(code: str, meaning: str, remedy: str) -> CheckCode:
    return CheckCode(code=code, level="error", meaning=meaning, remedy=remedy)


def _warning(code: str, meaning: str, remedy: str) -> CheckCode:
    return CheckCode(code=code, level="warning", meaning=meaning, remedy=remedy)


def _note(code: str, meaning: str, remedy: str) -> CheckCode:
    return CheckCode(code=code, level="note", meaning=meaning, remedy=remedy)


SECTIONS: Mapping[str, tuple[CheckCode, ...]] = {
    "Files": (
        _final("spec", "The spec is wrong, or cannot be rendered.", "correct the field that is named", because=_READ),
        _final("manifest", "The file holds no Kubernetes objects.", "correct the place that is named", because=_READ),
    ),
    "The server": (
        _note(
            "release-unknown",
            "The image's tag names no release of the server that is known; the newest known one is taken.",
            "name the image by its release, as tensorflow/serving:2.20.0",
        ),
        _error(
            "flag-unknown",
            "No release of the server has the flag: it prints a line and starts without it.",
            "correct the name of the flag, or leave it out",
        ),
        _error(
            "flag-release",
            "The release of the image does not have the flag: it prints a line and starts without it.",
            "take an image with a release that has the flag, or leave it out",
        ),
        _error(
            "flag-value",
            "The value is of another kind than the flag's: the server prints its usage and exits with 255.",
            "give a value of the flag's kind",
        ),
        _error(
            "flag-clash",
            "Flags that do not go together: the server ends at its start, or one of its ports stays shut.",
            "leave one of them out",
        ),
        _warning(
            "flag-ignored",
            "Another flag makes the server ignore this one.",
            "leave it out",
        ),
        _warning(
            "file-poll",
            "The server looks for new versions once or never, or every second: a reload can hang, or buckets get dear.",
            "poll every 30 seconds: --file_system_poll_wait_seconds=30",
        ),
        _error(
            "path-scheme",
            "The release of the server cannot read such a path, as s3:// since 2.7.",
            "copy the model to a volume or a bucket of Cloud Storage, or bake it into the image",
        ),
        _warning(
            "config-missing",
            "A flag names a file of a ConfigMap that is not among these objects, so it was not checked.",
            "give the file with the ConfigMap to the same run",
        ),
        _error(
            "config-text",
            "A configuration file is no text form of a protocol buffer: the server does not start.",
            "correct the line that is named",
        ),
        _error(
            "config-field",
            "A configuration file has a field that its message does not have, or of another type: the server does not "
            "start.",
            "correct the name or the form of the field",
        ),
        _error(
            "config-model",
            "A model in the list has no name, a relative path or none, no platform, or a name that another one has.",
            "give every model its own name, an absolute base_path and model_platform",
        ),
        _error(
            "config-labels",
            "A label points to a version that is not loaded, or the server may not start with labels at all.",
            "list the version under specific, and give --allow_version_labels_for_unavailable_models=true",
        ),
        _error(
            "config-batch-sizes",
            "The allowed batch sizes do not ascend to max_batch_size: the server does not start.",
            "let them ascend, the last equal to max_batch_size",
        ),
    ),
    "Every object": (
        _final("name", "The name is none that the kind may have.", "shorten it to lower-case letters, digits and -"),
        _final("label-value", "The value of a label is none.", "63 letters, digits, -, _ and . at most"),
        _final("text", "A value that must be text is a number, a boolean or a map.", "write it in quotes"),
        _final("schema", "A field is unknown or of another type in this release of Kubernetes.", "correct the field"),
        _final(
            "schema-unknown-kind",
            "This release of Kubernetes does not have the kind in this API version.",
            "write the API version that the release has",
        ),
        _error("status", "The object carries a status, which belongs to the cluster.", "leave status out"),
        _error("null", "A field is null.", "leave the field out"),
    ),
    "Pods": (
        _error(
            "pod-security",
            "The pod is not confined as the restricted standard asks.",
            "set the field as the message says; the pods need none of what it takes away",
        ),
        _error("token", "The pod gets a token for the API, which the server never asks.", "switch the mount off"),
        _error(
            "gpu-toleration",
            "A pod with GPUs does not tolerate the taint of such nodes, so it is never scheduled.",
            "tolerate nvidia.com/gpu",
        ),
        _error(
            "probe-bare-path",
            "The readiness probe asks /v1/models/NAME, which answers 200 in any state of the model.",
            "ask /v1/models/NAME/metadata, of the version or label that is served",
        ),
        _error(
            "probe",
            "The readiness probe does not ask for the model, or there is none: an open port says little.",
            "GET /v1/models/NAME/metadata, of the version or label that is served",
        ),
        _error("startup-probe", "There is no startup probe: a slow load is killed and begins again.", "add one"),
        _error(
            "deadline",
            "The roll-out is given up before the startup probe is.",
            "make progressDeadlineSeconds longer than the startup probe's time",
        ),
        _warning("drain", "A stopping pod ends before nobody sends to it.", "let preStop sleep for 15 seconds"),
        _error(
            "grace",
            "The pod is killed before its preStop step has ended.",
            "make terminationGracePeriodSeconds longer than the preStop step and a request together",
        ),
        _error(
            "command",
            "`command` replaces the image's entrypoint, and does not open both ports: no REST, no metrics.",
            "leave command out and give flags in args",
        ),
        _warning(
            "command-plain",
            "`command` replaces the image's entrypoint, though its flags open both ports.",
            "leave command out and give flags in args",
        ),
        _error(
            "argument",
            "An argument is not of the form --flag=value, which alone the server understands, or occurs twice.",
            "write each flag once, as --flag=value",
        ),
        _warning("image", "The image may be another one tomorrow.", "name a release or, better, a digest"),
        _note(
            "image-tag",
            "The image is named by a tag, which may be given to another image.",
            "name it by its digest: tfk8s image pin",
        ),
        _error(
            "resources",
            "A request or limit is missing, so the scheduler and the autoscaler guess.",
            "set cpu and memory, both as request and limit",
        ),
    ),
    "Between objects": (
        _final("selector", "The selector does not select the pods of its own template.", "use the template's labels"),
        _error("selector-stable", "The selector has a label that may change, and a selector cannot.", "leave it out"),
        _error("selector-disjoint", "Two Deployments select the same pods.", "give each labels of its own"),
        _error(
            "service-selector",
            "The Service selects no pod of these objects.",
            "write the labels of the pods, or give the Deployment to the same run",
        ),
        _final("budget-bounds", "The budget has both bounds or none.", "give exactly one"),
        _error("budget", "The budget allows no eviction, so no node can be drained.", "use maxUnavailable: 1"),
        _warning(
            "public-grpc",
            "The gRPC port is open to the outside; whoever reaches it can replace the models.",
            "expose rest alone, limit the addresses, or use a Gateway, which passes predictions on alone",
        ),
    ),
    "Scaling": (
        _error("scale-target", "The autoscaler's target is not among these objects.", "correct its name"),
        _final("scale-range", "The fewest pods are more than the most.", "correct the range"),
        _error("scale-metrics", "The autoscaler follows no metric.", "give it one"),
        _error("two-autoscalers", "Two autoscalers work against each other.", "keep one"),
        _error("replicas", "Two say how many pods there are, or nobody does.", "one of replicas and an autoscaler"),
        _warning("window-short", "A rate has too few samples in its window.", "twice the seconds between collections"),
        _warning(
            "tolerance-unknown", "This release of Kubernetes has no tolerance to set.", "leave tolerancePercent out"
        ),
        _warning("idle-short", "A pod may be taken away before it has answered.", "leave idleSeconds at auto"),
    ),
    "The front": (
        _warning("open-balancer", "Every address may ask the model.", "name addresses in loadBalancerSourceRanges"),
        _warning("open-front", "Everybody may ask the model.", "ask for keys or tokens with expose.auth"),
        _warning("plain-http", "Requests travel in the clear.", "give a certificate, or say what else encrypts"),
        _error(
            "front-path", "The front lets paths through that are not of models, such as metrics.", "only /v1/models"
        ),
        _error(
            "front-grpc",
            "The front lets more gRPC calls through than predictions.",
            "match tensorflow.serving.PredictionService alone",
        ),
        _error(
            "front-health",
            "The load balancer's health check can never pass, or passes in any state.",
            "ask for the metadata of the served model",
        ),
        _error("certificate-name", "A certificate has no name.", "give domains"),
        _warning("ingress-grpc", "An Ingress does not lead to the gRPC port.", "use a Gateway for gRPC"),
        _warning(
            "policy-shuts-out", "The network policy shuts the front out.", "let it in with networkPolicy.allowFrom"
        ),
        _warning("short-drain", "The front sends to a pod for longer than it drains.", "leave drainSeconds out"),
        _warning("no-drain", "Requests may be sent to a pod that is gone.", "15 seconds of drainSeconds"),
        _warning(
            "fleet-missing",
            "A Gateway of several clusters, and the described cluster is in no fleet.",
            "write fleet: PROJECT under cluster",
        ),
        _warning("gateway-api-off", "The described cluster has no Gateway API.", "write gatewayApi: standard"),
    ),
    "The spec against its model and cluster": (
        _warning("size-unknown", "The size of a model cannot be seen from here.", "set resources.memory"),
        _warning("memory-low", "The models need more memory than pods get.", "set resources.memory to auto"),
        _warning("server-older", "The model is newer than the server.", "take a newer image.base"),
        _warning(
            "image-not-built", "The image with the model may not have been built.", "build it, or give its digest"
        ),
        _warning("registry-closed", "The registry takes no images any more.", "name the image elsewhere"),
        _warning("gpu-gap", "A roll-out of one GPU pod interrupts the service.", "two pods, each with its GPU"),
        _warning("claim-access", "Pods on other nodes may wait for a claim for ever.", "a claim that many may mount"),
        _warning("gpu-nodes-missing", "No node of the described cluster has the GPUs.", "describe them in nodePools"),
        _warning("machine-small", "No node of the described cluster has room for a pod.", "a larger machineType"),
        _warning("nodes-few", "The described nodes have no room for the most pods.", "more nodes, or a lower max"),
        _warning("identity-off", "The described cluster has no Workload Identity.", "write workloadIdentity: true"),
    ),
}
"""By what they are about, in the order of docs/checks.md."""

CHECK_CODES: Mapping[str, CheckCode] = {entry.code: entry for section in SECTIONS.values() for entry in section}


def known_codes() -> dict[str, CheckCode]:
    """All codes by name, those of SavedModels too; whoever has no use for those should not load them."""
    from tfk8s.model.finding import Severity
    from tfk8s.model.rules import ALL_RULES

    of_models = {
        rule.code: CheckCode(
            code=rule.code,
            level=rule.severity.value,
            meaning=rule.meaning,
            remedy=rule.remedy,
            stays_because=_MODEL if rule.severity is Severity.ERROR else "",
        )
        for rule in ALL_RULES
    }
    return {**CHECK_CODES, **of_models}
