from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tfk8s.cluster.access_review import AccessReview
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import text_at
from tfk8s.ports import ForbiddenError
from tfk8s.rights import Right


def right(verb: str, resource: str = "pods", *, name: str = "") -> Right:
    return Right(verb=verb, resource=resource, namespace="prod", name=name)


@dataclass
class Server:
    """Answers reviews by rules, and knows of further rights that no rule tells, as IAM's are."""

    rules: list[JsonObject] = field(default_factory=list)
    beyond: frozenset[str] = frozenset()
    is_silent: bool = False
    asked: list[str] = field(default_factory=list)
    sent: list[JsonObject] = field(default_factory=list)

    def post(self, path: str, body: JsonObject) -> JsonObject:
        self.asked.append(path.rpartition("/")[2])
        self.sent.append(body)
        if self.is_silent:
            raise ForbiddenError("reviews are forbidden")
        if path.endswith("selfsubjectrulesreviews"):
            return {"status": {"incomplete": bool(self.beyond), "resourceRules": [*self.rules]}}
        verb = text_at(body, "spec", "resourceAttributes", "verb")
        return {"status": {"allowed": verb in self.beyond}}


READ: JsonObject = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
MANY = [right("get"), right("list"), right("patch"), right("delete")]


def test_rules_of_a_namespace_are_asked_for_at_once_and_only_the_rest_one_by_one() -> None:
    server = Server(rules=[READ])

    lacking = AccessReview(server.post).lacking(MANY)

    assert lacking == (right("delete"), right("patch"))
    assert sorted(server.asked) == ["selfsubjectaccessreviews"] * 2 + ["selfsubjectrulesreviews"]


def test_rights_that_no_rule_tells_are_rights_all_the_same() -> None:
    """On GKE, IAM gives rights beside those of roles."""
    server = Server(rules=[READ], beyond=frozenset({"patch"}))

    assert AccessReview(server.post).lacking(MANY) == (right("delete"),)


def test_a_cluster_that_answers_no_review_is_not_taken_to_refuse() -> None:
    assert AccessReview(Server(is_silent=True).post).lacking(MANY) == ()


def test_a_subresource_and_a_name_are_asked_for_as_the_api_means_them() -> None:
    server = Server()

    AccessReview(server.post).lacking([right("get", "pods/log", name="a")])

    (sent,) = server.sent
    assert sent["spec"] == {
        "resourceAttributes": {
            "verb": "get", "group": "", "resource": "pods", "subresource": "log", "namespace": "prod", "name": "a",
        }
    }  # fmt: skip


def explained(server: Server, *rights: Right) -> ForbiddenError:
    with pytest.raises(ForbiddenError) as caught, AccessReview(server.post).explaining(*rights):
        raise ForbiddenError("the server's words", hint="see them", details=("a cause",))
    return caught.value


def test_what_was_forbidden_says_the_right_that_is_missing_and_who_gives_it() -> None:
    error = explained(Server(beyond=frozenset({"patch"})), right("patch"), right("create"))

    assert error.missing == (right("create"),)
    assert error.message == "the server's words"
    assert error.details == ("a cause",)
    assert 'resources: ["pods"], verbs: ["create"]' in (error.hint or "")
    assert "tfk8s rbac --role deployer" in (error.hint or "")


def test_a_policy_or_quota_is_told_from_a_missing_right() -> None:
    error = explained(Server(beyond=frozenset({"patch"})), right("patch"))

    assert error.missing == ()
    assert "the login has the right: a quota or an admission policy" in (error.hint or "")


def test_without_an_answer_the_servers_words_stand_alone() -> None:
    assert explained(Server(is_silent=True), right("patch")).hint == "see them"


def test_nothing_is_asked_about_what_works_or_fails_otherwise() -> None:
    server = Server()
    with AccessReview(server.post).explaining(right("get")):
        pass
    with pytest.raises(PreconditionError), AccessReview(server.post).explaining(right("get")):
        raise PreconditionError("no cluster")

    assert server.asked == []


def test_what_is_refused_again_and_again_is_explained_by_one_question() -> None:
    server = Server()
    review = AccessReview(server.post)

    for _ in range(3):
        with pytest.raises(ForbiddenError), review.explaining(right("list")):
            raise ForbiddenError("no")

    assert server.asked == ["selfsubjectaccessreviews"]
