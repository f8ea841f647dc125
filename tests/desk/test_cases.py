"""Flow 4 in a real Chromium, in Spanish and English: from a board to an outcome."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chromium
import office
import pytest
from chromium import accessible
from playwright.sync_api import Locator, Page, expect

from amparo.cli.checkout import load
from amparo.report.catalogue import say, word

canaries = load("benchmarks", "canaries")


@pytest.fixture(scope="module", params=["es", "en"])
def page(
    studied: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The founder's browser in one of the languages, before a desk of its own."""
    study = shutil.copytree(studied, tmp_path_factory.mktemp(request.param) / "study")
    with office.Server(study) as desk, chromium.window(desk.address, request.param) as shown:
        chromium.sign_in_for_review(shown, canaries.PASSPHRASE)
        yield shown


def language(page: Page) -> str:
    return page.evaluate("document.documentElement.lang")


def open_form(page: Page, summary: str, where: str = "main") -> None:
    page.locator(f"{where} details:has(> summary:text-is({summary!r})) > summary").first.click()


def of(page: Page, label: str) -> Locator:
    """The line's link of the case so called."""
    return page.locator(f"table.board tr:has(small:text-is({label!r})) a").first


def told(page: Page, code: str, **facts: object) -> str:
    return say(language(page), code, **facts)


def test_a_case_goes_from_the_board_to_an_outcome(page: Page) -> None:
    lang = language(page)
    page.goto("/cases")
    accessible(page)
    chromium.picture(page, lang, "cases")
    levels = page.locator("table.board tbody tr td:first-child").all_inner_texts()
    order = [word(lang, "level", each) for each in ("red", "amber", "green", "none")]
    assert levels == sorted(levels, key=order.index)
    # A case of one who has a court before them.
    of(page, "la milpa").click()
    accessible(page)
    chromium.picture(page, lang, "case", 1400)
    clocks = page.locator("table.clocks").first
    expect(clocks).to_contain_text("8 USC 1158(a)(2)(B)")
    expect(clocks).to_contain_text("us.asylum.one_year v1")
    expect(clocks).to_contain_text(told(page, "clock.status.cannot_compute"))
    # Its hearing gets a day; what must be filed before it has one at once.
    hearing = page.locator("details", has=page.locator("input[name=hearing]")).filter(
        has=page.locator("select[name=state]")
    )
    hearing.nth(1).locator("summary").click()
    day = (date.today() + timedelta(days=80)).isoformat()
    hearing.nth(1).locator("[name=on]").fill(day)
    hearing.nth(1).locator("button").click()
    expect(page.locator("table.clocks").first).not_to_contain_text(told(page, "clock.status.cannot_compute"))
    # A judge's day stands beside what the rule gives.
    open_form(page, told(page, "case.order_new"))
    form = page.locator("form[action$='/order']").first
    form.locator("[name=fact]").select_option("judge_order_due")
    form.locator("[name=hearing]").select_option(index=2)
    form.locator("[name=due]").fill((date.today() + timedelta(days=60)).isoformat())
    form.locator("[name=ordered_on]").fill((date.today() - timedelta(days=3)).isoformat())
    form.locator("[name=source]").fill("orden escrita")
    form.locator("button").click()
    expect(page.locator(".way").first).to_contain_text("orden escrita")
    # A document is in hand.
    button = page.locator("form[action$='/paper'] button").first
    button.click()
    expect(page.locator(".papers li").first).to_contain_text(word(lang, "paper", "have"))
    # A stage that asks for a day says so, and what was typed stays in the form.
    filed = word(lang, "stage.us_defensive", "filed")
    open_form(page, filed)
    step = page.locator("details[open] form[action$='/step']").first
    step.locator("[name=why]").fill("lo dijo la clínica")
    step.locator("button").click()
    expect(page.locator("#said")).to_contain_text(word(lang, "need", "complete_application_received"))
    expect(step.locator("[name=why]")).to_have_value("lo dijo la clínica")
    step.locator("[name=on]").fill((date.today() - timedelta(days=2)).isoformat())
    step.locator("[name='fact-complete_application_received']").fill(
        (date.today() - timedelta(days=2)).isoformat()
    )
    step.locator("button").click()
    expect(page.locator(".way p strong").first).to_have_text(filed)
    expect(page.locator("table.clocks").first).to_contain_text("us.asylum.ead_file")
    # A second way, side by side with the first.
    page.locator("#choose + details summary, section[aria-labelledby=choose] details summary").first.click()
    chosen = page.locator("section[aria-labelledby=choose] form")
    chosen.locator("[name=kind]").select_option("elsewhere")
    chosen.locator("button").click()
    expect(page.locator("section.way")).to_have_count(2)
    accessible(page)


def test_the_other_pages_of_cases_can_be_used_by_everybody(page: Page) -> None:
    page.goto("/cases")
    of(page, "el pozo").click()
    address = page.url
    for path in (f"{address}/household", "/partners", "/clocks", "/cases/week", "/cases/hand-over", "/"):
        page.goto(path)
        accessible(page)
    page.goto("/partners")
    expect(page.locator("main")).to_contain_text("2025")
    for path in ("/cases", address, f"{address}/household", "/partners", "/cases/week"):
        page.goto(path)
        chromium.fits(page, 390)


def test_a_calendar_leaves_with_neutral_titles(page: Page) -> None:
    page.goto("/cases")
    with page.expect_download() as coming:
        page.click("[data-calendar]")
    file = coming.value.path().read_text("utf-8")
    assert coming.value.suggested_filename == "dates.ics"
    assert "BEGIN:VEVENT" in file
    assert word(language(page), "neutral", "hearing") in file
    assert "milpa" not in file
