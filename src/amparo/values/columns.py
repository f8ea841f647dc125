"""Verbatim cells of records into columns of meanings: each distinct cell is read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from amparo.errors import AmparoError, Issue
from amparo.records import MEANINGS, RECORDS, conform
from amparo.values.dates import infer_date_order, parse_date
from amparo.values.names import Convention, Usage, infer_convention, learn_usage, parse_name
from amparo.values.people import parse_age, sex_codes
from amparo.values.places import split_levels
from amparo.values.text import fold, plain

_NAMES = ("name", "given", "surname", "second_surname", "married_surname", "alias")
_SURNAMES = ("surname", "second_surname", "married_surname")
_PLACES = ("place", "place_1", "place_2", "place_3")
# Which of a date's parts each of the three dates gives to MEANINGS.
_DATES: dict[str, dict[str, str]] = {
    "birth_date": {"first": "birth_from", "last": "birth_to"},
    "event_date": {
        "edtf": "event_edtf", "first": "event_from", "last": "event_to", "month": "event_month"
    },
    "death_date": {"first": "death_from", "last": "death_to"},
}  # fmt: skip
_NAME_PARTS = ("given", "surnames", "married", "aliases")
# What a cell says instead of a value, folded.
_NO_VALUE = frozenset(
    {"", "nan", "na", "n a", "n d", "nd", "s d", "null", "none", "missing", "sin dato", "sin datos",
     "sin informacion", "sin fecha", "desconocido", "desconocida", "se desconoce", "no consta",
     "no especifica", "no especificado", "no especificada", "no disponible", "no date", "no data",
     "unknown", "not known", "unspecified", "undetermined", "not available"}
)  # fmt: skip
# The convention of a list shows in some thousands of its names.
_ENOUGH = 5000

# One distinct cell read: its parts, or the code of why not.
_Reading = dict[str, Any]


def meanings(
    records: pl.DataFrame,
    *,
    date_orders: Mapping[str, str] | None = None,
    name_orders: Mapping[str, str] | None = None,
) -> tuple[pl.DataFrame, list[Issue]]:
    """RECORDS in, MEANINGS out, one row for one row in the same order, and what could not be read.

    How a source orders its names, what its "M" means and the order of its dates in figures are decided
    once for the whole source; `name_orders` ("given_first", "surname_first" by source) and `date_orders`
    ("DMY", "MDY", "YMD") overrule what the values show. An unreadable cell becomes null and an Issue with
    the facts `record_id`, `column` and `value`.

    Raises `frame.columns` for columns RECORDS does not know.
    """
    cells = _without_placeholders(conform(records, RECORDS, "values"))
    orders = _date_orders(cells, date_orders or {})
    sexes = {
        source: sex_codes(part["sex"].drop_nulls().unique().to_list()) for source, part in _by_source(cells)
    }

    read = _Readings(cells)
    said = name_orders or {}
    conventions = {source: _convention(part, said.get(source)) for source, part in _by_source(cells)}
    read.names(conventions, _usage(cells, conventions))
    for column, parts in _DATES.items():
        read.cells(column, parts, lambda source, text: _date(text, orders[source]))
    read.cells("age", {"low": "age_low", "high": "age_high"}, lambda _, text: parse_age(text)._asdict())
    read.cells("sex", {"sex": "sex"}, lambda source, text: _sex(text, sexes[source]))
    for column in _PLACES:
        read.cells(column, {"place": column}, lambda _, text: {"place": " ".join(split_levels(text)) or None})
    read.cells("identifier", {"identifier": "identifier"}, lambda _, text: {"identifier": _identifier(text)})
    return conform(pl.DataFrame(read.columns), MEANINGS, "values"), read.issues


class _Readings:
    """The columns read so far, and the issues met."""

    def __init__(self, cells: pl.DataFrame) -> None:
        self._cells = cells
        self.columns: dict[str, pl.Series] = {"record_id": cells["record_id"], "source": cells["source"]}
        self.issues: list[Issue] = []

    def names(self, conventions: Mapping[str, Convention], usage: Usage) -> None:
        """Read the name cells of each record together."""
        # The contract's `given` is both a cell and a part of the result.
        rows = self._cells.select("source", *(pl.col(cell).alias(f"{cell}_cell") for cell in _NAMES))
        distinct = rows.unique(maintain_order=True)
        parts: dict[str, list[str]] = {part: [] for part in _NAME_PARTS}
        for source, name, given, surname, second, married, alias in distinct.iter_rows():
            order, surnames = conventions[source]
            parsed = parse_name(
                name, given=given, surname=surname, second_surname=second, married_surname=married,
                alias=alias, order=order, surnames=surnames, usage=usage,
            )  # fmt: skip
            for part in _NAME_PARTS:
                parts[part].append(" ".join(getattr(parsed, part)))
        # Joined and cut again: a list column made of Python lists costs a series for every name.
        lists = distinct.with_columns(
            pl.Series(part, tokens, dtype=pl.String).str.extract_all(r"\S+") for part, tokens in parts.items()
        )
        self._join(rows, lists, _NAME_PARTS)

    def cells(self, column: str, parts: Mapping[str, str], reader: Callable[[str, str], _Reading]) -> None:
        """Read one column, each distinct text of a source once, into the named parts."""
        rows = self._cells.select("source", pl.col(column).alias("text"))
        distinct = rows.drop_nulls().unique(maintain_order=True)
        readings = [_or_code(reader, source, text) for source, text in distinct.iter_rows()]
        codes = [reading if isinstance(reading, str) else None for reading in readings]
        table = distinct.with_columns(
            pl.Series("code", codes, dtype=pl.String),
            *(
                pl.Series(
                    target,
                    [None if isinstance(reading, str) else reading[part] for reading in readings],
                    dtype=MEANINGS[target],
                )
                for part, target in parts.items()
            ),
        )
        code = self._join(rows, table, (*parts.values(), "code"))["code"]
        if code.null_count() < len(code):
            told = self._cells.select("record_id", pl.col(column).alias("value"), code).drop_nulls("code")
            self.issues += [
                Issue(code, {"record_id": record_id, "column": column, "value": value})
                for record_id, value, code in told.iter_rows()
            ]

    def _join(self, rows: pl.DataFrame, table: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
        joined = rows.join(table, on=rows.columns, how="left", nulls_equal=True, maintain_order="left")
        self.columns |= {name: joined[name] for name in columns if name in MEANINGS}
        return joined


def _or_code(reader: Callable[[str, str], _Reading], source: str, text: str) -> _Reading | str:
    try:
        return reader(source, text)
    except AmparoError as error:
        return error.code


def _by_source(cells: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (source,), part in cells.group_by("source", maintain_order=True):
        yield source, part


def _without_placeholders(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells that only say that nothing is known become null; names keep theirs for the name parser."""
    columns = {}
    for name in (*_DATES, "age", "sex", *_PLACES, "identifier"):
        empty = [text for text in cells[name].drop_nulls().unique().to_list() if fold(text) in _NO_VALUE]
        columns[name] = pl.when(~pl.col(name).is_in(empty)).then(pl.col(name)) if empty else pl.col(name)
    return cells.with_columns(**columns)


