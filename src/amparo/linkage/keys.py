"""The key columns that records are compared and blocked by, one row a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.records import MEANINGS, conform
from amparo.values.names import formal, phonetic, whole_surname

GIVEN_TOKENS, SURNAME_TOKENS = 3, 2
IDENTIFIER_LENGTH = 6  # a shorter one is a row number as often as a document
_PLACE_PARTICLES = ["", "de", "del", "el", "en", "la", "las", "los", "y"]
_VOWELS = "[aeiouy]"


class Tokens(NamedTuple):
    """Tokens of one part of the name: numbers into `words` (int32, a row a record, -1 for no further one)."""

    codes: np.ndarray
    words: pl.Series

    def counts(self) -> np.ndarray:
        """Records that hold each word."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))


class Keys(NamedTuple):
    """The frame of key columns in the order (source, record_id), and the tokens of the names.

    `lists` is the number of each record's list in `sources`, which are sorted.
    """

    frame: pl.DataFrame
    given: Tokens
    surname: Tokens
    lists: np.ndarray
    sources: list[str]


def keys(meanings: pl.DataFrame) -> Keys:
    """Key columns of records in the MEANINGS contract.

    `unique_id` numbers the rows after sorting, so that the order of the input does not matter.
    """
    frame = conform(meanings, MEANINGS, "linkage").sort("source", "record_id")
    given = _tokens(frame, "given", lambda token: phonetic(formal(token)[0]), GIVEN_TOKENS)
    surname, married = (
        _tokens(frame, column, lambda token: phonetic(whole_surname(token)), limit)
        for column, limit in (("surnames", SURNAME_TOKENS), ("married", 1))
    )
    given_codes = _codes(given, GIVEN_TOKENS)
    day = _days("event_from")
    exact = pl.col("event_from") == pl.col("event_to")
    columns = frame.with_row_index("unique_id").select(
        "unique_id",
        "record_id",
        "source",
        *_scalars(given, "given", GIVEN_TOKENS),
        _in_any_order(given_codes).alias("given_all"),
        given.alias("given"),
        *_scalars(surname, "surname", SURNAME_TOKENS),
        surname.alias("surname"),
        married.alias("married"),
        day.alias("event_from"),
        _days("event_to").alias("event_to"),
        pl.when(exact).then(pl.col("event_from").dt.day()).alias("day"),
        pl.coalesce("event_month", pl.when(_same("month")).then(pl.col("event_from").dt.month())).alias(
            "month"
        ),
        pl.when(_same("year")).then(pl.col("event_from").dt.year()).alias("year"),
        *_births(),
        pl.when(pl.col("birth_from") == pl.col("birth_to"))
        .then(
            pl.concat_list(pl.col("birth_from").dt.month(), pl.col("birth_from").dt.day())
            .list.sort()
            .cast(pl.List(pl.String))
            .list.join("-")
        )
        .alias("birth_key"),
        "age_low",
        "age_high",
        "sex",
        "place_1",
        "place_2",
        "place_3",
        _place_words().alias("places"),
        _identifier().alias("identifier"),
    )
    sources = frame["source"]
    return Keys(
        columns,
        given_codes,
        _codes(surname, SURNAME_TOKENS),
        sources.rank("dense").cast(pl.Int64).to_numpy() - 1,
        sources.unique().sort().to_list(),
    )


def bones(tokens: pl.Series) -> pl.Series:
    """First letter and consonants of each token."""
    return tokens.str.slice(0, 1) + tokens.str.slice(1).str.replace_all(_VOWELS, "")


