"""Which kinds the cluster serves, asked group by group when first needed and kept for the life of one command.

The client's own discovery keeps a file between runs: predictable, shared between clusters that reuse an address, and
stale when an API comes or goes. Asking the five groups that a service uses takes about 10 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import flag_at, objects_at, text_at
from tfk8s.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where objects of a kind are: `path` of its group and version, the plural, and whether namespaces hold it."""

    path: str
    plural: str
    is_namespaced: bool

    def collection(self, namespace: str) -> str:
        """Path of all objects; those of one namespace when the kind is in namespaces and one is named."""
        inside = f"/namespaces/{namespace}" if self.is_namespaced and namespace else ""
        return f"{self.path}{inside}/{self.plural}"

    def item(self, ref: ObjectRef) -> str:
        """Path of one object."""
        return f"{self.collection(ref.namespace)}/{ref.name}"

    def rights(self, *verbs: str, namespace: str, name: str = "") -> tuple[Right, ...]:
        """What the verbs need; a namespace is in itself, for Kubernetes' authorizer."""
        core = self.path.startswith("/api/")
        group = "" if core else self.path.removeprefix("/apis/").rpartition("/")[0]
        is_namespace = core and self.plural == "namespaces"
        place = name if is_namespace else namespace if self.is_namespaced else ""
        return tuple(Right(verb=verb, group=group, resource=self.plural, namespace=place, name=name) for verb in verbs)


class Kinds:
    """Looks kinds up; `fetch` returns the APIResourceList under a path, or None when there is none."""

    def __init__(self, fetch: Callable[[str], JsonObject | None]) -> None:
        """Know nothing yet."""
        self._fetch = fetch
        self._known: dict[str, dict[str, Kind]] = {}

    def find(self, *, api_version: str, kind: str) -> Kind | None:
        """The kind, or None when the cluster does not serve it."""
        known = self._known.get(api_version)
        if known is None:  # another thread may ask too, or forget meanwhile: each has an answer of its own then
            known = self._known[api_version] = self._group(api_version)
        return known.get(kind)

    def forget(self, api_version: str) -> None:
        """Ask for this group again next time: an API may have come since."""
        self._known.pop(api_version, None)

    def _group(self, api_version: str) -> dict[str, Kind]:
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        found = self._fetch(path) or {}
        return {
            text_at(item, "kind"): Kind(
                path=path, plural=text_at(item, "name"), is_namespaced=flag_at(item, "namespaced")
            )
            for item in objects_at(found, "resources")
            if "/" not in text_at(item, "name")
        }
