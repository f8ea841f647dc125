"""`amparo cases`: the board of cases in the terminal, without a name, and its days as a calendar file."""

from __future__ import annotations

from pathlib import Path

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.cli.verbs import write_files
from amparo.report.catalogue import say, word, write


def cases(
    terminal: Terminal,
    study: Path,
    *,
    everybody: bool = False,
    calendar: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """The person's own cases, the most pressing first; with `calendar` a file of neutral dates besides."""
    from amparo.report import cases as words  # noqa: PLC0415

    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts.services import require  # noqa: PLC0415
        from amparo.study.cases import agenda  # noqa: PLC0415
        from amparo.study.cases.board import Board, chosen  # noqa: PLC0415
        from amparo.study.context import now  # noqa: PLC0415

        require(opened, "cases.opened")
        mine = "" if everybody else opened.user.handle
        lines = chosen(Board().refresh(opened), worker=mine)
        days = agenda.exported(opened, mine) if calendar is not None else []
        stamp = now().replace(microsecond=0)
    lang = terminal.language
    for line in lines:
        level = line.next.level if line.next else "none"
        due = words.due(lang, line.next) if line.next else say(lang, "case.nothing_due")
        on = write(lang, line.next.on) if line.next and line.next.on else ""
        said = " · ".join(filter(None, (line.case, line.label, due, on)))
        terminal.print(f"{word(lang, 'level', level)}: {said}")
    terminal.say("cli.cases", number=len(lines))
    if calendar is not None:
        write_files(calendar.parent, {calendar.name: words.ics(lang, days, stamp)})
        terminal.say("cli.calendar", number=len(days), file=str(calendar))
    terminal.say("clock.not_advice")
