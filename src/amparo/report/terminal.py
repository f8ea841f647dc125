"""A count on one screen of the terminal: documented, estimated, unseen, lists with small bars, strata."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from amparo.report.catalogue import say, write
from amparo.report.numbers import Spread, documented_note, part, printable, stands, stratum, together, told
from amparo.study.counting.findings import EstimateFinding, Findings

BAR = 14  # characters of the longest bar
STRATA = 8  # rows; the report holds them all
# What the methods say together that must be read before the number.
_APART = {"estimation.methods_disagree", "estimation.methods_spread"}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def summary(findings: Findings, lang: str) -> RenderableType:
    """What a count found, for `print` of a rich console; about twenty lines of at most 80 columns."""
    findings = printable(findings)
    title = Text(findings.study, style="bold")
    if findings.synthetic:
        title.append(f"  {say(lang, 'terminal.synthetic')}", style="bold cyan")
    parts: list[RenderableType] = [title, Text(), _answer(findings, lang)]
    total = findings.total
    if total is not None and total.refused is not None:
        parts += [Text(), Text(told(findings, lang, total.refused), style="yellow")]
    if total is not None:
        parts += [Text(told(findings, lang, said), style="yellow") for said in total.warnings]
    if findings.verdict is not None and findings.verdict.code in _APART:
        parts.insert(2, Text(together(findings, lang) + "\n", style="yellow"))
    if findings.lists:
        parts += [Text(), _lists(findings, lang)]
    if findings.strata:
        parts += [Text(), _strata(findings, lang)]
    parts += [Text(), Text(say(lang, "terminal.unfit"), style="dim")]
    return Padding(Group(*parts), (1, 2))


def _answer(findings: Findings, lang: str) -> Table:
    grid = Table.grid(padding=(0, 3))
    grid.add_column()
    grid.add_column(justify="right", style="bold", no_wrap=True)
    grid.add_column(style="dim")
    grid.add_row(
        say(lang, "answer.documented"), write(lang, findings.persons), documented_note(findings, lang)
    )
    total = findings.total
    if total is None or not stands(total):
        note = say(lang, "answer.absent_note" if total is None else "answer.refused_note")
        for name in ("total", "unseen"):
            grid.add_row(say(lang, f"answer.{name}"), "—", note)
    else:
        spread = Spread(total)
        for name, facts in (("total", spread.total()), ("unseen", spread.unseen())):
            interval = say(lang, "terminal.interval", **facts)
            grid.add_row(say(lang, f"answer.{name}"), write(lang, facts["median"]), interval)
    if findings.truth is not None:
        grid.add_row(say(lang, "terminal.truth"), write(lang, findings.truth), _verdict(findings, lang))
    return grid


def _verdict(findings: Findings, lang: str) -> str:
    """Whether the interval holds the known truth, and how far the estimate is from it."""
    total = findings.total
    if total is None or not stands(total) or not findings.truth:
        return ""
    spread = Spread(total)
    place = say(
        lang, "terminal.inside" if spread.low <= findings.truth <= spread.high else "terminal.outside"
    )
    error = say(lang, "terminal.error", share=abs(spread.median - findings.truth) / findings.truth)
    return f"{place}; {error}"


def _lists(findings: Findings, lang: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(say(lang, "lists.list"), max_width=30, overflow="ellipsis", no_wrap=True)
    table.add_column(say(lang, "lists.persons"), justify="right", no_wrap=True, min_width=8)
    table.add_column("", width=BAR, no_wrap=True)
    table.add_column("", style="dim", overflow="ellipsis", no_wrap=True)
    longest = max(one.persons for one in findings.lists)
    for one in findings.lists:
        eighths = round(8 * BAR * one.persons / max(longest, 1))
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        table.add_row(
            Text(one.title),
            write(lang, one.persons),
            Text(bar, style="blue" if one.counted else "bright_black"),
            "" if one.counted else part(one, lang),
        )
    return table


def _strata(findings: Findings, lang: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(say(lang, "strata.group"), max_width=30, overflow="ellipsis", no_wrap=True)
    table.add_column(say(lang, "lists.persons"), justify="right", no_wrap=True, min_width=8)
    table.add_column(say(lang, "answer.total"), justify="right", no_wrap=True)
    table.add_column("", style="dim", overflow="ellipsis", no_wrap=True)
    for one in findings.strata[:STRATA]:
        table.add_row(Text(stratum(one, lang)), *_estimated(one, lang))
    if len(findings.strata) > STRATA:
        table.add_row("…")
    if findings.together is not None:
        row = _estimated(findings.together, lang)
        table.add_row(Text(say(lang, "strata.together")), *row, style="bold")
    return table


def _estimated(one: EstimateFinding, lang: str) -> tuple[str, str, str]:
    """Documented persons, estimate and interval of a stratum."""
    observed = write(lang, one.observed)
    if not stands(one):
        return observed, say(lang, "strata.refused"), ""
    spread = Spread(one).total()
    return observed, write(lang, spread["median"]), say(lang, "terminal.interval", **spread)
