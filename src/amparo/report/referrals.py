"""A referral in words: what a line says, and the sheet that a partner reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from amparo.report.catalogue import day, say, word
from amparo.vocabulary.forms import forms
from amparo.vocabulary.lists import lists
from amparo.vocabulary.lists import word as term
from amparo.vocabulary.risk import factors

if TYPE_CHECKING:
    from amparo.study.referrals.rules import Line, Told
    from amparo.study.referrals.services import Outgoing


def value(told: Told, lang: str) -> str:
    """A value in words."""
    return " · ".join(_part(family, code, lang) for family, code in told)


def _part(family: str, code: str, lang: str) -> str:
    if not family:
        return code
    if family == "edtf":
        return day(lang, code)
    if family == "factor":
        factor = factors()[code]
        return factor.es if lang == "es" else factor.en
    return term(family, code, lang) if family in lists() else word(lang, family, code)


def label(form: str, field: str, lang: str) -> str:
    """What a field of a form is called."""
    known = forms()[form].fields[field]
    return known.es if lang == "es" else known.en


def form_name(form: str, lang: str) -> str:
    """What a form is called."""
    return forms()[form].es if lang == "es" else forms()[form].en


def whoms(lines: Iterable[Line]) -> dict[str, int]:
    """A number for each person, in the order of the sheet: a member's id says nothing to a reader."""
    return {whom: number for number, whom in enumerate(dict.fromkeys(line.whom for line in lines), 1)}


def written(out: Outgoing) -> str:
    """The sheet as plain text, with how to answer."""
    lang = out.language if out.language in ("es", "en") else "en"
    return "\n".join([*_sheet(out, lang), "", *_how_to_answer(out, lang), ""])


def _sheet(out: Outgoing, lang: str) -> Iterator[str]:
    yield form_name(out.form, lang)
    yield say(lang, "referrals.number", referral=out.referral)
    numbers = whoms(out.lines)
    for whom, lines in groupby(out.lines, key=lambda line: line.whom):
        yield ""
        yield say(lang, "referrals.person_number", number=numbers[whom])
        for consent in out.consents:
            if consent.whom == whom:
                code = "referrals.consented" if consent.until else "referrals.consented_open"
                yield f"  {say(lang, code, until=day(lang, consent.until))}"
        for line in lines:
            yield f"  {label(out.form, line.field, lang)}: {value(line.value, lang)}"


def _how_to_answer(out: Outgoing, lang: str) -> Iterator[str]:
    yield say(lang, "referrals.how_to_answer")
    yield f'{{"referral": "{out.referral}", "mark": "{out.mark}", "answer": "accept", "words": ""}}'
    yield f"age -r {out.answer_to} -o answer.age answer.json"
