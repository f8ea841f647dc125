"""What a new linkage did to the persons of the one before, and why."""

from __future__ import annotations

from typing import Literal, NamedTuple

import polars as pl

Why = Literal["judged_same", "judged_different", "evidence", "no_evidence", "not_compared"]
_EMPTY = {"record_l": pl.String, "record_r": pl.String}


class Change(NamedTuple):
    """Persons that came together (`merged`), or one that came apart (`split`).

    `person` is who the records stood for on the side that is one: after a merger, before a split; `persons`
    are those on the other side. `pair` are two records, one of each of two persons, on which it turned:
    judged (`why`), the strongest now, or none where no two of them were compared. `weight` is its log2 odds.
    """

    kind: Literal["merged", "split"]
    person: str
    persons: tuple[str, ...]
    records: tuple[str, ...]
    why: Why
    pair: tuple[str, str] | None
    weight: float | None


class Account(NamedTuple):
    """Numbers of persons that are new, gone and unchanged, and every merger and split."""

    new: int
    gone: int
    unchanged: int
    changes: tuple[Change, ...]


def account(
    before: pl.DataFrame, after: pl.DataFrame, pairs: pl.DataFrame, judgements: pl.DataFrame | None = None
) -> Account:
    """Compare persons (`record_id`, `person`) before and after, over the records both hold.

    `pairs` are the scored pairs of the new linkage (PAIRS), `judgements` those that bound it (JUDGEMENTS).
    Changes come ordered by person.
    """
    both = before.select("record_id", old="person").join(
        after.select("record_id", new="person"), on="record_id"
    )
    evidence = _ends(pairs.select("record_l", "record_r", "match_weight"), both)
    said = (
        judgements if judgements is not None else pl.DataFrame(schema=_EMPTY | {"verdict": pl.String})
    ).select("record_l", "record_r", "verdict")
    words = _ends(said, both)
    merged = _groups(both, "new", "old")
    split = _groups(both, "old", "new")
    changes = [
        *_told("merged", merged, evidence, words.filter(verdict="same")),
        *_told("split", split, evidence, words.filter(verdict="different")),
    ]
    old, new = set(before["person"].to_list()), set(after["person"].to_list())
    touched = {person for change in changes for person in (change.person, *change.persons)}
    return Account(
        new=len(new - old),
        gone=len(old - new),
        unchanged=len((old & new) - touched),
        changes=tuple(sorted(changes, key=lambda change: (change.person, change.kind))),
    )


def _ends(pairs: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the persons of both ends before and after: old_l, old_r, new_l, new_r."""
    for side in "lr":
        names = {"record_id": f"record_{side}", "old": f"old_{side}", "new": f"new_{side}"}
        pairs = pairs.join(both.rename(names), on=f"record_{side}")
    return pairs


def _groups(both: pl.DataFrame, one: str, many: str) -> pl.DataFrame:
    """Persons on one side that are several on the other."""
    return (
        both.group_by(one)
        .agg(pl.col(many).unique().sort(), pl.col("record_id").sort())
        .filter(pl.col(many).list.len() > 1)
        .rename({one: "person", many: "persons"})
        .sort("person")
    )


def _told(
    kind: Literal["merged", "split"], groups: pl.DataFrame, evidence: pl.DataFrame, words: pl.DataFrame
) -> list[Change]:
    one, many = ("new", "old") if kind == "merged" else ("old", "new")
    across = (pl.col(f"{one}_l") == pl.col(f"{one}_r")) & (pl.col(f"{many}_l") != pl.col(f"{many}_r"))
    order = ["match_weight", "record_l", "record_r"]
    strongest = (
        evidence.filter(across)
        .sort(order, descending=[True, False, False])
        .unique(f"{one}_l", keep="first", maintain_order=True)
    )
    best = {row[f"{one}_l"]: row for row in strongest.iter_rows(named=True)}
    judged = {row[f"{one}_l"]: row for row in words.filter(across).iter_rows(named=True)}
    changes = []
    for person, persons, records in groups.select("person", "persons", "record_id").iter_rows():
        row, word = best.get(person), judged.get(person)
        turned = word or row
        why: Why = "evidence" if kind == "merged" else "no_evidence"
        if word:
            why = "judged_same" if kind == "merged" else "judged_different"
        elif row is None:
            why = "not_compared"
        changes.append(
            Change(
                kind,
                person,
                tuple(persons),
                tuple(records),
                why,
                (turned["record_l"], turned["record_r"]) if turned else None,
                row["match_weight"] if row else None,
            )
        )
    return changes
