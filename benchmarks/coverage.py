"""How often intervals hold the truth: every method on simulated populations whose size is known."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from amparo.errors import Refusal
from amparo.estimation.comparing import METHODS, Answer, answers, chosen
from amparo.estimation.results import LEVELS

from .populations import KINDS, OUTSIDE, draw

LISTS = (3, 4, 5, 6, 7, 8)
OBSERVED = (50, 200, 1_000, 5_000)
PLAIN = ("independent", "two classes, mild", "two classes, strong")  # of these few may be refused
ENOUGH = 400  # observed from which few may be refused
DESIGN = 1_000_000  # seeds below it chose the defaults; `run` reports on seeds from it on

NOTES = Path(__file__).parent / "coverage_notes.md"  # what was tried and what is short, by hand

Record = dict[str, Any]


class Task(NamedTuple):
    """One population to draw and the methods to ask."""

    kind: str
    lists: int
    observed: int
    linkage_error: bool
    seed: int
    methods: tuple[str, ...]

    @property
    def key(self) -> str:
        """What a stopped run knows it by."""
        return f"{self.kind}/{self.lists}/{self.observed}/{self.linkage_error}/{self.seed}"


class Plan(NamedTuple):
    """What a run asks."""

    replicates: int
    methods: tuple[str, ...]
    seed: int = 1
    kinds: tuple[str, ...] = tuple(KINDS)
    lists: tuple[int, ...] = LISTS


def names(text: str) -> tuple[str, ...]:
    """The methods of a list separated by commas, or all. Raises `estimation.unknown_method`."""
    return tuple(chosen([name.strip() for name in text.split(",") if name.strip()]))


def run(plan: Plan, processes: int = 1, resume: Path | None = None) -> Iterator[dict[str, Any]]:
    """One row per group of populations, method and nominal level, after all have been estimated.

    Each replicate holds every kind with every number of lists once, and takes turns through sizes and linkage
    errors: eight replicates hold every combination once. Keys: `population` (a kind, `all`, or a group such
    as `3 lists`), `method`, `nominal`, `covered` (share of the answered), `error` (its standard error),
    `refused_share`, `median_width_ratio` ((high - low) / N), `populations` (of the group), `answered`.
    `resume` keeps every answer as a line, so that a stopped run goes on and methods can be added later; with
    no replicates nothing is estimated and the rows tell what `resume` holds.
    """
    kept = _kept(resume)
    tasks = list(_todo(_tasks(plan), kept))
    order = np.random.default_rng(plan.seed).permutation(len(tasks)).tolist()
    tasks = [tasks[i] for i in order]  # so that a run stopped early has seen every kind
    tasks.sort(key=lambda task: task.seed)
    for record in _measured(tasks, processes):
        kept.setdefault(record["key"], record)["answers"].update(record["answers"])
        if resume is not None:
            with resume.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
    asked = {task.key for task in _tasks(plan)} or set(kept)
    yield from _table([record for key, record in kept.items() if key in asked], plan.methods)


def _tasks(plan: Plan) -> Iterator[Task]:
    """The populations, replicate by replicate."""
    turns = [(observed, error) for error in (False, True) for observed in OBSERVED]
    for replicate in range(plan.replicates):
        for k, kind in enumerate(plan.kinds):
            for j, lists in enumerate(plan.lists):
                observed, error = turns[(k + 3 * j + replicate) % len(turns)]
                seed = DESIGN + plan.seed * 1_000 + replicate
                yield Task(kind, lists, observed, error, seed, plan.methods)


def _todo(tasks: Iterable[Task], kept: dict[str, Record]) -> Iterator[Task]:
    """The tasks with the methods that have not answered."""
    for task in tasks:
        known = kept.get(task.key, {"answers": {}})["answers"]
        if left := tuple(name for name in task.methods if name not in known):
            yield task._replace(methods=left)


def _kept(resume: Path | None) -> dict[str, Record]:
    """What an earlier run wrote."""
    kept: dict[str, Record] = {}
    if resume is not None and resume.is_file():
        for line in resume.read_text("utf-8").splitlines():
            record = json.loads(line)
            kept.setdefault(record["key"], record)["answers"].update(record["answers"])
    return kept


def _measured(tasks: list[Task], processes: int) -> Iterator[Record]:
    """Every task's record, in one process or several."""
    if processes <= 1:
        yield from map(measure, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(measure, tasks)


def measure(task: Task) -> Record:
    """Draw the population and ask the methods."""
    population = draw(task.kind, task.lists, task.observed, task.linkage_error, task.seed)
    histories = population.histories
    found = answers(histories, seed=task.seed, methods={name: METHODS[name] for name in task.methods})
    return {
        "key": task.key,
        "kind": task.kind,
        "lists": task.lists,
        "asked": task.observed,
        "linkage_error": task.linkage_error,
        "observed": histories.observed,
        "shared": histories.shared,
        "people": population.people,
        "answers": {name: _said(answer) for name, answer in found.items()},
    }


def _said(answer: Answer) -> Record:
    """An answer as JSON: the refusal's code, or the ends of the intervals."""
    if isinstance(answer, Refusal):
        return {"refused": answer.code}
    return {f"{100 * level:g}": [round(end, 2) for end in answer.interval(level)] for level in LEVELS}


def _groups(records: list[Record]) -> Iterator[tuple[str, list[Record]]]:
    """The groups that the table reports."""
    yield "all", records
    for kind in KINDS:
        yield kind, [r for r in records if r["kind"] == kind]
    for outside in (False, True):
        name = "structures outside the model" if outside else "structures inside the model"
        yield name, [r for r in records if (r["kind"] in OUTSIDE) == outside]
    for lists in LISTS:
        yield f"{lists} lists", [r for r in records if r["lists"] == lists]
    for observed in OBSERVED:
        yield f"about {observed} observed", [r for r in records if r["asked"] == observed]
    for error in (False, True):
        name = "with linkage error" if error else "without linkage error"
        yield name, [r for r in records if r["linkage_error"] == error]
    yield (
        f"independent or two classes, {ENOUGH} observed or more",
        [r for r in records if r["kind"] in PLAIN and r["observed"] >= ENOUGH],
    )


def _table(records: list[Record], methods: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows that `run` promises."""
    for name, group in _groups(records):
        for method in methods:
            given = [(r, r["answers"][method]) for r in group if method in r["answers"]]
            answered = [(r, a) for r, a in given if "refused" not in a]
            for level in LEVELS:
                ends = [(r["people"], *a[f"{100 * level:g}"]) for r, a in answered]
                held = [low <= people <= high for people, low, high in ends]
                widths = [(high - low) / people for people, low, high in ends]
                covered = float(np.mean(held)) if held else float("nan")
                yield {
                    "population": name,
                    "method": method,
                    "nominal": level,
                    "covered": round(covered, 3) if held else None,
                    "error": round((covered * (1 - covered) / len(held)) ** 0.5, 3) if held else None,
                    "refused_share": round(1 - len(answered) / len(given), 3) if given else None,
                    "median_width_ratio": round(float(np.median(widths)), 3) if widths else None,
                    "populations": len(given),
                    "answered": len(answered),
                }


def page(rows: Sequence[dict[str, Any]], notes: str) -> str:
    """The rows as a page of documentation, with `notes` on what was tried and what is short."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    groups = list(dict.fromkeys(row["population"] for row in rows))
    at = {(row["population"], row["method"], row["nominal"]): row for row in rows}
    lines = [
        "# Do the intervals hold the truth?",
        "",
        "`amparo bench coverage --page docs/methods/coverage.md` writes this page: simulated populations "
        "whose size is known, every method, how often its interval held the truth, what it refused, and how "
        "wide it was ((high - low) / N, median). The kinds are in `benchmarks/populations.py`. The seeds are "
        "other ones than those on which the defaults were chosen. A share of n answers has a standard error "
        "of at most 0.5 / sqrt(n).",
        "",
        "## Every method, all populations",
        "",
        "| method | 50 % | 80 % | 95 % | refused | width of 95 % | populations |",
        "|---|---|---|---|---|---|---|",
    ]
    for method in methods:
        row = at["all", method, 0.95]
        shares = [_share(at["all", method, level]["covered"]) for level in LEVELS]
        cells = [method, *shares, _share(row["refused_share"]), _share(row["median_width_ratio"])]
        lines.append("| " + " | ".join([*cells, str(row["populations"])]) + " |")
    figures = ("covered", "error", "refused_share", "median_width_ratio")
    for method in methods:
        lines += ["", f"## `{method}`: 95 % interval", ""]
        lines += [
            "| populations | held the truth | error | refused | width | answered |",
            "|---|---|---|---|---|---|",
        ]
        for group in groups:
            row = at[group, method, 0.95]
            cells = [group, *(_share(row[figure]) for figure in figures)]
            lines.append("| " + " | ".join([*cells, f"{row['answered']} of {row['populations']}"]) + " |")
    return "\n".join([*lines, "", notes.strip(), ""])


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
