"""The Docker engine of the packages way: Debian's, started by us, behind a fence.

The fence is not optional. Until kube-proxy has programmed a Service's address, traffic to it leaves the node by the
default route, and whoever answers there is believed: so the nodes' network forwards nothing off this machine.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.testbed.gobuild import build, find_program
from tests.testbed.gomodules import node_modules
from tests.testbed.layout import RUN
from tests.testbed.process import live_pid, run, spawn, stop, succeeds, wait_until
from tests.testbed.progress import SetupError, say, step

if TYPE_CHECKING:
    from tests.testbed.layout import Layout

NETWORK: Final = "kind"  # kind's own name: it uses the network when it is there
BRIDGE: Final = "tfk8s-kind0"
SUBNET: Final = "172.30.0.0/16"
DAEMON_PID: Final = RUN / "dockerd.pid"
_CONTAINERD_PID = Path("/var/run/docker/containerd/containerd.pid")  # dockerd's own child
SAVED_SYSCTLS: Final = RUN / "sysctl.conf"

_DAEMON_LOG = RUN / "dockerd.log"
_DAEMON_CONFIG = RUN / "dockerd.json"
_DOCKERS_OWN_PID = Path("/var/run/docker.pid")
_WRAPPER = RUN / "runcwrap"
_MARK = str(_DAEMON_CONFIG)
# The kubelet sets these for the whole machine.
CHANGED_SYSCTLS: Final = ("vm.overcommit_memory", "kernel.panic", "kernel.panic_on_oops")
_NEEDED_SYSCTLS = {
    "net.ipv4.ip_forward": 1,
    "fs.inotify.max_user_instances": 8192,
    "fs.inotify.max_user_watches": 1048576,
}
_CAP_SYS_RESOURCE = 24
_PROGRAMS = {"dockerd": "docker.io", "debootstrap": "debootstrap", "iptables": "iptables"}


def fence_rules(bridge: str = BRIDGE) -> tuple[tuple[str, ...], ...]:
    """Return the firewall rules, in order: what comes from the bridge and does not stay on it is refused at once."""
    leaving = ("DOCKER-USER", "-i", bridge, "!", "-o", bridge)
    return (
        (*leaving, "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset"),
        (*leaving, "-j", "REJECT", "--reject-with", "icmp-net-prohibited"),
    )


def daemon_settings() -> dict[str, object]:
    """Return dockerd's configuration."""
    return {
        "default-runtime": "runcwrap",
        "runtimes": {"runcwrap": {"path": str(_WRAPPER)}},
        "storage-driver": "overlay2",
        "log-driver": "json-file",
    }


def answers() -> bool:
    """Tell whether a Docker daemon answers."""
    return shutil.which("docker") is not None and succeeds(["docker", "info"], timeout_s=20)


def is_ours() -> bool:
    """Tell whether the Docker daemon that this testbed started lives."""
    return live_pid(DAEMON_PID, mark=_MARK) is not None


def ensure(layout: Layout) -> None:
    """Install Docker, start its daemon and put the fence up, as far as any of it is missing.

    Raises:
        SetupError: Not root, no apt, or the daemon does not start.
    """
    install()
    build(tuple(module for module in node_modules() if module.name == "runcwrap"), layout=layout)
    for name, value in _NEEDED_SYSCTLS.items():
        run(["sysctl", "-qw", f"{name}={value}"], timeout_s=10)
    RUN.mkdir(parents=True, exist_ok=True)
    if not SAVED_SYSCTLS.exists():
        SAVED_SYSCTLS.write_text(run(["sysctl", *CHANGED_SYSCTLS], timeout_s=10))
    if not answers():
        _start(layout)
    elif not is_ours() and _lacks_sys_resource():
        raise SetupError(
            "a Docker daemon that the testbed did not start answers, and this machine lacks CAP_SYS_RESOURCE",
            hint="stop that daemon: the testbed's own puts a wrapper before runc",
        )
    _ensure_network()
    raise_fence()


def raise_fence() -> None:
    """Put the fence's rules first in Docker's own chain, each once."""
    for rule in reversed(fence_rules()):
        while succeeds(["iptables", "-w", "10", "-D", *rule], timeout_s=15):
            pass
        run(["iptables", "-w", "10", "-I", rule[0], "1", *rule[1:]], timeout_s=15)


