"""Two people edit the same persons in two browsers while the desk is killed under them, over and over.

Each browser is a Chromium of its own, with its own user. They open one of a few records, type what somebody
told, wait or not, and send it. SIGKILL ends every process of the desk at random moments; it is started again,
and whoever was signed in signs in again. A value is acknowledged when the page that follows shows it. In the
end the study is opened without the desk: every acknowledged value must stand among its claims, none twice.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from amparo.study import store
from amparo.study.plan import read_plan
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase

from .canaries import PASSPHRASE, plant
from .serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
)
PEOPLE = ("ana", "eva")
SHARED = 2  # records that both edit
HESITATES = 2.0  # most seconds before somebody sends what they typed
BETWEEN = (8.0, 40.0)  # seconds from one kill to the next
DOWN = (0.2, 2.0)  # seconds without a desk
PATIENCE = 30_000  # milliseconds for a page
ABANDONS = 0.2  # share of the edits that are left unsent once the draft is kept, to be found again


def run(minutes: float, seed: int) -> Iterator[dict[str, Any]]:
    """A line for each browser, then one for both with what the claims hold."""
    with tempfile.TemporaryDirectory(prefix="amparo-desk-kills-") as name:
        study = made(Path(name), seed)
        killed = 0
        with Server(study) as server:
            people = [_Person(handle, server.address, shared(), seed) for handle in PEOPLE]
            end = time.monotonic() + 60 * minutes
            working = [threading.Thread(target=person.work, args=(end,)) for person in people]
            for one in working:
                one.start()
            rng = random.Random(seed)  # noqa: S311
            while (pause := rng.uniform(*BETWEEN)) < end - time.monotonic():
                time.sleep(pause)
                server.kill()
                time.sleep(rng.uniform(*DOWN))
                server.start()
                killed += 1
            for one in working:
                one.join()
        for person in people:
            yield {"step": "browser", "user": person.handle, **person.told}
        sent = [value for person in people for value in person.acknowledged]
        yield {"step": "both", "minutes": minutes, "kills": killed, **_kept(study, sent, people)}


def made(room: Path, seed: int) -> Path:
    """A study of two small synthetic lists, with two people who document."""
    lists = plant(room / "lists", seed)
    study = room / "study"
    plan = structs.replace(read_plan(lists.plan.read_bytes(), lists.plan.name), language="es")
    store.create(study, PASSPHRASE, plan)
    with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
        from amparo.study.accounts.compartments import welcome  # noqa: PLC0415
        from amparo.study.register.services import read_list  # noqa: PLC0415

        for key in ("uno", "dos"):
            read_list(opened, lists.files[key].read_bytes(), "list.csv", source_key=key)
        for handle in PEOPLE:
            welcome(opened, handle, ("documents",), passphrase(handle), ("default",))
    return study


def passphrase(handle: str) -> str:
    """What opens the study for one of the people."""
    return f"cuatro palabras para {handle}"


def shared() -> list[str]:
    """The records that both edit."""
    return [f"uno.1.{row}" for row in range(2, 2 + SHARED)]


@dataclass
class _Person:
    """Somebody at a browser of their own, and what became of what they typed."""

    handle: str
    address: str
    records: list[str]
    seed: int
    acknowledged: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def work(self, end: float) -> None:
        """Edit until the time is over."""
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415

        rng = random.Random(f"{self.seed} {self.handle}")  # noqa: S311
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = chromium.new_page(base_url=self.address, locale="en")
            page.set_default_timeout(PATIENCE)
            while time.monotonic() < end:
                try:
                    self._edit(page, rng)
                except Error:
                    self.told["interrupted"] += 1
                    time.sleep(0.5)
            chromium.close()

    def _edit(self, page: Page, rng: random.Random) -> None:
        """Open a record, say something of it, and see what the desk makes of it."""
        of = rng.choice(self.records)
        self._open(page, of)
        self.number += 1
        value = f"{self.handle} {self.seed} {self.number}"
        self._type(page, value, rng)
        if rng.random() < ABANDONS:
            page.locator("[data-draft-said]", has_text="Draft kept").wait_for()
            self.told["drafts"] += 1
            self._find_draft(page, of, value)
        page.wait_for_timeout(1000 * rng.uniform(0, HESITATES))
        self._send(page, of, value)

    def _open(self, page: Page, of: str) -> None:
        """The page of a record, through the sign-in page where the desk knows nobody any more."""
        page.goto(f"/thing/{of}")
        if page.locator("[name=passphrase]").count():
            page.fill("[name=handle]", self.handle)
            page.fill("[name=passphrase]", passphrase(self.handle))
            with page.expect_navigation():
                page.press("[name=passphrase]", "Enter")
            self.told["signed in"] += 1
            page.goto(f"/thing/{of}")
        if page.locator("[name=purpose]").count():
            with page.expect_navigation():
                page.click("main form button")
            page.goto(f"/thing/{of}")
        page.locator("form[data-draft] [name=value]").wait_for()

    @staticmethod
    def _type(page: Page, value: str, rng: random.Random) -> None:
        form = page.locator("form[data-draft]")
        form.locator("[name=field]").select_option("circumstances")
        form.locator("[name=told_by]").fill("nobody")
        form.locator("[name=told]").fill("2020")
        form.locator("[name=value]").fill("")
        form.locator("[name=value]").press_sequentially(value, delay=rng.uniform(5, 60))

    def _find_draft(self, page: Page, of: str, value: str) -> None:
        """Go away without sending and come back: a draft that was kept is there, kill or no kill."""
        page.goto("about:blank")
        while True:
            try:
                self._open(page, of)
                break
            except Exception:  # the desk is down for a moment
                time.sleep(0.5)
        if page.locator("form[data-draft] [name=value]").input_value() != value:
            self.told["drafts lost"] += 1

    def _send(self, page: Page, of: str, value: str) -> None:
        """Press, and read what follows: written, somebody else wrote meanwhile, or nobody answers."""
        with page.expect_navigation():
            page.click("form[data-draft] button")
        if page.locator("[role=alert].problem").count():
            self.told["conflicts"] += 1
            typed = page.locator("form[data-draft] [name=value]").input_value()
            self.told["words kept"] += typed == value
            with page.expect_navigation():
                page.click("form[data-draft] button")
        shown = page.url.endswith(f"/thing/{of}") and page.get_by_text(value, exact=True).count()
        if shown and not page.locator("[role=alert].problem").count():
            self.acknowledged.append(value)
            self.told["acknowledged"] += 1
        else:
            self.told["unanswered"] += 1


def _kept(study: Path, sent: list[str], people: list[_Person]) -> dict[str, Any]:
    """What the claims hold of the values that were acknowledged, without the desk."""
    with store.study_in(open_folder(study, Passphrase(PASSPHRASE, "owner"))) as opened:
        from amparo.study.claims.reading import claims_of  # noqa: PLC0415
        from amparo.study.verification import verify_study  # noqa: PLC0415

        verify_study(opened)
        held = Counter(claim.said.value for claim in claims_of(opened).claims)
    told: Counter[str] = sum((person.told for person in people), Counter())
    return {
        "acknowledged": len(sent),
        "acknowledged_lost": sum(value not in held for value in sent),
        "written_twice": sum(number > 1 for number in held.values()),
        "conflicts": told["conflicts"],
        "typed_words_kept": told["words kept"],
        "drafts": told["drafts"],
        "drafts_lost": told["drafts lost"],
        "unanswered": told["unanswered"],
        "interrupted": told["interrupted"],
        "signed_in": told["signed in"],
    }
