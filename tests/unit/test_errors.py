from __future__ import annotations

from tfk8s import errors
from tfk8s.errors import CHANGES_PENDING, INTERRUPTED, Tfk8sError


def _families() -> list[type[Tfk8sError]]:
    found: list[type[Tfk8sError]] = []
    pending = list(Tfk8sError.__subclasses__())
    while pending:
        family = pending.pop()
        found.append(family)
        pending += family.__subclasses__()
    return found


def test_each_family_has_an_exit_code_of_its_own() -> None:
    codes = [family.exit_code for family in _families() if family.__module__ == errors.__name__]

    assert len(codes) == 8
    assert len({*codes, CHANGES_PENDING, INTERRUPTED, 0, 1, 2}) == len(codes) + 5


def test_an_error_reads_as_its_message_and_keeps_hint_and_details() -> None:
    error = errors.InputError("spec.yaml:3:1: no field nmae", hint="did you mean name?", details=("a", "b"))

    assert str(error) == "spec.yaml:3:1: no field nmae"
    assert error.hint == "did you mean name?"
    assert error.details == ("a", "b")
