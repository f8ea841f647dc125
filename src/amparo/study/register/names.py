"""Names of records in memory, and places, dates and actors beside them, word by word. No Django."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.values.names import formal, phonetic
from amparo.values.names.lexicon import lexicon, short_forms
from amparo.values.text import fold

# How well a word of a name fits one that was typed.
_SAME, _SOUND, _SHORT, _BEGINS = 1.0, 0.8, 0.7, 0.6
_BESIDE = 0.5  # a word of a place, date or actor
_LEAST_BEGINNING = 3  # letters

# A cache that others filled with names hidden from this user would tell of them by its speed.
_uncached = phonetic.__wrapped__


class Named(NamedTuple):
    """A record, the key of its list, its names as one text, and what else it is found by."""

    record: str
    source: str
    name: str
    beside: str = ""


def words_typed(text: str) -> list[str]:
    """The words of a search that count, each once."""
    return list(dict.fromkeys(word for word in fold(text).split() if word not in lexicon().particles))


class Names:
    """Some records' names. Never changed: what comes or ends is told by others beside it."""

    def __init__(self, named: Sequence[Named]) -> None:
        """Words -> records. Each distinct word of a name is folded and heard once."""
        self.records = [each.record for each in named]
        self.sources = [each.source for each in named]
        self.names = [each.name for each in named]
        self._places = {record: place for place, record in enumerate(self.records)}
        self._words, self._ends, self._rows = _by_word(self.names)
        self._other = _by_word([each.beside for each in named])
        self._lengths = np.bincount(self._rows, minlength=len(self.records))
        self._sounds, self._formals = defaultdict(list), defaultdict(list)
        shorts = short_forms()
        for number, word in enumerate(self._words):
            self._sounds[phonetic(word)].append(number)
            for name in shorts.get(word, (word,)):
                self._formals[name].append(number)

    def at(self, place: int) -> Named:
        """The record at a place."""
        return Named(self.records[place], self.sources[place], self.names[place])

    def places_of(self, records: Collection[str]) -> list[int]:
        """Where those of these records stand that are here."""
        return [self._places[record] for record in records if record in self._places]

    def find(self, typed: Sequence[str], hidden: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Places whose name fits, and how well; never one where `hidden` is true.

        Every word typed must fit a word of the name, or of what stands beside it, in any order; or every word
        of a name of two or more must fit a word typed, since many lists hold half a name.
        """
        score = np.zeros(len(self.records), np.float32)
        named = np.zeros(len(self.records), np.int32)
        fits = np.zeros(len(self.records), np.int32)
        for word in typed:
            best = np.zeros(len(self.records), np.float32)
            for number in _beginning(self._other[0], word):
                best[_rows_of(self._other, number)] = _BESIDE
            for weight, number in sorted(self._fitting(word)):
                best[self._of(number)] = weight
            score += best
            fits += best > 0
            named += best > _BESIDE
        whole = fits == max(1, len(typed))
        half = (named >= 2) & (named >= self._lengths)
        fitting = whole | half
        if hidden is not None:
            fitting &= ~hidden
        places = np.flatnonzero(fitting)
        return places, score[places]

    def _fitting(self, typed: str) -> Iterator[tuple[float, int]]:
        at = bisect_left(self._words, typed)
        if at < len(self._words) and self._words[at] == typed:
            yield _SAME, at
        yield from ((_SOUND, number) for number in self._sounds.get(_uncached(typed), ()))
        for name in formal(typed):
            yield from ((_SHORT, number) for number in self._formals.get(name, ()))
        if len(typed) >= _LEAST_BEGINNING:
            yield from ((_BEGINS, number) for number in _beginning(self._words, typed))

    def _of(self, number: int) -> np.ndarray:
        return _rows_of((self._words, self._ends, self._rows), number)


_ByWord = tuple[list[str], list[int], np.ndarray]  # words in order, where the rows of each end, rows


def _by_word(named: Sequence[str]) -> _ByWord:
    """The words of texts, and in which texts each stands."""
    texts = pl.DataFrame({"text": pl.Series(named, dtype=pl.String)}).with_row_index("row")
    raw = texts.select("row", pl.col("text").str.extract_all(r"\S+").alias("raw")).explode("raw")
    raw = raw.drop_nulls()
    distinct = raw["raw"].unique()
    particles = lexicon().particles
    words = pl.DataFrame(
        [(text, word) for text in distinct for word in fold(text).split() if word not in particles],
        schema={"raw": pl.String, "word": pl.String},
        orient="row",
    )
    groups = raw.join(words, on="raw").select("word", "row").unique().group_by("word").agg("row").sort("word")
    rows = groups["row"]
    ends: list[int] = rows.list.len().cum_sum().to_list()
    return groups["word"].to_list(), ends, rows.explode(empty_as_null=False).to_numpy()


def _rows_of(kept: _ByWord, number: int) -> np.ndarray:
    _, ends, rows = kept
    return rows[ends[number - 1] if number else 0 : ends[number]]


def _beginning(words: Sequence[str], typed: str) -> Iterator[int]:
    """Numbers of the words that are the one typed, or begin with it if it is long enough."""
    at = bisect_left(words, typed)
    if len(typed) < _LEAST_BEGINNING:
        return iter([at] if at < len(words) and words[at] == typed else [])
    return takewhile(lambda number: words[number].startswith(typed), range(at, len(words)))