def _tokens(frame: pl.DataFrame, column: str, key: Callable[[str], str], limit: int) -> pl.Series:
    """Each token through `key`, without repetition, at most `limit` of them; null where there is none."""
    rows = (
        frame.select(pl.col(column).list.drop_nulls().alias("token")).with_row_index("row").explode("token")
    )
    rows = rows.filter(pl.col("token").is_not_null() & (pl.col("token") != ""))
    if column == "surnames":  # Rivas M.: M. contradicts no surname, and by its sound may agree with none
        alone = pl.len().over("row") == 1
        rows = rows.filter(alone | (pl.col("token").str.len_chars() > 1))
    distinct = rows["token"].unique().sort()
    table = pl.DataFrame({"token": distinct, "key": [key(token) or token for token in distinct]})
    keyed = (
        rows.join(table.cast(pl.String), on="token", how="left", maintain_order="left")
        .group_by("row", maintain_order=True)
        .agg(pl.col("key").unique(maintain_order=True).head(limit))
    )
    return (
        pl.DataFrame({"row": pl.int_range(frame.height, dtype=pl.get_index_type(), eager=True)})
        .join(keyed, on="row", how="left", maintain_order="left")["key"]
        .cast(pl.List(pl.String))
    )


def _scalars(tokens: pl.Series, name: str, limit: int) -> list[pl.Series]:
    return [tokens.list.get(i, null_on_oob=True).alias(f"{name}_{i + 1}") for i in range(limit)]


def _codes(tokens: pl.Series, limit: int) -> Tokens:
    """Tokens as numbers by alphabetical rank."""
    flat = tokens.explode().drop_nulls()
    vocabulary = flat.unique().sort()
    ranks = pl.DataFrame({"token": vocabulary, "code": np.arange(len(vocabulary), dtype=np.int32)})
    columns = [
        pl.DataFrame({"token": column})
        .join(ranks, on="token", how="left", maintain_order="left")["code"]
        .fill_null(-1)
        .to_numpy()
        for column in _scalars(tokens, "token", limit)
    ]
    return Tokens(np.column_stack(columns).astype(np.int32), vocabulary)


def _in_any_order(tokens: Tokens) -> pl.Series:
    """The tokens of each record in alphabetical order as one text; null where there is none."""
    ranked = np.sort(tokens.codes, axis=1).T
    words = [
        tokens.words.gather(pl.select(pl.when(code >= 0).then(code)).to_series())
        for code in map(pl.Series, ranked)
    ]
    return pl.select(
        pl.when(pl.Series(ranked[-1] >= 0)).then(pl.concat_str(words, separator=" ", ignore_nulls=True))
    ).to_series()


def _days(column: str) -> pl.Expr:
    return pl.col(column).to_physical().cast(pl.Int32)


def _same(unit: str) -> pl.Expr:
    """Whether the event's interval stays within one month, one year."""
    inside = pl.col("event_from").dt.year() == pl.col("event_to").dt.year()
    if unit == "month":
        inside &= pl.col("event_from").dt.month() == pl.col("event_to").dt.month()
    return inside


def _births() -> list[pl.Expr]:
    """First and last possible day of birth: stated, or from the age on the day of the event."""
    first = pl.col("event_from").dt.offset_by("-1y").to_physical() - (
        pl.col("age_high").cast(pl.Int32) * 365.25
    )
    last = pl.col("event_to").to_physical() - (pl.col("age_low").cast(pl.Int32) * 365.25)
    return [
        pl.coalesce(_days("birth_from"), first.cast(pl.Int32)).alias("birth_from"),
        pl.coalesce(_days("birth_to"), last.cast(pl.Int32)).alias("birth_to"),
    ]


def _place_words() -> pl.Expr:
    words = (
        pl.concat_str("place_1", "place_2", "place_3", "place", separator=" ", ignore_nulls=True)
        .str.split(" ")
        .list.eval(pl.element().filter(~pl.element().is_in(_PLACE_PARTICLES)))
        .list.unique(maintain_order=True)
    )
    return pl.when(words.list.len() > 0).then(words)


def _identifier() -> pl.Expr:
    letters = pl.col("identifier").str.to_lowercase().str.replace_all("[^0-9a-z]", "")
    return pl.when(letters.str.len_chars() >= IDENTIFIER_LENGTH).then(letters)
