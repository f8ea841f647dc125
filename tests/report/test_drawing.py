"""The house style draws inside its frame, with round ticks and labels cut to their room."""

import pytest

from amparo.report.drawing import boxes, clip, dots, lines, svg, texts, ticks


def test_marks_stand_where_they_are_put_in_the_colours_given():
    layers = [
        boxes([{"x": 1, "x2": 11, "y": 2, "y2": 7, "fill": "#123456"}]),
        lines([{"x": 0, "x2": 20, "y": 9, "y2": 9, "stroke": "#654321"}]),
        dots([{"x": 5, "y": 5, "fill": "#abcdef"}], shape="circle"),
        texts([{"x": 3, "y": 4, "text": '<ñ & "x">'}]),
    ]
    made = svg(layers, 30, 20)
    assert 'width="30" height="20" viewBox="0 0 30 20"' in made
    assert "M1,2h10v5h-10Z" in made
    for colour in ("#123456", "#654321", "#abcdef"):
        assert colour in made
    assert "&lt;ñ &amp; " in made


def test_layers_without_marks_are_nothing():
    assert "<text" not in svg([texts([]), boxes([]), lines([]), dots([])], 10, 10)


@pytest.mark.parametrize("top", [1, 2, 3, 7, 10, 99, 1234, 5e6])
def test_ticks_are_round_whole_and_few(top):
    marks = ticks(top, 4)
    assert marks[0] == 0
    assert marks[-1] <= top
    assert len(marks) <= 5
    assert all(mark == int(mark) for mark in marks)


def test_clip():
    assert clip("corto", 100) == "corto"
    assert clip("una palabra larguísima", 60).endswith("…")
