"""Builds the Go programs into the cache, each once; Go's own caches go below ours and away again."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed import versions
from tests.testbed.gomodules import (
    Module,
    Program,
    argocd_modules,
    client_modules,
    control_plane_modules,
    folder_name,
    gitops_modules,
    go_mod,
    node_modules,
    prometheus_modules,
    registry_modules,
    signing_modules,
)
from tests.testbed.layout import SOURCES
from tests.testbed.process import run
from tests.testbed.progress import SetupError, step

if TYPE_CHECKING:
    from tests.testbed.layout import Layout

_BUILD_TIMEOUT_S = 2400.0  # KEDA's operator: 764 s of processor time, on two cores that others use too
_KIND_FILES = ("images/base/files", "pkg/build/nodeimage")


def program_path(module: Module, program: Program, *, layout: Layout) -> Path:
    """Return where a finished program lies."""
    return layout.binaries / folder_name(module) / program.name


def missing(modules: tuple[Module, ...], *, layout: Layout) -> tuple[str, ...]:
    """Return the names of the programs that are not built yet."""
    return tuple(
        f"{module.name}/{program.name}"
        for module in modules
        for program in module.programs
        if not program_path(module, program, layout=layout).exists()
    )


def build(modules: tuple[Module, ...], *, layout: Layout) -> None:
    """Build what is missing.

    Raises:
        SetupError: Go is absent, or a build failed.
    """
    if not missing(modules, layout=layout):
        return
    if shutil.which("go") is None:
        raise SetupError(
            "the Go toolchain is not on the PATH", hint="install Go 1.26 or newer; Debian's own is too old"
        )
    for module in modules:
        for program in module.programs:
            target = program_path(module, program, layout=layout)
            if not target.exists():
                with step(f"build {module.name}/{program.name}"):
                    _build_program(module, program, layout=layout)
        if module.name == "kind":
            _keep_kind_files(layout)


def drop_caches_when_done(layout: Layout) -> None:
    """Remove Go's module and build caches once nothing is left to build: they are gigabytes."""
    modules = (*client_modules(), *control_plane_modules(), *node_modules(), *registry_modules())
    modules += (*gitops_modules(), *argocd_modules(), *prometheus_modules(), *signing_modules())
    if not missing(modules, layout=layout):
        drop_caches(layout)


def drop_caches(layout: Layout) -> None:
    """Remove Go's module and build caches."""
    if not layout.go.exists():
        return
    with step("remove Go's caches"):
        # The module cache is read-only on purpose; Go itself knows how to remove it.
        run(["go", "clean", "-modcache"], timeout_s=300, env=environment(layout))
        shutil.rmtree(layout.go)


def _build_program(module: Module, program: Program, *, layout: Layout) -> None:
    folder = layout.work / "go" / folder_name(module)
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(layout)
    if module.sources:
        shutil.copytree(SOURCES / module.sources, folder, dirs_exist_ok=True)
    staging, godebug = _published_pins(module.kubernetes, env=env, cwd=folder) if module.kubernetes else ((), "")
    (folder / "go.mod").write_text(go_mod(module, staging=staging, godebug=godebug))
    target = program_path(module, program, layout=layout)
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = " ".join(["-s -w", *(f"-X {variable}" for variable in program.variables)])
    half_made = folder / f"{program.name}.out"
    command: list[str | Path] = [
        "go",
        "build",
        "-mod=mod",
        "-trimpath",
        "-tags",
        ",".join(module.tags),
        "-ldflags",
        flags,
        "-o",
        half_made,
        program.package,
    ]
    run(command, timeout_s=_BUILD_TIMEOUT_S, env=env, cwd=folder)
    half_made.replace(target)


def _published_pins(release: str, *, env: dict[str, str], cwd: Path) -> tuple[tuple[str, ...], str]:
    """Return the libraries in Kubernetes' own tree and its godebug line, from its published go.mod."""
    answer = run(["go", "mod", "download", "-json", f"k8s.io/kubernetes@v{release}"], timeout_s=300, env=env, cwd=cwd)
    published = Path(json.loads(answer)["GoMod"]).read_text()
    staging = re.findall(r"^\s*(k8s\.io/[a-z0-9-]+) => \./staging", published, flags=re.MULTILINE)
    godebug = re.search(r"^godebug \S+$", published, flags=re.MULTILINE)
    return tuple(sorted(set(staging))), godebug.group() if godebug else ""


def _keep_kind_files(layout: Layout) -> None:
    target = layout.kind_files / versions.KIND
    if target.exists():
        return
    env = environment(layout)
    answer = run(["go", "mod", "download", "-json", f"sigs.k8s.io/kind@v{versions.KIND}"], timeout_s=300, env=env)
    tree = Path(json.loads(answer)["Dir"])
    half_made = layout.work / "kind-files"
    shutil.rmtree(half_made, ignore_errors=True)
    for part in _KIND_FILES:
        shutil.copytree(tree / part, half_made / part, copy_function=shutil.copyfile)
        for path in [half_made / part, *(half_made / part).rglob("*")]:
            path.chmod(0o755)
    target.parent.mkdir(parents=True, exist_ok=True)
    half_made.replace(target)


def environment(layout: Layout) -> dict[str, str]:
    """Return the variables for Go: one proxy, and caches below ours."""
    # One proxy and no way around it: a refused module must fail instead of being fetched from its own host.
    proxies = re.split(r"[,|]", run(["go", "env", "GOPROXY"], timeout_s=30).strip())
    return {
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-buildvcs=false",
        "GOPROXY": proxies[0],
        "CGO_ENABLED": "0",
        "GOMODCACHE": str(layout.go / "mod"),
        "GOCACHE": str(layout.go / "build"),
        "GOTMPDIR": os.environ.get("GOTMPDIR", ""),
    }


def find_program(modules: tuple[Module, ...], name: str, *, layout: Layout, kubernetes: str = "") -> Path:
    """Return a finished program.

    Args:
        modules: Where to look.
        name: The program's name.
        layout: The cache.
        kubernetes: The release, for a program that Kubernetes itself holds; any other program ignores it.

    Raises:
        SetupError: It is not built.
    """
    for module in modules:
        for program in module.programs:
            path = program_path(module, program, layout=layout)
            fits = module.name != "kubernetes" or kubernetes in ("", module.kubernetes)
            if program.name == name and fits and path.exists():
                return path
    wanted = f"{name} {kubernetes}".strip()
    raise SetupError(f"{wanted} is not built", hint="run `python3 -m tests.testbed binaries`")
