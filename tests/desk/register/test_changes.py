"""The desk over a bad line: latency, drops, forms sent twice, seats that ended; and over no other line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import chromium
import office
import pytest
from playwright.sync_api import CDPSession, Page, expect

from amparo.cli.checkout import load
from amparo.study import store
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase

canaries = load("benchmarks", "canaries")
RECORD = "uno.1.3"
LATENCY = 300  # milliseconds to the server and back
FORM = "form[data-draft]"


@pytest.fixture(scope="module")
def served(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A desk of its own, whose study can be looked into once it has ended."""
    study = shutil.copytree(studied, tmp_path_factory.mktemp("connection") / "study")
    with office.Server(study) as server:
        yield server


@pytest.fixture(scope="module")
def page(served: Any) -> Iterator[Page]:
    """The founder's browser, signed in, in English."""
    with chromium.launched() as browser:
        shown = browser.new_page(base_url=served.address, locale="en")
        chromium.sign_in_for_review(shown, canaries.PASSPHRASE)
        yield shown


def line(page: Page, *, latency: int = 0, offline: bool = False) -> CDPSession:
    """Make the browser's line slow, or cut it."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    how = {"offline": offline, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", how)
    return session


def fill(page: Page, value: str) -> None:
    page.goto(f"/thing/{RECORD}")
    form = page.locator(FORM)
    form.locator("[name=field]").select_option("circumstances")
    form.locator("[name=told_by]").fill("nobody")
    form.locator("[name=told]").fill("2020")
    form.locator("[name=value]").fill(value)


def told(page: Page) -> Any:
    return page.locator("[data-draft-said]")


def test_a_slow_line_loses_nothing_and_two_presses_write_once(page: Page) -> None:
    session = line(page, latency=LATENCY)
    fill(page, "said over a slow line")
    expect(told(page)).to_have_text("Draft kept.")
    page.locator(f"{FORM} button").dblclick()
    expect(page.get_by_text("said over a slow line", exact=True).first).to_be_attached(timeout=20_000)
    expect(page.locator(f"{FORM} [name=value]")).to_have_value("")
    page.goto("/register")
    page.fill("[name=text]", "a")
    expect(page.locator("#hits")).not_to_be_empty()
    session.detach()


def test_what_is_sent_without_a_line_stays_on_the_page_and_goes_later(page: Page) -> None:
    fill(page, "said without a line")
    cut = line(page, offline=True)
    page.click(f"{FORM} button")
    expect(told(page)).to_have_text("Not kept yet: trying again.")
    expect(page.locator(f"{FORM} [name=value]")).to_have_value("said without a line")
    cut.detach()
    line(page)
    expect(told(page)).to_have_text("Draft kept.", timeout=20_000)
    page.goto(f"/thing/{RECORD}")
    expect(page.locator(f"{FORM} [name=value]")).to_have_value("said without a line")
    page.click(f"{FORM} button")
    expect(page.get_by_text("said without a line", exact=True).first).to_be_attached()


def test_who_was_signed_out_keeps_the_words_and_sends_them_after_signing_in_elsewhere(
    page: Page, served: Any
) -> None:
    fill(page, "said across two seats")
    served.kill()
    served.start()
    page.click(f"{FORM} button")
    expect(told(page)).to_contain_text("You are signed out.")
    expect(page.locator(f"{FORM} [name=value]")).to_have_value("said across two seats")
    with page.context.expect_page() as opened:
        page.click("[data-draft-out]")
    chromium.sign_in_for_review(opened.value, canaries.PASSPHRASE)
    opened.value.close()
    expect(told(page)).to_have_text("Draft kept.", timeout=20_000)
    page.click(f"{FORM} button")
    expect(page.get_by_text("said across two seats", exact=True).first).to_be_attached()


def test_a_form_whose_answer_was_lost_is_written_once(page: Page) -> None:
    """The same bytes come twice, as after a reload: the second time nothing is written or refused."""
    fill(page, "said and sent again")
    expect(told(page)).to_have_text("Draft kept.")
    sent = page.evaluate(
        """async () => {
          const form = document.querySelector("form[data-draft]");
          const body = () => new URLSearchParams(new FormData(form));
          const replies = [];
          for (let turn = 0; turn < 2; turn++) {
            replies.push((await fetch(form.action, {method: "POST", body: body()})).status);
          }
          return replies;
        }"""
    )
    assert sent == [200, 200]  # both end on the page of the thing


def test_each_value_stands_once_among_the_claims(page: Page, served: Any) -> None:
    page.goto(f"/thing/{RECORD}")
    served.kill()
    with ThreadPoolExecutor(1) as apart:  # the browser's driver keeps this thread for itself
        held, drafts = apart.submit(looked_into, served.study).result()
    assert drafts == 0
    assert held == dict.fromkeys(
        ("said over a slow line", "said without a line", "said across two seats", "said and sent again"), 1
    )


def looked_into(path: Path) -> tuple[Counter[str], int]:
    """How often each value is claimed of the record, and how many drafts wait."""
    with store.study_in(open_folder(path, Passphrase(canaries.PASSPHRASE, "owner"))) as study:
        from amparo.study.accounts.models import Draft
        from amparo.study.claims.reading import claims_of

        return Counter(claim.said.value for claim in claims_of(study, [RECORD]).claims), Draft.objects.count()


# Brings the interface up, as `ip link set lo up` does.
UP = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x49))
"""
ALONE = """
import sys
from pathlib import Path
from amparo.cli.checkout import load
from playwright.sync_api import sync_playwright
serving, browser, canaries = (load("benchmarks", name) for name in ("serving", "desk_kills", "canaries"))
with serving.Server(Path(sys.argv[1])) as server, sync_playwright() as driver:
    chromium = driver.chromium.launch(executable_path=browser.CHROMIUM, args=browser.QUIET)
    page = chromium.new_page(base_url=server.address, locale="en")
    page.goto("/signin")
    page.fill("[name=passphrase]", canaries.PASSPHRASE)
    page.press("[name=passphrase]", "Enter")
    page.wait_for_url("**/")
    page.goto("/register/purpose?back=/register")
    page.click("main form button")
    page.goto("/thing/uno.1.3")
    page.locator("form[data-draft]").wait_for()
    page.goto("/matching")
    page.click("form[action='/matching/begin'] button")
    page.locator("[data-pair]").wait_for()
    page.goto("/reading")
    print("worked", [each["name"] for each in page.context.cookies()] != [])
    chromium.close()
"""


def test_the_desk_works_where_there_is_no_other_line_than_loopback(studied: Path, tmp_path: Path) -> None:
    """In a network namespace of its own: no interface but `lo`, so that no packet can go anywhere else."""
    chromium.needed()
    if shutil.which("unshare") is None:
        pytest.skip("needs util-linux' unshare")
    alone = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*alone, sys.executable, "-c", UP], capture_output=True, check=False).returncode:
        pytest.skip("the kernel allows no network namespace to this user")
    study = shutil.copytree(studied, tmp_path / "study")
    script = f"{UP}\nassert [name for _, name in socket.if_nameindex()] == ['lo']\n{ALONE}"
    said = subprocess.run(
        [*alone, sys.executable, "-c", script, str(study)], capture_output=True, text=True, check=False
    )
    assert said.stdout.split() == ["worked", "True"], said.stderr[-2000:]
