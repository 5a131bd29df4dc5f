"""Looks for the rights that a command needs before it writes anything, and names all that are missing at once."""

from __future__ import annotations

from collections.abc import Iterable

from tfk8s.app.rbac import things_by_name, things_of
from tfk8s.app.service import Deployable, ServiceName
from tfk8s.manifest import Manifests, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.ports.cluster import Cluster, ForbiddenError
from tfk8s.rights import Grade, Right, Things, advice, rights_of, rights_on, told
from tfk8s.rights.need import Needs
from tfk8s.rights.table import LEAD, MOVE, WAIT, WRITE

_NEEDED = frozenset({Grade.NEEDED})
_SHOWN = 20


def require_apply(deployable: Deployable, *, cluster: Cluster, waits: bool) -> None:
    """Refuse to begin what would end half-way.

    Args:
        deployable: what is to be applied.
        cluster: where.
        waits: whether pods are then looked at, and asked for a prediction.

    Raises:
        ForbiddenError: it names every right that is missing.
    """
    needs: Needs = (*WRITE, *WAIT) if waits else WRITE
    things = things_of(deployable.manifests, name=deployable.name)
    rights = {right for right in rights_of(needs, things, grades=_NEEDED) if right.verb != "delete"}
    if _is_balanced(deployable.manifests):  # its own address is asked first, and ports are forwarded where none answers
        rights = {right for right in rights if right.resource != "pods/portforward"}
    _require(rights, cluster=cluster)


def require_delete(refs: Iterable[ObjectRef], *, cluster: Cluster) -> None:
    """Refuse to begin to delete what cannot all be deleted.

    Raises:
        ForbiddenError: it names every right that is missing.
    """
    _require(rights_on(refs, "get", "delete"), cluster=cluster)


def require_promote(name: ServiceName, *, cluster: Cluster) -> None:
    """Refuse to begin to move a label on running servers of which some could then not be told.

    Raises:
        ForbiddenError: it names every right that is missing.
    """
    _require(rights_of(MOVE, things_by_name(name), grades=_NEEDED), cluster=cluster)


def require_canary(name: ServiceName, objects: Manifests, routes: Manifests, *, cluster: Cluster) -> None:
    """Refuse to make a canary that could then not be led to, looked at or removed.

    Raises:
        ForbiddenError: it names every right that is missing.
    """
    things = Things(
        name=name.name,
        namespace=name.namespace,
        refs={"canary": tuple(item.ref for item in objects), "objects": tuple(item.ref for item in routes)},
    )
    _require(rights_of(LEAD, things, grades=_NEEDED), cluster=cluster)


def _require(rights: Iterable[Right], *, cluster: Cluster) -> None:
    missing = cluster.lacking(rights)
    if all(right.verb == "create" for right in missing):
        return  # the objects may all be there, and for a port `get` may be enough: the server says it then
    lines = told(missing)
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    raise ForbiddenError(
        f"this login{_called(cluster.user())} may not {lines[0]}{more}; nothing was changed",
        hint=advice(missing),
        details=_details(lines),
        missing=missing,
    )


def _called(name: str) -> str:
    return f" ({name})" if name else ""


def _details(lines: tuple[str, ...]) -> tuple[str, ...]:
    shown = [f"missing: {line}" for line in lines[:_SHOWN]]
    return (*shown, *([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []))


def _is_balanced(manifests: Manifests) -> bool:
    return any(
        item.ref.kind == "Service" and text_at(item.body, "spec", "type") == "LoadBalancer" for item in manifests
    )
