from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from tests.unit.pictures.pictures import a_picture
from tfk8s.pictures import Block, Report, Section, Table, to_html

HOSTILE = "<script>alert(1)</script><img src=x onerror=y> & \"quoted\" 'single' \u202e"
VOID = {"meta", "br", "hr", "img", "link", "input"}
TABLE = Table(caption="Steps", head=("requests/s", "p99 (ms)", "kind"), rows=(("50", "4.1", "a"), ("1,000", "–", "b")))


class Parsed(HTMLParser):
    """What a page consists of; a tag that is not closed in its turn is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of each tag of a name."""
        return [attributes for found, attributes in self.tags if found == tag]


def a_report(*blocks: Block, title: str = "resnet under load", facts: tuple[tuple[str, str], ...] = ()) -> Report:
    return Report(
        title=title, summary="One pod does it.", facts=facts, sections=(Section(heading="Part", blocks=blocks),)
    )


def test_a_report_is_the_same_text_each_time() -> None:
    report = a_report(a_picture(), TABLE)

    assert to_html(report) == to_html(report)


def test_a_report_has_a_language_a_title_and_headings_in_order() -> None:
    page = Parsed(to_html(a_report("a paragraph", facts=(("Model", "resnet"),))))

    assert page.named("html") == [{"lang": "en"}]
    assert [tag for tag, _ in page.tags if tag in ("title", "h1", "h2")] == ["title", "h1", "h2"]
    assert page.texts.count("resnet under load") == 2
    assert {"One pod does it.", "a paragraph", "Model", "resnet", "Part"} <= {*page.texts}


def test_a_report_may_load_nothing_and_asks_for_nothing() -> None:
    text = to_html(a_report(a_picture(), TABLE))

    page = Parsed(text)
    policies = [meta["content"] for meta in page.named("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    assert not [value for _, found in page.tags for value in found.values() if value and value.startswith("//")]
    assert not re.findall(r"@import|url\((?!#)", text)
    assert {*re.findall(r'"(https?://[^"]*)"', text)} <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_hostile_text_is_shown_as_it_is_wherever_it_stands() -> None:
    table = Table(caption=HOSTILE, head=(HOSTILE,), rows=((HOSTILE,),))
    report = Report(
        title=HOSTILE,
        summary=HOSTILE,
        facts=((HOSTILE, HOSTILE),),
        sections=(Section(heading=HOSTILE, blocks=(HOSTILE, table, a_picture(title=HOSTILE))),),
    )

    page = Parsed(to_html(report))

    shown = HOSTILE.replace("\u202e", "\\u202e").strip()
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not [name for _, found in page.tags for name in found if name.startswith("on")]
    assert Counter(page.texts)[shown] >= 9


def test_figures_are_aligned_and_words_are_not() -> None:
    page = Parsed(to_html(a_report(TABLE)))

    assert [cell.get("class") for cell in page.named("th")] == ["figure", "figure", None]
    assert [cell.get("class") for cell in page.named("td")] == ["figure", "figure", None] * 2


def test_two_pictures_share_no_name_and_refer_to_their_own() -> None:
    page = Parsed(to_html(a_report(a_picture(), a_picture(), a_picture(title="another"))))

    names = [found["id"] for _, found in page.tags if "id" in found]
    wanted = [
        *(str(use["xlink:href"]).removeprefix("#") for use in page.named("use")),
        *(name for svg in page.named("svg") for name in str(svg["aria-labelledby"]).split()),
        *(clip for _, found in page.tags for clip in re.findall(r"url\(#(.*?)\)", found.get("clip-path") or "")),
    ]
    assert len(page.named("svg")) == 3
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {*wanted} <= {*names}


def test_what_is_wide_scrolls_by_itself_and_can_be_reached_by_keyboard() -> None:
    page = Parsed(to_html(a_report(a_picture(), TABLE)))

    wide = [found for tag, found in page.tags if found.get("class") == "wide"]
    assert [(found["role"], found["tabindex"], found["aria-label"]) for found in wide] == [
        ("region", "0", "Latency by rate"),
        ("region", "0", "Steps"),
    ]
