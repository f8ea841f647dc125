"""The terminal: words in the user's language, progress bars, questions and the passphrase."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import TextWrapper
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from amparo.codes import CODES
from amparo.errors import AmparoError, Issue
from amparo.intake.sheet import FILE_LIMIT
from amparo.report.catalogue import say
from amparo.runs import Progress as Report

SHOWN_ISSUES = 12


class Terminal:
    """What a verb says goes to standard output, what went wrong to standard error."""

    def __init__(self, language: str, user: str = "") -> None:
        """Speak `language` with `user`, who is somebody's handle, or empty where a study has one person."""
        self.language = language
        self.user = user
        self.refused = False  # the answer was a refusal, told in full
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)

    def say(self, code: str, **facts: Any) -> None:
        """Print one sentence of the catalogue; `{amparo}` in it is the command as the user types it."""
        facts["amparo"] = os.environ.get("AMPARO_COMMAND", "amparo")
        self.print(say(self.language, code, **facts))

    def print(self, text: str, *, on: Console | None = None, style: str = "", hang: int = 0) -> None:
        """Print a text; on a terminal lines break between words, and go on `hang` columns in."""
        console = on or self.out
        if console.is_terminal:
            # Only where lines end changes: a command in the text can still be copied.
            wrapper = TextWrapper(
                console.width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
            )
            text = "\n".join(wrapper.fill(line) for line in text.splitlines())
        console.print(text, style=style, markup=False, soft_wrap=True)

    def fail(self, sentence: str) -> None:
        """Print one sentence on standard error."""
        self.print(sentence, on=self.err, style="bold red")

    def tell(self, error: AmparoError) -> None:
        """Print what is wrong with an answer, to be asked for again."""
        self.print(say(self.language, error.code, **error.facts), style="yellow")

    def issues(self, issues: Sequence[Issue]) -> None:
        """Print what was noticed; of many alike the first few and how many more there are."""
        for issue in issues[:SHOWN_ISSUES]:
            sentence = say(self.language, issue.code, **issue.facts)
            if "row" in issue.facts and "row" not in CODES[issue.code]:
                sentence = say(self.language, "cli.in_cell", said=sentence, **issue.facts)
            self.print(sentence, on=self.err, style="yellow")
        if len(issues) > SHOWN_ISSUES:
            more = say(self.language, "cli.more_issues", number=len(issues) - SHOWN_ISSUES)
            self.print(more, on=self.err, style="yellow")

    def field(self, field: str) -> str:
        """What a field means, in words."""
        return say(self.language, f"field.{field}")

    def mapping(self, columns: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        """Print what each column was read as."""
        width = max((len(column) for column, _ in columns), default=0)
        self.say("cli.mapping")
        for column, fields in columns:
            words = ", ".join(map(self.field, fields)) or say(self.language, "field")
            self.out.print(f"  {column:<{width}}  {words}", markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under the catalogue's words for the columns (`column.<name>`)."""
        shown = Table(*(say(self.language, f"column.{name}") for name in columns), box=SIMPLE_HEAD)
        for row in rows:
            shown.add_row(*map(escape, row))
        self.out.print(shown)

    @contextmanager
    def progress(self) -> Generator[Report]:
        """A bar per stage on a terminal; silence elsewhere."""
        bars = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=self.err,
            disable=not self.err.is_terminal,
        )
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(say(self.language, f"stage.{stage}"), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        with bars:
            yield report

    def passphrase(self, file: Path | None, *, new: bool = False) -> str:
        """The passphrase from a file (`-` is standard input) or asked for; a new one is asked for twice.

        Raises `cli.no_passphrase` without a terminal, `cli.passphrases_differ`, `cli.no_file`.
        """
        if file is not None:
            text = sys.stdin.read() if str(file) == "-" else self.text(file)
            return text.rstrip("\r\n")
        if not sys.stdin.isatty():
            raise AmparoError("cli.no_passphrase")
        with _answering():
            first = getpass.getpass(say(self.language, "cli.ask.passphrase") + " ")
            if new and first != getpass.getpass(say(self.language, "cli.ask.again") + " "):
                raise AmparoError("cli.passphrases_differ")
        return first

    def ask(self, code: str, **facts: Any) -> str | None:
        """The answer to a question, or None where nobody can be asked."""
        if not sys.stdin.isatty():
            return None
        with _answering():
            return self.out.input(say(self.language, code, **facts) + " ", markup=False).strip() or None

    def content(self, file: Path) -> bytes:
        """The bytes of a file the user named.

        Raises `cli.no_file`, `cli.unreadable_file` and, before any of it is read, `intake.file_too_large`.
        """
        try:
            if file.stat().st_size > FILE_LIMIT:
                raise AmparoError("intake.file_too_large", file=file.name, limit=FILE_LIMIT >> 20)
            return file.read_bytes()
        except FileNotFoundError:
            raise AmparoError("cli.no_file", file=str(file)) from None
        except OSError as error:
            raise AmparoError("cli.unreadable_file", file=str(file), reason=error.strerror or "") from None

    def text(self, file: Path) -> str:
        """The text of a small file of the user's own making. Raises as `content`, and `intake.encoding`."""
        content = self.content(file)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start) + 1
            raise AmparoError("intake.encoding", file=file.name, row=row, encoding="utf-8") from None


@contextmanager
def _answering() -> Generator[None]:
    """Let Ctrl-C, and Ctrl-D like it, end a question at once."""
    # Libraries with a handler of their own would make Ctrl-C wait for Enter.
    signal.siginterrupt(signal.SIGINT, True)
    try:
        yield
    except EOFError:
        raise KeyboardInterrupt from None
