from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.golden.golden_cases import CASES
from tests.unit.rights.services import things_of_case
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.rights import ROLES, Grade, Holder, Right, Role, RoleOptions, advice, rights_for, role_objects, role_rights
from tfk8s.rights.advice import role_for

NAMES = [case.name for case in CASES]
PLAIN = RoleOptions()


def rights(role: Role, case: str = "cpu-hpa", *, options: RoleOptions = PLAIN) -> frozenset[Right]:
    return role_rights(role, things_of_case(case), options=options)


def verbs(found: frozenset[Right]) -> set[str]:
    return {right.verb for right in found}


def test_a_viewer_changes_nothing() -> None:
    found = rights("viewer")

    assert {right.resource for right in found if right.verb not in ("get", "list")} == {"pods/portforward"}


def test_without_port_forward_a_viewer_has_no_verb_but_reading() -> None:
    assert verbs(rights("viewer", options=RoleOptions(forwards=False))) == {"get", "list"}


def test_a_pipeline_cannot_take_the_service_away() -> None:
    gone = {right.resource for right in rights("ci") if right.verb == "delete"}

    assert {"deployments", "services", "configmaps"}.isdisjoint(gone)
    assert {"horizontalpodautoscalers", "poddisruptionbudgets"} <= gone
    assert {"deployments", "services", "configmaps"} <= {
        right.resource for right in rights("deployer") if right.verb == "delete"
    }


@pytest.mark.parametrize("case", NAMES)
def test_whatever_is_written_or_deleted_is_named(case: str) -> None:
    """Server-side apply asks for `create` with the name of the object, so even that can be limited to it."""
    found = rights("deployer", case)

    loose = {right.resource for right in found if right.verb not in ("get", "list") and not right.name}
    assert loose <= {"pods/portforward", "pods/exec"}


def secrets(role: Role, case: str) -> set[tuple[str, str]]:
    return {(right.verb, right.name) for right in rights(role, case) if right.resource == "secrets"}


@pytest.mark.parametrize("case", NAMES)
def test_no_secret_is_listed_and_those_that_are_touched_are_named(case: str) -> None:
    """The keys of clients are for who deploys; who applies sees whether a front has what guards it."""
    keys = {(verb, "half-plus-keys") for verb in ("get", "patch", "create")} if case == "gateway-envoy-keys" else set()
    guards = {("get", name) for _, name in secrets("ci", case)}

    assert secrets("viewer", case) == set()
    assert secrets("ci", case) == guards
    assert secrets("deployer", case) == keys | guards
    assert bool(guards) == case.endswith("-iap")


@pytest.mark.parametrize("case", NAMES)
def test_a_namespace_is_never_made_with_these_rights(case: str) -> None:
    found = [right for right in rights("deployer", case) if right.resource == "namespaces"]

    assert {right.verb for right in found} <= {"get", "patch"}
    assert all(right.namespace == right.name for right in found), "a role in a namespace reaches it"


@pytest.mark.parametrize("case", NAMES)
def test_what_reaches_the_whole_cluster_only_reads(case: str) -> None:
    wide = {right for role in ROLES for right in rights(role, case) if not right.namespace}

    assert {right.verb for right in wide} == {"get", "list"}
    assert "secrets" not in {right.resource for right in wide}


def test_commands_are_run_in_pods_only_where_a_volume_is_written() -> None:
    def runs(case: str) -> bool:
        return any(right.resource == "pods/exec" for right in rights("deployer", case))

    assert runs("claim")
    assert not runs("cpu-hpa")


def test_the_gateway_of_another_namespace_may_be_seen_there_and_nothing_else() -> None:
    things = things_of_case("gateway-shared")

    there = {right for right in rights("viewer", "gateway-shared") if right.namespace not in (things.namespace, "")}

    assert {(right.verb, right.resource) for right in there} == {("get", "gateways")}
    assert all(right.name for right in there)


