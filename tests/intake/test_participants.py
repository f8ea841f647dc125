"""Whoever is not the subject of a chat is masked in all that is shown; what is chosen is found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.intake.participants import PHONE, Masks, chosen, listing, selected
from amparo.intake.passages import Message, is_found
from amparo.intake.whatsapp import Chat, read_chat

GOLDEN = Path(__file__).parent / "golden" / "whatsapp"


def _chat(name: str) -> Chat:
    return read_chat((GOLDEN / name).read_bytes(), name)


def test_only_the_subject_has_a_name() -> None:
    chat = _chat("ios_es_24h.txt")
    assert [said.author for said in listing(chat)] == ["P1", "P1", "P2", "P3", "P4", "P5", "P1"]
    for subject in ("Beto Sintético", "p2", "BETO SINTETICO"):
        said = [(each.author, each.text) for each in listing(chat, [subject])]
        assert said[5] == ("P5", f"Llamen al {PHONE}, lo dijo Beto Sintético")
    assert listing(chat).__next__().text == "Buenos días, esto es sintético."
    assert [said.text for said in listing(chat, words="LLAMEN")] == [f"Llamen al {PHONE}, lo dijo P2"]
    with pytest.raises(AmparoError) as error:
        Masks(chat, ["Nadie"])
    assert error.value.code == "intake.chat_no_subject"


@pytest.mark.parametrize("name", ["android_es_multimedia.txt", "ios_es_multimedia.txt", "ios_es_24h.txt"])
def test_nobody_else_is_named_anywhere(name: str) -> None:
    shown = " ".join(f"{said.author} {said.text}" for said in listing(_chat(name)))
    for word in ("Ana Sint", "Beto", "Ajena", "7000", ".vcf", "Turno"):
        assert word not in shown


def test_mentions_and_numbers_are_masked_and_figures_are_not() -> None:
    masks = Masks(_chat("ddmmyy_24h.txt"))
    for said, shown in [
        ("llama al +503 7777-8888 ya", f"llama al {PHONE} ya"),
        ("al 7777 8888.", f"al {PHONE}."),
        ("@50377778888 avisa", f"@{PHONE} avisa"),
        ("@\u2068~\u00a0Quien Sea\u2069 avisa", "@… avisa"),
        ("entre 2014-2017 fueron 40429", "entre 2014-2017 fueron 40429"),
        ("el 17-10-2024 a las 10:30", "el 17-10-2024 a las 10:30"),
        ("pagaron $12345678", "pagaron $12345678"),
        ("DUI 01234567-8", "DUI 01234567-8"),
        ("Ana avisó a Beto Sintético", "Ana avisó a P2"),
    ]:
        assert masks.text(said) == shown


def test_a_selection_gives_its_messages_without_the_systems_lines() -> None:
    chat = _chat("ios_es_24h.txt")
    document = chosen(chat, "2-4, 6-9", ["P2"])
    assert [said.number for said in document.messages] == [2, 3, 4, 8, 9]
    assert (document.kind, document.published) == ("chat", "2025-12-20")
    said = document.messages[2]
    start = said.text.index("casa")
    assert is_found(document, Message(words="casa", number=said.number, start=start, end=start + 4))


@pytest.mark.parametrize("selection", ["", "0", "3-2", "11", "1-99", "uno", "1--2", "9" * 30, "6-7"])
def test_what_selects_nothing_is_told(selection: str) -> None:
    with pytest.raises(AmparoError) as error:
        chosen(_chat("ios_es_24h.txt"), selection)
    assert error.value.code == "intake.chat_selection"


@given(numbers=st.sets(st.integers(1, 500), min_size=1))
def test_selections_are_sets_of_numbers(numbers: set[int]) -> None:
    assert selected(",".join(map(str, numbers)), "x", 500) == sorted(numbers)
    first, last = min(numbers), max(numbers)
    assert selected(f"{first}-{last}", "x", 500) == list(range(first, last + 1))
