"""What can be put into the cluster beside Kubernetes itself: a controller and its objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.gomodules import Module


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A published image; in the packages way it is made here and holds one program.

    Attributes:
        name: The published name.
        program: The program's name in the part's module; Envoy's own when empty.
        place: Where manifests expect the program.
        packages: Debian's, for programs that the program calls; without any the image holds it alone.
    """

    name: str
    place: str
    program: str = ""
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One controller and its objects.

    Attributes:
        name: Of the part, for people and for the record in the cluster.
        namespace: Where it runs.
        module: What its programs are built from.
        images: What its pods run.
        definitions: Files and folders of Go modules (module, version, path) that define its kinds.
        manifest: Its objects; `${NAME}` in it stands for a value that is known only here.
        workloads: What must be available before it works.
        needs: Parts that come first.
    """

    name: str
    namespace: str
    module: Module
    images: tuple[Image, ...]
    definitions: tuple[tuple[str, str, str], ...]
    manifest: Path
    workloads: tuple[str, ...]
    needs: tuple[Part, ...] = ()
