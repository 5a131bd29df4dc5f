"""Gives the running servers of a service another configuration, pod by pod, without replacing one.

The ConfigMap is written first, so that pods that join start right; then each running server is told over gRPC, because
it reads its file only once, and watched until it serves what it was told. `rollout.promotion` decides; here it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.app.carry_out import World
from tfk8s.app.journal import BY_VERSIONS
from tfk8s.app.live_config import LiveConfig, read_live_config, require_ours, write_live_config
from tfk8s.app.live_pods import LivePods
from tfk8s.app.service import ServiceName
from tfk8s.clock import ticks
from tfk8s.errors import PreconditionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.plan.followed import FOLLOWED_ANNOTATION, now_followed, running_config
from tfk8s.ports import ModelServers, Note, ObjectChanged, Waiting
from tfk8s.rollout.promotion import (
    Aim,
    Done,
    Facts,
    Failed,
    Order,
    Reload,
    Stage,
    Wait,
    WriteConfig,
    next_step,
)

_POLL_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How long to wait for all pods, and how long a server may take to look for new versions.

    Attributes:
        timeout_s: seconds for the whole change.
        poll_s: the server's `file_system_poll_wait_seconds`: it starts to load a version only then.
        beat: called at every look, for whoever must show that this run is alive.
    """

    timeout_s: float = 900.0
    poll_s: float = 30.0
    beat: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChanged:
    """What was done: the pods that serve the target, and whether anything was written at all."""

    pods: tuple[str, ...]
    is_changed: bool


_STAGES = {
    Stage.LOAD: "load the version beside the served one",
    Stage.MOVE: "move the label",
    Stage.UNLOAD: "unload what nothing leads to",
}


def change_live(
    target: ServerConfig | Aim, *, name: ServiceName, world: World, servers: ModelServers, options: LiveOptions
) -> LiveChanged:
    """Move every running server to `target`, with the stages between that lose nothing; resumes what was begun.

    Versions are loaded before a label moves, labels move before a version is unloaded. The models of the target are
    those of the live configuration, with the same base paths. An `Aim` says which of its versions and labels must
    hold; of a configuration all must.

    Raises:
        PreconditionError: the ConfigMap is not ours to write, its models are others, somebody else changed it
            meanwhile, or a server's gRPC API cannot be used.
        RolloutFailedError: a server could not load a version; the version is out of the configuration again, and every
            label where it was.
        WaitTimeoutError: time is up and nothing has failed.
    """
    aim = target if isinstance(target, Aim) else Aim.whole(target)
    live = read_live_config(name, cluster=world.cluster)
    require_ours(live)
    require_same_models(live.config, aim.config)
    change = _Change(name=name, world=world, servers=servers, options=options, live=live)
    done = change.run(aim)
    change.note_followed()
    return LiveChanged(pods=done.pods, is_changed=change.is_changed)


def require_same_models(live: ServerConfig, target: ServerConfig) -> None:
    """Refuse what new pods alone can bring.

    Raises:
        PreconditionError: other models, or others places.
    """
    before, after = ({model.name: model.base_path for model in config.models} for config in (live, target))
    if before != after:
        raise PreconditionError(
            "the running servers have other models, or have them in other places, than they are to have",
            hint="tfk8s diff shows what of the spec is not applied yet; tfk8s apply brings it",
        )


class _Change:
    def __init__(
        self, *, name: ServiceName, world: World, servers: ModelServers, options: LiveOptions, live: LiveConfig
    ) -> None:
        self._name, self._world, self._options = name, world, options
        self._live = live
        self.is_changed = False
        self._reasons: tuple[str, ...] = ()
        self._pods = LivePods(
            name=name, cluster=world.cluster, servers=servers, clock=world.clock, settle_s=options.poll_s
        )

    def run(self, aim: Aim) -> Done:
        for _ in ticks(self._world.clock, timeout_s=self._options.timeout_s, interval_s=_POLL_S):
            self._options.beat()
            facts, step = self._decided(aim)
            match step:
                case Done():
                    return step
                case Failed():
                    self._give_up(step, facts=facts)
                case Reload():
                    self._tell(step)
                case Wait():
                    self._wait(_STAGES[step.stage], step.reasons)
                case WriteConfig():
                    raise AssertionError("it was written already")
        raise WaitTimeoutError(
            f"the servers of {self._name.name} do not all serve what they were told after "
            f"{self._options.timeout_s:.0f} s",
            hint="nothing has failed: run the command again to go on, or give more time with --timeout",
            details=self._reasons,
        )

    def _decided(self, aim: Aim) -> tuple[Facts, Done | Failed | Reload | Wait | WriteConfig]:
        """Look and decide; what is only written is written at once, and looked at anew."""
        while True:
            facts = self._pods.look(self._live)
            step = next_step(facts, aim=aim)
            if not isinstance(step, WriteConfig):
                return facts, step
            self._write(step.config)
            self._world.reporter.emit(Note(message=f"{_STAGES[step.stage]}: the configuration is written"))

    def _write(self, config: ServerConfig) -> None:
        self._live = write_live_config(config, self._live, cluster=self._world.cluster)
        self.is_changed = True
        ref = Manifest.of(self._live.body).ref
        self._world.reporter.emit(ObjectChanged(ref=ref, action="update"))

    def _tell(self, step: Reload) -> None:
        refused = []
        for order in step.orders:
            problem = self._pods.tell(order, live=self._live)
            if problem:
                refused.append(f"{order.pod}: {problem}")
                continue
            self.is_changed = True
            self._world.reporter.emit(Note(message=f"{_STAGES[step.stage]}: {order.pod} was told"))
        if refused:
            self._wait(_STAGES[step.stage], tuple(refused))

    def _wait(self, what: str, reasons: tuple[str, ...]) -> None:
        if reasons != self._reasons:
            self._reasons = reasons
            self._world.reporter.emit(Waiting(what=what, reasons=reasons))

    def _give_up(self, failed: Failed, *, facts: Facts) -> None:
        """Take the version out of the configuration again, on every server that was told of it.

        Raises:
            RolloutFailedError: always.
        """
        if failed.back is not None:
            self._write(failed.back)
            for pod in facts.staying:
                if pod.ready and not pod.problem:
                    self._pods.tell(Order(pod=pod.name, uid=pod.uid, config=failed.back), live=self._live)
            self.note_followed()
        outcome = (
            "it is out of the configuration again, and every label leads where it did"
            if failed.back is not None
            else "other servers serve it, and a label leads to it: tfk8s versions rollback returns the label"
        )
        raise RolloutFailedError(
            f"pod {failed.pod} does not serve version {failed.version} of {failed.model}: {failed.error}",
            hint="repair the version and add it again (tfk8s versions add), then promote it",
            details=(outcome,),
        )

    def note_followed(self) -> None:
        """Note on the Deployment what its pods run with, so that applying the spec replaces none of them."""
        cluster = self._world.cluster
        called = self._name.objects.deployment if self._name.objects is not None else self._name.name
        ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=self._name.namespace, name=called)
        deployment = cluster.get(ref)
        if deployment is None or running_config(deployment) == self._live.hash:
            return
        note = now_followed(deployment, config=self._live.hash)
        if not note.base:
            return
        metadata: JsonObject = {"name": ref.name, "namespace": ref.namespace}
        metadata["annotations"] = {FOLLOWED_ANNOTATION: str(note)}
        body: JsonObject = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}
        cluster.apply(Manifest(ref=ref, body=body), options=BY_VERSIONS)
        self._world.reporter.emit(ObjectChanged(ref=ref, action="update"))
