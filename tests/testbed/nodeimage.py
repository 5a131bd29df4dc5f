"""The kind node image of the packages way: Debian, the files of kind's own base image, and what we built."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.testbed import systemimages, versions
from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import folder_name, node_modules
from tests.testbed.images import docker_archive
from tests.testbed.process import run, succeeds
from tests.testbed.progress import step
from tests.testbed.rootfs import ISOLATED, debian, unpack

if TYPE_CHECKING:
    from tests.testbed.layout import Layout

# kindest/base's packages without its NFS, iSCSI and fuse parts, and Debian's own container runtime.
# fmt: off
PACKAGES: Final = (
    "bash", "busybox-static", "ca-certificates", "conntrack", "containerd", "containernetworking-plugins", "curl",
    "dbus", "ethtool", "iproute2", "iptables", "jq", "kmod", "libseccomp2", "mount", "nftables", "pigz", "procps",
    "runc", "socat", "systemd", "systemd-sysv", "util-linux",
)
# fmt: on

_OURS = Path(__file__).resolve().parent / "node"
_UNITS = "lib/systemd/system"
# What starts by itself on a machine and must not in a container; the list is kindest/base's.
_UNWANTED_UNITS = (
    f"{_UNITS}/sysinit.target.wants/systemd-tmpfiles-setup.service",
    f"{_UNITS}/multi-user.target.wants/*",
    "etc/systemd/system/*.wants/*",
    f"{_UNITS}/local-fs.target.wants/*",
    f"{_UNITS}/sockets.target.wants/*udev*",
    f"{_UNITS}/sockets.target.wants/*initctl*",
    f"{_UNITS}/basic.target.wants/*",
    f"{_UNITS}/containerd.service",  # Debian's; kind brings its own
    "etc/systemd/system/containerd-fuse-overlayfs.service",
)
# A missing image must fail at once: every registry is a closed port on loopback, and nothing is dialled.
_NO_REGISTRY = 'server = "http://127.0.0.1:9"\n[host."http://127.0.0.1:9"]\n  capabilities = ["pull", "resolve"]\n'
_REGISTRY_FOLDER = '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n'


def image_name() -> str:
    """Return the node image's name; its tag changes with anything the image is made from."""
    digest = hashlib.sha256(" ".join([versions.DEBIAN, *PACKAGES, *map(folder_name, node_modules())]).encode())
    for source in (Path(__file__), Path(systemimages.__file__), *sorted(_OURS.iterdir())):
        digest.update(source.read_bytes())
    return f"{versions.NODE_IMAGE_NAME}:v{versions.KUBERNETES_NODE}-{digest.hexdigest()[:8]}"


def ensure(layout: Layout) -> str:
    """Build the node image when Docker does not have it, and return its name."""
    name = image_name()
    if succeeds(["docker", "image", "inspect", name], timeout_s=30):
        return name
    root = debian("node", PACKAGES, layout=layout)
    work = layout.work / "node"
    tree = work / "tree"
    with step("node image: files"):
        shutil.rmtree(work, ignore_errors=True)
        unpack(root, into=tree)
        _add_kind_files(tree, files=layout.kind_files / versions.KIND)
        _configure_containerd(tree)
        _add_programs(tree, layout=layout)
        _settle_units(tree)
    with step("node image: preload images"):
        preload = tree / "run/preload"
        systemimages.write_all(preload, root=tree, layout=layout)
        shutil.copy(_OURS / "preload.sh", preload)
        run([*ISOLATED, "chroot", tree, "/bin/bash", "/run/preload/preload.sh"], timeout_s=300)
        shutil.rmtree(preload)
    with step("node image: load into Docker"):
        archive = docker_archive(
            work / "node.tar",
            tags=[name],
            layers=[[(tree, "/")]],
            entrypoint=["/usr/local/bin/entrypoint", "/sbin/init"],
            env=["container=docker"],
            stop_signal="SIGRTMIN+3",
            keep_owners=True,
        )
        run(["docker", "load", "--input", archive], timeout_s=300)
        shutil.rmtree(work)
    return name


