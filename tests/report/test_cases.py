"""What is due has its words, and the guide shows the tables that the desk follows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from amparo.clocks import rules as clock_rules
from amparo.report import cases
from amparo.report.catalogue import languages, sentences
from amparo.study.cases import rules
from amparo.study.cases.deadlines import WATCHED
from amparo.study.cases.dues import LEVELS, Due
from amparo.study.cases.facts import FACTS, GIVEN
from amparo.study.cases.papers import CHECKLISTS

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = {"en": DOCS / "en/cases.md", "es": DOCS / "es/casos.md"}


@pytest.mark.parametrize("language", languages())
def test_the_guide_shows_the_tables(language: str) -> None:
    assert cases.stages(language) in GUIDES[language].read_text("utf-8"), (
        "make it anew with report.cases.stages"
    )


@pytest.mark.parametrize("language", languages())
def test_every_code_of_facts_papers_and_programmes_has_its_word(language: str) -> None:
    words = {f"fact.{name}" for name in set(FACTS) | GIVEN - {"hearing_date", "appointment_date"}}
    words |= {f"factword.{each}" for kind in FACTS.values() if isinstance(kind, tuple) for each in kind}
    words |= {
        f"document.{each}" for asked in CHECKLISTS.values() for papers in asked.values() for each in papers
    }
    words |= {f"programme_state.{each}" for each in rules.PROGRAMME_STATES} | {
        f"partner.{each}" for each in rules.PARTNERS
    }
    words |= {f"level.{each}" for each in (*LEVELS, "none")}
    assert words - set(sentences(language)) == set()


@pytest.mark.parametrize("language", languages())
def test_what_is_due_is_said_in_words(language: str) -> None:
    for kind in ("clock", "earliest", "unknown", "hearing", "past", "control", "task", "quiet", "no_way"):
        for what in ("us.asylum.one_year", "individual", "resettlement"):
            said = cases.due(language, Due("red", date(2026, 11, 30), kind, what, "x-1"))
            assert said
            assert "_" not in said
            assert "us." not in said


def test_checklists_and_watched_rules_name_stages_that_there_are() -> None:
    for kind, asked in CHECKLISTS.items():
        assert set(asked) <= set(rules.TRACKS[kind].moves)
    assert {each.rule for watched in WATCHED.values() for each in watched} <= set(clock_rules())
