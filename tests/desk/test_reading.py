"""The reading room: files of each kind come in, what is proposed is decided, a sentence becomes a source."""

from __future__ import annotations

import re
from typing import Any

import pymupdf
import pytest

ARTICLE = (
    "Synthetic news for a test\n\n"
    "Police officer Nadie Ficticio Inventado, 34, was killed on 3 May 2016 in Sonsonate while off duty. "
    "His brother, Otro Ficticio Inventado, was threatened at home two days later.\n"
)
CHAT = (
    "03/05/2016, 10:01 - Fulana Ficticia: Nadie Ficticio no ha vuelto a casa\n"
    "13/05/2016, 10:02 - Zutano Ficticio: Lo buscaron en la unidad\n"
    "14/05/2016, 11:30 - Fulana Ficticia: Sigue sin aparecer\n"
)
LIST = (
    "Código,Nombre completo,Sexo,Fecha del hecho,Departamento\n"
    "A-1,Nadie Ficticio Inventado,M,03/05/2016,Sonsonate\n"
    "A-2,Nadia Ficticia Inventada,F,14/06/2017,La Paz\n"
)
SUGGESTION = re.compile(r'name="suggestion" value="(suggestion-[0-9a-f]{12})"')


@pytest.fixture(scope="module")
def article(founder: Any) -> Any:
    """The page of a synthetic article that was brought in."""
    founder.get("/reading")
    return founder.upload("/reading/file", "press.txt", ARTICLE.encode(), {"source": "press"})


def groups(text: str) -> list[str]:
    return [part for part in text.split("<article>")[1:] if "/decide" in part]


def test_an_article_is_shown_with_its_proposals_marked(article: Any) -> None:
    assert article.status == 200 and article.at.startswith("/file/")
    marked = re.findall(r'<mark><a href="#(suggestion-[0-9a-f]{12})">([^<]+)</a></mark>', article.text)
    assert any("Nadie Ficticio Inventado" in words for _, words in marked)
    assert {name for name, _ in marked} <= set(SUGGESTION.findall(article.text))


def test_a_rejected_suggestion_does_not_come_back(founder: Any, article: Any) -> None:
    page = founder.get(article.at)
    name = SUGGESTION.findall(page.text)[-1]
    founder.post(f"{article.at}/decide", {"suggestion": name, f"say-{name}": "reject"})
    founder.get("/reading")
    again = founder.upload("/reading/file", "press.txt", ARTICLE.encode(), {"source": "press"})
    assert again.at == article.at and name not in again.text


def test_what_is_said_of_one_person_is_decided_at_once_and_the_person_is_in_the_register(
    founder: Any, article: Any
) -> None:
    page = founder.get(article.at)
    group = next(part for part in groups(page.text) if "<h3>Nadie Ficticio Inventado" in part)
    names = SUGGESTION.findall(group)
    done = founder.post(f"{article.at}/decide", {"suggestion": names, "all": "accept"})
    assert done.status == 200 and not set(names) & set(SUGGESTION.findall(done.text))
    assert '<mark class="stands"><a href="/thing/press.1.' in done.text
    found = founder.post("/register/search", {"text": "Ficticio Nadie"}, htmx=True)
    assert "Nadie Ficticio Inventado" in found.text


def test_a_sentence_becomes_the_source_of_somebody_new_and_of_an_act(founder: Any, article: Any) -> None:
    founder.get(article.at)
    quote = "Otro Ficticio Inventado"
    said = {"quote": quote, "start": "", "of": "person", "field": "person.name", "value": "Otro Ficticio"}
    page = founder.post(f"{article.at}/say", said)
    assert page.status == 200
    record = re.search(r'value="act@([^"]+)"[^>]*>a new act against Otro Ficticio<', page.text)
    assert record
    act = {
        "quote": "threatened at home",
        "of": f"act@{record[1]}",
        "field": "act.place_type",
        "value": "home",
    }
    act |= {"start": str(ARTICLE.index("threatened"))}
    page = founder.post(f"{article.at}/say", act)
    assert page.status == 200, page.text
    told = founder.get(f"/thing/{record[1]}").text
    made = re.search(r"/thing/(act-[0-9a-f]{12})", told)
    assert made and quote in told and "threatened at home" in founder.get(f"/thing/{made[1]}").text


def test_a_sentence_tells_of_somebody_in_the_register(founder: Any, article: Any) -> None:
    founder.get(article.at)
    about = {"record": "uno.1.3", "quote": "threatened at home", "start": "0"}
    page = founder.post(
        f"{article.at}/say", about | {"of": "record", "field": "person.status", "value": "threatened"}
    )
    assert page.status == 200
    said = about | {"of": "act@", "field": "act.place_type", "value": "victim's home"}
    assert founder.post(f"{article.at}/say", said).status == 200
    told = founder.get("/thing/uno.1.3").text
    assert "threatened at home" in told and re.search(r"/thing/act-[0-9a-f]{12}", told)
    wrong = founder.post(f"{article.at}/say", said | {"record": "uno.9.9"})
    assert wrong.status in (400, 404) and 'role="alert"' in wrong.text


