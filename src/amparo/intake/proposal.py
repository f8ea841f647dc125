"""A first mapping for a source, from the words of its headers and what its values look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from amparo.intake import field_form, kinds
from amparo.intake.headers import DATE_PARTS, ELSEWHERE, ENGLISH, PHRASES
from amparo.intake.mapping import JOINS, DateOrder, Mapping, NameOrder
from amparo.intake.sheet import Sheet
from amparo.records import CELLS
from amparo.values.names import infer_convention
from amparo.values.text import fold

_SAMPLE = 600  # rows, spread over the whole list
_MIN_SHARE = 0.5  # of the values that say anything must look like the field's kind
_BY_VALUES = 0.9  # the same, for a column whose header says nothing
_EXACT, _PART, _GUESS, _BLANK = 0.95, 0.75, 0.4, 0.5  # confidence before the values are looked at

_DAYS = frozenset(f"{day:{width}}" for day in range(1, 32) for width in ("d", "02d"))

_OF_TURNS = re.compile(r"\[\d+\]/")  # household[2]/name: somebody else's than the row's person

Kind = Callable[[str], bool]


class Proposal(NamedTuple):
    """Why a column is mapped as it is; `field` is None for columns left out, or the setting "date_order"."""

    column: str
    field: str | None
    confidence: float  # 0 to 1
    reason: str  # a code of `errors.CODES` that takes column and field


class _Match(NamedTuple):
    column: str
    place: int  # of the column in the sheet
    field: str
    tier: int  # of the phrase within its field, the most telling first
    confidence: float
    reason: str
    blank: bool  # the column holds no value


def _is_day(text: str) -> bool:
    return kinds.is_date(text) or kinds.is_year(text)


def _is_small(text: str) -> bool:
    return text.strip().removesuffix(".0") in _DAYS


def _is_month(text: str) -> bool:
    return _is_small(text) or kinds.is_date(text)


def _is_wording(text: str) -> bool:
    return not (kinds.is_number(text) or kinds.is_date(text))


# What the values of a field look like; fields without an entry take any value.
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("birth_date", "event_date", "death_date"), _is_day),
    "age": kinds.is_age,
    "sex": kinds.is_sex,
    **dict.fromkeys(("name", "given", "surname", "second_surname", "married_surname", "alias"), _is_wording),
    **dict.fromkeys(("place", "place_1", "place_2", "place_3"), _is_wording),
    **dict.fromkeys(("status", "circumstances"), _is_wording),
}


def propose(sheet: Sheet) -> tuple[Mapping, list[Proposal]]:
    """A mapping to show and edit, and the reason for each column, in the sheet's order."""
    if field_form.MARK in sheet.headers:
        return _of_our_form(sheet)
    step = max(1, len(sheet.rows) // _SAMPLE)
    values = {
        header: [row[place] for row in sheet.rows[::step]] for place, header in enumerate(sheet.headers)
    }
    matches: list[_Match] = []
    reasons: dict[str, Proposal] = {}
    parts = _date_parts(values)
    for header in parts:
        if header:
            reasons[header] = Proposal(header, "event_date", _EXACT, "intake.proposed_header")
    for place, header in enumerate(sheet.headers):
        if header in reasons:
            continue
        found = _by_header(header, place, values[header])
        if isinstance(found, _Match):
            matches.append(found)
        else:
            reasons[header] = found
    fields = _settle(matches, in_parts=any(parts))
    _fill_by_values(fields, list(reasons.values()), values, in_parts=any(parts))
    columns = {field: tuple(match.column for match in fields[field]) for field in CELLS if fields.get(field)}
    used = {column for names in columns.values() for column in names} | set(parts)
    proposals = []
    for header in sheet.headers:
        uses = [match for field in fields.values() for match in field if match.column == header]
        if uses:
            proposals += [Proposal(header, use.field, use.confidence, use.reason) for use in uses]
        else:
            proposals.append(reasons.get(header, Proposal(header, None, _EXACT, "intake.proposed_second")))
    order, doubt = _date_order(columns, values)
    mapping = Mapping(
        columns,
        order,
        _name_order(columns.get("name", ()), values),
        tuple(header for header in sheet.headers if header not in used),
        {"event_date": parts} if any(parts) else {},
    )
    return mapping, proposals + doubt


def _of_our_form(sheet: Sheet) -> tuple[Mapping, list[Proposal]]:
    """Answers to the form that Amparo gives: what each means is known. A submission is known by its key."""
    columns = {
        field: found
        for field, paths in field_form.columns().items()
        if (found := tuple(path for path in paths if path in sheet.headers))
    }
    columns["identifier"] = (*columns.get("identifier", ()), "KEY")
    fields = {path: field for field, paths in columns.items() for path in paths}
    proposals = [
        Proposal(header, fields.get(header), 1.0, "intake.proposed_form") for header in sheet.headers
    ]
    ignored = tuple(header for header in sheet.headers if header not in fields)
    return Mapping(columns, "DMY", None, ignored), proposals


def _date_parts(values: dict[str, list[str]]) -> tuple[str, str, str]:
    """Columns of day, month and year of the act, "" where there are none; a year alone is no such date."""
    found = ["", "", ""]
    kinds_of_parts: tuple[Kind, Kind, Kind] = (_is_small, _is_month, kinds.is_year)
    for header, texts in values.items():
        number = DATE_PARTS.get(fold(header))
        if number is not None and not found[number]:
            share = kinds.share(texts, kinds_of_parts[number])
            if share is not None and share >= _MIN_SHARE:
                found[number] = header
    day, month, year = found
    return (day, month, year) if month and year else ("", "", "")


def _by_header(header: str, place: int, values: Sequence[str]) -> _Match | Proposal:
    """What the header's words say, unless the values contradict them."""
    if _OF_TURNS.search(header):
        return Proposal(header, None, _EXACT, "intake.proposed_unused")
    phrase, confidence, reason = fold(header), _EXACT, "intake.proposed_header"
    if phrase not in PHRASES:
        phrase, confidence, reason = _phrase_within(phrase), _PART, "intake.proposed_part"
    if phrase is None:
        return Proposal(header, None, 0.0, "intake.proposed_unknown")
    field, tier = PHRASES[phrase]
    if not field:
        return Proposal(header, None, confidence, "intake.proposed_unused")
    share = kinds.share(values, _KINDS.get(field, bool))
    if share is None:
        return _Match(header, place, field, tier, _BLANK, "intake.proposed_blank", True)
    if share < _MIN_SHARE:
        return Proposal(header, None, 1 - share, "intake.proposed_contradicted")
    return _Match(header, place, field, tier, round(confidence * share, 3), reason, False)


def _phrase_within(folded: str) -> str | None:
    """The longest known phrase inside a longer header, unless another word there turns it elsewhere."""
    words = folded.split()
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            phrase = " ".join(words[start : start + length])
            if len(phrase) > 3 and phrase in PHRASES:
                rest = words[:start] + words[start + length :]
                return None if ELSEWHERE.intersection(rest) else phrase
    return None


def _settle(matches: list[_Match], *, in_parts: bool) -> dict[str, list[_Match]]:
    """Decide between columns that could be the same field, and headers that mean one thing or another."""
    fields: dict[str, list[_Match]] = {field: [] for field in CELLS}
    for match in sorted(matches, key=lambda match: (match.tier, match.place)):
        fields[match.field].append(match)
    _settle_names(fields)
    _settle_places(fields)
    _settle_dates(fields, in_parts=in_parts)
    if any(not match.blank for match in fields["identifier"]):
        fields["identifier"] = [match for match in fields["identifier"] if not match.blank]
    fields["identifier"] = fields["identifier"][:1]  # numbers of different kinds do not replace each other
    for field, join in JOINS.items():
        if join is not None and fields[field]:
            full = [match for match in fields[field] if not match.blank] or fields[field]
            fields[field] = sorted(
                (match for match in full if match.tier == full[0].tier), key=lambda match: match.place
            )
    return fields


def _move(fields: dict[str, list[_Match]], match: _Match, field: str) -> None:
    fields[match.field].remove(match)
    fields[field].append(match._replace(field=field, tier=0))


def _settle_names(fields: dict[str, list[_Match]]) -> None:
    """A column "nombre" beside one of surnames holds the given names."""
    whole = [match for match in fields["name"] if match.tier == 0]
    if fields["surname"] and not whole:
        for match in list(fields["name"]):
            if fold(match.column).split()[0] in ("nombre", "nombres", "name", "names"):
                _move(fields, match, "given")


def _settle_places(fields: dict[str, list[_Match]]) -> None:
    """Levels by the order of columns, the larger first; "estado" is a state beside smaller places only."""
    for match in [match for match in fields["status"] if match.tier == 1]:
        if not fields["place_1"] and (fields["place_2"] or fields["place_3"]):
            _move(fields, match, "place_1")
    firsts = sorted(fields["place_1"], key=lambda match: match.place)
    if len(firsts) > 1:
        if fields["place_2"]:
            fields["place_1"] = firsts[-1:]
        else:
            fields["place_1"] = firsts[:1]
            fields["place_2"] = [firsts[1]._replace(field="place_2")]
    fields["place_2"] = fields["place_2"][:1]


def _settle_dates(fields: dict[str, list[_Match]], *, in_parts: bool) -> None:
    """The act's date: its own columns, then the death's, then a bare year; in parts, those alone.

    A plain "date" beside a telling one is another moment.
    """
    telling = [match for match in fields["event_date"] if match.tier < 2]
    plain = [match for match in fields["event_date"] if match.tier == 2]
    years = [match for match in fields["event_date"] if match.tier == 3]
    own = telling or plain
    deaths = [match._replace(field="event_date") for match in fields["death_date"]]
    fields["event_date"] = own if in_parts else own + deaths + years
    if not own and not in_parts:
        fields["death_date"] = []


def _fill_by_values(
    fields: dict[str, list[_Match]],
    left: list[Proposal],
    values: dict[str, list[str]],
    *,
    in_parts: bool,
) -> None:
    """Columns whose header says nothing, where the list would have no name, sex or date at all."""
    wanted: list[tuple[str, Kind]] = [("sex", kinds.is_sex)]
    if not in_parts:
        wanted.append(("event_date", kinds.is_date))
    if not (fields["name"] or fields["given"] or fields["surname"]):
        wanted.append(("name", kinds.is_name))
    for field, kind in wanted:
        if fields[field]:
            continue
        for place, proposal in enumerate(left):
            texts = [text for text in values[proposal.column] if text.strip()]
            if proposal.reason != "intake.proposed_unknown" or not texts:
                continue
            if ELSEWHERE.intersection(fold(proposal.column).split()):
                continue
            if field == "name" and len(set(texts)) < 0.8 * len(texts):
                continue
            if (kinds.share(texts, kind) or 0) >= _BY_VALUES:
                fields[field] = [
                    _Match(proposal.column, place, field, 0, _GUESS, "intake.proposed_values", False)
                ]
                break


_FIGURES = re.compile(r"\s*(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*\d{1,4}\b")


def _order_of(text: str) -> str | None:
    """Order that a date in figures tells: a part above 12 is no month; "either" when both could be."""
    match = _FIGURES.match(text)
    if not match:
        return None
    if len(match[1]) > 2:
        return "YMD"
    first, second = int(match[1]), int(match[2])
    return "DMY" if first > 12 else "MDY" if second > 12 else "either"


def _date_order(
    columns: dict[str, tuple[str, ...]], values: dict[str, list[str]]
) -> tuple[DateOrder, list[Proposal]]:
    """Order of the list's dates in figures; without evidence, that of its headers' language."""
    used = [
        column for field in ("event_date", "death_date", "birth_date") for column in columns.get(field, ())
    ]
    told = {column: Counter(filter(None, map(_order_of, values[column]))) for column in dict.fromkeys(used)}
    seen = sum(told.values(), Counter())
    doubtful = next((column for column, orders in told.items() if set(orders) - {"YMD"}), "")
    day_first, month_first = seen["DMY"], seen["MDY"]
    if day_first or month_first:
        order: DateOrder = "DMY" if day_first >= month_first else "MDY"
        if not (day_first and month_first):
            return order, []
        share = max(day_first, month_first) / (day_first + month_first)
        return order, [Proposal(doubtful, "date_order", share, "intake.proposed_dates_mixed")]
    if seen["either"]:
        words = [word for header in values for word in fold(header).split()]
        english = sum(word in ENGLISH for word in words) * 3 > len(words)
        doubt = Proposal(doubtful, "date_order", 0.5, "intake.proposed_dates_assumed")
        return ("MDY" if english else "DMY"), [doubt]
    return ("YMD" if seen["YMD"] else "DMY"), []


_GIVEN_WORDS = frozenset(("nombre", "nombres", "given", "first", "forename", "forenames"))
_SURNAME_WORDS = frozenset(("apellido", "apellidos", "surname", "surnames", "last", "family"))


def _name_order(columns: Sequence[str], values: dict[str, list[str]]) -> NameOrder | None:
    """Which part a column of full names writes first: by its header, its commas, or the names themselves."""
    if not columns:
        return None
    words = fold(columns[0]).split()
    given = [place for place, word in enumerate(words) if word in _GIVEN_WORDS]
    surname = [place for place, word in enumerate(words) if word in _SURNAME_WORDS]
    if given and surname:
        # "Nombre de la víctima (apellidos, nombres)": the last given-name word counts.
        return "given_first" if given[-1] < surname[-1] else "surname_first"
    names = [text for text in values[columns[0]] if text.strip()]
    if names and sum("," in text for text in names) > len(names) / 2:
        return "surname_first"
    order = infer_convention(names).order
    return "given_first" if order == "given_first" else "surname_first" if order == "surname_first" else None
