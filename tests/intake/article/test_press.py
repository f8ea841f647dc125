"""Sentences in the manner of press: how many of their acts are found. All names are invented."""

from pathlib import Path

import msgspec
import pytest

from amparo.intake.article import read
from amparo.values.text import fold

SENTENCES = msgspec.yaml.decode(Path(__file__).with_name("press.yml").read_bytes())
SECTIONS = {"threat": "threat", "displacement": "displacement", "testimony": "exposure"}


def found(text: str, language: str) -> set[tuple[str, str]]:
    """(act, victim's name) of everything that is read."""
    said: dict[str, dict[str, str]] = {}
    for each in read(text, language=language, published="2020-06-10").proposals:
        said.setdefault(each.entity, {"kind": each.kind})[each.field] = each.value
    return {
        (fields.get("type", "") if fields["kind"] == "act" else fields["kind"], fold(person.get("name", "")))
        for fields in said.values()
        if (person := said.get(fields.get("victim") or fields.get("person") or "")) is not None
    }


@pytest.mark.parametrize("language", ["es", "en"])
def test_most_acts_of_press_sentences_are_found_with_their_victim(language):
    told = right = 0
    for text, *acts in SENTENCES[language]:
        read_there = found(text, language)
        for act, victim, *_ in acts:
            told += 1
            right += (SECTIONS.get(act, act), fold(victim)) in read_there
    assert right / told >= 0.88, (right, told)