def test_words_that_do_not_stand_in_the_document_are_no_source(founder: Any, article: Any) -> None:
    founder.get(article.at)
    said = {"quote": "never written", "of": "person", "field": "person.name", "value": "Nadie"}
    page = founder.post(f"{article.at}/say", said)
    assert page.status == 400 and 'role="alert"' in page.text and "never written" in page.text


def test_a_list_shows_what_its_columns_become_before_it_is_read(founder: Any) -> None:
    founder.get("/reading")
    page = founder.upload(
        "/reading/file", "lista.csv", LIST.encode(), {"source": "quinta", "part": "capture"}
    )
    assert page.at == "/reading/list" and "Nadia Ficticia Inventada" in page.text
    uses = dict(re.findall(r'name="use-(\d)".*?<option value="([^"]*)" selected', page.text, re.DOTALL))
    assert uses["1"] == "name" and uses["4"].startswith("place")
    chosen = {f"use-{number}": use for number, use in uses.items()} | {"use-4": ""}
    few = founder.post("/reading/preview", chosen | {"date_order": "DMY"}, htmx=True)
    assert "Sonsonate" not in few.text and "Ficticia" in few.text
    done = founder.post("/reading/list", chosen | {"use-4": "place_1", "date_order": "DMY"})
    assert "2 rows; 2 new" in done.text
    shown = founder.get("/reading").text
    file = re.search(r'<a href="(/file/\d+)">quinta</a>', shown)
    assert file
    assert "Nadia Ficticia Inventada" in founder.get(file[1]).text


def test_two_columns_for_one_date_are_refused_with_the_choice_kept(founder: Any) -> None:
    founder.get("/reading")
    founder.upload("/reading/file", "lista.csv", LIST.encode(), {"source": "cuatro", "part": "capture"})
    page = founder.post("/reading/list", {"use-3": "event_date/day", "use-1": "name"})
    assert page.status == 400 and 'role="alert"' in page.text and "/reading/list" in page.text


def test_chosen_messages_of_a_chat_are_kept_with_masked_authors(founder: Any) -> None:
    founder.get("/reading")
    page = founder.upload("/reading/file", "WhatsApp Chat.txt", CHAT.encode(), {"source": "chat"})
    assert page.at == "/reading/chat" and "P1" in page.text and "Fulana" not in page.text
    kept = founder.post("/reading/chat", {"message": ["1", "3"], "do": "keep"})
    assert kept.at.startswith("/file/")
    assert "no ha vuelto" in kept.text and "Sigue sin" in kept.text and "Lo buscaron" not in kept.text


def test_a_statement_is_kept_with_who_told_whom_and_when(founder: Any) -> None:
    founder.get("/reading/statement")
    said = {"told_by": "vecina ficticia", "told": "2016-05-04", "text": "A Nadie Ficticio lo mataron."}
    page = founder.post("/reading/statement", said)
    assert page.at.startswith("/file/") and "A Nadie Ficticio lo mataron." in page.text


def test_a_hostile_file_is_refused_in_words(founder: Any) -> None:
    founder.get("/reading")
    page = founder.upload("/reading/file", "book.xlsx", b"PK\x03\x04" + bytes(2000), {})
    assert page.status == 400 and 'role="alert"' in page.text


def test_a_file_of_nobody_and_one_that_is_not_there_answer_alike(founder: Any) -> None:
    assert founder.get("/file/999").status == 404


def test_the_waiting_list_names_documents_and_no_person(founder: Any, article: Any) -> None:
    text = founder.get("/claims").text
    assert article.status == 200 and "Ficticio" not in text


def test_a_picture_is_seen_as_it_came_with_the_region_of_each_value_marked(founder: Any) -> None:
    founder.get("/reading")
    photo = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 30)).tobytes("png")
    typed = b"[page 1: 10 20 90 40] Nadie Pintado Ficticio, agente"
    page = founder.upload("/reading/file", "photo.png", photo, {"source": "photo"}, typed)
    assert "data:image/jpeg;base64," in page.text and "<rect" not in page.text
    said = {"quote": "Nadie Pintado Ficticio", "of": "person", "field": "person.name"}
    page = founder.post(f"{page.at.partition('#')[0]}/say", {**said, "value": "Nadie Pintado Ficticio"})
    assert '<rect x="10.00" y="20.00" width="80.00" height="20.00">' in page.text


def test_a_pdf_is_seen_page_by_page(founder: Any) -> None:
    document = pymupdf.open()
    for words in (ARTICLE[:90], ARTICLE[90:]):
        document.new_page().insert_textbox((50, 50, 500, 700), words)
    founder.get("/reading")
    page = founder.upload("/reading/file", "press-pages.pdf", document.tobytes(), {"source": "pages"})
    file = page.at.partition("#")[0]
    assert "data:image" not in page.text and 'href="?page=1"' in page.text
    assert "data:image/jpeg;base64," in founder.get(f"{file}?page=2").text
    assert founder.get(f"{file}?page=3").status == founder.get("/file/999999?page=1").status == 404
