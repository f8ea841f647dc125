"""The parts that blocking rules are made of, and the keys of records under a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations, product

import numpy as np
import polars as pl

from amparo.linkage.keys import Keys, Tokens, bones
from amparo.linkage.spellings import Near, usual

_START_BITS = 22  # of a hash, by which combinations that nobody wanted has are told
Part = list[np.ndarray]  # one int64 vector for each value a record may have there, -1 where it has none
Parts = Mapping[str, Callable[[], Part]]
# The field of the record that each part is taken from.
FIELDS = {
    "given": "given", "given_spelt": "given", "givens": "given", "given_start": "given",
    "given_bones": "given", "surname": "surname", "surname_spelt": "surname", "surnames": "surname",
    "surname_start": "surname", "surname_bones": "surname",
    "day": "date", "week": "date", "month": "date", "year": "date",
    "birthday": "birth", "place_1": "place", "place_2": "place", "identifier": "identifier",
}  # fmt: skip


def parts(keys: Keys, given: Near, surname: Near) -> Parts:
    """How each part is computed; `_spelt` adds to each token its usual spellings."""
    frame = keys.frame
    day = frame["day"].is_not_null()

    def numbers(values: pl.Series | pl.Expr) -> np.ndarray:
        series = frame.select(values).to_series() if isinstance(values, pl.Expr) else values
        return series.cast(pl.Int64).fill_null(-1).to_numpy()

    def ranks(values: pl.Series | pl.Expr) -> np.ndarray:
        series = frame.select(values).to_series() if isinstance(values, pl.Expr) else values
        return numbers(series.rank("dense"))

    exact_day = pl.when(day).then(pl.col("event_from"))

    def weeks() -> Part:
        shifted = [(pl.col("event_from") + 1_000_000 + shift) // 8 * 2 + shift // 4 for shift in (0, 4)]
        return [numbers(pl.when(day).then(week)) for week in shifted]

    first_level = ranks(pl.col("place_1"))
    second_level = ranks(pl.concat_str("place_1", "place_2", separator="|"))
    birthday = pl.when(pl.col("birth_from") == pl.col("birth_to")).then(pl.col("birth_from") + 1_000_000)
    return {
        "given": lambda: _own(keys.given),
        "surname": lambda: _own(keys.surname),
        "given_spelt": lambda: _spelt(keys.given, given),
        "surname_spelt": lambda: _spelt(keys.surname, surname),
        "givens": lambda: _together(keys.given),
        "surnames": lambda: _together(keys.surname),
        "given_start": lambda: _changed(keys.given, lambda words: words.str.slice(0, 2)),
        "surname_start": lambda: _changed(keys.surname, lambda words: words.str.slice(0, 3)),
        "given_bones": lambda: _changed(keys.given, bones),
        "surname_bones": lambda: _changed(keys.surname, bones),
        "day": lambda: [numbers(exact_day + 1_000_000)],
        "week": weeks,
        "month": lambda: [numbers(pl.col("year").cast(pl.Int64) * 12 + pl.col("month"))],
        "year": lambda: [numbers(pl.col("year"))],
        "birthday": lambda: [numbers(birthday)],
        "place_1": lambda: [first_level],
        "place_2": lambda: [second_level],
        "identifier": lambda: [ranks(pl.col("identifier"))],
    }


def keyed(
    rule: tuple[str, ...], known: Parts, order: np.ndarray, bits: int, wanted: np.ndarray | None = None
) -> np.ndarray:
    """A number for every combination of a record's values, ascending, none twice.

    Its low `bits` bits are the record's place in `order`, the others a hash of the values. With `wanted` (a
    flag per place) combinations that no wanted record has are left out, all but a few.
    """
    found = []
    for values in product(*(known[name]() for name in rule)):
        present = np.flatnonzero(np.logical_and.reduce([value >= 0 for value in values]))
        key = np.full(len(present), 0x9E3779B97F4A7C15, np.uint64)
        for value in values:
            key ^= value[present].astype(np.uint64)
            key *= np.uint64(0xBF58476D1CE4E5B9)
            key ^= key >> np.uint64(29)
        found.append(key >> np.uint64(bits) << np.uint64(bits) | order[present].astype(np.uint64))
    codes = np.concatenate(found)
    if wanted is not None:
        mine = wanted[(codes & np.uint64((1 << bits) - 1)).astype(np.int64)]
        start = codes >> np.uint64(64 - _START_BITS)
        theirs = np.zeros(1 << _START_BITS, np.bool_)
        theirs[start[mine]] = True
        codes = codes[theirs[start]]
    codes.sort()
    return codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes


def _own(tokens: Tokens) -> Part:
    return [column.astype(np.int64) for column in tokens.codes.T]


def _spelt(tokens: Tokens, similar: Near) -> Part:
    table = np.vstack(
        [usual(similar, tokens.counts()), np.full((1, 2), -1, np.int32)]
    )  # code -1 takes the last
    return _own(tokens) + [
        spelling.astype(np.int64)
        for column in tokens.codes.T
        for spelling in table[column].T
        if (spelling >= 0).any()
    ]


def _together(tokens: Tokens) -> Part:
    """Each two tokens of one record, in either order the same."""
    return [
        np.where((a >= 0) & (b >= 0), np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b), -1)
        for a, b in combinations(tokens.codes.T, 2)
    ]


def _changed(tokens: Tokens, change: Callable[[pl.Series], pl.Series]) -> Part:
    """The same code for the same changed token, wherever it stands."""
    codes = np.append(change(tokens.words).rank("dense").cast(pl.Int64).to_numpy() - 1, -1)
    return [codes[column] for column in tokens.codes.T]
