"""Somebody new, with nothing but what the screen says: a person, a decision and a judgement in the demo."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import chromium
import office
import pytest
from playwright.sync_api import expect

from amparo.cli import demo
from amparo.runs import silent

MOST_DONE = 16  # clicks and texts typed, all told


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The demo's study, small, with the article of a language: what `amparo demo` leaves before it counts."""
    folder = tmp_path_factory.mktemp("demo")
    with demo.linked(folder, 1, 150, silent):
        pass

    def of(language: str) -> Path:
        from amparo.study import store
        from amparo.vault.folder import open_folder
        from amparo.vault.slots import Passphrase

        study = shutil.copytree(folder / "study", folder / language)
        with store.study_in(open_folder(study, Passphrase(demo.PASSPHRASE))) as opened:
            demo.keep_article(opened, language)
        return study

    return of


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_first_time_user_finds_decides_and_judges(made: Callable[[str], Path], language: str) -> None:
    done = 0
    with office.Server(made(language)) as desk, chromium.window(desk.address, language) as page:

        def click(place: str) -> None:
            nonlocal done
            done += 1
            page.click(place)

        page.goto("/")
        chromium.picture(page, language, "signin", 620)
        page.fill("[name=passphrase]", demo.PASSPHRASE)
        click("main form button")
        expect(page.locator(".steps a")).to_have_count(3)
        chromium.picture(page, language, "first")

        click(".steps a[href='/register']")
        chromium.picture(page, language, "purpose", 760)
        click("main form button")  # what names are opened for: the first answer is chosen
        page.fill("#text", "hernandez")
        expect(page.locator(".hits a").first).to_be_visible()
        chromium.picture(page, language, "search", 640)
        click(".hits a >> nth=0")
        expect(page.locator("dl.values").first).to_be_visible()
        chromium.picture(page, language, "person")

        click(".brand")
        expect(page.locator(".steps a")).to_have_count(2)
        click(".steps a[href='/claims']")
        click("main a[href^='/file/']")
        expect(page.locator("mark").first).to_be_visible()
        chromium.picture(page, language, "article")
        click("button[name=all][value=accept] >> nth=0")
        expect(page.locator("mark.stands").first).to_be_visible()

        click(".brand")
        expect(page.locator(".steps a")).to_have_count(1)
        click(".steps a[href='/matching']")
        click("form[action='/matching/begin'] button")
        expect(page.locator("[data-judge]")).to_be_visible()
        chromium.picture(page, language, "pair")
        click("[data-press=s]")
        expect(page.locator("progress")).to_have_attribute("value", "1")
        click(".brand")
        expect(page.locator(".steps")).to_have_count(0)
    assert done + 2 <= MOST_DONE  # two texts were typed
