"""A study made in the browser: what it counts, the passphrase, the recovery shares, the first list."""

from __future__ import annotations

import re
from pathlib import Path

import chromium
import office
import pytest
from playwright.sync_api import expect

PASSPHRASE = "cinco palabras sin sentido alguno"
COUNTED = {
    "title": "Estudio sintético",
    "role": "personas",
    "act": "desplazadas",
    "place": "El Salvador",
    "from": "2014-01-01",
    "to": "2019-12-31",
    "synthetic": "yes",
}
LIST = "Nombre completo,Sexo,Fecha del hecho\nNadie Ficticio Inventado,M,2016-05-03\n"


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_study_is_made_step_by_step_and_its_first_list_read(tmp_path: Path, language: str) -> None:
    study, file = tmp_path / "estudio", tmp_path / "lista.csv"
    file.write_text(LIST, "utf-8")
    with office.Server(study) as desk, chromium.window(desk.address, language) as page:
        page.goto("/register")
        expect(page).to_have_url(re.compile("/begin$"))
        for name in ("title", "role", "act", "place", "from", "to"):
            page.fill(f"[name={name}]", COUNTED[name])
        page.check("[name=synthetic]")
        if language == "es":
            chromium.accessible(page)
        chromium.picture(page, language, "begin", 1000)
        page.click("main form button")
        assert not study.exists()
        page.fill("[name=passphrase]", "corta y debil")
        weak = page.inner_text("#strength-said")
        page.fill("[name=passphrase]", PASSPHRASE)
        assert page.inner_text("#strength-said") != weak
        page.fill("[name=again]", PASSPHRASE)
        if language == "en":
            chromium.accessible(page)
        chromium.picture(page, language, "passphrase", 760)
        page.click("main form button")
        expect(page).to_have_url(re.compile("/shares$"))
        chromium.picture(page, language, "shares", 640)
        page.click("main form button")
        shares = []
        for _ in range(3):
            shares.append(" ".join(page.locator(".share li").all_inner_texts()))
            if language == "en":
                chromium.accessible(page)
            page.click("main form button")
        page.fill("[name=first]", shares[0])
        page.fill("[name=second]", shares[0])
        page.click("main form button")
        expect(page.locator("[role=alert]")).to_be_visible()
        page.fill("[name=first]", shares[2])
        page.fill("[name=second]", shares[1])
        page.click("main form button")
        expect(page).to_have_url(re.compile("/reading$"))
        page.set_input_files("[name=file]", file)
        page.select_option("[name=part]", "capture")
        page.click("form[action='/reading/file'] button")
        expect(page).to_have_url(re.compile("/reading/list$"))
        chromium.picture(page, language, "columns")


def test_nothing_is_made_of_what_is_not_fit(tmp_path: Path) -> None:
    with office.served(tmp_path / "estudio") as desk:
        browser = desk.browser()
        for wrong in ({"title": " "}, {"from": "ayer"}, {"from": "2020-01-01"}):
            assert browser.post("/begin", COUNTED | {"step": "counted"} | wrong).status == 400
        chosen = COUNTED | {"step": "passphrase", "passphrase": PASSPHRASE, "again": PASSPHRASE}
        for wrong in ({"again": "otra frase"}, {"passphrase": "corta", "again": "corta"}):
            answer = browser.post("/begin", chosen | wrong)
            assert answer.status == 400
            assert PASSPHRASE not in answer.text
        assert browser.get("/signin").headers["Location"] == "/begin"
        assert list(tmp_path.iterdir()) == []
        assert browser.post("/begin", chosen).headers["Location"] == "/shares"
        assert browser.get("/begin").headers["Location"] == "/"
        assert browser.get("/shares").status == 200
