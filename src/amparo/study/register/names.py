"""Names of records in memory, word by word: what a search goes through. No Django."""

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
_LEAST_BEGINNING = 3  # letters

# A cache that others filled with names hidden from this user would tell of them by its speed.
_uncached = phonetic.__wrapped__


class Named(NamedTuple):
    """A record, the key of its list, and its names as one text."""

    record: str
    source: str
    name: str


def words_typed(text: str) -> list[str]:
    """The words of a search that count, each once."""
    return list(dict.fromkeys(word for word in fold(text).split() if word not in lexicon().particles))


class Names:
    """Some records' names. Never changed: what comes or ends is told by others beside it."""

    def __init__(self, named: Sequence[Named]) -> None:
        """Words of the names -> records. Each distinct word is folded and heard once."""
        self.records = [each.record for each in named]
        self.sources = [each.source for each in named]
        self.names = [each.name for each in named]
        self._places = {record: place for place, record in enumerate(self.records)}
        texts = pl.DataFrame({"text": pl.Series(self.names, dtype=pl.String)}).with_row_index("row")
        raw = texts.select("row", pl.col("text").str.extract_all(r"\S+").alias("raw")).explode("raw")
        raw = raw.drop_nulls()
        distinct = raw["raw"].unique()
        particles = lexicon().particles
        words = pl.DataFrame(
            [(text, word) for text in distinct for word in fold(text).split() if word not in particles],
            schema={"raw": pl.String, "word": pl.String},
            orient="row",
        )
        places = raw.join(words, on="raw").select("word", "row").unique()
        groups = places.group_by("word").agg("row").sort("word")
        self._words: list[str] = groups["word"].to_list()
        rows = groups["row"]
        self._ends = rows.list.len().cum_sum().to_list()
        self._rows = rows.explode(empty_as_null=False).to_numpy()
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

        Every word typed must fit a word of the name, in any order; or every word of a name of two or more
        must fit a word typed, since many lists hold half a name.
        """
        score = np.zeros(len(self.records), np.float32)
        fits = np.zeros(len(self.records), np.int32)
        for word in typed:
            best = np.zeros(len(self.records), np.float32)
            for weight, number in sorted(self._fitting(word)):
                best[self._of(number)] = weight
            score += best
            fits += best > 0
        whole = fits == max(1, len(typed))
        half = (fits >= 2) & (fits >= self._lengths)
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
            begin = takewhile(
                lambda number: self._words[number].startswith(typed), range(at, len(self._words))
            )
            yield from ((_BEGINS, number) for number in begin)

    def _of(self, number: int) -> np.ndarray:
        return self._rows[self._ends[number - 1] if number else 0 : self._ends[number]]
