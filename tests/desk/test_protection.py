"""Flow 1 in a real Chromium, in both languages: a file is opened, kept safe, and referred with consent."""

from __future__ import annotations

import io
import json
import re
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import chromium
import office
import pytest
from chromium import accessible
from playwright.sync_api import Page, expect

from amparo.cli.checkout import load
from amparo.report.catalogue import say, word
from amparo.vault import age

canaries = load("benchmarks", "canaries")
SECOND = "otra frase de una segunda persona"
LANGUAGES = ("es", "en")
PARTNER = "partner-0000000001"


class House(NamedTuple):
    """A desk before a study with a second person, and with a partner that has a key."""

    address: str
    identity: str


@pytest.fixture(scope="module")
def house(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    from amparo.study import store
    from amparo.study.accounts import compartments
    from amparo.study.cases.partners import keep_partner
    from amparo.study.cases.said import Partner
    from amparo.vault import folder, keyring
    from amparo.vault.slots import Passphrase

    path = shutil.copytree(studied, tmp_path_factory.mktemp("protection") / "study")
    identity = age.new_identity()
    with store.study_in(folder.open_folder(path, Passphrase(canaries.PASSPHRASE))) as study:
        compartments.welcome(study, "segunda", ["documents", "cases", "approves"], SECOND, ("default",))
        compartments.welcome(study, "ayuda", ["volunteer"], SECOND)
        keep_partner(study, Partner(PARTNER, "Oficina Ficticia", key=age.public(identity)))
    keyring.drop()
    with office.Server(path) as address:
        yield House(address.address, identity)


def second(page: Page, house: House, lang: str, handle: str = "segunda") -> Page:
    """The browser of somebody else: the second person, or the volunteer."""
    browser = page.context.browser
    assert browser is not None
    shown = browser.new_page(base_url=house.address, locale=lang)
    shown.goto("/signin")
    shown.fill("[name=handle]", handle)
    shown.fill("[name=passphrase]", SECOND)
    shown.press("[name=passphrase]", "Enter")
    shown.wait_for_url(re.compile(r"/$"))
    return shown


def opened(page: Page) -> str:
    """A file of somebody who does not exist: like one of the officers of the seed, unnamed there too."""
    page.goto("/cases/new")
    accessible(page)
    page.select_option("[name=contact_safe_now]", "yes")
    page.select_option("[name=contact_channel]", "message")
    page.fill("[name=contact_code_word]", "maíz")
    page.select_option("[name=consent_case]", "yes")
    page.select_option("[name=consent_statistics]", "no")
    page.select_option("[name=partner-partner-0000000001]", "yes")
    page.fill("[name=person_given]", "Nadie")
    page.fill("[name=person_surname]", "Imaginario Ficticio")
    page.select_option("[name=person_sex]", "female")
    page.fill("[name=household-0-member_name]", "Otro Imaginario")
    page.select_option("[name=household-0-member_relation]", "partner")
    page.select_option("[name=household-0-member_knows]", "yes")
    page.select_option("[name=household-0-member_at_risk]", "yes")
    page.click("button[name=more][value=household]")
    assert page.locator("[name=household-0-member_name]").input_value() == "Otro Imaginario"
    page.fill("[name=household-2-member_name]", "Niña Imaginaria")
    page.select_option("[name=household-2-member_relation]", "child")
    page.fill("[name=work_unit]", "unidad ficticia contra el grupo")
    page.fill("[name=threats-0-threat_words]", "ya sabemos dónde vive")
    page.select_option("[name=threats-0-threat_channel]", "face")
    page.evaluate("scrollTo(0, 0)")
    chromium.picture(page, page.evaluate("document.documentElement.lang"), "intake")
    page.click("form.intake > .actions button")
    page.wait_for_url(re.compile(r"/case/C-\w+/risk$"))
    return page.url.split("/")[-2]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_is_opened_kept_safe_and_referred(house: House, lang: str, tmp_path: Path) -> None:
    from amparo.report import referrals as words_of
    from amparo.study.referrals.services import open_package

    with chromium.window(house.address, lang) as page:
        chromium.sign_in(page, canaries.PASSPHRASE)
        case = opened(page)
        _risk(page, lang)
        _safety(page, case, lang)
        _referred(page, case, lang)
        approving = second(page, house, lang)
        approving.goto("/referrals")
        accessible(approving)
        approving.click(f"a[href='/case/{case}/referrals']")
        accessible(approving)
        shown = _leaving(approving)
        approving.click("button[name=verb][value=approve]")
        expect(approving.locator(".tag").first).to_have_text(word(lang, "referral_state", "approved"))
        page.goto(f"/case/{case}/referrals")
        accessible(page)
        with page.expect_download() as download:
            page.click(f"form[action='/case/{case}/referrals/send'] button")
        file = tmp_path / "package"
        download.value.save_as(file)
        page.goto("/cases/numbers")
        accessible(page)
    out, text = open_package(file.read_bytes(), house.identity)
    assert shown == [words_of.value(line.value, lang) for line in out.lines]
    assert "Nadie Imaginario Ficticio" in text and "maíz" not in text


def _risk(page: Page, lang: str) -> None:
    accessible(page)
    page.check("[name=unit_against_group][value=yes]")
    page.check("[name=controlled_area][value=yes]")
    expect(page.locator("#proposal .level")).to_have_text(word(lang, "level", "high"))
    expect(page.locator("#proposal li")).to_have_count(3)  # the threat told of, the unit, the area
    page.evaluate("scrollTo(0, 0)")
    chromium.picture(page, lang, "risk", 1200)
    page.select_option("[name=level]", "high")
    page.click(f"button:text-is('{say(lang, 'protection.keep_decision')}')")
    page.wait_for_url(re.compile(r"/safety$"))


def _safety(page: Page, case: str, lang: str) -> None:
    accessible(page)
    expect(page.locator(".level").first).to_have_text(word(lang, "level", "high"))
    for _ in range(2):
        page.select_option("[name=result]", "missed")
        page.click(f"button:text-is('{say(lang, 'protection.keep_call')}')")
    expect(page.locator("[role=alert]")).to_contain_text("2")
    chromium.picture(page, lang, "safety", 1200)
    page.click(f"button:text-is('{say(lang, 'protection.keep_plan')}')")
    expect(page.locator("[name=measure][value=emergency_contact]")).to_be_checked()
    page.goto(f"/case/{case}/receipt")
    accessible(page)
    told = page.locator("main").inner_text()
    assert case in told and "Imaginari" not in told and "maíz" not in told
    page.goto(f"/case/{case}/consents")
    accessible(page)


def _referred(page: Page, case: str, lang: str) -> None:
    page.goto(f"/case/{case}/refer")
    accessible(page)
    page.select_option("[name=partner]", "partner-0000000001")
    page.select_option("[name=form]", "unhcr_referral")
    page.select_option("select[name=language]", lang)
    page.click("button[value=show]")
    accessible(page)
    assert "Nadie Imaginario Ficticio" in _leaving(page)
    page.check("[name=out][value='person/unit']")
    page.click("button[value=show]")
    assert "unidad ficticia contra el grupo" not in _leaving(page)
    chromium.picture(page, lang, "sheet", 1200)
    page.click("button[value=propose]")
    page.wait_for_url(re.compile(r"/referrals$"))
    expect(page.locator("button[value=approve]")).to_have_count(0)


def _leaving(page: Page) -> list[str]:
    return page.locator("tr[data-goes] [data-value]").all_inner_texts()


def sheet_for(key: str) -> bytes:
    """A sealed package as another organisation makes it, of nobody."""
    value = [("name", [["", "Nadie Remitido"]]), ("threats", [["channel", "message"], ["", "te vas"]])]
    lines = [
        {"whom": "person", "field": field, "value": told, "goes": True, "why": "consent"}
        for field, told in value
    ]
    said = {
        "referral": f"referral-{secrets.token_hex(5)}",
        "form": "unhcr_referral",
        "language": "es",
        "lines": lines,
        "answer_to": age.public(age.new_identity()),
        "mark": secrets.token_hex(16),
        "consents": [{"whom": "person", "until": "2027-06-30"}],
    }
    packed, sealed = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sheet.json", json.dumps(said))
    age.seal(io.BytesIO(packed.getvalue()), sealed.write, [key])
    return sealed.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_referral_comes_in_and_is_a_case(house: House, lang: str) -> None:
    with chromium.window(house.address, lang) as page:
        chromium.sign_in(page, canaries.PASSPHRASE)
        page.goto("/referrals/incoming")
        accessible(page)
        if page.locator("p.long code").count() == 0:
            page.click("form[action='/referrals/incoming/key'] button")
        key = page.locator("p.long code").inner_text()
        for content, sentence in ((b"nothing", "referrals.bad_sheet"), (sheet_for(key), "")):
            page.select_option("[name=partner]", PARTNER)
            file = {"name": "referral.age", "mimeType": "application/octet-stream", "buffer": content}
            page.set_input_files("[name=file]", [file])  # ty: ignore[invalid-argument-type]
            page.click("form[enctype] button")
            if sentence:
                expect(page.locator("[role=alert]")).to_have_text(say(lang, sentence))
        expect(page.locator("button[value=admit]")).to_have_count(0)
        approving = second(page, house, lang)
        approving.goto("/referrals/incoming")
        accessible(approving)
        chromium.fits(approving, 390)
        told = approving.locator("article").first
        expect(told.locator("[data-value]").first).to_have_text("Nadie Remitido")
        chromium.picture(approving, lang, "incoming", 900)
        told.locator("button[value=admit]").click()
        approving.wait_for_url(re.compile(r"/case/C-\w+$"))
        page.goto("/referrals/incoming")
        page.locator("article details summary").first.click()
        with page.expect_download() as answer:
            page.locator("form[action$='/answer'] button").first.click()
        assert answer.value.suggested_filename == "answer.age"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_case_is_lent_and_read_by_a_volunteer(house: House, lang: str) -> None:
    with chromium.window(house.address, lang) as page:
        chromium.sign_in(page, canaries.PASSPHRASE)
        page.goto("/cases/lend")
        box = page.locator("[name=case]").first
        case = box.get_attribute("value")
        box.check()
        page.fill("[name=until]", (date.today() + timedelta(days=5)).isoformat())
        page.fill("[name=why]", "acompaña a la audiencia")
        page.click("form[action='/cases/lend'] button")
        expect(page.locator("table tbody td").first).to_contain_text("ayuda")
        accessible(page)
        chromium.picture(page, lang, "lend", 900)
        chromium.fits(page, 390)
        reading = second(page, house, lang, "ayuda")
        for path in ("/", "/cases", f"/case/{case}", f"/case/{case}/household", f"/case/{case}/safety"):
            reading.goto(path)
            accessible(reading)
            chromium.fits(reading, 390)
        reading.goto(f"/case/{case}")
        page.click("form[action='/cases/lend/end'] button")
        reading.goto(f"/case/{case}")
        expect(reading.locator("main")).to_contain_text(say(lang, "desk.not_there"))
