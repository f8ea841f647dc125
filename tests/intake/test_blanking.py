"""What is taken out is gone, and what stays is found where it was."""

from hypothesis import given
from hypothesis import strategies as st

from amparo.intake.blanking import BLANK, blank_document, blank_words, requoted
from amparo.intake.passages import Document, Message, Row, Said, Span, Table, is_found


@given(st.text(min_size=1), st.data())
def test_every_passage_of_a_blanked_text_is_found_again_and_nothing_moves(text, data):
    def span():
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        return Span(words=text[start:end], start=start, end=end)

    gone, stays = span(), span()
    blanked = blank_document(Document(kind="article", text=text), [gone], ())
    assert len(blanked.text) == len(text)
    assert set(blanked.text[gone.start : gone.end]) - {BLANK} <= {
        sign for sign in gone.words if sign.isspace()
    }
    assert blanked.text[gone.end :] == text[gone.end :]
    assert is_found(blanked, requoted(blanked, stays))


def test_a_name_goes_wherever_it_stands_whatever_its_accents():
    assert blank_words("Núñez, NUÑEZ and Nunezita", {"nunez"}) == "█████, █████ and Nunezita"
    document = Document(
        kind="chat",
        messages=(Said(number=1, at="2019", author="Nadie", text="Nadie came"),),
        tables=(Table(headers=("a", "b"), rows=((2, ("Nadie", "x")), (3, ("y", "z")))),),
    )
    blanked = blank_document(document, [Row(words="x", row=2, column="b")], {"nadie"})
    assert (blanked.messages[0].author, blanked.messages[0].text) == ("█████", "█████ came")
    assert blanked.tables[0].rows == ((2, ("█████", "█")), (3, ("y", "z")))
    assert is_found(blanked, requoted(blanked, Message(words="Nadie", number=1, start=0, end=5)))
