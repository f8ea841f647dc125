"""`amparo audit` and `amparo doctor`: the log of acts, and how a study is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import msgspec

from amparo.cli.ceremony import qr as drawn
from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.report import log as words
from amparo.report.catalogue import day

_GROUPS = 4  # of a head in one line


def verify(
    terminal: Terminal, study: Path, *, head: tuple[str, ...] = (), passphrase_file: Passphrase = None
) -> None:
    """Check the log of acts, and every row and file against it."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.verification import verify_log  # noqa: PLC0415
        from amparo.vault.audit import read_heads  # noqa: PLC0415

        heads = [
            one for given in head for one in read_heads(_text_of(terminal, given), opened.opened.study_id)
        ]
        logged = verify_log(opened, heads)
    terminal.say("cli.log_whole", acts=logged.head.seq)
    terminal.issues(logged.issues)
    if heads:
        terminal.say("cli.log_heads", heads=len(heads), newest=max(heads).seq)
    else:
        terminal.say("cli.log_no_head", study=str(study))


def _text_of(terminal: Terminal, given: str) -> str:
    """A head as typed, or the file it is kept in."""
    return terminal.text(Path(given)) if Path(given).is_file() else given


def show(
    terminal: Terminal,
    study: Path,
    *,
    since: date | None = None,
    by: str = "",
    act: str = "",
    passphrase_file: Passphrase = None,
) -> None:
    """Who did what when."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts.services import acts, sees_all  # noqa: PLC0415

        start = datetime.combine(since, time.min).astimezone() if since else None
        lines, everybody = acts(opened, start, by, act), sees_all(opened)
    width = max((len(line.actor) for line in lines), default=0)
    for line in lines:
        at = datetime.fromisoformat(line.at).astimezone()
        start = f"{line.seq:>6}  {at:%Y-%m-%d %H:%M}  {line.actor:<{width}}  "
        terminal.print(start + words.act(terminal.language, line.act, line.facts), hang=len(start))
    if not lines:
        terminal.say("cli.log_none")
    zone = f"{datetime.now().astimezone():%z}"
    terminal.say("cli.log_times", zone=f"{zone[:3]}:{zone[3:5]}")
    if not everybody:
        terminal.say("cli.log_own")


def head(
    terminal: Terminal,
    study: Path,
    *,
    keep: Path | None = None,
    qr: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """The head of the log, for paper or for a file outside."""
    from amparo.vault import audit  # noqa: PLC0415

    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts import services  # noqa: PLC0415

        found, study_id = services.head(), opened.opened.study_id
    now = datetime.now(UTC)
    said = audit.spoken(found)
    terminal.say("cli.head", seq=found.seq, day=day(terminal.language, now.date().isoformat()))
    number, *groups = said.split()
    terminal.out.print()
    for at in range(0, len(groups), _GROUPS):
        terminal.out.print(
            f"  {'' if at else number:>6}  {'  '.join(groups[at : at + _GROUPS])}", style="bold"
        )
    terminal.out.print()
    if qr:
        terminal.out.print("\n".join(drawn(said)), style="black on white", markup=False)
    if keep is None:
        terminal.say("cli.head_paper", study=str(study))
        return
    _append(keep, audit.written(found, now.isoformat(timespec="seconds"), study_id), study)
    terminal.say("cli.head_kept", file=str(keep))


def _append(file: Path, line: str, study: Path) -> None:
    """Add a line to a file outside the study. Raises `cli.head_inside`, `cli.cannot_write`."""
    if file.resolve().is_relative_to(study.resolve()):
        raise AmparoError("cli.head_inside", file=str(file))
    try:
        with file.open("a", encoding="utf-8") as kept:
            kept.write(line)
    except OSError as error:
        raise AmparoError("cli.cannot_write", folder=str(file), reason=error.strerror or "") from None


def doctor(
    terminal: Terminal,
    study: Path,
    *,
    closed: bool = False,
    deep: bool = False,
    json: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """A page on how the study is, without anything of what is in it."""
    from amparo.study import health  # noqa: PLC0415

    if closed:
        page = health.closed_health(study)
    else:
        with opened_study(terminal, study, passphrase_file) as opened:
            page = health.health(opened, deep=deep)
    if json:
        terminal.out.out(msgspec.json.format(msgspec.json.encode(page)).decode(), highlight=False)
        return
    rows = list(words.health(terminal.language, msgspec.to_builtins(page)))
    width = max(len(what) for what, _ in rows)
    for what, how in rows:
        terminal.print(f"  {what:<{width}}  {how}", hang=width + 4)
    if page.advice:
        terminal.say("cli.health_advice")
        for code in page.advice:
            terminal.say(code)
