"""Which pairs a person is asked about: near the threshold, blind from the middle, and from outside blocking.

Pairs near the threshold help most with who is who. They say nothing of the rest, so some are drawn blind
from all that is not plain, and some among records that share a name or an event but were never put side by
side: what those turn out to be tells how much blocking misses.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import polars as pl

# Of the pairs asked for, the share drawn blind and from outside; the others are near the threshold.
BLIND, OUTSIDE = 0.25, 0.2
MIDDLE = (0.05, 0.95)  # match probabilities that are not plain
_TRIES = 20  # records looked at for one pair from outside


class Asked(NamedTuple):
    """A pair to be shown, and how it was chosen: `near`, `blind` or `outside`."""

    records: tuple[str, str]
    chosen: str


def choose(
    scored: pl.DataFrame,
    meanings: pl.DataFrame,
    *,
    number: int,
    threshold: float,
    seed: int,
    known: Collection[tuple[str, str]] = (),
) -> list[Asked]:
    """`number` pairs to be judged, or as many as there are, in the order to be shown.

    `scored` is what `ordered` gives, `meanings` follows MEANINGS; `known` are pairs not to be asked again,
    each ordered. First the near ones, most probable first; blind ones and those from outside stand among
    them at random places, so that the place of a pair tells nothing. The same input and seed give the same
    answer.
    """
    generator = np.random.default_rng(seed)
    left_out = set(known)
    asked = pl.DataFrame(sorted(left_out), schema={"one": pl.String, "other": pl.String}, orient="row")
    scored = scored.join(asked, on=["one", "other"], how="anti", maintain_order="left")
    outside = _outside(scored, meanings, round(OUTSIDE * number), generator, left_out)
    blind = _blind(scored, round(BLIND * number), generator)
    taken = {one.records for one in blind}
    near = _near(scored, number - len(outside) - len(blind), threshold, taken)
    shown = list(near)
    for one in (*blind, *outside):
        shown.insert(int(generator.integers(0, len(shown) + 1)), one)
    return shown


def ordered(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs (PAIRS) with the lower record id first, in their order: `one`, `other`, `p`."""
    return pairs.select(
        pl.min_horizontal("record_l", "record_r").alias("one"),
        pl.max_horizontal("record_l", "record_r").alias("other"),
        pl.col("match_probability").alias("p"),
    ).sort("one", "other")


def _near(
    scored: pl.DataFrame, number: int, threshold: float, taken: Collection[tuple[str, str]]
) -> list[Asked]:
    distance = (pl.col("p").clip(1e-9, 1 - 1e-9) / (1 - pl.col("p").clip(1e-9, 1 - 1e-9))).log()
    cut = np.log(threshold / (1.0 - threshold))
    nearest = scored.with_columns(far=(distance - cut).abs()).sort("far", "one", "other")
    rows = nearest.head(max(number, 0) + len(taken)).sort("p", "one", descending=[True, False])
    names = [(one, other) for one, other in rows.select("one", "other").iter_rows()]
    return [Asked(name, "near") for name in names if name not in taken][: max(number, 0)]


def _blind(scored: pl.DataFrame, number: int, generator: np.random.Generator) -> list[Asked]:
    middle = scored.filter(pl.col("p").is_between(*MIDDLE))
    rows = generator.choice(middle.height, min(number, middle.height), replace=False)
    return [
        Asked((one, other), "blind")
        for one, other in middle[np.sort(rows)].select("one", "other").iter_rows()
    ]


def _outside(
    scored: pl.DataFrame,
    meanings: pl.DataFrame,
    number: int,
    generator: np.random.Generator,
    left_out: set[tuple[str, str]],
) -> list[Asked]:
    """Pairs that share a surname, a given name, or month and place, and were not compared or left far."""
    if meanings.height < 2:
        return []
    found: list[Asked] = []
    taken = set(left_out)
    names = meanings["record_id"].to_list()
    shares = (
        lambda row: pl.col("surnames").list.set_intersection(row["surnames"]).list.len() > 0,
        lambda row: pl.col("given").list.set_intersection(row["given"]).list.len() > 0,
        lambda row: (
            (pl.col("event_month") == row["event_month"])
            & (pl.col("event_from").dt.year() == (row["event_from"].year if row["event_from"] else None))
            & (pl.col("place_1") == row["place_1"])
        ),
    )
    needed = (("surnames",), ("given",), ("event_month", "event_from", "place_1"))
    for turn in range(number * _TRIES):
        if len(found) == number:
            break
        kind = turn % len(shares)
        row = meanings.row(int(generator.integers(meanings.height)), named=True)
        if not all(row[name] for name in needed[kind]):
            continue
        alike = np.flatnonzero(meanings.select(shares[kind](row).fill_null(False)).to_series().to_numpy())
        generator.shuffle(alike)
        for other in alike[:_TRIES]:
            pair = tuple(sorted((row["record_id"], names[int(other)])))
            if pair[0] != pair[1] and pair not in taken and not _is_scored(scored, pair):
                taken.add(pair)
                found.append(Asked((pair[0], pair[1]), "outside"))
                break
    return found


def _is_scored(scored: pl.DataFrame, pair: tuple[str, ...]) -> bool:
    """Whether the pair was compared: the pairs of its first record stand together."""
    first, last = (scored["one"].search_sorted(pair[0], side) for side in ("left", "right"))
    return pair[1] in scored["other"][int(first) : int(last)]
