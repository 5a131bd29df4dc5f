"""Asks the API server what this login may do: before anything is written, and to explain what was forbidden.

A 403 does not say in fields whether a right is missing or a policy or quota refused. So the server is asked again.
https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from tfk8s.errors import ClusterRejectedError, PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, value_at
from tfk8s.ports.cluster import ForbiddenError
from tfk8s.rights import Right, Rule, advice

_API: Final = "authorization.k8s.io/v1"
_ASKED_AT_ONCE: Final = 8
_FEW: Final = 3
_NO_RIGHT: Final = "the login has the right: a quota or an admission policy refuses; the server's words say which"


class AccessReview:
    """What one login may do; `post` sends an object to a path and returns the answer."""

    def __init__(self, post: Callable[[str, JsonObject], JsonObject]) -> None:
        """Nothing is asked yet."""
        self._post = post
        self._explained_by: dict[Right, bool | None] = {}

    def lacking(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        """Those that the login has not; not those of which the cluster does not say it.

        Rules come for a whole namespace with one request. They are not all that may give a right (on GKE, IAM does
        too), so what they do not give is asked for one by one, side by side.
        """
        asked = sorted(set(rights))
        if len(asked) > _FEW:
            rules = {name: self._rules(name) for name in {right.namespace for right in asked} if name}
            asked = [right for right in asked if not any(r.allows(right) for r in rules.get(right.namespace, ()))]
        with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
            answers = list(pool.map(self._may, asked))
        return tuple(right for right, may in zip(asked, answers, strict=True) if may is False)

    @contextmanager
    def explaining(self, *rights: Right) -> Iterator[None]:
        """Say of what is forbidden inside which of the rights is missing, or that none is.

        Raises:
            ForbiddenError: with the rights that are missing, and what gives them.
        """
        try:
            yield
        except ForbiddenError as error:
            raise self._explained(error, rights) from error

    def remedy(self, *rights: Right) -> str:
        """What to do about a request that was forbidden and needs these; "" when the cluster does not say."""
        return self._looked(rights)[1]

    def _explained(self, error: ForbiddenError, rights: Sequence[Right]) -> ForbiddenError:
        if error.missing or not rights:
            return error
        lacking, hint = self._looked(rights)
        return ForbiddenError(error.message, hint=hint or error.hint, details=error.details, missing=lacking)

    def _looked(self, rights: Sequence[Right]) -> tuple[tuple[Right, ...], str]:
        """Which are missing, and what to do; "" when the cluster does not say.

        Asked once for each right: commands that watch read again and again what they may not.
        """
        for right in rights:
            if right not in self._explained_by:
                self._explained_by[right] = self._may(right)
        answers = {right: self._explained_by[right] for right in rights}
        lacking = tuple(right for right, may in answers.items() if may is False)
        if lacking:
            return lacking, advice(lacking)
        return (), "" if None in answers.values() else _NO_RIGHT

    def _may(self, right: Right) -> bool | None:
        """None when the cluster does not say."""
        resource, _, part = right.resource.partition("/")
        attributes: JsonObject = {"verb": right.verb, "group": right.group, "resource": resource}
        more = {"subresource": part, "namespace": right.namespace, "name": right.name}
        attributes |= {key: value for key, value in more.items() if value}
        answer = self._review("SelfSubjectAccessReview", {"resourceAttributes": attributes})
        allowed = value_at(answer, "status", "allowed")
        return allowed if isinstance(allowed, bool) else None

    def _rules(self, namespace: str) -> tuple[Rule, ...]:
        answer = self._review("SelfSubjectRulesReview", {"namespace": namespace})
        return tuple(map(_rule, objects_at(answer, "status", "resourceRules")))

    def _review(self, kind: str, spec: JsonObject) -> JsonObject:
        body: JsonObject = {"apiVersion": _API, "kind": kind, "spec": spec}
        try:
            return self._post(f"/apis/{_API}/{kind.lower()}s", body)
        except (ClusterRejectedError, PreconditionError):  # some clusters take even this right away
            return {}


def _rule(body: JsonObject) -> Rule:
    def texts(key: str) -> tuple[str, ...]:
        found = value_at(body, key)
        return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()

    return Rule(
        groups=texts("apiGroups"), resources=texts("resources"), verbs=texts("verbs"), names=texts("resourceNames")
    )
