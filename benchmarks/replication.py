"""Published results of multiple systems estimation beside what Amparo gives on the same tables."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from amparo.errors import Refusal
from amparo.estimation import bootstrap, existence, graphical, hierarchy, loglinear
from amparo.estimation.graphical import GraphicalAverage
from amparo.estimation.histories import Histories, from_table
from amparo.estimation.latent_class import LatentClass, latent_class
from amparo.estimation.loglinear import LogLinear
from amparo.estimation.results import Estimate

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = ROOT / "benchmarks/replication.toml"
TABLES = ROOT / "tests/estimation/published.toml"
SEED = 1
NOISE = 3.0  # Monte Carlo standard errors that two runs may differ by
GRID = 0.002  # of N: how far two grids of the unseen may differ
CHAINS = 0.05  # of N: how far the ends of intervals from two runs of chains may differ
PUBLISHED = 1_000  # resamples of the published bootstraps
HALVES = 200  # resamples of the replicates, for the error of a limit

Answer = dict[str, tuple[float, float]]  # quantity -> value, tolerance


def run(tables: Path | None, slow: bool, only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """One row per published number.

    Keys: `table`, `method`, `quantity` (estimate, low, high), `published` (a number, or the least and most of
    several runs), `found`, `tolerance`, `verdict` (agrees, differs, refused, not run), `basis`,
    `cpu_seconds` of the whole claim (compiling is done before), `source`, `note`. `tables` is a folder for
    tables that are not shipped; `slow` adds claims that take minutes; `only` keeps the tables named.
    """
    claims = tomllib.loads(CLAIMS.read_text("utf-8"))["claim"]
    shipped = tomllib.loads(TABLES.read_text("utf-8"))
    _compile(shipped)
    for claim in claims:
        if only and claim["table"] not in only:
            continue
        histories = _histories(claim["table"], shipped, tables)
        if histories is None or (claim.get("slow") and not slow):
            yield from _rows(
                claim, None, "the table is not shipped" if histories is None else "takes minutes"
            )
            continue
        try:
            cpu = time.process_time()
            answer = _answer(histories, claim)
            yield from _rows(claim, answer, "", time.process_time() - cpu)
        except Refusal as refusal:
            yield from _rows(claim, None, refusal.code)


def _compile(shipped: dict[str, Any]) -> None:
    """Run each compiled method once, so that no claim pays for compiling."""
    histories = _histories("western", shipped, None)
    if histories is not None:
        for select in ("stepwise", "bic"):
            loglinear.fit(histories, seed=SEED, settings=LogLinear(select=select, resamples=1))
        graphical.posterior(histories, GraphicalAverage())
        latent_class(histories, seed=SEED, settings=LatentClass())


def page(rows: Iterable[dict[str, Any]]) -> str:
    """The rows as a page of documentation."""
    lines = [
        "# Published results, replicated",
        "",
        "`amparo bench replication --page docs/methods/replication.md` writes this page; the claims are in "
        "`benchmarks/replication.toml`, the tables in `tests/estimation/published.toml`. A result agrees "
        "where it differs by no more than the printed rounding, three Monte Carlo errors of the bootstrap's "
        "limits, 0.2 % between grids, or 5 % between runs of chains. CPU seconds are of the whole claim, "
        "compiled before, on one core of a shared machine.",
        "",
        "| table | method | what | published | Amparo | may differ by | verdict | CPU s | source |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    notes = []
    for row in rows:
        published = row["published"]
        said = "–".join(_number(x) for x in published) if isinstance(published, list) else _number(published)
        cells = (
            row["table"],
            row["method"],
            row["quantity"],
            said,
            "" if row["found"] is None else _number(row["found"]),
            "" if row["tolerance"] is None else _number(row["tolerance"]),
            row["verdict"],
            "" if row["cpu_seconds"] is None else f"{row['cpu_seconds']:.2f}",
            row["source"],
        )
        lines.append("| " + " | ".join(cells) + " |")
        if row["note"]:
            notes.append(f"- {row['table']}, {row['method']}: {row['note']}")
    return "\n".join([*lines, "", "## Differences explained", "", *dict.fromkeys(notes), ""])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:g}"


def _histories(name: str, shipped: dict[str, Any], tables: Path | None) -> Histories | None:
    """The table of that name: retyped, or from the folder."""
    if name in shipped:
        entry = shipped[name]
        columns = zip(*(map(int, pattern) for pattern in entry["counts"]), strict=True)
        held = {name: list(column) for name, column in zip(entry["lists"], columns, strict=True)}
        frame = pl.DataFrame({name: column for name, column in held.items() if any(column)})
        return from_table(frame.with_columns(count=pl.Series(entry["counts"].values())))
    file = tables / f"{name}.csv" if tables else None
    return from_table(pl.read_csv(file)) if file and file.is_file() else None


def _answer(histories: Histories, claim: dict[str, Any]) -> Answer:
    """What Amparo says where the claim says something, each with what it may differ by."""
    method = claim["method"]
    if method.startswith("existence"):
        names = re.findall(r"\d+", method)
        terms = hierarchy.model(
            [[histories.lists[int(n) - 1] for n in term] for term in names], histories.lists
        )
        return {"estimate": (float(existence.failing(histories, terms)), 0.0)}
    if method.startswith("graphs"):
        return _graphs(histories, method)
    if method.startswith("latent classes"):
        found = latent_class(
            histories, seed=SEED, settings=LatentClass(classes=int(method.rsplit(" ", 1)[1]))
        )
        low, high = found.interval()
        return {
            "estimate": (found.median, CHAINS / 2 * found.median),
            "low": (low, CHAINS * low),
            "high": (high, CHAINS * high),
        }
    return _log_linear(histories, method, claim.get("resamples", PUBLISHED))


@lru_cache(maxsize=8)
def _fit(histories: Histories, settings: LogLinear) -> Estimate:
    """One fit for all that is claimed of it."""
    return loglinear.fit(histories, seed=SEED, settings=settings)


def _log_linear(histories: Histories, method: str, resamples: int) -> Answer:
    """A log-linear fit, its standard error, or its limits with their Monte Carlo errors."""
    order = re.search(r"order (\d)", method)
    wald = "Wald" in method or method.startswith("independence")
    settings = LogLinear(
        select="bic" if order else "fixed" if method.startswith("independence") else "stepwise",
        order=int(order[1]) if order else 2,
        resamples=0 if wald or "error" in method else resamples,
    )
    found = _fit(histories, settings)
    if "error" in method:
        return {"estimate": (found.diagnostics["se"], 0.0)}
    level = 0.8 if "80 %" in method else 0.95
    low, high = found.interval(level)
    error = np.zeros(2)
    if settings.resamples:
        rng = np.random.default_rng(SEED)
        values, acceleration = found.draws[0], found.diagnostics["acceleration"]
        again = [
            bootstrap.limits(rng.choice(values, values.size), found.median, acceleration, level)
            for _ in range(HALVES)
        ]
        # the published limits too are one run, of their number of resamples
        error = NOISE * np.sqrt(1.0 + resamples / PUBLISHED) * np.std(again, axis=0)
    return {"estimate": (found.median, 0.0), "low": (low, float(error[0])), "high": (high, float(error[1]))}


def _graphs(histories: Histories, method: str) -> Answer:
    """An average over graphs, or a figure of its posterior."""
    gamma = (13.14, 55.17) if "gamma" in method else None
    delta = 1.0 if "delta 1" in method else 0.5 if "delta .5" in method else None
    settings = GraphicalAverage(delta=delta, gamma=gamma)
    if "weight" in method or gamma:
        found = graphical.posterior(histories, settings)
        people = found.unseen + histories.observed
        if "weight" in method:
            value = float(found.weights[0])
        elif "mode" in method:
            value = float(people[np.argmax(found.mass / found.widths)])
        else:  # under relative squared loss, as in Madigan and York
            value = float((found.mass / people).sum() / (found.mass / people**2).sum())
        return {"estimate": (value, 0.0)}
    found = graphical.graphical_average(histories, seed=SEED, settings=settings)
    low, high = found.interval()
    values = {"estimate": found.median, "low": low, "high": high}
    return {name: (value, GRID * value) for name, value in values.items()}


def _rows(
    claim: dict[str, Any], answer: Answer | None, reason: str, cpu: float | None = None
) -> Iterator[dict[str, Any]]:
    """The claim's numbers beside the answer, or beside the reason why there is none."""
    rounding = claim.get("rounding", 1)
    for key, quantity in (("point", "estimate"), ("low", "low"), ("high", "high")):
        if key not in claim:
            continue
        published = claim[key]
        least, most = published if isinstance(published, list) else (published, published)
        found = tolerance = None
        verdict = "refused" if reason.startswith("estimation.") else "not run"
        if answer is not None:
            found, wide = answer[quantity]
            tolerance = wide + rounding / 2 * 1.001
            verdict = "agrees" if least - tolerance <= found <= most + tolerance else "differs"
        yield {
            "table": claim["table"],
            "method": claim["method"],
            "quantity": quantity,
            "published": published,
            "found": None if found is None else round(found, 4),
            "tolerance": None if tolerance is None else round(tolerance, 4),
            "verdict": verdict,
            "basis": reason,
            "cpu_seconds": None if cpu is None else round(cpu, 3),
            "source": claim["source"],
            "note": claim.get("note", ""),
        }
