"""A passage is found again where it says it stands, and nowhere else."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import Issue
from amparo.intake.passages import (
    Document,
    Message,
    Oral,
    Passage,
    Region,
    Row,
    Said,
    Span,
    Table,
    TimeSpan,
    is_found,
)


@given(st.text(min_size=1), st.data())
def test_a_span_of_a_text_is_found_and_a_moved_one_only_where_the_same_words_stand(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = Document(kind="article", text=text)
    span = Span(words=text[start:end], start=start, end=end)
    assert is_found(document, span)
    moved = msgspec.structs.replace(span, start=start + 1, end=end + 1)
    assert is_found(document, moved) == (end < len(text) and text[start + 1 : end + 1] == span.words)


def test_messages_cells_pictures_recordings_and_oral_statements_are_found():
    document = Document(
        kind="chat",
        text="she was told to leave",
        messages=(Said(number=2, at="2019-03", author="A", text="they came at night"),),
        tables=(Table(headers=("name", "date"), rows=((5, ("Nobody", "2019")),)),),
        transcript=(
            Region(words="seen here", page=1, x0=0.1, y0=0.1, x1=0.5, y1=0.2),
            TimeSpan(words="they said so", start=3, end=9),
        ),
    )
    found = [
        Message(words="at night", number=2, start=10, end=18),
        Row(words="2019", row=5, column="date"),
        Region(words="seen", page=1, x0=0, y0=0, x1=0.2, y1=0.2),
        TimeSpan(words="said", start=4, end=5),
        Oral(words="told to leave", told_by="a neighbour", told_to="the office", told="2019-03"),
    ]
    lost = [
        Message(words="at night", number=3, start=10, end=18),
        Row(words="2019", row=5, column="name"),
        Row(words="2019", row=5, column="age"),
        Row(words="2019", sheet="other", row=5, column="date"),
        Region(words="seen", page=2, x0=0, y0=0, x1=0.2, y1=0.2),
        TimeSpan(words="said", start=9, end=10),
        Oral(words="told to stay", told_by="a neighbour", told_to="the office", told="2019-03"),
        Span(words="", start=3, end=3),
        Span(words="leave", start=-5, end=21),
    ]
    assert [is_found(document, each) for each in found] == [True] * len(found)
    assert [is_found(document, each) for each in lost] == [False] * len(lost)


@given(st.data())
def test_passages_and_documents_come_back_from_json(data):
    passage = data.draw(
        st.one_of(
            st.builds(Row, words=st.text(), row=st.integers(1, 9), column=st.text()),
            st.builds(Span, words=st.text(), start=st.integers(0, 9), end=st.integers(0, 9)),
            st.builds(Oral, words=st.text(), told_by=st.text(), told_to=st.text(), told=st.text()),
        )
    )
    assert msgspec.json.decode(msgspec.json.encode(passage), type=Passage) == passage
    document = Document(kind="form", text=passage.words, issues=(Issue("intake.empty", {"file": "x"}),))
    assert msgspec.json.decode(msgspec.json.encode(document), type=Document) == document