def _add_kind_files(tree: Path, *, files: Path) -> None:
    base = files / "images/base/files"
    for part, mode in (("kind/bin", 0o755), ("etc", 0o644)):
        for source in (path for path in (base / part).rglob("*") if path.is_file()):
            _install(source, tree / source.relative_to(base), mode=mode)
    _install(base / "usr/local/bin/entrypoint", tree / "usr/local/bin/entrypoint", mode=0o755)
    _install(_OURS / "default-cni.yaml", tree / "kind/manifests/default-cni.yaml", mode=0o644)
    storage = storage_manifest((files / "pkg/build/nodeimage/const_storage.go").read_text())
    (tree / "kind/manifests/default-storage.yaml").write_text(storage)
    (tree / "kind/version").write_text(f"v{versions.KUBERNETES_NODE}")
    (tree / "etc/kubernetes/manifests").mkdir(parents=True)


def storage_manifest(source: str) -> str:
    """Return the manifest that kind's Go source holds in a constant, with the testbed's images in it."""
    found = re.search(r"const defaultStorageManifest = `\n(.*)\n`", source, flags=re.DOTALL)
    if found is None:
        raise ValueError("kind's source holds no defaultStorageManifest")
    images = {"storageProvisionerImage": versions.LOCAL_PATH_IMAGE, "storageHelperImage": versions.BUSYBOX_IMAGE}
    return re.sub(r"` \+ (\w+)( \+ `)?", lambda name: images[name.group(1)], found.group(1)) + "\n"


def _configure_containerd(tree: Path) -> None:
    config = tree / "etc/containerd/config.toml"
    text = config.read_text().replace("restrict_oom_score_adj = false", "restrict_oom_score_adj = true")
    text = re.sub(r'sandbox_image = ".*"', f'sandbox_image = "{versions.PAUSE_IMAGE}"', text)
    config.write_text(text + _REGISTRY_FOLDER)
    hosts = tree / "etc/containerd/certs.d/_default/hosts.toml"
    hosts.parent.mkdir(parents=True)
    hosts.write_text(_NO_REGISTRY)
    spec = json.loads(run(["chroot", tree, "ctr", "oci", "spec"], timeout_s=30))
    del spec["process"]["rlimits"]
    hook = {"path": "/kind/bin/mount-product-files.sh"}
    spec.setdefault("hooks", {}).setdefault("createContainer", []).append(hook)
    (tree / "etc/containerd/cri-base.json").write_text(json.dumps(spec, indent=1))


def _add_programs(tree: Path, *, layout: Layout) -> None:
    places = {
        "kubelet": "usr/bin",
        "kubeadm": "usr/bin",
        "kubectl": "usr/bin",
        "crictl": "usr/local/bin",
    }
    for name, folder in places.items():
        _install(find_program(node_modules(), name, layout=layout), tree / folder / name, mode=0o755)
    # First in the PATH: it becomes /usr/sbin/runc once it has taken out what this machine cannot give.
    _install(find_program(node_modules(), "runcwrap", layout=layout), tree / "usr/local/sbin/runc", mode=0o755)
    for name in ("containerd", "ctr", "containerd-shim-runc-v2"):
        (tree / "usr/local/bin" / name).symlink_to(f"/usr/bin/{name}")
    (tree / "opt/cni").mkdir(parents=True)
    (tree / "opt/cni/bin").symlink_to("/usr/lib/cni")


def _settle_units(tree: Path) -> None:
    for pattern in _UNWANTED_UNITS:
        for unit in tree.glob(pattern):
            unit.unlink()
    unit = tree / "etc/systemd/system/containerd.service"
    # A score below our own takes CAP_SYS_RESOURCE.
    unit.write_text(re.sub(r"^OOMScoreAdjust=.*\n", "", unit.read_text(), flags=re.MULTILINE))
    with (tree / "etc/systemd/journald.conf").open("a") as journald:
        journald.write("ReadKMsg=no\n")
    enabled = ("kubelet.service", "containerd.service", "undo-mount-hacks.service")
    run(["chroot", tree, "systemctl", "enable", *enabled], timeout_s=30)
    run(["chroot", tree, "systemctl", "mask", "systemd-binfmt.service"], timeout_s=30)


def _install(source: Path, target: Path, *, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def remove_older() -> None:
    """Remove node images that an older recipe made; one in use stays."""
    names = run(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", versions.NODE_IMAGE_NAME], timeout_s=30)
    for name in names.split():
        if name != image_name():
            succeeds(["docker", "rmi", name], timeout_s=60)
