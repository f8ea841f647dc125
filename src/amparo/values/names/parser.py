"""Full names into given names, surnames, married surname and aliases, for Spanish and English lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from amparo.values.names.lexicon import GIVEN, INITIAL, SURNAME, lexicon
from amparo.values.names.units import Pieces, Unit, other_names, pieces
from amparo.values.names.usage import Usage

GIVEN_FIRST, SURNAME_FIRST = "given_first", "surname_first"


class Name(NamedTuple):
    """The words of one name, lower-case and without accents, each in exactly one place.

    A compound surname is one token joined by "_". `words` are those that are no name: particles,
    "alias", "viuda", and what stands for a missing name ("desconocido").
    """

    given: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()  # first surname first
    married: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()  # forms of address, ranks, "jr", "iii"
    words: tuple[str, ...] = ()


class Convention(NamedTuple):
    """How a list writes names without a comma."""

    order: str | None = None  # "given_first", "surname_first"; None lets each name decide
    surnames: int = 2  # how many surnames are usual: 2 in Spanish lists, 1 in English ones


def parse_name(
    text: str | None,
    *,
    given: str | None = None,
    surname: str | None = None,
    second_surname: str | None = None,
    married_surname: str | None = None,
    alias: str | None = None,
    order: str | None = None,
    surnames: int = 2,
    usage: Usage | None = None,
) -> Name:
    """Read a name written as one text, in separate columns, or both (the columns add to the text).

    `order` is "given_first" or "surname_first" for names without a comma; None decides by the words.
    `surnames` is how many surnames the list usually writes; `usage` is how the study's lists use words that
    the word lists do not know, or know as either. Every word ends in exactly one part of the
    result, but one repeated by a column; case, accents and spaces do not change it.
    """
    whole = pieces(text or "", surname_leads=order == SURNAME_FIRST)
    givens, surname_units, married = _split(whole, order, surnames, usage or {})
    if not (given or surname or second_surname or married_surname or alias):
        return _named([whole], givens, surname_units, married)
    columns = [pieces(part or "", surname_leads=True) for part in (surname, second_surname, married_surname)]
    read = [whole, pieces(given or ""), *columns, other_names(alias or "")]
    family, second, wed = (_flat(part) for part in columns)
    givens = givens + _flat(read[1])
    written = _tokens(surname_units + family)
    added = [unit for unit in second if unit.text not in written[1:]]
    if family or added:
        surname_units, husband = _husband(surname_units + family + added, givens)
        married = married + husband
    return _named(read, givens, surname_units, married + wed)


def _named(read: list[Pieces], givens: list[Unit], surnames: list[Unit], married: list[Unit]) -> Name:
    """The parts of a name with what was set apart while its texts were read."""
    return Name(
        given=tuple(_tokens(givens)),
        surnames=tuple(_tokens(surnames)),
        married=(*_tokens(married), *(word for part in read for word in part.married)),
        aliases=tuple(word for part in read for word in part.aliases),
        titles=tuple(word for part in read for word in part.titles),
        words=(
            *(word for part in read for word in part.words),
            *(word for unit in (*givens, *surnames, *married) for word in unit.particles),
        ),
    )


def infer_convention(names: Iterable[str]) -> Convention:
    """The convention of a whole column, from the known words at the ends of its names and next to them.

    A list keeps one convention. Names with a comma and names of one word say nothing. Without evidence
    each name decides its order, and two surnames are usual.
    """
    orders: Counter[str] = Counter()
    inner: dict[str, Counter[str]] = {GIVEN_FIRST: Counter(), SURNAME_FIRST: Counter()}
    for text in names:
        segments = pieces(text).segments
        if len(segments) != 1 or len(segments[0]) < 2:
            continue
        kinds = [unit.kind for unit in segments[0]]
        leaning = _leaning(kinds)
        if leaning:
            orders[GIVEN_FIRST if leaning > 0 else SURNAME_FIRST] += 1
        if len(kinds) > 2:
            inner[GIVEN_FIRST][kinds[-2]] += 1
            inner[SURNAME_FIRST][kinds[1]] += 1
    if not orders:
        return Convention()
    order = max(orders, key=lambda key: orders[key])
    seen = inner[order]
    return Convention(order, 1 if seen[GIVEN] + seen[INITIAL] > seen[SURNAME] else 2)


def infer_order(names: Sequence[str]) -> str:
    """Which part a column writes first: "given_first" or "surname_first"."""
    return infer_convention(names).order or GIVEN_FIRST


def _leaning(kinds: Sequence[str]) -> int:
    """Above 0 where given names come first by the known words at both ends, below 0 for surnames."""
    worth = {GIVEN: 1, SURNAME: -1}
    return worth.get(kinds[0], 0) - worth.get(kinds[-1], 0)


def _split(
    whole: Pieces, order: str | None, surnames: int, usage: Usage
) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """Given names, surnames and husband's surname among the units of a name."""
    if len(whole.segments) > 1:
        givens = [unit for segment in whole.segments[1:] for unit in segment]
        family, husband = _husband(whole.segments[0], givens)
        return givens, family, husband
    units = whole.segments[0] if whole.segments else []
    if usage:
        units = [unit._replace(kind=usage.get(unit.text, unit.kind)) for unit in units]
    if order is None:
        forward = len(units) < 2 or _leaning([unit.kind for unit in units]) >= 0
        order = GIVEN_FIRST if forward else SURNAME_FIRST
    if order == SURNAME_FIRST:
        at = _surnames_in_front(units, surnames)
        return units[at:], units[:at], []
    units, husband = _husband(units, units)
    at = _givens_in_front(units, surnames, bool(husband))
    return _opened(units[:at]), units[at:], husband


