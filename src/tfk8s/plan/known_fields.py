"""Fields of a live object that are somebody else's by right: different from Git, and no drift. One table, with reasons.

A rule holds only for what Git does not say, unless it has `overrides`, and not for what a person wrote, unless it has
`by_anyone`: a line that somebody added with kubectl is drift, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.manifest import JsonValue, Manifests, ObjectRef
from tfk8s.manifest.scalers import counts, target_of
from tfk8s.plan.written import Hand, Writer

_METADATA = r"\.metadata\.(annotations|labels)"
_ANY_METADATA = r"(\.spec\.template)?" + _METADATA


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownField:
    """One rule.

    Attributes:
        owner: who keeps the field.
        fields: the field as people write it, for the documentation.
        reason: why it is no drift; lower case, no full stop.
        path: matches the whole path of the field.
        kind: of the object; "" for any.
        value: matches the live value, when it is text.
        marker: an annotation that the object must carry.
        overrides: also where Git says something else.
        by_anyone: also when a person wrote it.
        scaled: only where an autoscaler counts the replicas.
    """

    owner: str
    fields: str
    reason: str
    path: str
    kind: str = ""
    value: str = ""
    marker: str = ""
    overrides: bool = False
    by_anyone: bool = False
    scaled: bool = False


def _metadata(prefix: str) -> str:
    return rf"{_METADATA}\[{prefix}[^\]]*\]"


KNOWN_FIELDS: tuple[KnownField, ...] = (
    KnownField(
        owner="HorizontalPodAutoscaler",
        fields="Deployment `.spec.replicas`",
        reason="the autoscaler counts the replicas",
        kind="Deployment",
        path=r"\.spec\.replicas",
        by_anyone=True,
        scaled=True,
    ),
    KnownField(
        owner="Deployment controller",
        fields="`deployment.kubernetes.io/*`",
        reason="the controller numbers its roll-outs",
        path=_metadata(r"deployment\.kubernetes\.io/"),
        by_anyone=True,
    ),
    KnownField(
        owner="kubectl rollout restart",
        fields="`kubectl.kubernetes.io/restartedAt` of the pods",
        reason="a restart replaces the pods once and sets nothing",
        path=rf"\.spec\.template{_METADATA}\[kubectl\.kubernetes\.io/restartedAt\]",
        by_anyone=True,
    ),
    KnownField(
        owner="kubectl apply",
        fields="`kubectl.kubernetes.io/last-applied-configuration`",
        reason="client-side apply remembers there what it applied",
        path=_metadata(r"kubectl\.kubernetes\.io/last-applied-configuration"),
        by_anyone=True,
    ),
    KnownField(
        owner="Helm",
        fields="`meta.helm.sh/*`, `helm.sh/*`",
        reason="Helm notes the release there",
        path=rf"{_ANY_METADATA}\[(meta\.)?helm\.sh/[^\]]*\]",
    ),
    KnownField(
        owner="Helm",
        fields="label `app.kubernetes.io/managed-by: Helm`",
        reason="Helm says of itself that it installed the object",
        path=rf"{_ANY_METADATA}\[app\.kubernetes\.io/managed-by\]",
        value="Helm",
        overrides=True,
    ),
    KnownField(
        owner="Argo CD",
        fields="`argocd.argoproj.io/*`",
        reason="Argo CD tracks its objects by it",
        path=_metadata(r"argocd\.argoproj\.io/"),
    ),
    KnownField(
        owner="Flux",
        fields="`*.toolkit.fluxcd.io/*`, `reconcile.fluxcd.io/*`",
        reason="Flux tracks its objects by it",
        path=_metadata(r"([a-z]+\.toolkit|reconcile)\.fluxcd\.io/"),
    ),
    KnownField(
        owner="API server",
        fields="Service `.spec.clusterIP(s)`, `.ipFamilies`, `.ipFamilyPolicy`, `.healthCheckNodePort`, `nodePort`",
        reason="the server hands it out once, for the life of the Service",
        kind="Service",
        path=r"\.spec\.(clusterIPs?(\[0\])?|ipFamil(ies|yPolicy)(\[\d\])?|healthCheckNodePort|ports\[[^\]]*\]\.nodePort)",
    ),
    KnownField(
        owner="token controllers",
        fields="ServiceAccount `.secrets`, `.imagePullSecrets`",
        reason="controllers of the cluster add the account's Secrets",
        kind="ServiceAccount",
        path=r"\.(secrets|imagePullSecrets).*",
    ),
    KnownField(
        owner="API server",
        fields="Namespace `kubernetes.io/metadata.name`, `.spec.finalizers`",
        reason="the server sets it on every namespace",
        kind="Namespace",
        path=r"\.metadata\.labels\[kubernetes\.io/metadata\.name\]|\.spec(\.finalizers.*)?",
    ),
    KnownField(
        owner="GKE load balancers",
        fields="`cloud.google.com/neg*`, `ingress(.gcp).kubernetes.io/*`, `networking.gke.io/*`",
        reason="GKE writes there which parts of the load balancer it made",
        path=_metadata(r"(cloud\.google\.com/neg|ingress\.(gcp\.)?kubernetes\.io/|networking\.gke\.io/)"),
    ),
    KnownField(
        owner="MetalLB",
        fields="`metallb.io/*`, `metallb.universe.tf/*`",
        reason="MetalLB writes there where an address came from",
        path=_metadata(r"metallb\.(io|universe\.tf)/"),
    ),
    KnownField(
        owner="GKE Autopilot",
        fields="`autopilot.gke.io/*`",
        reason="Autopilot notes there what it adjusted",
        path=rf"{_ANY_METADATA}\[autopilot\.gke\.io/[^\]]*\]",
    ),
    KnownField(
        owner="GKE Autopilot",
        fields="resources, security context, tolerations of pods that carry `autopilot.gke.io/resource-adjustment`",
        reason="Autopilot raises what is below the smallest size that it bills",
        kind="Deployment",
        path=r"\.spec\.template\.spec\.(containers\[[^\]]*\]\.(resources|securityContext)|securityContext|tolerations).*",
        marker="autopilot.gke.io/resource-adjustment",
        overrides=True,
    ),
    KnownField(
        owner="HorizontalPodAutoscaler controller",
        fields="`autoscaling.alpha.kubernetes.io/*`",
        reason="an old form of the autoscaler's status",
        kind="HorizontalPodAutoscaler",
        path=_metadata(r"autoscaling\.alpha\.kubernetes\.io/"),
    ),
    KnownField(
        owner="KEDA",
        fields="ScaledObject label `scaledobject.keda.sh/name`",
        reason="by it KEDA's metrics server finds the object",
        kind="ScaledObject",
        path=_metadata(r"scaledobject\.keda\.sh/name"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A field that is not as in Git, with what decides whether a rule holds.

    Attributes:
        live: its value in the cluster.
        is_in_git: whether Git says anything about it.
        writer: who wrote it last, as far as is on record.
        marks: names of the object's annotations.
        is_scaled: an autoscaler of Git counts the replicas of this object.
    """

    ref: ObjectRef
    path: str
    live: JsonValue
    is_in_git: bool
    writer: Writer | None
    marks: frozenset[str] = frozenset()
    is_scaled: bool = False


def known_owner(found: Found) -> KnownField | None:
    """The rule that makes the field no drift; None for drift."""
    return next((rule for rule in KNOWN_FIELDS if _holds(rule, found)), None)


def _holds(rule: KnownField, found: Found) -> bool:
    if rule.kind not in ("", found.ref.kind) or not re.fullmatch(rule.path, found.path):
        return False
    if found.is_in_git and not rule.overrides:
        return False
    if rule.value and found.live != rule.value:
        return False
    if rule.marker and rule.marker not in found.marks:
        return False
    if rule.scaled and not _is_counted(found):
        return False
    return rule.by_anyone or found.writer is None or found.writer.hand is not Hand.PERSON


def _is_counted(found: Found) -> bool:
    return found.is_scaled or (found.writer is not None and found.writer.hand is Hand.CONTROLLER)


def scaled_by(desired: Manifests) -> frozenset[tuple[str, str, str]]:
    """Kind, namespace and name of what an autoscaler among the objects counts."""
    return frozenset(_targets(desired))


def _targets(desired: Manifests) -> Iterator[tuple[str, str, str]]:
    for item in desired:
        if counts(item.ref):
            target = target_of(item.body)
            yield target.kind, item.ref.namespace, target.name
