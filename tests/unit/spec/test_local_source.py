from __future__ import annotations

from pathlib import Path

import pytest

from tfk8s.spec import LocalSource

BASE = Path("/srv/service")


@pytest.mark.parametrize("path", ["./~", "./~nobody/m", "~nobody", "~m/x", "a/~/b"])
def test_a_tilde_in_a_name_is_a_letter_like_any_other(path: str) -> None:
    assert LocalSource(path=path).directory(BASE) == BASE / path


@pytest.mark.parametrize("path", ["~", "~/models/resnet"])
def test_a_tilde_before_a_slash_is_the_home(path: str) -> None:
    assert LocalSource(path=path).directory(BASE) == Path.home() / path[2:]
