"""`amparo bench`: measurements as JSON lines, on data the user names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from amparo.cli.checkout import ROOT, load, require
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError


def linkage(
    terminal: Terminal,
    *,
    lists: Path | None = None,
    truth: Path | None = None,
    basis: str | None = None,
    synthetic: int | None = None,
    peer: Literal["splink"] | None = None,
    labels: int = 0,
    bad: Literal["nameless", "one-name", "one-event"] | None = None,
    seed: int = 1,
) -> None:
    """Linkage against known true pairs: of the user's lists, or of synthetic hard lists beside a peer."""
    if synthetic is not None and lists is None and truth is None:
        hard = load("benchmarks", "hard_linkage")
        _print(terminal, hard.run(synthetic, seed, peer=peer == "splink", bad=bad, labels=labels))
    elif synthetic is None and lists is not None and truth is not None:
        _print(terminal, load("benchmarks", "linkage").run(lists, truth, basis, seed, labels=labels))
    else:
        raise AmparoError("cli.lists_or_synthetic")


def names(terminal: Terminal, *, names: int = 1_000_000, seed: int = 1) -> None:
    """Reading distinct names."""
    _print(terminal, load("benchmarks", "names").run(names, seed))


def estimation(
    terminal: Terminal,
    *,
    tables: Path,
    seeds: int = 3,
    resume: Path | None = None,
    methods: str = "",
    page: Path | None = None,
) -> None:
    """Estimates of published tables, once per seed."""
    module = load("benchmarks", "estimation")
    named = [name.strip() for name in methods.split(",") if name.strip()]
    rows = _print(terminal, module.run(tables, seeds, resume, named))
    if page is not None:
        page.write_text(module.page(rows), "utf-8")


def strata(
    terminal: Terminal,
    *,
    strata: int = 1_000,
    model: Literal["recommended", "latent_class"] = "recommended",
    map: int = 2,  # noqa: A002  (the option has the name of the seam)
    seed: int = 1,
) -> None:
    """Many simulated strata at once, all diagnosed: time, refusals, and how often the interval held."""
    _print(terminal, load("benchmarks", "strata").run(strata, model, map, seed))


def replication(
    terminal: Terminal,
    *,
    tables: Path | None = None,
    slow: bool = False,
    page: Path | None = None,
) -> None:
    """Published estimates beside what Amparo gives on the same tables."""
    module = load("benchmarks", "replication")
    rows = _print(terminal, module.run(tables, slow))
    if page is not None:
        page.write_text(module.page(rows), "utf-8")


def coverage(
    terminal: Terminal,
    *,
    replicates: int = 1,
    methods: str = "",
    map: int = 1,  # noqa: A002  (the option has the name of the seam)
    seed: int = 1,
    resume: Path | None = None,
    page: Path | None = None,
) -> None:
    """How often each method's intervals hold the truth of simulated populations."""
    module = load("benchmarks", "coverage")
    plan = module.Plan(replicates, module.names(methods), seed)
    rows = _print(terminal, module.run(plan, map, resume))
    if page is not None:
        page.write_text(module.page(rows, module.NOTES.read_text("utf-8")), "utf-8")


def demo(terminal: Terminal, *, seeds: int = 10) -> None:
    """The demo's population from lists to number, once per seed, against its truth."""
    _print(terminal, load("benchmarks", "demo").run(seeds))


def scale(terminal: Terminal, *, records: int = 100_000, seed: int = 1) -> None:
    """Reading and linking large lists in a sealed study."""
    _print(terminal, load("benchmarks", "scale").run(records, seed))


def arrivals(terminal: Terminal, *, records: int = 100_000, new: int = 1000, seed: int = 1) -> None:
    """New records placed into many linked ones, and linking all beside it."""
    _print(terminal, load("benchmarks", "arrivals").run(records, new, seed))


def search(terminal: Terminal, *, records: int = 100_000, tries: int = 1000, seed: int = 1) -> None:
    """Search by name over sealed records, and whether its time tells of hidden ones."""
    _print(terminal, load("benchmarks", "search").run(records, tries, seed))


def desk(
    terminal: Terminal,
    *,
    persons: int = 100_000,
    users: int = 50,
    seconds: int = 300,
    seed: int = 1,
    study: Path | None = None,
) -> None:
    """The browser desk over a large sealed study: how long one person waits for pages, and how long many.

    `study` names a folder where the study is kept once it is made, for the next time.
    """
    _print(terminal, load("benchmarks", "desk").run(persons, users, seconds, seed, study))


def desk_kills(terminal: Terminal, *, minutes: float = 20.0, seed: int = 1) -> None:
    """Two browsers that edit the same persons, and a desk that is killed under them."""
    require("playwright")
    _print(terminal, load("benchmarks", "desk_kills").run(minutes, seed))


def claims(terminal: Terminal, *, records: int = 100_000, seed: int = 1) -> None:
    """Opening and reading a large study with and without rows of claims."""
    _print(terminal, load("benchmarks", "claims").run(records, seed))


def cases(terminal: Terminal, *, cases: int = 10_000, seed: int = 1) -> None:
    """The board and all clocks of many sealed cases."""
    _print(terminal, load("benchmarks", "cases").run(cases, seed))


def kills(terminal: Terminal, *, kills: int = 100, seed: int = 1, resume: Path | None = None) -> None:
    """`kill -9` in every step: what was acknowledged, and what was left readable."""
    _print(terminal, load("benchmarks", "kills").run(kills, seed, resume))


def backup(terminal: Terminal, *, megabytes: int = 1000, seed: int = 1) -> None:
    """Backing up and restoring a large study."""
    _print(terminal, load("benchmarks", "backup").run(megabytes, seed))


def audit(terminal: Terminal, *, mutations: int = 10_000, records: int = 100_000, seed: int = 1) -> None:
    """An audit chain changed in every known way, and a large study checked against its own."""
    _print(terminal, load("benchmarks", "audit").run(mutations, records, seed))


def disclosure(terminal: Terminal, *, registers: int = 20, seed: int = 1) -> None:
    """Tables of random registers: what the joint attack finds under each way of protecting them."""
    require("pytauargus")
    _print(terminal, load("benchmarks", "disclosure").run(registers, seed))


def faults(terminal: Terminal, *, faults: int = 60, seed: int = 1) -> None:
    """Failing writes and a full disk in every step: what was acknowledged, and what stands."""
    _print(terminal, load("benchmarks", "faults").run(faults, seed))


def files(terminal: Terminal, *, messages: int = 200_000, pages: int = 300) -> None:
    """A long chat and long PDFs through the limited child."""
    _print(terminal, load("benchmarks", "files").run(messages, pages))


def hostile(terminal: Terminal, *, files: int = 20_000, seed: int = 1) -> None:
    """Damaged and hostile files of every format: each read or refused, and what that costs."""
    _print(terminal, load("benchmarks", "hostile").run(files, seed))


def articles(
    terminal: Terminal, *, articles: Path | None = None, seed_article: Path | None = None, show: bool = False
) -> None:
    """The article reader against articles whose facts are known."""
    folder = articles or ROOT / "tests/intake/articles"
    _print(terminal, load("benchmarks", "articles").run(folder, seed_article, show))


def _print(terminal: Terminal, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print each row as soon as it is measured; returns them all."""
    printed = []
    for row in rows:
        terminal.out.out(msgspec.json.encode(row).decode(), highlight=False)
        printed.append(row)
    return printed
