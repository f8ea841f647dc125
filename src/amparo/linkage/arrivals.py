"""New records beside linked ones: they alone are compared with all, under the model that stands.

What nothing new touches stays as it is. Persons with a record that was compared with a new one are formed and
drawn again, together with the new ones, from the pairs that the run before kept among them and the new pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl

from amparo.linkage import blocking, clustering, fitted, posterior
from amparo.linkage.engine import Engine
from amparo.linkage.evidence import evidence
from amparo.linkage.judged import judged
from amparo.linkage.keys import Keys, keys
from amparo.linkage.link import FLOOR, Linkage
from amparo.linkage.model import PERSON, Model
from amparo.linkage.quality import not_once, quality
from amparo.linkage.scored import pairs_frame, score
from amparo.linkage.units import Units, units
from amparo.records import CLUSTERS, DRAWS
from amparo.runs import Progress, silent


class Before(NamedTuple):
    """The linkage that stands: PAIRS, persons (record_id, person), DRAWS, the model and the threshold."""

    pairs: pl.DataFrame
    persons: pl.DataFrame
    draws: pl.DataFrame
    model: pl.DataFrame
    threshold: float


class _Pairs(NamedTuple):
    """Pairs as rows of the keys: natural log odds, number of their two lists, `Scored.relatives`, `ages`."""

    left: np.ndarray
    right: np.ndarray
    log_odds: np.ndarray
    lists: np.ndarray
    relatives: np.ndarray
    ages: np.ndarray

    def among(self, rows: np.ndarray) -> _Pairs:
        """Those with both ends in the flagged rows."""
        wanted = rows[self.left] & rows[self.right]
        return _Pairs(*(values[wanted] for values in self))


def place(
    meanings: pl.DataFrame,
    before: Before,
    *,
    seed: int,
    judgements: pl.DataFrame | None = None,
    once: Iterable[str] = (),
    model: Model = PERSON,
    progress: Progress = silent,
) -> Linkage:
    """Link the records of `meanings` (MEANINGS, all lists) that `before` does not hold.

    `before` holds no record that is not in `meanings`. The pairs of the answer are the kept ones and the new
    ones. Companions of a pair are counted among the new pairs alone. The same input and seed give the same
    answer. Raises `linkage.other_model`.
    """
    key = keys(meanings)
    fresh = ~key.frame["record_id"].is_in(before.persons["record_id"].implode()).to_numpy()
    said = judged(judgements, key)
    blocked = blocking.block(
        key,
        model.blocking,
        limit=model.block_limit,
        budget=model.pair_budget,
        progress=progress,
        fresh=fresh,
    )
    left, right, rule = said.added_to(blocked)
    new = fresh[left] | fresh[right]
    left, right, rule = left[new], right[new], rule[new]
    progress("linkage.comparing", 0, 1)
    ends = np.zeros(len(key.lists), np.bool_)
    ends[left] = ends[right] = True
    with Engine(key._replace(frame=key.frame.filter(ends)), model) as engine:
        known = evidence(key, model, engine, left, right)
    progress("linkage.comparing", 1, 1)
    scored = score(model, known, fitted.from_frame(model, before.model, key.sources))
    kept = _kept(before.pairs, key)
    came = _Pairs(left, right, scored.log_odds, known.lists, scored.relatives(), scored.ages)
    everything = _Pairs(*(np.concatenate(two) for two in zip(kept, came, strict=True)))
    stood = _rows_of(before.persons, key)
    numbers = sorted(key.sources.index(source) for source in set(once) & set(key.sources))
    bound = units(key.lists, said.same, said.different, np.array(numbers, np.int64))
    touched = _touched(fresh, everything, stood)
    touched |= np.isin(bound.of, bound.of[touched])
    mine = everything.among(touched)
    progress("linkage.clustering", 0, 1)
    cut = math.log(before.threshold / (1.0 - before.threshold))
    worth = clustering.worth_joining(mine.log_odds, mine.relatives)
    formed = clustering.cluster(key.lists, (mine.left, mine.right), worth, bound, cut=cut)
    persons = np.where(touched, formed, stood)
    progress("linkage.clustering", 1, 1)
    drawn = posterior.draw(
        *_only(touched, mine, bound, persons),
        draws=before.draws.select(pl.col("clusters").list.len().max().fill_null(0)).item(),
        seed=seed,
        progress=progress,
    )
    frame = pairs_frame(
        key, model, known, scored, rule=rule, wanted=(scored.probability() >= FLOOR) | said.of(left, right)
    )
    clusters = key.frame.select("record_id", "source").with_columns(
        cluster=pl.Series(persons).rank("dense").cast(pl.Int64) - 1
    )
    probability = 1.0 / (1.0 + np.exp(-everything.log_odds))
    ends_of = everything.left, everything.right
    contradicted = not_once(key.lists, key.sources, ends_of, probability, once=np.array(numbers, np.int64))
    together = persons[everything.left] == persons[everything.right]
    return Linkage(
        pl.concat([before.pairs, frame]),
        clusters.select(CLUSTERS.keys()),
        _draws(before.draws, key.frame["record_id"], touched, drawn),
        before.model,
        quality(
            clusters, probability, together, before.threshold, blocked.skipped, contradicted=contradicted
        ),
        (left, right),
    )


def _rows(names: pl.Series, key: Keys) -> np.ndarray:
    """The row of each of these records, all of which the keys hold."""
    of = key.frame.select(pl.col("record_id").alias(names.name), "unique_id")
    return names.to_frame().join(of, on=names.name, maintain_order="left")["unique_id"].to_numpy()


def _kept(pairs: pl.DataFrame, key: Keys) -> _Pairs:
    """The pairs of the run before, under the row numbers of these keys, left < right."""
    ends = [_rows(pairs[name], key).astype(np.int32) for name in ("record_l", "record_r")]
    left, right = np.minimum(*ends), np.maximum(*ends)
    first, second = key.lists[left], key.lists[right]
    lists = np.minimum(first, second) * len(key.sources) + np.maximum(first, second)
    odds = pairs["match_weight"].to_numpy() * math.log(2.0)
    # What judgements taught is in the weight, not in the classes.
    others = np.maximum(1.0 / (1.0 + np.exp(odds - pairs["labelled"].to_numpy())), 1e-12)
    relatives = np.minimum(pairs["p_relatives"].to_numpy() / others, 1.0)
    # What ages add was not kept: it stays within the odds.
    return _Pairs(left, right, odds, lists.astype(np.int32), relatives, np.full(len(odds), np.nan))


def _rows_of(persons: pl.DataFrame, key: Keys) -> np.ndarray:
    """The lowest row of each record's person before; of a new record its own."""
    lowest = np.arange(len(key.lists))
    firsts = pl.DataFrame(
        {"row": _rows(persons["record_id"], key).astype(np.int64), "person": persons["person"]}
    ).with_columns(first=pl.col("row").min().over("person"))
    lowest[firsts["row"].to_numpy()] = firsts["first"].to_numpy()
    return lowest