def _opened(givens: list[Unit]) -> list[Unit]:
    """A particle that opens a given name belongs to it: de_warren, la_tonya."""
    if not givens or len(givens[0].particles) != 1 or givens[0].kind == SURNAME:
        return givens
    first = givens[0]
    return [Unit(f"{first.particles[0]}_{first.text}", first.kind), *givens[1:]]


def _husband(units: list[Unit], givens: list[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Take "de Pérez" off a woman's name: López de Pérez. What comes with "de" anyway (de León) stays."""
    lex = lexicon()
    if (
        len(units) < (3 if units is givens else 2)
        or units[-1].particles != ("de",)
        or units[-1].kind == GIVEN
        or units[-1].text in lex.surnames_with_de
        or not givens
        or givens[0].text not in lex.female
    ):
        return units, []
    return units[:-1], units[-1:]


def _givens_in_front(units: list[Unit], surnames: int, married: bool) -> int:
    """How many of the units are given names, where they come first."""
    kinds = [unit.kind for unit in units]
    count = len(units)
    if count == 1:
        return int(kinds[0] == GIVEN)
    if count == 2 and surnames == 2:
        if kinds[0] == kinds[1] == SURNAME:
            return 0
        # A person without any surname is rare: a word that only resembles a given name is one.
        return 2 if kinds[0] == GIVEN == lexicon().kinds.get(units[1].text) else 1
    at = max(count - surnames, 1) if count else 0
    if surnames == 1:
        known = lexicon().spanish_surnames
        two = at > 1 and units[at - 1].text in known and kinds[at - 1] == SURNAME and units[at].text in known
        return at - 1 if two else at
    last = count if married else count - 1
    while at < last and kinds[at] in (GIVEN, INITIAL):
        at += 1
    while at > 1 and kinds[at - 1] == SURNAME:
        at -= 1
    return at


def _surnames_in_front(units: list[Unit], surnames: int) -> int:
    """How many of the units are surnames, where they come first."""
    kinds = [unit.kind for unit in units]
    if len(units) < 2:
        return int(kinds != [GIVEN]) if units else 0
    if len(units) == 2:
        return 1
    if surnames == 2:
        return 1 if kinds[1] in (GIVEN, INITIAL) else 2
    return 2 if kinds[1] == SURNAME else 1


def _flat(part: Pieces) -> list[Unit]:
    return [unit for segment in part.segments for unit in segment]


def _tokens(units: list[Unit]) -> list[str]:
    return [token for unit in units for token in unit.text.split("-")]