def test_what_is_in_no_namespace_is_one_role_of_its_own_which_may_be_left_out() -> None:
    things = things_of_case("cpu-hpa")

    def kinds(options: RoleOptions) -> list[str]:
        return [item.ref.kind for item in role_objects("deployer", things, options=options)]

    assert kinds(PLAIN) == ["Role", "ClusterRole"]
    assert kinds(RoleOptions(is_wide=False)) == ["Role"]


def test_each_role_is_bound_to_whom_it_is_for() -> None:
    holders = (Holder("User", "ada"), Holder("Group", "ml"), Holder("ServiceAccount", "pipeline", "ci"))

    objects = role_objects("ci", things_of_case("cpu-hpa"), options=RoleOptions(holders=holders))

    roles, bindings = _split(objects)
    assert [text_at(binding.body, "roleRef", "name") for binding in bindings] == [role.ref.name for role in roles]
    for binding in bindings:
        subjects = objects_at(binding.body, "subjects")
        assert [(text_at(each, "kind"), text_at(each, "name")) for each in subjects] == [
            ("User", "ada"),
            ("Group", "ml"),
            ("ServiceAccount", "pipeline"),
        ]
        assert subjects[2]["namespace"] == "ci"


def _split(objects: Manifests) -> tuple[Manifests, Manifests]:
    bindings = tuple(item for item in objects if item.ref.kind.endswith("Binding"))
    return tuple(item for item in objects if item not in bindings), bindings


@pytest.mark.parametrize("case", NAMES)
def test_who_lacks_a_right_is_pointed_to_the_least_role_that_has_it(case: str) -> None:
    by_role = {role: rights(role, case) for role in ROLES}
    told = {right: role_for([right]) for right in by_role["deployer"]}

    astray = {right for right, role in told.items() if right not in by_role[role]}
    beyond = {right for right, role in told.items() if any(right in by_role[each] for each in _lesser(role))}

    assert _kinds(astray) <= {("get", "namespaces")}, (
        "of one that the spec does not make: only `keys` looks, and is quiet"
    )
    assert _kinds(beyond) <= {("get", "secrets")}, "kind and name do not tell more"


def _lesser(role: Role) -> list[Role]:
    return [*ROLES][: [*ROLES].index(role)]


def _kinds(found: Iterable[Right]) -> set[tuple[str, str]]:
    return {(right.verb, right.resource) for right in found}


@pytest.mark.parametrize("case", NAMES)
def test_who_lacks_all_that_apply_needs_is_pointed_to_the_role_of_pipelines(case: str) -> None:
    needed = rights_for("apply", things_of_case(case), grades=frozenset({Grade.NEEDED}))

    assert role_for(needed) == "ci"


def test_what_only_some_roles_of_several_have_is_looked_for_in_one_that_has_all() -> None:
    place = {"namespace": "prod", "name": "resnet"}
    seen, written = (Right(verb=verb, resource="services", **place) for verb in ("get", "patch"))
    made = Right(verb="create", group="batch", resource="jobs", namespace="prod", name="resnet-trial")
    left_out = Right(verb="list", resource="pods")

    assert [role_for(each) for each in ([seen], [seen, written], [seen, made])] == ["viewer", "ci", "deployer"]
    assert "`tfk8s rbac --role viewer`" in advice([seen, left_out])


def test_advice_names_the_command_and_the_rule() -> None:
    lacking = Right(verb="patch", group="apps", resource="deployments", namespace="prod", name="resnet")

    assert advice([lacking]) == (
        "an administrator gives it: `tfk8s rbac --role ci` writes the role to apply; lacking here: "
        '{apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["resnet"], verbs: ["patch"]}'
    )


def test_what_no_role_has_is_not_looked_for_in_one() -> None:
    everywhere = Right(verb="list", resource="pods")

    assert advice([everywhere]) == "no role of `tfk8s rbac` has it: it would show the pods of every other namespace"
    assert "`tfk8s rbac --role viewer`" in advice([replace(everywhere, namespace="prod")])


def test_advice_stays_short() -> None:
    kinds = ("configmaps", "secrets", "services", "pods/exec")
    lacking = [Right(verb="patch", resource=kind, namespace="prod", name=kind[:3]) for kind in kinds]

    assert advice(lacking).endswith(" and 2 more")
