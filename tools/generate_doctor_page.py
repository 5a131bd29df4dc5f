"""Write the table of rules in docs/doctor.md; `--check` only says if it is fresh."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.diagnose.catalogue import RULES
from tools.freshness import ROOT, write_or_check

PAGE = ROOT / "docs" / "doctor.md"
REMEDY = "run: python -m tools.generate_doctor_page"
BEGIN, END = "<!-- written by tools/generate_doctor_page.py -->", "<!-- until here -->"


def main() -> None:
    """Write the page anew around what stands in it by hand."""
    write_or_check({PAGE: with_table(PAGE.read_text("utf-8"))}, description=__doc__, remedy=REMEDY)


def with_table(text: str) -> str:
    """The page with the table of the rules as they are."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{chr(10).join(_table())}\n{END}{after}"


def _table() -> Iterator[str]:
    themes = dict.fromkeys(rule.theme for rule in RULES.values())
    for theme in themes:
        yield from ("", f"### {theme.capitalize()}", "", "| Code | Severity | Symptom | Fix |", "|---|---|---|---|")
        for rule in RULES.values():
            if rule.theme == theme:
                yield f"| `{rule.code}` | {rule.severity.value} | {rule.symptom} | {rule.fix} |"
    yield ""


if __name__ == "__main__":
    main()
