"""The testbed's verbs; run from the project's root with any Python from 3.10 on."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed import engine, gitops, gobuild, images, install, kindconfig, selftest, versions, way
from tests.testbed.cluster import LOCK_TIMEOUT_S, Testbed
from tests.testbed.gomodules import (
    argocd_modules,
    control_plane_modules,
    gitops_modules,
    prometheus_modules,
    registry_modules,
    signing_modules,
)
from tests.testbed.layout import Layout, layout
from tests.testbed.parts import PARTS
from tests.testbed.process import exclusive
from tests.testbed.progress import SetupError, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.testbed.part import Part


def _up(where: Layout) -> None:
    """Bring the cluster up and print its kubeconfig's path."""
    testbed = Testbed(way=way.chosen(os.environ), layout=where)
    testbed.up()
    _print(str(where.kubeconfig))


def _down(where: Layout) -> None:
    """Remove the cluster, the Docker daemon that was started for it, and the network's fence."""
    Testbed(way=way.chosen(os.environ), layout=where).down()


def _prepare(where: Layout) -> None:
    """Do everything that `kind create cluster` needs, without creating a cluster."""
    Testbed(way=way.chosen(os.environ), layout=where).prepare()


def _binaries(where: Layout) -> None:
    """Build the control planes, the image registry, crane, cosign, helm, kustomize, Argo CD's engine and promtool."""
    modules = (*control_plane_modules(), *registry_modules(), *gitops_modules(), *argocd_modules())
    modules += (*prometheus_modules(), *signing_modules())
    if gobuild.missing(modules, layout=where):
        with exclusive(where.cache / "lock", timeout_s=LOCK_TIMEOUT_S):
            gobuild.build(modules, layout=where)
            gobuild.drop_caches_when_done(where)


def _helm(where: Layout) -> None:
    """Build helm where it is missing, and print its path."""
    gitops.ensure_programs(where)
    _print(str(gitops.program("helm")))


def _status(where: Layout) -> None:
    """Print what is there, and what is not."""
    chosen, reason = way.choose(os.environ)
    testbed = Testbed(way=chosen, layout=where)
    _print(f"way             {chosen.value} ({reason})")
    _print(f"docker          {'answers' if engine.answers() else 'does not answer'}{_whose()}")
    if chosen is way.Way.PACKAGES:
        _print(f"fence           {'stands' if engine.is_ours() and engine.fence_stands() else 'down'}")
    _print(f"cluster         {'ready' if testbed.is_ready() else 'not ready'}")
    _print(f"kubeconfig      {where.kubeconfig}")
    _print(f"node image      {testbed.node_image()}")
    absent = gobuild.missing(control_plane_modules(), layout=where)
    _print(f"control planes  {', '.join(versions.CONTROL_PLANES)}: {'built' if not absent else 'not built'}")


def _env(where: Layout) -> None:
    """Print shell exports: PATH, KUBECONFIG and what a kind provider needs to make clusters of the same kind."""
    testbed = Testbed(way=way.choose(os.environ)[0], layout=where)
    values = {
        "KUBECONFIG": str(where.kubeconfig),
        "TFK8S_KIND_NODE_IMAGE": testbed.node_image(),
        "TFK8S_KIND_CONFIG": str(where.kind_config),
        "TFK8S_KIND_CLUSTER": versions.CLUSTER_NAME,
        "TFK8S_KIND_HOST_PORTS": ",".join(map(str, kindconfig.HOST_PORTS)),
    }
    _print(f'export PATH={shlex.quote(str(where.path))}:"$PATH"')
    for name, value in values.items():
        _print(f"export {name}={shlex.quote(value)}")


def _clean(where: Layout) -> None:
    """Take everything down and remove what was built; the Docker engine itself stays installed."""
    Testbed(way=way.chosen(os.environ), layout=where).clean()


def _selftest(where: Layout) -> None:
    """Break the cluster in every way a killed run does, and measure each repair; takes it from whoever uses it."""
    _print("\n".join(selftest.run_all(Testbed(way=way.chosen(os.environ), layout=where))))


def _stand(part: Part, where: Layout) -> None:
    """Bring the cluster up and put a part into it."""
    testbed = Testbed(way=way.chosen(os.environ), layout=where)
    testbed.up()
    install.ensure(part, testbed=testbed)


def _whose() -> str:
    return ", started by the testbed" if engine.is_ours() else ""


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


_VERBS: dict[str, Callable[[Layout], None]] = {
    "up": _up,
    "down": _down,
    "binaries": _binaries,
    "helm": _helm,
    "prepare": _prepare,
    "status": _status,
    "env": _env,
    "clean": _clean,
    "selftest": _selftest,
}


def main(arguments: list[str]) -> int:
    """Run one verb and return the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.testbed", description="A real Kubernetes for the tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, verb in _VERBS.items():
        verbs.add_parser(name, help=verb.__doc__)
    for name in PARTS:
        verbs.add_parser(name, help=f"Put {name} into the cluster, which is brought up if need be.")
    load = verbs.add_parser("load-image", help="Put an image archive into the cluster's nodes.")
    load.add_argument("archive", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.verb == "load-image":
            images.load_image(chosen.archive)
        elif chosen.verb in PARTS:
            _stand(PARTS[chosen.verb], layout())
        else:
            _VERBS[chosen.verb](layout())
    except SetupError as error:
        say(f"error: {error}")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
