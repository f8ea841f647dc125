"""Which tokens of a vocabulary are likely misspellings of one another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

SHORTEST = 3  # letters of a token that may have another spelling
ALIKE = 0.92  # Jaro-Winkler similarity from which two letters may differ
USUAL = 2  # spellings kept of each token besides its own


class Near(NamedTuple):
    """Similar tokens in compressed rows: those of i are `tokens[starts[i]:starts[i + 1]]`, ascending."""

    starts: np.ndarray
    tokens: np.ndarray


def near(words: pl.Series) -> Near:
    """Tokens one slip of a letter apart (deleted, added, changed, swapped), or alike by Jaro-Winkler.

    Candidates share what is left when at most one letter is taken out of each (Garbe 2012, symmetric
    deletion), so that no token meets all others.
    """
    whole = pl.DataFrame({"token": pl.int_range(len(words), dtype=pl.Int32, eager=True), "rest": words})
    whole = whole.filter(pl.col("rest").str.len_chars() >= SHORTEST)
    longest = int(whole["rest"].str.len_chars().max() or 0)  # ty: ignore[invalid-argument-type]
    rests = [whole] + [
        whole.filter(pl.col("rest").str.len_chars() > at).with_columns(
            pl.col("rest").str.slice(0, at) + pl.col("rest").str.slice(at + 1)
        )
        for at in range(longest)
    ]
    table = pl.concat(rests).unique()
    met = (
        table.join(table, on="rest")
        .filter(pl.col("token") < pl.col("token_right"))
        .select("token", "token_right")
        .unique()
        .sort("token", "token_right")
    )
    left, right = met["token"].to_numpy(), met["token_right"].to_numpy()
    if not len(left):
        return Near(np.zeros(len(words) + 1, np.int64), np.empty(0, np.int32))
    texts = words.gather(left).to_list(), words.gather(right).to_list()
    one_slip = process.cpdist(*texts, scorer=OSA.distance, score_cutoff=1) <= 1
    alike = process.cpdist(*texts, scorer=JaroWinkler.normalized_similarity) >= ALIKE
    wanted = one_slip | alike
    left, right = left[wanted], right[wanted]
    mine, theirs = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((theirs, mine))
    starts = np.searchsorted(mine[order], np.arange(len(words) + 1))
    return Near(starts.astype(np.int64), theirs[order].astype(np.int32))


def usual(similar: Near, counts: np.ndarray) -> np.ndarray:
    """The USUAL most frequent of the similar tokens that are more frequent than each token itself, else -1.

    A slip makes a rare token of a frequent one. Of two as frequent the lower number counts as more so.
    """
    size = len(counts)
    owner = np.repeat(np.arange(size), np.diff(similar.starts))
    rank = np.empty(size, np.int64)
    rank[np.lexsort((np.arange(size), -counts))] = np.arange(size)
    better = rank[similar.tokens] < rank[owner]
    owner, token = owner[better], similar.tokens[better]
    order = np.lexsort((rank[token], owner))
    owner, token = owner[order], token[order]
    nth = np.arange(len(owner)) - np.searchsorted(owner, owner)
    found = np.full((size, USUAL), -1, np.int32)
    kept = nth < USUAL
    found[owner[kept], nth[kept]] = token[kept]
    return found
