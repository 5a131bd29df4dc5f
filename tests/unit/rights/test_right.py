from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest import ObjectRef
from tfk8s.manifest.yaml import load_one
from tfk8s.rights import Right, Rule, resource_of, rules_of, told

RIGHTS = st.builds(
    Right,
    verb=st.sampled_from(["get", "list", "patch", "delete"]),
    group=st.sampled_from(["", "apps"]),
    resource=st.sampled_from(["pods", "pods/log", "deployments"]),
    namespace=st.just("prod"),
    name=st.sampled_from(["", "a", "b"]),
)


def right(verb: str, resource: str, *, name: str = "", group: str = "") -> Right:
    return Right(verb=verb, group=group, resource=resource, namespace="prod", name=name)


@given(given_rights=st.frozensets(RIGHTS), asked=RIGHTS)
def test_the_rules_give_exactly_the_rights_that_they_are_made_of(given_rights: frozenset[Right], asked: Right) -> None:
    anywhere = Right(verb=asked.verb, group=asked.group, resource=asked.resource, namespace="prod")

    allowed = any(rule.allows(asked) for rule in rules_of(given_rights))

    assert allowed == bool({asked, anywhere} & given_rights)


def test_rights_that_go_together_are_one_rule() -> None:
    found = rules_of([right("get", "services", name="a"), right("patch", "services", name="a")])

    assert found == (Rule(groups=("",), resources=("services",), verbs=("get", "patch"), names=("a",)),)


def test_a_right_on_any_object_needs_no_name_beside_it() -> None:
    found = rules_of([right("get", "pods"), right("get", "pods", name="a")])

    assert found == (Rule(groups=("",), resources=("pods",), verbs=("get",)),)


def test_stars_of_a_role_of_others_are_understood() -> None:
    everything = Rule(groups=("*",), resources=("*",), verbs=("*",))
    logs = Rule(groups=("",), resources=("*/log",), verbs=("get",))

    assert everything.allows(right("delete", "deployments", group="apps", name="a"))
    assert logs.allows(right("get", "pods/log"))
    assert not logs.allows(right("get", "pods"))


def test_a_rule_of_names_gives_no_list() -> None:
    assert not Rule(groups=("",), resources=("pods",), verbs=("list",), names=("a",)).allows(right("list", "pods"))


def test_a_right_says_itself_as_people_do() -> None:
    assert str(right("patch", "deployments", group="apps", name="resnet")) == (
        "patch deployments.apps resnet in namespace prod"
    )
    assert str(right("get", "pods/log")) == "get pods/log in namespace prod"
    assert str(Right(verb="list", resource="nodes")) == "list nodes in the whole cluster"


def test_a_rule_on_one_line_can_be_pasted_into_a_role() -> None:
    (rule,) = rules_of([right("patch", "deployments", group="apps", name="resnet")])

    assert load_one(rule.line().encode(), source="rule").value == rule.body()


def test_verbs_on_one_object_are_told_together() -> None:
    asked = [right(verb, "deployments", group="apps", name="resnet") for verb in ("patch", "get")]

    assert told([*asked, right("list", "pods")]) == (
        "get, patch deployments.apps resnet in namespace prod",
        "list pods in namespace prod",
    )


def test_plurals_follow_english() -> None:
    def plural(kind: str) -> str:
        return resource_of(ObjectRef(api_version="v1", kind=kind, namespace="", name="a"))

    kinds = ("Ingress", "NetworkPolicy", "Gateway", "Rules", "HTTPRoute", "GatewayClass")
    assert [*map(plural, kinds)] == [
        "ingresses", "networkpolicies", "gateways", "rules", "httproutes", "gatewayclasses",
    ]  # fmt: skip
