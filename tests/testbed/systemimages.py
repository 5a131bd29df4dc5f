"""The images that every node holds from the start, made from the programs we built."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

from tests.testbed import versions
from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import node_modules
from tests.testbed.images import docker_archive
from tests.testbed.process import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.layout import Layout

_RELEASE = f"v{versions.KUBERNETES_NODE}"
# Program, image, the place that the manifests expect it at. One program is the whole image.
ONE_PROGRAM_IMAGES: Final = (
    ("kube-apiserver", f"registry.k8s.io/kube-apiserver:{_RELEASE}", "/usr/local/bin/kube-apiserver"),
    (
        "kube-controller-manager",
        f"registry.k8s.io/kube-controller-manager:{_RELEASE}",
        "/usr/local/bin/kube-controller-manager",
    ),
    ("kube-scheduler", f"registry.k8s.io/kube-scheduler:{_RELEASE}", "/usr/local/bin/kube-scheduler"),
    ("etcd", versions.ETCD_IMAGE, "/usr/local/bin/etcd"),
    ("coredns", versions.COREDNS_IMAGE, "/coredns"),
    ("pause", versions.PAUSE_IMAGE, "/pause"),
    ("metrics-server", versions.METRICS_SERVER_IMAGE, "/metrics-server"),
    ("kindnet", versions.KINDNET_IMAGE, "/kindnet"),
    ("local-path-provisioner", versions.LOCAL_PATH_IMAGE, "/usr/bin/local-path-provisioner"),
)
_IPTABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")


def write_all(folder: Path, *, root: Path, layout: Layout) -> None:
    """Write every image's archive into a folder.

    Args:
        folder: Made if need be.
        root: The node's root file system, whose iptables, nft and busybox are used.
        layout: The cache with the programs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for program, image, place in ONE_PROGRAM_IMAGES:
        binary = find_program(node_modules(), program, layout=layout)
        docker_archive(folder / f"{program}.tar", tags=[image], layers=[[(binary, place)]], entrypoint=[place])
    _write_busybox(folder, root=root, work=layout.work / "busybox")
    _write_kube_proxy(folder, root=root, work=layout.work / "kube-proxy", layout=layout)


def _write_busybox(folder: Path, *, root: Path, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    (work / "bin").mkdir(parents=True)
    busybox = root / "bin/busybox"
    shutil.copy(busybox, work / "bin/busybox")
    for applet in run([busybox, "--list"], timeout_s=10).split():
        if applet != "busybox":
            (work / "bin" / applet).symlink_to("busybox")
    (work / "etc").mkdir()
    (work / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    docker_archive(folder / "busybox.tar", tags=[versions.BUSYBOX_IMAGE], layers=[[(work, "/")]], cmd=["sh"])
    shutil.rmtree(work)


def _write_kube_proxy(folder: Path, *, root: Path, work: Path, layout: Layout) -> None:
    """kube-proxy calls iptables and nft, so its image holds them, their plug-ins and libraries."""
    shutil.rmtree(work, ignore_errors=True)
    for name in ("lib", "lib64", "sbin"):
        (work / "usr" / name).mkdir(parents=True)
        (work / name).symlink_to(f"usr/{name}")
    for name in ("run", "etc"):
        (work / name).mkdir()
    programs = [f"/usr/sbin/{name}" for name in ("xtables-nft-multi", "nft", "conntrack")]
    plugins = [f"/{path.relative_to(root)}" for path in sorted(root.glob("usr/lib/*/xtables/*.so"))]
    needed = [*programs, *plugins, *_libraries([*programs, *plugins], root=root)]
    # Read inside the root file system, where its absolute links lead to the right places.
    pack = "run/kube-proxy-parts.tar"
    run(["chroot", root, "tar", "--dereference", "-cPf", f"/{pack}", *needed], timeout_s=60)
    run(["tar", "-C", work, "-xf", root / pack], timeout_s=60)
    (root / pack).unlink()
    for name in _IPTABLES:
        (work / "usr/sbin" / name).symlink_to("xtables-nft-multi")
    docker_archive(
        folder / "kube-proxy.tar",
        tags=[f"registry.k8s.io/kube-proxy:{_RELEASE}"],
        layers=[
            [(work, "/"), (find_program(node_modules(), "kube-proxy", layout=layout), "/usr/local/bin/kube-proxy")]
        ],
        entrypoint=["kube-proxy"],
    )
    shutil.rmtree(work)


def _libraries(files: list[str], *, root: Path) -> list[str]:
    """Return the shared libraries that programs of a root file system load, as absolute paths in it."""
    listed = run(["chroot", root, "ldd", *files], timeout_s=60)
    return sorted(set(re.findall(r"(?:=> |^\s+)(/\S+)", listed, flags=re.MULTILINE)))
