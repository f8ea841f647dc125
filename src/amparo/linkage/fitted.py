"""A fitted model as a frame: what a run keeps, a later run starts from, and a person reads."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from amparo.errors import AmparoError
from amparo.linkage.model import Model
from amparo.linkage.scoring import Tables

CLASSES = ("same event", "relatives", "same person")
HANDED = "name handed down"
# Log parameters: `table` is m, u, f (surname and age among relatives), g (given names of relatives that were
# handed down), prior (class in `level`, log odds) or handed.
FITTED = {
    "table": pl.String,
    "source_l": pl.String,
    "source_r": pl.String,
    "comparison": pl.String,
    "level": pl.String,
    "value": pl.Float64,
}


def to_frame(model: Model, tables: Tables, sources: list[str]) -> pl.DataFrame:
    """Every parameter of every two lists; `sources` in sorted order."""
    rows: list[tuple[str, str, str, str, str, float]] = []
    for a, one in enumerate(sources):
        for b, other in enumerate(sources[a:], a):
            two = a * len(sources) + b
            for at, comparison in enumerate(model.comparisons):
                for i, level in enumerate(comparison.levels):
                    name = (one, other, comparison.name, level.name)
                    rows.append(("m", *name, tables.m[two, at, i]))
                    rows.append(("u", *name, tables.u[two, at, i]))
                    if comparison.family:
                        rows.append(("f", *name, tables.f[two, at, i]))
            rows += [("prior", one, other, "", name, tables.prior[i, two]) for i, name in enumerate(CLASSES)]
    for comparison in model.comparisons:
        if comparison.name == "given":
            rows += [
                ("g", "", "", "given", level.name, tables.g[i]) for i, level in enumerate(comparison.levels)
            ]
    rows.append(("handed", "", "", "", HANDED, math.log(max(tables.handed, 1e-9))))
    return pl.DataFrame(rows, schema=FITTED, orient="row")


def fits(model: Model, frame: pl.DataFrame) -> bool:
    """Whether the frame has every table, comparison and level of the model, and no other."""
    tables = {"m": model.comparisons, "u": model.comparisons}
    tables["f"] = tuple(each for each in model.comparisons if each.family)
    tables["g"] = tuple(each for each in model.comparisons if each.name == "given")
    wanted = {
        (table, each.name, level.name)
        for table, comparisons in tables.items()
        for each in comparisons
        for level in each.levels
    }
    wanted |= {("prior", "", name) for name in CLASSES} | {("handed", "", HANDED)}
    return wanted == set(frame.select("table", "comparison", "level").unique().iter_rows())


def from_frame(model: Model, frame: pl.DataFrame, sources: list[str]) -> Tables:
    """The tables for these lists; two lists the frame does not know get the mean of those it knows.

    Raises `linkage.other_model` when the frame is not of this model.
    """
    count = len(sources)
    longest = max(len(comparison.levels) for comparison in model.comparisons) + 1
    m, u, f = (np.zeros((count * count, len(model.comparisons), longest)) for _ in "muf")
    g, prior = np.zeros(longest), np.zeros((3, count * count))
    at = {
        (comparison.name, level.name): (place, i)
        for place, comparison in enumerate(model.comparisons)
        for i, level in enumerate(comparison.levels)
    } | {("", name): (-1, i) for i, name in enumerate((*CLASSES, HANDED))}
    mean = frame.group_by("table", "comparison", "level", maintain_order=True).agg(pl.col("value").mean())
    if not fits(model, frame):
        raise AmparoError("linkage.other_model")
    number = {source: i for i, source in enumerate(sources)}

    def put(table: str, two: slice | int, comparison: str, level: str, value: float) -> None:
        place, i = at[comparison, level]
        if table == "handed":
            return
        if table == "prior":
            prior[i, two] = value
        elif table == "g":
            g[i] = value
        else:
            {"m": m, "u": u, "f": f}[table][two, place, i] = value

    for table, comparison, level, value in mean.iter_rows():
        put(table, slice(None), comparison, level, value)
    for table, one, other, comparison, level, value in frame.iter_rows():
        if one in number and other in number:
            low, high = sorted((number[one], number[other]))
            put(table, low * count + high, comparison, level, value)
    handed = frame.filter(table="handed")["value"].exp().mean()
    return Tables(m, u, f, g, prior, float(handed))  # ty: ignore[invalid-argument-type]


def summary(frame: pl.DataFrame) -> pl.DataFrame:
    """The table to read aloud: comparison, level, m, u and weight = log2 m/u, mean over the lists."""
    shares = (
        frame.filter(pl.col("table").is_in(["m", "u"]))
        .group_by("comparison", "level", "table", maintain_order=True)
        .agg(pl.col("value").exp().mean())
        .pivot("table", index=["comparison", "level"], values="value", maintain_order=True)
    )
    return shares.with_columns(weight=(pl.col("m") / pl.col("u")).log(2.0))
