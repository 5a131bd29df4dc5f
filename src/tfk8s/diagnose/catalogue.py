"""Every rule by its code: what is seen, how much it matters, and the way out in general; docs/doctor.md shows it.

The order is what hurts first, among rules of one severity.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tfk8s.diagnose.finding import Finding, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO


class Rule(NamedTuple):
    """One kind of finding.

    Attributes:
        code: stable name.
        theme: heading under which the page lists it.
        severity: how much it matters.
        symptom: what is seen, in general.
        fix: what to do, in general; a finding says it with names and numbers where it can.
    """

    code: str
    theme: str
    severity: Severity
    symptom: str
    fix: str


_ALL: Final = (
    Rule("absent", "workload", _E, "there is no Deployment of the service", "deploy it with tfk8s apply"),
    Rule("no-replicas", "workload", _E, "the Deployment was scaled to zero", "scale it up, or tfk8s apply"),
    Rule("quota", "workload", _E, "pods are not made: a quota has no room", "raise the quota, or lower the requests"),
    Rule("pod-refused", "workload", _E, "the cluster refuses to make pods", "mend the policy or object that it names"),
    Rule("object-missing", "workload", _E, "an object that apply made is gone", "tfk8s apply makes it again"),
    Rule("image-forbidden", "images", _E, "the registry refuses the nodes", "give the nodes the right to read it"),
    Rule("image-absent", "images", _E, "the registry has no such image", "check name and tag, push it"),
    Rule("registry-gone", "images", _E, "the image is on gcr.io, which is shut down", "use Artifact Registry"),
    Rule(
        "registry-dns", "images", _E, "the nodes cannot look the registry's name up", "correct the name, mend the DNS"
    ),
    Rule("registry-tls", "images", _E, "the nodes do not trust the registry's certificate", "give them its authority"),
    Rule("image-platform", "images", _E, "the image is for other CPUs than the nodes'", "build it for the nodes"),
    Rule("image-pull", "images", _E, "the image cannot be pulled", "check name, tag, and that nodes may read it"),
    Rule(
        "unschedulable", "scheduling", _E, "a pod waits for a node", "lower requests, add nodes, or mend the selector"
    ),
    Rule("claim-missing", "storage", _E, "a pod's claim does not exist", "make the claim, or correct model.source"),
    Rule("claim-pending", "storage", _E, "a claim gets no volume", "name a storage class that the cluster has"),
    Rule("claim-lost", "storage", _E, "the volume of a claim is gone", "make a new claim and publish the model again"),
    Rule("volume-zone", "storage", _E, "the volume is in another zone than free nodes", "add nodes there"),
    Rule("volume-attached", "storage", _E, "the volume is attached to another node", "use a claim for many readers"),
    Rule("volume-mount", "storage", _E, "a volume cannot be mounted", "make what the words name"),
    Rule("container-config", "containers", _E, "a container cannot be made", "make what the words name"),
    Rule("container-command", "containers", _E, "the image has no such program", "leave `command` out"),
    Rule("architecture", "containers", _E, "the image is for another CPU", "use amd64 nodes"),
    Rule("illegal-instruction", "containers", _E, "the node's CPU lacks AVX", "use nodes with AVX"),
    Rule("out-of-memory", "containers", _E, "a container was killed: out of memory", "raise resources.memory"),
    Rule("bad-flag", "containers", _E, "the server does not know a flag", "check serving.flags against image.base"),
    Rule("port-clash", "containers", _E, "REST and gRPC have one port: REST is not served", "give each its own"),
    Rule("rest-missing", "containers", _E, "REST is not served", "leave `command` out, or add --rest_api_port=8501"),
    Rule("disk-full", "containers", _E, "no space is left on the device", "raise ephemeral storage, or free the node"),
    Rule("evicted", "containers", _E, "the node evicted a pod", "raise requests to what is used"),
    Rule("bucket-access", "models", _E, "the server may not read the bucket", "give its identity the role to read"),
    Rule("model-permission", "models", _E, "the server may not read the files", "make them readable for its user"),
    Rule("model-path", "models", _E, "the model's directory is not there", "check model.source"),
    Rule("model-versions", "models", _E, "no directory has a number as its name", "put it into a numbered folder"),
    Rule("model-partial", "models", _E, "a version is not whole", "publish it again; saved_model.pb comes last"),
    Rule("missing-operation", "models", _E, "the server lacks an operation of the model", "use a newer image.base"),
    Rule("warm-up", "models", _E, "a warm-up record keeps the model from loading", "record it anew: tfk8s warmup"),
    Rule("file-system", "models", _E, "the server cannot read such paths", "use gs://, a claim, or a baked image"),
    Rule("label", "models", _E, "a label points to a version that is not served", "load it first, then move the label"),
    Rule("config-refused", "models", _E, "the server refuses its new configuration", "mend what the line names"),
    Rule("config-unread", "models", _E, "the server cannot read its configuration", "mend the ConfigMap"),
    Rule("dns", "models", _E, "the server cannot look a name up", "mend the cluster's DNS, or a policy before it"),
    Rule("tls", "models", _E, "the server does not trust a certificate", "mount the authority, mend the clock"),
    Rule("unreachable", "models", _E, "the server cannot reach where its model is", "mend egress: policy or route"),
    Rule("load-retries", "models", _E, "a load fails and is tried again for minutes", "mend what the load says"),
    Rule("model-load", "models", _E, "a version cannot be loaded", "tfk8s inspect on the model directory"),
    Rule("crash", "containers", _E, "a container ends", "its last lines say why"),
    Rule("probe-path", "probes", _E, "a probe asks for a path that the server does not know", "ask for metadata"),
    Rule("probe-refused", "probes", _E, "nobody listens where a probe asks", "give the probe the port of the server"),
    Rule("probe-slow", "probes", _E, "the server answers a probe too late", "give it more CPU or more time"),
    Rule("killed-by-probe", "probes", _E, "the kubelet kills a container that fails its probe", "mend the probe"),
    Rule("node-down", "nodes", _E, "a node with pods of the service is not ready", "mend or replace the node"),
    Rule("service-absent", "network", _E, "there is no Service", "deploy it with tfk8s apply"),
    Rule("service-selector", "network", _E, "the Service selects none of the pods", "mend its selector"),
    Rule("service-port", "network", _E, "the Service leads to a port that no container has", "mend targetPort"),
    Rule("service-empty", "network", _E, "no pod is ready behind the Service", "mend the pods"),
    Rule("policy-closed", "network", _E, "a NetworkPolicy lets nobody in", "allow the serving ports"),
    Rule("ingress-class", "fronts", _E, "no controller serves the Ingress", "name a class of the cluster"),
    Rule("balancer-pending", "fronts", _E, "the load balancer has no address", "see the words of its controller"),
    Rule("backend-unhealthy", "fronts", _E, "the load balancer calls the pods unhealthy", "check a path that answers"),
    Rule("front-pending", "fronts", _E, "clients do not get through yet", "see the words of its controller"),
    Rule("paused", "workload", _W, "the Deployment is paused: changes of it make no pods", "resume it"),
    Rule("image-vanished", "images", _W, "the registry no longer has the image that pods run", "push it again"),
    Rule("image-moved", "images", _W, "the tag leads to another image than pods run", "name the image by its digest"),
    Rule("image-skew", "images", _W, "pods run different images under one name", "name the image by its digest"),
    Rule("out-of-memory-before", "containers", _W, "a container ran out of memory", "raise resources.memory"),
    Rule("flag-ignored", "containers", _W, "the server runs without a flag that it does not know", "correct the flag"),
    Rule("restarts", "containers", _W, "a container was started again", "see its log before"),
    Rule("uninitialized", "models", _W, "predictions fail on values that were never read", "publish the version again"),
    Rule("queue-full", "models", _W, "requests are refused: the batch queue is full", "add pods, or a longer queue"),
    Rule("node-pressure", "nodes", _W, "a node with pods of the service runs short", "free it, or move the pods"),
    Rule("budget-blocks", "disruption", _W, "no pod may be evicted: a drain waits for ever", "allow one"),
    Rule("egress-closed", "network", _W, "a NetworkPolicy lets nothing out, not even DNS", "allow DNS and the source"),
    Rule("two-autoscalers", "scaling", _W, "two autoscalers set the replicas of one Deployment", "delete one of them"),
    Rule("autoscaler-metrics", "scaling", _W, "an autoscaler has no numbers", "tfk8s autoscale why"),
    Rule("autoscaler", "scaling", _W, "an autoscaler cannot do its work", "the condition says what keeps it"),
    Rule("autoscaler-limited", "scaling", _W, "an autoscaler wants more pods than it may make", "raise scaling.max"),
    Rule("scaled-object", "scaling", _W, "KEDA cannot scale by its object", "see that scaling.source answers"),
    Rule("scaled-object-unseen", "scaling", _W, "KEDA has not looked at its object", "see that its operator runs"),
    Rule("scaled-object-fallback", "scaling", _W, "KEDA keeps its fallback", "see that scaling.source answers"),
    Rule("scaled-object-paused", "scaling", _W, "KEDA was told to pause", "take the annotation away"),
    Rule("threads", "settings", _W, "threads follow the node and not the limit: CPU is throttled", "set their flags"),
    Rule("no-drain", "settings", _W, "requests are lost when a pod goes", "give it a preStop sleep"),
    Rule("poll-cost", "settings", _W, "a bucket is listed each second, and each listing is paid", "poll less often"),
    Rule(
        "grpc-sticky", "settings", _I, "one pod gets all calls of a gRPC client", "use a Gateway or a headless Service"
    ),
    Rule("cold-start", "settings", _I, "the first requests of a new pod are slow", "record requests: tfk8s warmup"),
    Rule("unread", "rights", _I, "something could not be looked at", "give the login the right to read it"),
)

RULES: Final = {rule.code: rule for rule in _ALL}
_RANK: Final = {rule.code: number for number, rule in enumerate(_ALL)}
_SEVERITIES: Final = [*Severity]


def found(
    code: str,
    *,
    place: str,
    cause: str,
    fix: str = "",
    evidence: tuple[str, ...] = (),
    command: str = "",
    is_final: bool = False,
) -> Finding:
    """A finding of a rule; `fix` in general where it is not given."""
    rule = RULES[code]
    return Finding(
        code=code,
        place=place,
        cause=cause,
        fix=fix or rule.fix,
        evidence=tuple(line for line in evidence if line),
        is_final=is_final,
        severity=rule.severity,
        command=command,
    )


def worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Sort by severity, what is final first, then by the order of the rules; each cause once."""
    once: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        once.setdefault((finding.code, finding.cause), finding)
    last = len(_RANK)
    return tuple(
        sorted(
            once.values(),
            key=lambda each: (
                _SEVERITIES.index(each.severity),
                not each.is_final,
                _RANK.get(each.code, last),
                each.place,
                each.cause,
            ),
        )
    )
