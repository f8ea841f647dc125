"""What is said in recordings and stands in pictures keeps its place, typed or imported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.errors import AmparoError
from amparo.intake.passages import Region, TimeSpan
from amparo.intake.transcript import is_cues, read_regions, read_spans

VTT = """WEBVTT

NOTE hecho a mano

1
00:00:01.000 --> 00:00:04.500 align:start
<v Ana>Llegaron de noche,
y gritaron.

00:05.000 --> 00:06.000
&iexcl;Salgan!
"""
SRT = """1
00:00:01,000 --> 00:00:04,500
Llegaron de noche,
y gritaron.

2
00:00:05,000 --> 00:00:06,000
¡Salgan!
"""
SPANS = (
    TimeSpan(words="Llegaron de noche, y gritaron.", start=1.0, end=4.5),
    TimeSpan(words="¡Salgan!", start=5.0, end=6.0),
)


@pytest.mark.parametrize("text", [VTT, SRT])
def test_subtitles_are_read(text: str) -> None:
    assert is_cues(text)
    assert read_spans(text.encode(), "x.vtt") == SPANS


def test_typed_pieces_are_read() -> None:
    typed = "[0:01 - 0:04.5] Llegaron de noche,\ny gritaron.\n[00:00:05 – 00:00:06] ¡Salgan!"
    assert read_spans(typed.encode(), "x.txt") == SPANS
    assert not is_cues(typed)


@pytest.mark.parametrize("text", ["hola", "[0:05 - 0:04] hola", "antes [0:01 - 0:02] hola", "[0:01 - 0:02]"])
def test_times_are_asked_for(text: str) -> None:
    with pytest.raises(AmparoError) as error:
        read_spans(text.encode(), "x.txt")
    assert error.value.code == "intake.transcript_times"


def test_regions_of_pictures() -> None:
    text = "todo lo demás\n[página 2: 10 20 90 40.5] las palabras\nexactas [3] otra hoja [sic]"
    assert read_regions(text.encode(), "x.txt", pages=2) == (
        Region(words="todo lo demás", x0=0, y0=0, x1=1, y1=1),
        Region(words="las palabras exactas [3] otra hoja [sic]", page=2, x0=0.1, y0=0.2, x1=0.9, y1=0.405),
    )
    assert read_regions(b"[page 2] all of it", "x.txt", pages=2)[0].page == 2


@pytest.mark.parametrize("text", ["[page 3] x", "[50 0 40 100] x", "[0 0 101 100] x", "[page 0] x"])
def test_places_that_are_not_there_are_told(text: str) -> None:
    with pytest.raises(AmparoError) as error:
        read_regions(text.encode(), "x.txt", pages=2)
    assert error.value.code == "intake.transcript_place"


@given(st.lists(st.tuples(st.integers(0, 5999), st.integers(1, 600)), min_size=1, max_size=8))
def test_times_come_back(times: list[tuple[int, int]]) -> None:
    typed = "\n".join(
        f"[{start // 60}:{start % 60:02d} - {(start + more) // 60}:{(start + more) % 60:02d}] palabra {place}"
        for place, (start, more) in enumerate(times)
        if start + more < 6000
    )
    wanted = [(start, start + more) for start, more in times if start + more < 6000]
    if wanted:
        assert [(span.start, span.end) for span in read_spans(typed.encode(), "x.txt")] == wanted