def _touched(fresh: np.ndarray, pairs: _Pairs, persons: np.ndarray) -> np.ndarray:
    """The new records, and all of every person with a record that pairs with a new one."""
    flags = fresh.copy()
    ends = fresh[pairs.left] | fresh[pairs.right]
    flags[pairs.left[ends]] = flags[pairs.right[ends]] = True
    return np.isin(persons, persons[flags])


def _only(
    touched: np.ndarray, pairs: _Pairs, bound: Units, persons: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray, np.ndarray, Units, np.ndarray]:
    """What `posterior.draw` takes, of the touched rows alone, numbered anew in their order."""
    rows, size = np.flatnonzero(touched), len(touched)

    def number(old: np.ndarray) -> np.ndarray:
        return np.searchsorted(rows, old)

    low, high = bound.apart // size, bound.apart % size
    inside = touched[low] & touched[high]
    units_ = Units(
        number(bound.of[rows]),
        np.unique(number(low[inside]) * len(rows) + number(high[inside])),
        bound.once[rows],
        bound.contradictions,
    )
    ends = number(pairs.left).astype(np.int32), number(pairs.right).astype(np.int32)
    return (*ends, pairs.lists), pairs.log_odds, pairs.ages, units_, number(persons[rows])


def _draws(before: pl.DataFrame, names: pl.Series, touched: np.ndarray, drawn: np.ndarray) -> pl.DataFrame:
    """The draws before, and those of what was touched, whose numbers follow."""
    number = drawn.shape[1]
    highest = before.select(pl.col("clusters").list.max().max().fill_null(-1)).item() + 1
    shape = pl.Array(pl.Int32, number)
    anew = pl.DataFrame(
        {
            "record_id": names.filter(pl.Series(touched)),
            "clusters": pl.Series(drawn + np.int32(highest), dtype=shape),
        }
    ).cast(dict(DRAWS))
    return pl.concat([before.join(anew, on="record_id", how="anti", maintain_order="left"), anew])