def fence_stands() -> bool:
    """Tell whether the fence is up."""
    return is_fence(run(["iptables", "-w", "10", "-S", "DOCKER-USER"], timeout_s=15).splitlines())


def is_fence(chain: list[str]) -> bool:
    """Tell whether the rules of Docker's own chain, as iptables lists them, begin with the fence's."""
    rules = [line for line in chain if line.startswith("-A ")]
    return rules[:2] == [f"-A {' '.join(rule)}" for rule in fence_rules()]


def stop_all() -> None:
    """Take down the fence, the network and the daemon that we started, and put the machine's settings back."""
    if is_ours():
        for rule in fence_rules():
            while succeeds(["iptables", "-w", "10", "-D", *rule], timeout_s=15):
                pass
        succeeds(["docker", "network", "rm", NETWORK], timeout_s=30)
        with step("stop dockerd"):
            stop(DAEMON_PID, mark=_MARK, grace_s=20)
    if SAVED_SYSCTLS.exists():
        run(["sysctl", "-q", "-p", SAVED_SYSCTLS], timeout_s=10)
    shutil.rmtree(RUN, ignore_errors=True)


def install() -> None:
    """Install Docker and debootstrap from Debian where they are missing.

    Raises:
        SetupError: Not root, or no apt.
    """
    packages = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
    if os.geteuid() != 0:
        raise SetupError(
            "the packages way needs root", hint="run as root, or use a machine with Docker and an image registry"
        )
    if not packages:
        return
    if shutil.which("apt-get") is None:
        raise SetupError(f"not installed: {', '.join(packages)}; and there is no apt-get to install them")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    with step(f"apt-get install {' '.join(packages)}"):
        run(["apt-get", "update", "-qq"], timeout_s=300, env=env)
        # Somebody else may be installing something: wait for dpkg's lock instead of giving up at once.
        install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
        run([*install, *packages], timeout_s=900, env=env)


def _start(layout: Layout) -> None:
    """Start dockerd.

    A daemon that was killed leaves two pid files: its own stops the next daemon, and its containerd's makes the next
    one wait for a containerd that the kernel is just killing.
    """
    with step("start dockerd"):
        stop(DAEMON_PID, mark=_MARK, grace_s=20)  # alive but mute
        if _DOCKERS_OWN_PID.exists() and live_pid(_DOCKERS_OWN_PID, mark="dockerd") is None:
            say(f"removing {_DOCKERS_OWN_PID}, whose daemon is dead")
            _DOCKERS_OWN_PID.unlink()
        stop(_CONTAINERD_PID, mark="docker/containerd", grace_s=5)
        half_made = _WRAPPER.with_suffix(".partial")
        shutil.copy(find_program(node_modules(), "runcwrap", layout=layout), half_made)
        half_made.replace(_WRAPPER)
        _DAEMON_CONFIG.write_text(json.dumps(daemon_settings(), indent=2))
        command: list[str | Path] = ["dockerd", "--config-file", _DAEMON_CONFIG, "--oom-score-adjust", "0"]
        spawn(command, pid_file=DAEMON_PID, log=_DAEMON_LOG)
        wait_until(answers, timeout_s=60, what="dockerd", log=_DAEMON_LOG)


def _lacks_sys_resource() -> bool:
    status = Path("/proc/self/status").read_text()
    bounding = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:"))
    return not int(bounding, 16) >> _CAP_SYS_RESOURCE & 1


def _ensure_network() -> None:
    """Make the nodes' network; one of that name that is not fenced is replaced when nothing uses it."""
    form = '{{index .Options "com.docker.network.bridge.name"}}'
    try:
        bridge = run(["docker", "network", "inspect", "--format", form, NETWORK], timeout_s=20).strip()
    except SetupError:
        bridge = ""
    if bridge == BRIDGE:
        return
    succeeds(["docker", "network", "rm", NETWORK], timeout_s=20)
    options = (
        f"com.docker.network.bridge.name={BRIDGE}",
        "com.docker.network.bridge.enable_ip_masquerade=false",
    )
    flags = [word for option in options for word in ("--opt", option)]
    run(["docker", "network", "create", "--driver", "bridge", "--subnet", SUBNET, *flags, NETWORK], timeout_s=30)
