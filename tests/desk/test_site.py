"""Flows 2 and 3 in a real Chromium: a sentence becomes a source, pairs are judged with single keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from amparo.cli.checkout import load

kills = load("benchmarks", "kills")
CHROMIUM = Path("/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
ALONE = ("--disable-background-networking", "--disable-component-update")
ARTICLE = (
    "Synthetic news for a test in a browser\n\n"
    "Police officer Nadie Imaginario Inventado, 41, was killed on 9 June 2017 in La Paz while on leave. "
    "His cousin fled the town.\n"
)
SELECT = """words => {
  const walker = document.createTreeWalker(document.querySelector("[data-text]"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
}"""


@pytest.fixture(scope="module")
def page(desk: str) -> Iterator[Page]:
    """The founder's browser, in English; what it complains of and whom it asks is watched."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM}: needs Debian's package chromium")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *ALONE])
        shown = chromium.new_page(base_url=desk, locale="en", viewport={"width": 1100, "height": 900})
        wrong: list[str] = []
        shown.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("request", lambda asked: _is_here(asked.url, wrong))
        shown.goto("/signin")
        shown.fill("[name=passphrase]", kills.PASSPHRASE)
        shown.press("[name=passphrase]", "Enter")
        shown.wait_for_url(re.compile(r"/$"))
        shown.goto("/register/purpose?back=/")
        shown.click("main button")
        yield shown
        chromium.close()
        assert wrong == []


def _is_here(url: str, wrong: list[str]) -> None:
    if url.startswith("http") and urlsplit(url).hostname != "localhost":
        wrong.append(url)


def accessible(page: Page) -> None:
    found: list[Any] = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_pairs_are_judged_with_single_keys_and_the_last_is_taken_back(page: Page) -> None:
    page.goto("/matching")
    accessible(page)
    if page.locator("[data-judge]").count():
        page.click("form[action='/matching/stop'] button")
    page.fill("[name=number]", "5")
    page.click("form[action='/matching/begin'] button")
    accessible(page)
    first = page.locator("[name=record]").first.input_value()
    page.keyboard.press("s")
    expect(page.locator("progress")).to_have_attribute("value", "1")
    page.keyboard.press("d")
    expect(page.locator("progress")).to_have_attribute("value", "2")
    page.focus("[name=reason]")
    page.keyboard.press("u")  # typed, not judged
    expect(page.locator("[name=reason]")).to_have_value("u")
    page.locator("[name=reason]").blur()
    for left in ("1", "0"):
        page.keyboard.press("z")
        expect(page.locator("progress")).to_have_attribute("value", left)
    assert page.locator("[name=record]").first.input_value() == first
    page.uncheck("[data-keys-on]")
    page.keyboard.press("s")
    page.wait_for_timeout(300)
    expect(page.locator("progress")).to_have_attribute("value", "0")


def test_a_selected_sentence_becomes_the_source_of_a_value(page: Page, tmp_path: Path) -> None:
    page.goto("/reading")
    accessible(page)
    file = tmp_path / "article.txt"
    file.write_text(ARTICLE, "utf-8")
    page.set_input_files("[name=file]", file)
    page.fill("[name=source]", "article")
    page.click("form[action='/reading/file'] button")
    expect(page.locator("mark").first).to_be_visible()
    accessible(page)
    page.click("button[name=all][value=accept] >> nth=0")
    expect(page.locator("mark.stands").first).to_be_visible()
    page.select_option("[name=of]", label="a new act against Nadie Imaginario Inventado")
    page.evaluate(SELECT, "on leave")
    expect(page.locator("[name=quote]")).to_have_value("on leave")
    page.select_option("[name=field]", "act.duty_status")
    page.fill("[name=value]", "on leave")
    page.click("form[data-say] button")
    expect(page.locator("mark.stands", has_text="on leave").first).to_be_visible()
    accessible(page)
