"""Acts as a table: by place, time, duty status and more, with a cell of its own for what is not known.

An act is what a document's claims say of one act, or what a list's row says of the counted act. Records that
the linkage gives to one person tell of one act where the type is the same and the dates allow it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from amparo.errors import AmparoError
from amparo.study.accounts.rules import MATCHING
from amparo.study.accounts.services import require
from amparo.study.claims.reading import Known, claims_of
from amparo.study.claims.rules import Preferred, standing, verification
from amparo.study.context import now
from amparo.study.linking.models import LinkRun
from amparo.study.linking.services import persons_of
from amparo.study.register.standing import standing_ids, standing_meanings
from amparo.values.dates import HalfDate, parse_date
from amparo.values.places import level_of, split_levels
from amparo.vocabulary.lists import lists
from amparo.vocabulary.model import model

if TYPE_CHECKING:
    import polars as pl

    from amparo.study.context import Study

UNKNOWN = ""
# What acts can be tabled by, and the field of an act each is taken from: None for what is worked out.
DIMENSIONS: dict[str, str | None] = {
    "place": None,
    "year": None,
    "month": None,
    "type": "type",
    "duty_status": "duty_status",
    "victim_status": "victim_status",
    "occupation": "occupation",
    "place_type": "place_type",
    "activity": "activity",
    "motive": "motive",
    "impunity": "impunity",
    "verification": None,
}


class Act(NamedTuple):
    """One act as it is counted: whom it was done to (a person or record), when, and a value per dimension."""

    victim: str
    date: HalfDate | None
    values: dict[str, str]
    from_list: bool


class Column(NamedTuple):
    """One dimension in the codebook: its words, its list, and each value with its words and its source."""

    name: str
    en: str
    es: str
    written: str
    values: tuple[tuple[str, str, str, str], ...]  # code, en, es, source; empty for places and times


class Tabled(NamedTuple):
    """A table of acts: its dimensions, the count of each combination, unknown values as "", the codebook."""

    by: tuple[str, ...]
    cells: dict[tuple[str, ...], int]
    acts: int
    restricted: int  # acts left out because something of them is restricted
    as_of: str | None
    codebook: tuple[Column, ...]


def table(
    study: Study, by: Sequence[str], as_of: date | None = None, within: Collection[str] | None = None
) -> Tabled:
    """Count the acts the person at work may see, as they stand or stood at the end of a day.

    `within` leaves only what lies in these compartments. Raises `accounts.not_allowed`,
    `claims.unknown_dimension`.
    """
    require(study, "claims.tabled")
    for name in by:
        if name not in DIMENSIONS:
            raise AmparoError("claims.unknown_dimension", dimension=name, known=list(DIMENSIONS))
    found, restricted = acts(study, as_of, within)
    cells = Counter(tuple(act.values.get(name, UNKNOWN) for name in by) for act in found)
    return Tabled(
        tuple(by),
        dict(sorted(cells.items())),
        len(found),
        restricted,
        as_of.isoformat() if as_of else None,
        tuple(_column(name, found) for name in by),
    )


def acts(
    study: Study, as_of: date | None = None, within: Collection[str] | None = None
) -> tuple[list[Act], int]:
    """Every act once, and how many are left out because a claim on them is restricted."""
    moment = datetime.combine(as_of, time.max, now().tzinfo) if as_of else None
    known = claims_of(study, as_of=moment)
    if within is not None:
        claims = tuple(claim for claim in known.claims if claim.compartment in within)
        rulings = tuple(ruling for ruling in known.rulings if ruling.compartment in within)
        known = Known(claims, standing(claims, rulings), rulings)
    best = known.preferred()
    things: dict[str, dict[str, Preferred]] = defaultdict(dict)
    for (of, field), value in best.items():
        if value.claim.said.kind == "act":
            things[of][field] = value
    hidden = {
        claim.of
        for claim in known.claims
        if claim.said.kind == "act" and claim.said.restriction != "none" and known.state.stands(claim.id)
    }
    persons = persons_at(study, moment) if within is None or MATCHING in within else {}
    told: dict[str, list[Act]] = defaultdict(list)
    for of, fields in things.items():
        if of in hidden:
            continue
        state = verification(known.claims, known.state, of)[0]
        act = _told(of, {name: value.claim.said.value for name, value in fields.items()}, state)
        victim = persons.get(act.victim, act.victim)
        _merge(told[victim], act._replace(victim=victim))
    rows = standing_meanings(study, moment)
    if within is not None:
        rows = rows.join(standing_ids(list(within), moment).to_frame(), on="record_id", how="semi")
    for act in _from_rows(rows, persons):
        _merge(told[act.victim], act)
    found = [act for group in told.values() for act in group]
    return sorted(found, key=lambda act: (act.victim, act.date.edtf if act.date else "")), len(hidden)


def persons_at(study: Study, moment: datetime | None) -> dict[str, str]:
    """Record -> person, for who may know; each record is somebody of its own for others."""
    if MATCHING not in study.keys.compartments:
        return {}
    runs = LinkRun.objects.filter(sealed_under__in=study.keys.ids).order_by("-id")
    run = (runs.filter(at__lte=moment) if moment else runs).first()
    return dict(persons_of(study, run).select("record_id", "person").iter_rows()) if run else {}


def _told(of: str, fields: Mapping[str, str], state: str) -> Act:
    when = _date(fields.get("date"))
    values = {name: fields[field] for name, field in DIMENSIONS.items() if field and field in fields}
    values |= _timed(when) | {"verification": state}
    if place := fields.get("place"):
        values["place"] = first_level(place)
    return Act(fields.get("victim", of), when, values, from_list=False)


def _from_rows(rows: pl.DataFrame, persons: Mapping[str, str]) -> list[Act]:
    """The counted act, as each record tells it that has a date or place of it."""
    found = []
    columns = ("record_id", "event_edtf", "place_1", "place_2", "place")
    for record, edtf, first, second, place in rows.select(columns).iter_rows():
        where = first or second or place
        if edtf is None and where is None:
            continue
        when = _date(edtf)
        values = _timed(when) | {"verification": "unverified"}
        if where:
            values["place"] = first_level(where)
        found.append(Act(persons.get(record, record), when, values, from_list=True))
    return found


def _merge(group: list[Act], act: Act) -> None:
    """Add an act to those of its victim, or to the one it may be: what either tells is told of both."""
    for at, other in enumerate(group):
        if _is_same(act, other):
            narrow = min((act, other), key=lambda each: _width(each.date))
            values = {**act.values, **other.values, **_timed(narrow.date)}
            group[at] = other._replace(date=narrow.date, values=values)
            return
    group.append(act)


def _is_same(one: Act, other: Act) -> bool:
    """Whether two acts against one victim are one: of one type, or one from a list's row, and of one date.

    A row tells of the counted act without naming its type, so there both dates must be known.
    """
    types = {one.values.get("type"), other.values.get("type")} - {None}
    if one.from_list or other.from_list:
        return None not in (one.date, other.date) and _may_be(one.date, other.date)
    return len(types) == 1 and _may_be(one.date, other.date)


def _may_be(one: HalfDate | None, other: HalfDate | None) -> bool:
    """Whether two half-known dates may be the same day."""
    if one is None or other is None:
        return True
    if one.month and other.month and one.month != other.month:
        return False
    latest_first = max(one.first or date.min, other.first or date.min)
    return latest_first <= min(one.last or date.max, other.last or date.max)


def _width(when: HalfDate | None) -> int:
    if when is None or when.first is None or when.last is None:
        return 10**6 + (when is None)
    return (when.last - when.first).days


def _date(text: str | None) -> HalfDate | None:
    try:
        return parse_date(text) if text else None
    except AmparoError:
        return None


def _timed(when: HalfDate | None) -> dict[str, str]:
    """Year and month, each only where the date lies in one."""
    found = {}
    if when is not None and when.first and when.last and when.first.year == when.last.year:
        found["year"] = f"{when.first.year:04}"
    if when is not None and when.month:
        found["month"] = f"{when.month:02}"
    return found


def first_level(text: str) -> str:
    """The place's first level below the country where the gazetteer knows it, else the place as written."""
    parts = split_levels(text)
    for part in reversed(parts):
        place = level_of(part)
        if place is not None and place.level == 1:
            return place.name
    return parts[-1] if parts else UNKNOWN


def _column(name: str, found: Sequence[Act]) -> Column:
    field = DIMENSIONS[name]
    if field is None and name != "verification":
        en, es = {"place": ("place", "lugar"), "year": ("year", "año"), "month": ("month", "mes")}[name]
        return Column(name, en, es, "text", ())
    written = "verification" if field is None else model()["act"].fields[field].written
    coded = lists()[written]
    used = {act.values.get(name) for act in found}
    values = tuple(
        (code, term.en, term.es, term.source) for code, term in coded.codes.items() if code in used
    )
    return Column(name, coded.en, coded.es, written, values)
