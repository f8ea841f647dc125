"""Published totals: kept where they contradict each other, held against the register, never mixed with it.

A figure is a claim of somebody who counted otherwise: it enters no capture history and no count of persons.
It can be compared with what the register holds, stand in a series, or be what a rate is taken of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from amparo.errors import AmparoError
from amparo.study.accounts.services import require
from amparo.study.claims.reading import claims_of
from amparo.study.claims.tables import Act, acts, first_level
from amparo.values.dates import HalfDate, parse_date
from amparo.values.places import level_of
from amparo.values.quantities import Quantity, parse_quantity
from amparo.values.text import fold
from amparo.vocabulary.lists import narrower

if TYPE_CHECKING:
    from amparo.study.context import Study

# Which acts a measure counts; what a list's rows tell of is the act that the study counts.
MEASURED: dict[str, tuple[str, ...]] = {
    "killed": ("killing",),
    "attacked": ("attempted_killing", "physical_assault"),
    "missing": ("disappearance", "kidnapping"),
    "threatened": ("threat",),
    "fled": ("displacement",),
}
# What rates are taken of.
DENOMINATORS = ("force_size", "inhabitants", "trained")


class Figure(NamedTuple):
    """A figure as it is claimed: its quantity with bounds, and the fields that say what it is of."""

    of: str
    quantity: Quantity
    fields: dict[str, str]
    said_by: tuple[str, ...]  # who asserts it, within the sources

    def field(self, name: str) -> str:
        """A field's preferred value, or nothing."""
        return self.fields.get(name, "")

    @property
    def of_what(self) -> tuple[str, ...]:
        """What the figure is of: figures that agree in this speak of the same thing."""
        names = ("measure", "population", "place", "period")
        return (*(fold(self.field(name)) for name in names), self.quantity.unit, str(self.quantity.per or ""))


class Compared(NamedTuple):
    """A figure beside the register: persons who certainly and possibly fall under it.

    `says` is `agrees`, `register_short` (the register holds fewer than the figure's least), `register_beyond`
    (it holds more than the figure's most). `year_unknown` where the figure names a month alone.
    """

    figure: Figure
    certain: int
    possible: int
    says: str
    year_unknown: bool


def figures(study: Study, measure: str | None = None) -> list[Figure]:
    """Every figure the person at work may see, by what it is of and its period.

    A figure whose quantity no reading fits is left out. Raises `accounts.not_allowed`.
    """
    require(study, "claims.tabled")
    known = claims_of(study)
    things: dict[str, dict[str, str]] = defaultdict(dict)
    said: dict[str, set[str]] = defaultdict(set)
    for (of, field), best in known.preferred().items():
        claim = best.claim.said
        if claim.kind == "figure" and claim.restriction == "none":
            things[of][field] = claim.value
            said[of] |= {claim.asserted_by} if claim.asserted_by else set()
    found = [
        Figure(of, quantity, fields, tuple(sorted(said[of])))
        for of, fields in things.items()
        if measure in (None, fields.get("measure"))
        and (quantity := _quantity(fields.get("quantity"))) is not None
    ]
    return sorted(found, key=lambda each: (each.of_what, each.of))


def contradictions(found: Sequence[Figure]) -> list[tuple[Figure, ...]]:
    """Groups of figures on the same thing whose bounds exclude each other."""
    groups: dict[tuple[str, ...], list[Figure]] = defaultdict(list)
    for each in found:
        groups[each.of_what].append(each)
    return [
        tuple(group)
        for group in groups.values()
        if any(not _overlap(a.quantity, b.quantity) for a in group for b in group)
    ]


