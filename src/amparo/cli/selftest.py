"""`amparo selftest`: the product attacks a synthetic study of its own and tells what held."""

from __future__ import annotations

from typing import Any

import msgspec

from amparo.cli.checkout import load
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.report.catalogue import say


def security(
    terminal: Terminal,
    *,
    mutate: bool = False,
    only: int | None = None,
    flips: int = 10_000,
    mutations: int = 10_000,
    kills: int = 35,
    drills: int = 3,
    tries: int = 1_000,
    faults: int = 24,
    seed: int = 1,
) -> None:
    """The security requirements, each with its figures; or the planted defects that each must catch."""
    campaign = load("benchmarks", "security")
    known = list(campaign.REQUIREMENTS)
    if only is not None and only not in known:
        raise AmparoError("cli.unknown_requirement", number=only, last=known[-1])
    sizes = campaign.Sizes(
        flips=flips, mutations=mutations, kills=kills, drills=drills, tries=tries, faults=faults, seed=seed
    )
    for line in campaign.run(sizes, seed, only=only, mutate=mutate):
        _print(terminal, line)
        if not line.get("ok", True):
            terminal.refused = True


def _print(terminal: Terminal, line: dict[str, Any]) -> None:
    """One line: JSON for programs, words for a terminal."""
    number, name = line["requirement"], say(terminal.language, f"requirement.{line['requirement']}")
    if not terminal.out.is_terminal:
        told = msgspec.json.encode({"requirement": number, "name": name, **line}).decode()
        terminal.out.out(told, highlight=False)
        return
    terminal.out.print(f"{number:>2}  {say(terminal.language, _verdict(line))}  {name}", markup=False)
    figures = line.get("figures", {})
    said = ", ".join(f"{figure} {value}" for figure, value in figures.items())
    if "defect" in line:
        said = f"{line['defect']}: {said}"
    if said:
        terminal.out.print(f"      {said}", markup=False, style="dim")


def _verdict(line: dict[str, Any]) -> str:
    if not line["concerned"]:
        return "selftest.not_concerned"
    if "caught" in line:
        return "selftest.caught" if line["caught"] else "selftest.missed"
    return "selftest.holds" if line["ok"] else "selftest.fails"
