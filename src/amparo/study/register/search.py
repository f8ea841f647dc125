"""Find records by name and open one: only what the person at work holds the keys of is ever loaded.

Names are opened and scanned in memory: an index on the disk would tell names to whoever counts its entries.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import polars as pl
from django.db import transaction

from amparo.errors import AmparoError
from amparo.records import CELLS
from amparo.study.accounts.services import require
from amparo.study.care.models import Erasure
from amparo.study.care.openings import opened
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.care.tombstones import NAME_FIELDS, NAMES
from amparo.study.claims.models import Claim, Ruling
from amparo.study.claims.reading import Corrections
from amparo.study.register.models import Record, SourceFile, Supersession
from amparo.study.register.services import declarations, file_facts, open_records
from amparo.study.sealing import open_field
from amparo.values.names import formal, phonetic
from amparo.values.names.lexicon import lexicon, short_forms
from amparo.values.text import fold

if TYPE_CHECKING:
    from amparo.study.context import Study

SHOWN = 100  # most records one search shows
# How well a word of a name fits one that was typed.
_SAME, _SOUND, _SHORT, _BEGINS = 1.0, 0.8, 0.7, 0.6
_LEAST_BEGINNING = 3  # letters


# Of a record's cells only those up to the last one of a name are made into texts.
_Told = msgspec.defstruct(
    "_Told", [(field, str | None) for field in list(CELLS)[: max(NAMES) + 1]], array_like=True
)
_NAMES = attrgetter(*NAME_FIELDS)

# A cache that others filled with names hidden from this user would tell of them by its speed.
_uncached = phonetic.__wrapped__


class Hit(NamedTuple):
    """A record whose name fits: its id, its list, and the name as the list tells it."""

    record: str
    source: str
    title: str
    name: str


class Found(NamedTuple):
    """The best hits, at most `SHOWN`, and how many there are."""

    hits: tuple[Hit, ...]
    number: int


class Opened(NamedTuple):
    """One record with its source: the row under its column names, and what each field was read as."""

    record: str
    source: str
    title: str
    file_name: str
    ordinal: int
    received: str  # ISO date
    row: int
    columns: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, str], ...]
    successor: str | None  # the record that corrects this one
    ended: bool  # a newer file of the list corrected it or left it out


class Index:
    """The names of all standing records that a study's user can open, in memory; made anew when stale."""

    def __init__(self, study: Study) -> None:
        """Open and scan. Raises `vault.tampered`."""
        self._stamp = _stamp(study)
        self.records: list[str] = []
        self._sources: list[str] = []
        self._names: list[str] = []
        decode = msgspec.json.Decoder(_Told).decode
        standing = Record.objects.filter(ended=None)
        corrections = Corrections(study)
        with _no_collector():
            for record, source, cells in open_records(study, standing, ("sealed_cells",)):
                self.records.append(record)
                self._sources.append(source)
                if corrections.touches(record, source):
                    whole = msgspec.json.decode(cells, type=list[str | None])
                    told = corrections.apply(record, source, whole)
                    names: Sequence[str | None] = [told[at] for at in NAMES]
                else:
                    names = _NAMES(decode(cells))
                self._names.append(" ".join(filter(None, names)))
            self._scan()

    def _scan(self) -> None:
        """Words of the names -> records. Each distinct word is folded and heard once."""
        texts = pl.DataFrame({"text": pl.Series(self._names, dtype=pl.String)}).with_row_index("row")
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

    def is_stale(self, study: Study) -> bool:
        """Whether lists were read, claims made, records erased or keys changed since."""
        return self._stamp != _stamp(study)

    def find(self, text: str) -> list[int]:
        """Places in `records` whose name fits, best first.

        Every word typed must fit a word of the name, in any order; or every word of a name of two or more
        must fit a word typed, since many lists hold half a name.
        """
        typed = list(dict.fromkeys(word for word in fold(text).split() if word not in lexicon().particles))
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
        places = np.flatnonzero(whole | half)
        return places[np.argsort(-score[places], kind="stable")].tolist()

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

    def hits(self, places: Sequence[int]) -> Iterator[Hit]:
        """The records at these places with their lists."""
        titles = {key: said.title for key, said in declarations().items()}
        for place in places:
            source = self._sources[place]
            name = " ".join(self._names[place].split())
            yield Hit(self.records[place], source, titles[source], name)


def find(study: Study, text: str, purpose: Purpose, index: Index | None = None) -> Found:
    """Records whose name or alias fits `text`, with a line in the audit chain.

    A name that is hidden from this user gives what a name of nobody gives. `index` is one made before;
    a stale one is not used. Raises `accounts.not_allowed`, `care.unknown_purpose`, `care.purpose_words`.
    """
    require(study, "register.found")
    check_purpose(purpose)
    if index is None or index.is_stale(study):
        index = Index(study)
    places = index.find(text)
    hits = tuple(index.hits(places[:SHOWN]))
    with transaction.atomic():
        opened(study, "register.found", purpose, [hit.record for hit in hits])
    return Found(hits, len(places))


def open_record(study: Study, record: str, purpose: Purpose) -> Opened:
    """One record's row and cells with its source, with a line in the audit chain.

    Raises `register.unknown_record`, `register.erased_record`, and as `find`.
    """
    require(study, "register.opened")
    check_purpose(purpose)
    [row] = known_records(study, [record])
    seen = view(study, row)
    with transaction.atomic():
        opened(study, "register.opened", purpose, [record])
    return seen


def known_records(study: Study, names: Sequence[str]) -> list[Record]:
    """The records of these ids, in their order.

    Raises `register.erased_record`, and `register.unknown_record` alike where there is none and where the
    person at work holds no key.
    """
    rows = Record.objects.filter(sealed_under__in=study.keys.ids).select_related(
        "file__source", "sealed_under__compartment", "ended"
    )
    known = rows.in_bulk(list(names))
    for name in names:
        if name not in known:
            raise AmparoError("register.unknown_record", record=name)
        if not known[name].wrapped_key:
            raise AmparoError("register.erased_record", record=name)
    return [known[name] for name in names]


def view(study: Study, row: Record) -> Opened:
    """A record as a person reads it; the caller leaves the line in the audit chain."""
    line = msgspec.json.decode(open_field(study, row, row.pk, "sealed_row"), type=list[str])
    cells = msgspec.json.decode(open_field(study, row, row.pk, "sealed_cells"), type=list[str | None])
    facts = file_facts(study, row.file)
    ended = Supersession.objects.filter(record=row).first()
    return Opened(
        record=row.pk,
        source=row.file.source.key,
        title=declarations()[row.file.source.key].title,
        file_name=facts["file_name"],
        ordinal=row.file.ordinal,
        received=row.file.at.date().isoformat(),
        row=row.row,
        columns=tuple(zip(facts["headers"], line, strict=True)),
        cells=tuple((field, cell) for field, cell in zip(CELLS, cells, strict=True) if cell),
        successor=ended.successor_id if ended else None,
        ended=ended is not None,
    )


@contextmanager
def _no_collector() -> Generator[None]:
    """Rows by the hundred thousand hold no cycles; walking them over and over takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _stamp(study: Study) -> tuple[object, ...]:
    files = SourceFile.objects.order_by("-id").values_list("id", flat=True).first()
    mine = {"sealed_under__in": study.keys.ids}
    claims = Claim.objects.filter(**mine).count(), Ruling.objects.filter(**mine).count()
    return study.opened.study_id, tuple(study.keys.ids), files, Erasure.objects.count(), claims
