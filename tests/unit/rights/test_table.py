"""Every command is in the table of rights, or named as one that asks no cluster of a service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import click

from tests.integration import test_rights as served_rights
from tests.integration.control_plane import test_rights as audited_rights
from tfk8s.cli.main import root
from tfk8s.rights import NEEDS, OWNERS, ROLES, WITHOUT_CLUSTER, Grade, Thing
from tools import generate_rights_page


def commands(group: click.Group = root, *, above: str = "") -> Iterator[str]:
    """Every command that can be typed, `versions add` and `keys create` among them."""
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            path = f"{above} {name}".strip()
            if isinstance(command, click.Group):
                yield from commands(command, above=path)
            else:
                yield path


def _covered(path: str) -> list[str]:
    """The entries that a command falls under; one of a whole group covers what is in it."""
    known = (*NEEDS, *WITHOUT_CLUSTER, *OWNERS)
    return [entry for entry in known if path == entry or path.startswith(f"{entry} ")]


def test_each_command_has_one_entry() -> None:
    found = {path: _covered(path) for path in commands()}

    assert len(found) > 40
    assert {path: entries for path, entries in found.items() if len(entries) != 1} == {}


def _lines() -> tuple[list[str], list[str]]:
    """What the tests run under roles: on an API server alone, and where pods answer."""
    audited = [line for entry in NEEDS for line in audited_rights.LINES.get(entry, (entry,))]
    return audited, [line for _, line in served_rights.RUNS]


def test_each_command_is_run_under_its_role_or_has_no_role() -> None:
    audited, served = _lines()
    asking = {path for path in commands() if not WITHOUT_CLUSTER & {*_covered(path)}}

    without = {path for path in asking if not any(f"{line} ".startswith(f"{path} ") for line in audited + served)}

    roleless = {path for path in asking if OWNERS.keys() & {*_covered(path)}} - {"up", "down"}
    assert without == roleless, "only who owns the cluster runs these"


def test_what_ends_well_only_where_pods_run_is_run_there() -> None:
    _, served = _lines()

    assert {entry for entry in audited_rights.SERVED if not any(line.startswith(entry) for line in served)} == set()
    assert set(audited_rights.LINES) | audited_rights.SERVED <= set(NEEDS)


def test_each_entry_is_of_a_command() -> None:
    paths = [*commands()]

    idle = [
        entry for entry in (*NEEDS, *WITHOUT_CLUSTER, *OWNERS) if not any(entry in _covered(each) for each in paths)
    ]
    assert idle == []


def test_the_deployer_may_do_what_any_role_may() -> None:
    assert set(ROLES["deployer"]) == set(NEEDS)
    assert all(set(commands) <= set(NEEDS) for commands in ROLES.values())


def test_what_no_role_has_says_why() -> None:
    needs = [need for each in NEEDS.values() for need in each]

    assert all(bool(need.why) == (need.grade is Grade.LEFT_OUT) for need in needs)
    assert all(bool(need.thing) != bool(need.resource) for need in needs)


def test_nothing_of_a_whole_cluster_is_needed_so_a_role_in_the_namespace_is_enough() -> None:
    wide = [need for each in NEEDS.values() for need in each if need.is_wide]

    assert wide
    assert all(need.grade is not Grade.NEEDED for need in wide)
    assert {verb for need in wide for verb in need.verbs} <= {"get", "list"}


def test_the_page_shows_the_table_as_it_is() -> None:
    text = generate_rights_page.PAGE.read_text("utf-8")

    assert generate_rights_page.with_tables(text) == text, generate_rights_page.REMEDY
    assert set(generate_rights_page.WORDS) == set(get_args(Thing))
