"""The page in docs, around the figures."""

from __future__ import annotations

from tests.proof.report import PICTURE, Proof, foretold_table, load_text, table
from tfk8s.autoscale.arithmetic import number, share
from tfk8s.manifest import JsonObject

_HEAD = """\
# The recommended autoscaler beside the common default

`python -m tests.proof --write` wrote this page; `make proof` is that with its own objective and load, which `--help`
names. It measures one pod of a ResNet50 with `tfk8s bench`, asks `tfk8s autoscale recommend` for an autoscaler, and
puts the same load on the service twice: once with what was recommended, operated by tfk8s, once with the common
default, a HorizontalPodAutoscaler at 80 % CPU without `behavior` over a Deployment without `preStop`. Then it holds
what the simulation foretold against what happened.

"""

_HOW = """
Where they differ: the simulation's requests are a fluid. They wait only where more come than the pods answer, so fewer
of them are late than of single ones, and at a few requests a second the 15 s of a figure of processor hold a handful,
whose noise asks for pods that nobody foretold. And a pod is taken to use no more processor than at its knee: a target
above that is never reached in the simulation, and is in the cluster once pods are late.

## How it is measured
- One kind cluster of one node on two cores, which the load, the API server and the pods share. The server is
  [the double](../tests/modelserver/README.md): real TensorFlow computes a real ResNet50, but its times say nothing
  about TensorFlow Serving.
- The same image for both, with one request to warm up; the same requests and limits, and the same most pods. The
  default has a readiness probe, though TensorFlow Serving's tutorial has none: without one, new pods lose requests
  whatever the autoscaler does (`--bare`).
- The load is open: Poisson arrivals, the same ones for both, sent when they are due, one picture each, over REST
  through a node port. Clients connect anew every five seconds, so that they find new pods. Latency counts from when a
  request was due.
- Late is answered after the objective; failed is refused, cut off, answered with an error, or not within ten seconds.
- Enough pods: as many ready ones as the rate needs at the knee. Pod-seconds count every pod that exists, those that are
  leaving too: ours leave later, because they drain.
- The controller syncs every 5 s here, not every 15 s, and takes a pod's CPU for settled after 20 s, not 5 min.
"""


def page(proof: Proof) -> str:
    """The whole page."""
    return "".join(
        (
            _HEAD,
            _setting(proof),
            "\n",
            table(proof),
            f"\n![Load, pods, latency and failures over time](pictures/{PICTURE})\n",
            "\n## What was recommended\n\n",
            _arithmetic(proof.recommended),
            "\n## What `simulate` foretold\n\n",
            foretold_table(proof),
            _HOW,
        )
    )


def _setting(proof: Proof) -> str:
    beside = f" {proof.beside}" if proof.beside else ""
    return (
        f"One pod with {proof.pod_cpu} of processor sustains {number(proof.knee_rps)} requests/s within "
        f"{proof.objective}, and uses {share(proof.knee_cpu)} of its request there.\n"
        f"The load: {load_text(proof.phases)}. One run.{beside}\n"
    )


def _arithmetic(recommended: JsonObject) -> str:
    lines = recommended["arithmetic"]
    assert isinstance(lines, list)
    rows = ["| Figure | Value | How |", "|---|---|---|"]
    rows += [f"| {line['what']} | {line['value']} | {line['how']} |" for line in lines if isinstance(line, dict)]
    return "\n".join(rows) + "\n"
