"""Flows 2 and 3 in a real Chromium: a sentence becomes a source, pairs are judged with single keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import chromium
import office
import pytest
from chromium import accessible
from playwright.sync_api import Page, expect

from amparo.cli.checkout import load

canaries = load("benchmarks", "canaries")
LEAVE = {"en": "on leave", "es": "de licencia"}
ARTICLE = {
    "en": "Synthetic news for a test in a browser\n\n"
    "Police officer Nadie Imaginario Inventado, 41, was killed on 9 June 2017 in La Paz while on leave. "
    "His cousin fled the town.\n",
    "es": "Noticia sintética para una prueba en un navegador\n\n"
    "El agente Nadie Imaginario Inventado, de 41 años, fue asesinado el 9 de junio de 2017 en La Paz cuando "
    "estaba de licencia. Su primo huyó del pueblo.\n",
}
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


@pytest.fixture(scope="module", params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def page(studied: Path, tmp_path_factory: pytest.TempPathFactory, language: str) -> Iterator[Page]:
    """The founder's browser before a desk of its own, with names opened for review."""
    study = shutil.copytree(studied, tmp_path_factory.mktemp(language) / "study")
    with office.Server(study) as desk, chromium.window(desk.address, language) as shown:
        chromium.sign_in_for_review(shown, canaries.PASSPHRASE)
        yield shown


def test_pairs_are_judged_with_single_keys_and_the_last_is_taken_back(page: Page, language: str) -> None:
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
    chromium.picture(page, language, "judged")
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


def test_a_selected_sentence_becomes_the_source_of_a_value(page: Page, language: str, tmp_path: Path) -> None:
    page.goto("/reading")
    accessible(page)
    file = tmp_path / "article.txt"
    file.write_text(ARTICLE[language], "utf-8")
    page.set_input_files("[name=file]", file)
    page.fill("[name=source]", "article")
    page.click("form[action='/reading/file'] button")
    expect(page.locator("mark").first).to_be_visible()
    accessible(page)
    page.click("button[name=all][value=accept] >> nth=0")
    expect(page.locator("mark.stands").first).to_be_visible()
    act = page.locator("[name=of] option[value^='act@']").first  # against the person accepted
    page.select_option("[name=of]", act.get_attribute("value"))
    page.evaluate(SELECT, LEAVE[language])
    expect(page.locator("[name=quote]")).to_have_value(LEAVE[language])
    page.select_option("[name=field]", "act.duty_status")
    page.fill("[name=value]", LEAVE[language])
    chromium.picture(page, language, "sentence", 1500)
    page.click("form[data-say] button")
    expect(page.locator("mark.stands", has_text=LEAVE[language]).first).to_be_visible()
    accessible(page)
