"""One folding of text for everybody."""

from hypothesis import given
from hypothesis import strategies as st

from amparo.values.text import fold, plain


def test_letters_signs_and_spaces():
    assert fold("  Ñáñez–O’Ríordan  D`Ávila ") == "nanez oriordan davila"
    assert fold("Straße Ærø Đoković Łódź") == "strasse aero dokovic lodz"
    assert plain("O´Higgins, “Ñato”") == "o'higgins, “nato”"


def test_letters_without_a_latin_form_stay():
    assert fold("Иван 李") == "иван 李"


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x17F)))
def test_latin_text_becomes_ascii_words(text):
    letters = "".join(char for char in fold(text) if char.isalpha())
    assert letters.isascii() or any(ord(char) > 0x7F and char.isalpha() for char in plain(text))
    assert fold(text) == fold(text).strip()
    assert "  " not in fold(text)


def test_letters_decoded_with_the_wrong_page_are_read():
    assert fold("NuÃ±ez PeÃ±a") == "nunez pena"
    assert fold("NUÃ‘EZ") == "nunez"
    assert fold("JOÃO ÂNGELO") == "joao angelo"
