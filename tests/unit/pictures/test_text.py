from __future__ import annotations

from tfk8s.pictures import Table, to_text


def test_a_table_has_figures_to_the_right_and_words_to_the_left() -> None:
    table = Table(caption="", head=("rate", "kind", "count"), rows=(("50", "a", "1,000"), ("1,000", "longer", "–")))

    assert to_text(table).splitlines() == [
        " rate  kind    count",
        "   50  a       1,000",
        "1,000  longer      –",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert to_text(Table(caption="", head=("a", "b"), rows=())) == "a  b"


def test_a_cell_cannot_control_a_terminal() -> None:
    assert to_text(Table(caption="", head=("a",), rows=(("\x1b[2J\nb",),))).splitlines() == ["a", "\\x1b[2J b"]
