"""Which part of a name a word usually is. Every name here is synthetic."""

import pytest

from amparo.values.names.kinds import EITHER, GIVEN, INITIAL, SURNAME, UNKNOWN, kind, slips


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("elena", GIVEN), ("rivas", SURNAME), ("chepe", GIVEN), ("chico", EITHER), ("j", INITIAL),
        ("san_martin", SURNAME), ("luiza", GIVEN), ("hernadez", SURNAME), ("bazquez", SURNAME),
        ("hemandez", SURNAME), ("fransisco", GIVEN), ("xyzzyq", UNKNOWN), ("xa", UNKNOWN),
    ],
)  # fmt: skip
def test_words_are_known_by_list_by_sound_and_with_a_slip(word, expected):
    assert kind(word) == expected


def test_one_letter_left_out_added_changed_or_turned_meets():
    for other in ("portillo", "portilo", "portillos", "porttillo", "potrillo"):
        assert set(slips("portillo")) & set(slips(other))
    assert not set(slips("portillo")) & set(slips("castillo"))
