"""A real Chromium before the desk: what it complains of and whom it asks is watched; pictures for the guides.

With AMPARO_SCREENSHOTS=1 the pictures in `docs/` are written anew; all data in them are synthetic.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from amparo.cli.checkout import load

desk_kills = load("benchmarks", "desk_kills")
DOCS = Path(__file__).parents[2] / "docs"
WIDTH, HEIGHT = 1100, 900
COLOURS = 64  # of a picture: text and a few tints


WIDEST = """() => {
  const width = document.documentElement.scrollWidth;
  const beyond = [...document.querySelectorAll("main *")].filter(
    (each) => each.getBoundingClientRect().right > innerWidth && !each.closest(".scroll"));
  return [width, beyond.length ? beyond[0].outerHTML.slice(0, 200) : ""];
}"""


def needed() -> None:
    """Leave the test out where there is no Chromium."""
    if not desk_kills.CHROMIUM.exists():
        pytest.skip("chromium is missing: as root, apt-get install chromium (Debian)")


@contextmanager
def launched() -> Generator[Browser]:
    """Chromium as every test and bench starts it."""
    needed()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=desk_kills.CHROMIUM, args=desk_kills.QUIET)
        yield browser
        browser.close()


@contextmanager
def window(desk: str, language: str, *, dark: bool = False, width: int = WIDTH) -> Generator[Page]:
    """A page of Chromium; at the end nothing was complained of and nothing but this machine was asked."""
    with launched() as browser:
        page = browser.new_page(
            base_url=desk,
            locale=language,
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if dark else "light",
        )
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text) if _complains(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: _is_here(asked.url, wrong))
        yield page
        page.close()
        assert wrong == []


def _complains(said: ConsoleMessage) -> bool:
    """A refusal in words has a status of 4xx, which Chromium notes too: that is none."""
    return said.type == "error" and "the server responded with a status of 4" not in said.text


def _is_here(url: str, wrong: list[str]) -> None:
    if url.startswith("http") and urlsplit(url).hostname != "localhost":
        wrong.append(url)


def sign_in(page: Page, passphrase: str) -> None:
    """The founder, through the form."""
    page.goto("/signin")
    page.fill("[name=passphrase]", passphrase)
    page.press("[name=passphrase]", "Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == "/")


def sign_in_for_review(page: Page, passphrase: str) -> None:
    """The founder, who then says that names are opened for review."""
    sign_in(page, passphrase)
    page.goto("/register/purpose?back=/")
    page.click("main form button")
    page.wait_for_url(lambda url: urlsplit(url).path == "/")


def accessible(page: Page) -> None:
    """No violation that axe knows of."""
    found = violations(page)
    assert found == [], found


def violations(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds: address, rule, the first element that breaks it."""
    found: list[Any] = Axe().run(page).response["violations"]
    return [(page.url, each["id"], each["nodes"][0]["html"]) for each in found]


def fits(page: Page, width: int) -> None:
    """At this width nothing has to be scrolled sideways."""
    found = overflows(page, width)
    assert found == [], found


def overflows(page: Page, width: int) -> list[tuple[str, str, str]]:
    """What has to be scrolled sideways at this width: address, the widths, an element that is wide."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    wide = page.evaluate(WIDEST)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    return [(page.url, f"{width} < {wide[0]}", wide[1])] if wide[0] > width else []


def picture(page: Page, language: str, name: str, height: int = 0) -> None:
    """Keep what the page shows as a picture of the guide, where they are to be written anew.

    `height` cuts what stands lower; 0 keeps what fits into the window.
    """
    if not os.environ.get("AMPARO_SCREENSHOTS"):
        return
    taken = page.screenshot(
        clip={"x": 0, "y": 0, "width": WIDTH, "height": height or HEIGHT}, full_page=height > HEIGHT
    )
    shown = Image.open(BytesIO(taken))
    small = shown.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(DOCS / language / f"desk-{name}.png", optimize=True)
