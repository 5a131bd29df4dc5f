"""The life of a publisher: made when it is first needed, waited for, asked to run commands, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tfk8s.app.carry_out import World, wait_gone
from tfk8s.app.planning import if_allowed
from tfk8s.clock import ticks
from tfk8s.diagnose.pods import diagnose_pod
from tfk8s.errors import PreconditionError, Tfk8sError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import labels_of, objects_at, text_at, value_at
from tfk8s.manifest.ownership import is_owned, service_selector
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports import Note, ObjectChanged, Waiting
from tfk8s.ports.cluster import CommandResult, ObjectQuery, PodCommand
from tfk8s.render.publisher import PUBLISHER, PublisherWish, publisher_job

_POLL_S = 0.5
_START_S = 180.0
_DEADLINE_S = 3600
"""Of the Job: a run that takes longer gets another one when the pod has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSite:
    """Where a publisher works.

    Attributes:
        instance: the service.
        deployment: its Deployment.
        claim: the claim in its namespace.
    """

    instance: str
    deployment: ObjectRef
    claim: str


class Publisher:
    """A pod that mounts the claim for writing."""

    def __init__(self, site: PublisherSite, *, world: World) -> None:
        """Nothing is asked or made yet."""
        self._site, self._world = site, world
        self._pod: ObjectRef | None = None
        self._job_ref: ObjectRef | None = None
        self._users = 0

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A pod that is started within outlives each single use, and is deleted in the end."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._users == 0:
                self._stop()

    @contextmanager
    def started(self) -> Iterator[None]:
        """Make the pod, or take the one of a run that was killed, unless there is one."""
        with self.kept():
            if self._pod is None:
                job = self._job()
                self._pod = self._running(job)
            yield

    def run(self, *argv: str, stdin: bytes = b"", timeout_s: float = 120.0) -> CommandResult:
        """Run a command that may be run twice; call it within `started`."""
        if self._pod is None:
            raise RuntimeError("no publisher was started")
        command = PodCommand(container=PUBLISHER, argv=argv, stdin=stdin, timeout_s=timeout_s, is_repeatable=True)
        return self._world.cluster.run_in(self._pod, command=command)

    def _job(self) -> Manifest:
        cluster, site = self._world.cluster, self._site
        deployment = cluster.get(site.deployment)
        if deployment is None:
            raise PreconditionError(
                f"there is no {site.deployment} on {cluster.identity}, whose image writes the volume",
                hint="deploy the service first: tfk8s up, or tfk8s apply",
            )
        modes = self._claim_modes()
        pods = cluster.list(
            ObjectQuery(
                api_version="v1",
                kind="Pod",
                namespace=site.deployment.namespace,
                labels=service_selector(site.instance),
            )
        )
        runs = any(text_at(pod, "status", "phase") == "Running" for pod in pods)
        wish = PublisherWish(
            instance=site.instance,
            claim=site.claim,
            beside_servers=runs and "ReadWriteMany" not in modes,
            deadline_s=_DEADLINE_S,
        )
        return publisher_job(deployment, wish=wish)

    def _claim_modes(self) -> tuple[str, ...]:
        cluster, site = self._world.cluster, self._site
        ref = ObjectRef(
            api_version="v1",
            kind="PersistentVolumeClaim",
            namespace=site.deployment.namespace,
            name=site.claim,
        )
        unknown: JsonObject | None = {}
        claim = if_allowed(lambda: cluster.get(ref), otherwise=unknown)
        if claim is None:
            raise PreconditionError(
                f"there is no {ref} on {cluster.identity}",
                hint="make the claim first, or correct the source in the spec",
            )
        modes = _modes(claim, "status") or _modes(claim, "spec")
        if modes == ("ReadOnlyMany",):
            raise PreconditionError(
                f"{ref} is ReadOnlyMany: nothing in the cluster can write it",
                hint="write the disk behind it from outside, or bake the model into an image; "
                "a claim that is ReadWriteMany can be written here",
            )
        if modes == ("ReadWriteOncePod",):
            raise PreconditionError(
                f"{ref} is ReadWriteOncePod: while a server has it, no other pod can write it",
                hint="use a claim that is ReadWriteOnce or ReadWriteMany",
            )
        return modes

    def _running(self, job: Manifest) -> ObjectRef:
        world = self._world
        self._clear(job)
        self._job_ref = job.ref
        if world.cluster.get(job.ref) is None:
            world.cluster.apply(job)
            world.reporter.emit(ObjectChanged(ref=job.ref, action="create"))
        reason = ""
        for _ in ticks(world.clock, timeout_s=_START_S, interval_s=_POLL_S):
            pod = self._pod_of(job)
            if pod is not None and text_at(pod, "status", "phase") == "Running":
                return Manifest.of(pod).ref
            now_reason = self._reason(pod)
            if now_reason != reason:
                reason = now_reason
                world.reporter.emit(Waiting(what=f"the pod of {job.ref}", reasons=(reason,)))
        raise WaitTimeoutError(
            f"the pod that writes {self._site.claim} did not start within {_START_S:.0f} s",
            hint="it must run where the volume can be mounted; the line below says what it waited for",
            details=(reason,) if reason else (),
        )

    def _clear(self, job: Manifest) -> None:
        """Keep the publisher of a run that was killed while it runs for the same claim; replace any other."""
        cluster = self._world.cluster
        live = cluster.get(job.ref)
        if live is None:
            return
        if not is_owned(labels_of(live), instance=self._site.instance):
            raise PreconditionError(f"{job.ref} is there, and is no publisher of ours", hint="rename or delete it")
        pod = self._pod_of(job)
        ended = pod is None or text_at(pod, "status", "phase") not in ("Pending", "Running")
        if ended or _claim_of(live) != self._site.claim or text_at(live, "metadata", "deletionTimestamp"):
            uid = text_at(live, "metadata", "uid")
            cluster.delete(job.ref, uid=uid)
            wait_gone(job.ref, uid=uid, world=self._world)

    def _pod_of(self, job: Manifest) -> JsonObject | None:
        query = ObjectQuery(api_version="v1", kind="Pod", namespace=job.ref.namespace, labels={**labels_of(job.body)})
        pods = [pod for pod in self._world.cluster.list(query) if not text_at(pod, "metadata", "deletionTimestamp")]
        return max(pods, key=lambda pod: text_at(pod, "metadata", "creationTimestamp"), default=None)

    def _reason(self, pod: JsonObject | None) -> str:
        if pod is None:
            return "it is not there yet; a quota or a policy may refuse it"
        findings = diagnose_pod(pod, log=(), events=self._events(pod), now=self._world.clock.utc_now())
        return findings[0].cause if findings else "it is starting"

    def _events(self, pod: JsonObject) -> tuple[JsonObject, ...]:
        query = ObjectQuery(api_version="v1", kind="Event", namespace=self._site.deployment.namespace)
        none: tuple[JsonObject, ...] = ()
        events = if_allowed(lambda: self._world.cluster.list(query), otherwise=none)
        return tuple(event for event in events if text_at(event, "involvedObject", "name") == name_of(pod))

    def _stop(self) -> None:
        """A failure to delete must not hide another one: the Job goes by itself."""
        ref, self._job_ref, self._pod = self._job_ref, None, None
        if ref is None:
            return
        try:
            self._world.cluster.delete(ref)
        except Tfk8sError as error:
            told = f"{ref} could not be deleted ({error.message}); it ends within {_DEADLINE_S} s by itself"
            self._world.reporter.emit(Note(message=told))


def _claim_of(job: JsonObject) -> str:
    volumes = objects_at(job, "spec", "template", "spec", "volumes")
    return next((text_at(volume, "persistentVolumeClaim", "claimName") for volume in volumes), "")


def _modes(claim: JsonObject, part: str) -> tuple[str, ...]:
    modes = value_at(claim, part, "accessModes")
    return tuple(str(mode) for mode in modes) if isinstance(modes, list) else ()
