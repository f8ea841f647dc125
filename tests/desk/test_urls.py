"""The page of every route, in a real Chromium: accessible, light and dark, and without a sideways scroll."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import chromium
import office
import pytest
from asked import asks

from amparo.cli.checkout import load
from amparo.desk.access import ROUTES

canaries = load("benchmarks", "canaries")
NARROW, ZOOMED = 390, 550  # a telephone; a window of 1,100 at 200 %


@pytest.fixture(scope="module")
def served(planted: office.Planted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    study = shutil.copytree(planted.path, tmp_path_factory.mktemp("pages") / "study")
    with office.Server(study) as desk:
        yield desk.address


@pytest.mark.parametrize(("language_of_pages", "dark"), [("es", False), ("en", True)])
def test_every_page_is_accessible_and_fits_any_width(
    served: str, planted: office.Planted, language_of_pages: str, dark: bool
) -> None:
    with chromium.window(served, language_of_pages, dark=dark) as page:
        chromium.sign_in_for_review(page, canaries.PASSPHRASE)
        page.goto("/matching")
        page.click("form[action='/matching/begin'] button")
        wrong: list[tuple[str, str, str]] = []
        for route in sorted(ROUTES):
            if "GET" not in ROUTES[route].methods or "-key" in route:
                continue
            for ask in asks(route, planted.ids):
                if ask.method == "GET" and ask.place in ("own", "missing"):
                    page.goto(ask.path)
                    assert page.locator("html").get_attribute("lang") == language_of_pages
                    wrong += chromium.violations(page)
                    wrong += [each for width in (NARROW, ZOOMED) for each in chromium.overflows(page, width)]
        assert wrong == []
        page.goto(f"/thing/{planted.ids['own']['record']}")
        page.emulate_media(media="print")
        assert not page.locator(".bar").is_visible()
        assert page.locator("dl.values").first.is_visible()
