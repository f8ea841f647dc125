"""The page is one file that asks for nothing, hides nothing from a screen reader and believes no title."""

from html.parser import HTMLParser
from itertools import pairwise

import pytest
from findings_sample import CASES

from amparo.report.catalogue import languages, say
from amparo.report.page import html, policy

ALL = [(name, lang) for name in CASES for lang in languages()]
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def read(name: str, lang: str) -> Reader:
    reader = Reader()
    reader.feed(html(CASES[name](), lang))
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_the_page_asks_for_nothing(name, lang):
    for tag, attributes in read(name, lang).tags:
        assert tag not in {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "form",
            "image",
            "foreignobject",
        }
        assert not any(key.startswith("on") or key == "style" for key in attributes), tag
        for key in ("href", "src", "xlink:href", "action", "data"):
            value = attributes.get(key)
            assert value is None or value.startswith("#"), (tag, value)
        assert not any("url(" in (value or "") for value in attributes.values())


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_headings_language_and_text_alternatives(name, lang):
    tags = read(name, lang).tags
    assert dict(tags)["html"]["lang"] == lang
    assert [tag for tag, _ in tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in tags if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert len(attributes["aria-label"] or "") > 20
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {href[1:] for _, attributes in tags if (href := attributes.get("href"))}
    assert targets <= set(ids)


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_every_table_and_figure_is_marked_as_unfit(name, lang):
    reader = read(name, lang)
    shown = sum(tag in {"figure", "table"} for tag, _ in reader.tags)
    marks = sum(attributes.get("class") == "mark" for _, attributes in reader.tags)
    assert shown == marks > 0
    assert say(lang, "report.unfit_title") in "".join(reader.text)


def test_a_title_is_never_markup():
    reader = read("crowded", "es")
    assert "<script>alert('x')</script>" in "".join(reader.text)


def test_the_answer_comes_first_and_holds_the_three_numbers():
    text = " ".join(" ".join(read("full", "en").text).split())
    text = text[text.index("The answer") :]
    assert text.index("Estimated total") < text.index("People per list")
    for number in ("2,615", "4,880", "4,381", "5,435", "2,265"):
        assert number in text
    assert "inside the interval" in text


def test_a_refusal_says_why_and_gives_no_number():
    text = " ".join(read("not_converged", "es").text)
    assert say("es", "answer.refused_title") in text
    assert "1.34" in text
    assert say("es", "answer.no_number") in text
    assert say("es", "estimate.median") not in text
    assert "sintéticos" not in text


def test_a_count_from_a_table_says_that_it_was_not_linked():
    assert say("en", "linking.absent") in " ".join(read("histories", "en").text)


def test_the_same_findings_give_the_same_page():
    assert html(CASES["full"](), "es") == html(CASES["full"](), "es")


def test_the_policy_allows_the_style_alone():
    assert policy().startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy()
