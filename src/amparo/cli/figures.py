"""`amparo figures`: published totals beside what the register holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.report.catalogue import say
from amparo.vocabulary.lists import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amparo.study.claims.figures import Compared, Figure


def figures(
    terminal: Terminal,
    study: Path,
    *,
    measure: str | None = None,
    counted: str | None = None,
    per: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Published totals, kept where they contradict each other, and what the register holds beside them."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims import figures as room  # noqa: PLC0415

        every = room.figures(opened)
        found = room.series(opened, measure) if measure else every
        compared = [
            each for each in room.compare(opened, counted) if measure in (None, each.figure.field("measure"))
        ]
        denominator = next((each for each in every if each.of == per), None)
        if per is not None and denominator is None:
            raise AmparoError("claims.unknown_thing", thing=per)
        rates = [
            (each, room.rate((each.certain, each.possible), denominator))
            for each in compared
            if denominator is not None
        ]
        apart = room.contradictions(found)
    if not found:
        terminal.say("cli.figures_none")
        return
    _list(terminal, found)
    for group in apart:
        terminal.say("cli.figures_contradict", figures=[f"{each.of} ({each.quantity})" for each in group])
    for each in compared:
        _compare(terminal, each)
    for each, (low, high) in rates:
        facts = {"low": f"{low:.1f}", "high": "∞" if high is None else f"{high:.1f}"}
        terminal.say("claims.rate", figure=each.figure.of, per=per, **facts)


def _list(terminal: Terminal, found: Sequence[Figure]) -> None:
    language = terminal.language
    for each in found:
        counted = each.quantity.unit == "" and each.quantity.per is None
        said = [" ".join(filter(None, (str(each.quantity), each.field("unit") if counted else "")))]
        said.append(word("measure", each.field("measure"), language))
        said += [each.field(name) for name in ("population", "place", "period")]
        if who := each.field("institution") or ", ".join(each.said_by):
            said.append(say(language, "claims.says", who=who))
        terminal.print(f"{each.of} · {' · '.join(filter(None, said))}", hang=2)


def _compare(terminal: Terminal, each: Compared) -> None:
    code = "claims.held_exactly" if each.certain == each.possible else "claims.held"
    terminal.say(
        f"claims.compared.{each.says}",
        figure=each.figure.of,
        words=str(each.figure.quantity),
        held=say(terminal.language, code, certain=each.certain, possible=each.possible),
    )
    if each.year_unknown:
        terminal.say("claims.compared.year")