def compare(study: Study, counted: str | None = None) -> list[Compared]:
    """Figures that count persons, each beside the persons the register holds for its period and place.

    `counted` is the measure that the rows of lists tell of; without it only acts whose type is claimed are
    held against a figure. Raises `claims.unknown_measure`, and as `figures`.
    """
    if counted is not None and counted not in MEASURED:
        raise AmparoError("claims.unknown_measure", measure=counted, known=list(MEASURED))
    held, _ = acts(study)
    compared = []
    for figure in figures(study):
        measure = figure.field("measure")
        if measure not in MEASURED or figure.quantity.unit or figure.quantity.per is not None:
            continue
        types = {code for name in MEASURED[measure] for code in narrower("act_type", name)}
        mine = [
            act for act in held if act.values.get("type") in types or (act.from_list and measure == counted)
        ]
        compared.append(_compared(figure, mine))
    return compared


def series(study: Study, measure: str) -> list[Figure]:
    """The figures of one measure in the order of their periods: context, each with its source."""
    found = figures(study, measure)
    return sorted(found, key=lambda each: (_begins(each.field("period")), each.of))


def rate(number: tuple[int, int], denominator: Figure, per: int = 100_000) -> tuple[Decimal, Decimal | None]:
    """The least and the most cases for `per` of a denominator, by the bounds of both; None for no bound.

    Raises `claims.no_denominator` for a figure that counts no population, or may be nought.
    """
    low, high = denominator.quantity.low, denominator.quantity.high
    if denominator.field("measure") not in DENOMINATORS or low is None or low <= 0:
        raise AmparoError("claims.no_denominator", figure=denominator.of, measures=list(DENOMINATORS))
    least = Decimal(0) if high is None else per * number[0] / high
    return least, per * number[1] / low


def _compared(figure: Figure, held: Sequence[Act]) -> Compared:
    period = _date(figure.field("period"))
    place = first_level(figure.field("place")) if figure.field("place") else ""
    certain: set[str] = set()
    possible: set[str] = set()
    for act in held:
        where = act.values.get("place", "")
        if place and where and fold(where) != fold(place) and not _is_country(figure.field("place")):
            continue
        when = _falls(act.date, period)
        if when != "no":
            possible.add(act.victim)
            known_place = not place or _is_country(figure.field("place")) or bool(where)
            if when == "yes" and known_place:
                certain.add(act.victim)
    low, high = figure.quantity.low, figure.quantity.high
    says = "agrees"
    if low is not None and len(possible) < low:
        says = "register_short"
    elif high is not None and len(certain) > high:
        says = "register_beyond"
    unknown = period is not None and period.first is None and period.month is not None
    return Compared(figure, len(certain), len(possible), says, unknown)


def _falls(act: HalfDate | None, period: HalfDate | None) -> str:
    """Whether an act lies in a period: yes, maybe or no.

    Of a month without its year, what lies in that month of any year may be meant.
    """
    if period is None:
        return "yes"
    if act is None:
        return "maybe"
    if period.month and act.month and period.month != act.month:
        return "no"
    if _is_open(period) or _is_open(act):
        return "maybe"
    low, high = period.first or date.min, period.last or date.max
    first, last = act.first or date.min, act.last or date.max
    inside = "yes" if low <= first and last <= high else "maybe"
    return "no" if last < low or first > high else inside


def _is_open(when: HalfDate) -> bool:
    return when.first is None and when.last is None


def _is_country(text: str) -> bool:
    """Whether a place is none below a country: figures of a whole country take every place."""
    place = level_of(text)
    return place is not None and place.level == 0


def _overlap(one: Quantity, other: Quantity) -> bool:
    lows = [each.low for each in (one, other) if each.low is not None]
    highs = [each.high for each in (one, other) if each.high is not None]
    return not lows or not highs or max(lows) <= min(highs)


def _quantity(text: str | None) -> Quantity | None:
    try:
        return parse_quantity(text) if text else None
    except AmparoError:
        return None


def _date(text: str) -> HalfDate | None:
    try:
        return parse_date(text) if text else None
    except AmparoError:
        return None


def _begins(text: str) -> tuple[bool, str]:
    when = _date(text)
    first = when.first.isoformat() if when and when.first else ""
    return not first, first or text