def _convention(part: pl.DataFrame, order: str | None) -> Convention:
    names = part["name"].drop_nulls().unique(maintain_order=True).head(_ENOUGH).to_list()
    shown = infer_convention(names)
    return shown._replace(order=order) if order else shown


def _usage(cells: pl.DataFrame, conventions: Mapping[str, Convention]) -> Usage:
    """How the lists use the words of names, from where these stand surely.

    Surely a given name is a word of the column of given names, after a comma, or the first one where the
    list writes given names first; surely a surname a word of a column of surnames, before a comma, or the
    last of three and more. Lists with surnames in front the other way round.
    """
    with_comma = cells["name"].str.contains(",", literal=True).fill_null(value=False)
    halves = cells["name"].filter(with_comma).str.splitn(",", 2)
    given = [cells["given"], halves.struct.field("field_1")]
    surnames = [*(cells[cell] for cell in _SURNAMES), halves.struct.field("field_0")]
    for source, part in _by_source(cells.filter(~with_comma)):
        whole = _words(part["name"])
        whole = whole.filter(whole.list.len() > 2)
        ends = [whole.list.first(), whole.list.last()]
        first, last = (given, surnames) if conventions[source].order == "given_first" else (surnames, given)
        if conventions[source].order:
            first.append(ends[0])
            last.append(ends[1])
    counts = [
        pl.concat([_words(texts).explode() for texts in columns]).drop_nulls().alias("word").value_counts()
        for columns in (given, surnames)
    ]
    both = counts[0].join(counts[1], on="word", how="full", coalesce=True).fill_null(0).sort("word")
    return learn_usage(both.iter_rows())


def _words(texts: pl.Series) -> pl.Series:
    return texts.drop_nulls().str.to_lowercase().str.extract_all(r"[\p{L}\p{M}]+")


def _date_orders(cells: pl.DataFrame, given: Mapping[str, str]) -> dict[str, str]:
    def inferred(part: pl.DataFrame) -> str:
        return infer_date_order(text for name in _DATES for text in part[name].drop_nulls().unique())

    return {source: given.get(source) or inferred(part) for source, part in _by_source(cells)}


def _date(text: str, order: str) -> _Reading:
    return parse_date(text, order=order)._asdict()


def _sex(text: str, codes: Mapping[str, str | None]) -> _Reading:
    if text not in codes:
        raise AmparoError("sex.unreadable", value=text)
    return {"sex": codes[text]}


def _identifier(text: str) -> str | None:
    """Letters and figures only: lists differ in the dashes and spaces of one number."""
    whole = re.sub(r"(?<=\d)\.0+$", "", text.strip())
    return re.sub(r"[\W_]+", "", plain(whole)) or None
