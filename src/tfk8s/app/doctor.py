"""The use-case of `tfk8s doctor`: look at everything about a service, and say what is wrong with it, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tfk8s.app.autoscale_live import look_at_scaler
from tfk8s.app.doctor_images import ask_registries, with_wanted
from tfk8s.app.doctor_offline import missing_objects, not_told_live
from tfk8s.app.evidence import take_evidence
from tfk8s.app.fleet import fleet_of
from tfk8s.app.fleet_look import Look, change_findings, look_at
from tfk8s.app.foreign_service import named_as_found
from tfk8s.app.front import Front, find_fronts
from tfk8s.app.service import ServiceName
from tfk8s.autoscale.explain import explain
from tfk8s.clock import Clock
from tfk8s.diagnose import Finding, Severity, examine
from tfk8s.diagnose.catalogue import found, worst_first
from tfk8s.errors import WARNINGS_FOUND, PreconditionError, RolloutFailedError
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.snapshot import is_ready
from tfk8s.names.printable import one_line
from tfk8s.ports import ModelServers
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError, ForbiddenError
from tfk8s.ports.registry import ImageLookup
from tfk8s.rollout.fleet import FleetFinding

T = TypeVar("T")

_TOLD_BY_SCALER = (
    "autoscaler",
    "autoscaler-metrics",
    "scaled-object",
    "scaled-object-fallback",
    "scaled-object-paused",
    "two-autoscalers",
)
_TOLD_BY_PODS = ("no-pods", "pods-unready", "pods-not-running")
_MILD = ("keda-paused", "scaled-to-zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What doctor found.

    Attributes:
        evidence: what was looked at in the cluster.
        look: what the servers said; None where they were not asked.
        findings: worst first.
        cluster: which one, for people.
    """

    evidence: Evidence
    look: Look | None
    findings: tuple[Finding, ...]
    cluster: str

    @property
    def worst(self) -> Severity | None:
        """How bad the worst of it is; None: nothing was found."""
        return next((severity for severity in Severity if self._has(severity)), None)

    def _has(self, severity: Severity) -> bool:
        return any(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorWorld:
    """What doctor looks through: the cluster, its servers, the registries of its images."""

    cluster: Cluster
    servers: ModelServers
    images: ImageLookup
    clock: Clock


def examine_service(
    name: ServiceName,
    *,
    world: DoctorWorld,
    models: Sequence[str] = (),
    offline: Sequence[Finding] = (),
    wanted: Callable[[], Manifests] = tuple,
) -> Diagnosis:
    """Look at a service with what the login may read; nothing is changed.

    Args:
        name: the service.
        world: cluster, servers, registries and clock.
        models: asked for where the pods mount no configuration that can be read.
        offline: what was found in the spec, the models and the rendered objects.
        wanted: what `apply` would write, asked for where there is no Deployment; () where no spec says it.

    Raises:
        ForbiddenError: the login may not read the Deployment, its pods or its Service.
        ClusterUnreachableError: nobody answers.
    """
    cluster = world.cluster
    name = named_as_found(name, cluster=cluster)
    evidence = with_wanted(take_evidence(name, cluster=cluster, clock=world.clock), wanted)
    evidence = ask_registries(evidence, lookup=world.images)
    seen = [*examine(evidence, now=world.clock.utc_now())]
    look = _try(lambda: _ask_servers(name, evidence=evidence, world=world, models=models), into=seen, what="servers")
    if look is not None:
        seen += [_of_fleet(each) for each in look.findings if each.code != "pod-silent" or not each.is_passing]
    gone = _try(lambda: (*missing_objects(name, cluster=cluster),), into=seen, what="the record of apply")
    seen += gone or ()
    seen = [*_with_scaler(seen, name=name, world=world)]
    fronts = _try(lambda: find_fronts(name.service, cluster=cluster), into=seen, what="fronts")
    seen += _of_fronts(fronts or (), seen=seen)
    findings = worst_first((*not_told_live(offline, live=seen, evidence=evidence), *seen))
    return Diagnosis(evidence=evidence, look=look, findings=findings, cluster=str(cluster.identity))


def _try(read: Callable[[], T], *, into: list[Finding], what: str) -> T | None:
    """What the login may not read is a finding, and keeps nothing else from being looked at."""
    try:
        return read()
    except ClusterUnreachableError:
        raise
    except (ForbiddenError, PreconditionError) as error:
        cause = f"{what} could not be looked at: what they would tell is not known"
        into.append(found("unread", place=what, cause=cause, evidence=(error.message,)))
        return None


def _ask_servers(name: ServiceName, *, evidence: Evidence, world: DoctorWorld, models: Sequence[str]) -> Look | None:
    """Only pods that are ready are asked: the ports of others are closed, and their causes are found elsewhere."""
    snapshot = evidence.snapshot
    if not any(is_ready(pod) for pod in snapshot.pods):
        return None
    return look_at(
        lambda: fleet_of(snapshot, name=name, cluster=world.cluster, servers=world.servers, models=models),
        clock=world.clock,
        beside=lambda: change_findings(name, cluster=world.cluster, clock=world.clock),
    )


def _of_fleet(finding: FleetFinding) -> Finding:
    return Finding(
        code=finding.code,
        place=finding.place,
        cause=f"{finding.symptom}: {finding.cause}" if finding.cause else finding.symptom,
        fix=finding.remedy,
        severity=Severity.INFO if finding.is_passing else Severity.ERROR,
    )


def _with_scaler(seen: list[Finding], *, name: ServiceName, world: DoctorWorld) -> Iterator[Finding]:
    """The causes of `autoscale why` in the place of the conditions that they explain."""
    try:
        troubles = explain(look_at_scaler(name, cluster=world.cluster, clock=world.clock)).troubles
    except ClusterUnreachableError:
        raise
    except PreconditionError:
        troubles = ()  # nothing scales it, which is no trouble
    except ForbiddenError as error:
        yield found(
            "unread", place="autoscaler", cause="the autoscaler could not be looked at", evidence=(error.message,)
        )
        troubles = ()
    told = [each for each in troubles if each.code not in _TOLD_BY_PODS]
    yield from (each for each in seen if not (told and each.code in _TOLD_BY_SCALER))
    for trouble in told:
        yield Finding(
            code=trouble.code,
            place=trouble.place,
            cause=trouble.cause,
            fix=trouble.fix,
            evidence=trouble.evidence,
            severity=Severity.INFO if trouble.code in _MILD else Severity.WARNING,
            command="tfk8s autoscale why",
        )


def _of_fronts(fronts: Sequence[Front], *, seen: Sequence[Finding]) -> Iterator[Finding]:
    """What the controllers of Gateways and load balancers say, where no rule has told it."""
    told = {each.place for each in seen if each.code in ("balancer-pending", "ingress-class", "backend-unhealthy")}
    for front in fronts:
        place = f"{front.ref.kind}/{front.ref.name}"
        if place in told or not (front.missing or front.pending):
            continue
        yield found(
            "front-pending",
            place=place,
            cause="clients do not get through it yet",
            evidence=(*front.missing, *front.pending),
            command=f"kubectl -n {front.ref.namespace} describe {front.ref.kind.lower()} {front.ref.name}",
        )


def exit_code(diagnosis: Diagnosis) -> int:
    """How the command ends: by the severity of the worst finding."""
    if diagnosis.worst is Severity.ERROR:
        return RolloutFailedError.exit_code
    return WARNINGS_FOUND if diagnosis.worst is Severity.WARNING else 0


def doctor_lines(diagnosis: Diagnosis) -> Iterator[str]:
    """For people: what hurts first before the rest."""
    for line in _lines(diagnosis):
        yield one_line(line)


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    evidence, pods = diagnosis.evidence, diagnosis.evidence.snapshot.pods
    ready = sum(is_ready(pod) for pod in pods)
    counts = {severity: sum(each.severity is severity for each in diagnosis.findings) for severity in Severity}
    told = ", ".join(f"{count} {severity.value}{'s' * (count > 1)}" for severity, count in counts.items() if count)
    yield f"{evidence.name} in {evidence.namespace}: {ready} of {len(pods)} pods ready; {told or 'nothing is wrong'}"
    for finding in diagnosis.findings:
        yield ""
        yield f"{finding.severity.value}: {finding.place}: {finding.cause} [{finding.code}]"
        yield from (f"  > {line}" for line in finding.evidence)
        yield f"  fix: {finding.fix}"
        if finding.command:
            yield f"  $ {finding.command}"


def as_json(diagnosis: Diagnosis) -> JsonObject:
    """The stable form of `-o json`."""
    evidence = diagnosis.evidence
    return {
        "name": evidence.name,
        "namespace": evidence.namespace,
        "cluster": diagnosis.cluster,
        "time": evidence.taken_at,
        "worst": None if diagnosis.worst is None else diagnosis.worst.value,
        "findings": [finding_json(each) for each in diagnosis.findings],
    }


def finding_json(finding: Finding) -> JsonObject:
    """One finding."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "place": finding.place,
        "cause": finding.cause,
        "evidence": [*finding.evidence],
        "fix": finding.fix,
        "command": finding.command or None,
        "final": finding.is_final,
    }
