"""`python -m tests.demo`: a ResNet50 from export to answer; with `load` its pods come and go, with `clear` it goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from tests.demo.load import LOOPBACK, Bounds, Load, rest
from tests.demo.stage import PICTURE, DemoError, Stage, clear_stage, say, set_stage
from tests.demo.watch import Scale, follow, look
from tests.testbed import versions
from tests.testbed.kindconfig import DEMO_PORT
from tests.testbed.progress import SetupError
from tfk8s.cluster import connect
from tfk8s.errors import Tfk8sError
from tfk8s.spec import load_spec

_METRICS_TIMEOUT_S = 240.0
_LOAD = Bounds(seconds=90.0, requests=2000, workers=4)
_FALL_TIMEOUT_S = 300.0


def demo() -> None:
    """Export, deploy, ask, show."""
    stage = set_stage()
    say(f"\n{stage.spec}, which is examples/resnet/tfk8s.yaml with what this machine needs:")
    say(stage.spec.read_text())
    stage.tfk8s("up", "-f", str(stage.spec))
    stage.tfk8s("predict", "-f", str(stage.spec), str(PICTURE))
    if stage.weights == "random":
        say("the weights are random: the work is that of a real ResNet50, its classes mean nothing")
    else:
        say("the weights are those published for ImageNet")
    say("\nthe autoscaler gets its first figure ...")
    follow(_looker(stage), load=None, until=lambda now: now.cpu_percent is not None, timeout_s=_METRICS_TIMEOUT_S)
    stage.tfk8s("status", "-f", str(stage.spec))
    say("\ngo on with: make demo-load")


def demo_load() -> None:
    """Send a bounded load and show what the autoscaler makes of it."""
    stage = set_stage()
    stage.tfk8s("up", "-f", str(stage.spec))
    url = f"http://{LOOPBACK}:{DEMO_PORT}/v1/models/resnet:predict"
    load = Load(rest(url, _grey_picture()), bounds=_LOAD)
    _check_answer(load, url)
    say(f"\nat most {_LOAD.seconds:.0f} s and {_LOAD.requests} requests to {url}, {_LOAD.workers} at a time")
    looker = _looker(stage)
    load.start()
    peak = follow(looker, load=load, until=lambda _: not load.is_running(), timeout_s=_LOAD.seconds + 60)
    load.stop()
    say(f"load ended: {load.answered} answered, {len(load.failures)} failed, median {load.percentile_s(50):.2f} s")
    late = follow(looker, load=load, until=lambda now: now.pods == now.ready == 1, timeout_s=_FALL_TIMEOUT_S)
    peak = max(peak, late)  # figures lag, so pods may still be added after the last request
    say(f"from 1 pod to {peak} and back")
    if load.failures:
        raise DemoError(f"{len(load.failures)} requests failed; the first: {load.failures[0].reason}")
    if peak == 1:
        raise DemoError("no pod was added: the load was too small for this machine")


def _check_answer(load: Load, url: str) -> None:
    try:
        load.ask()
    except OSError as error:
        hint = "a cluster made before this port was led to it: make cluster-down, then make demo"
        raise DemoError(f"nothing answers at {url} ({error}); perhaps it is {hint}") from error


def _looker(stage: Stage) -> Callable[[], Scale]:
    spec = load_spec(stage.spec)
    cluster = connect(kubeconfig=stage.kubeconfig, context=versions.CONTEXT)
    return lambda: look(cluster, name=spec.name, namespace=spec.namespace)


def _grey_picture() -> bytes:
    """A request of one picture, 224 x 224 and grey."""
    return json.dumps({"instances": [[[[0.5] * 3] * 224] * 224]}).encode()


_ACTS: dict[tuple[str, ...], Callable[[], None]] = {(): demo, ("load",): demo_load, ("clear",): clear_stage}


def main(arguments: list[str]) -> int:
    """Run the demo, the load on it, or its end, and answer with the exit code."""
    if tuple(arguments) not in _ACTS:
        sys.stderr.write("usage: python -m tests.demo [load | clear]\n")
        return 2
    try:
        _ACTS[tuple(arguments)]()
    except (DemoError, SetupError, Tfk8sError, TimeoutError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
