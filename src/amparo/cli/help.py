"""How help looks: plain tables whose every word comes from the catalogue."""

from __future__ import annotations

from functools import partial
from typing import Any

from cyclopts.help import HelpPanel
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from amparo.report.catalogue import say


class Help:
    """A help formatter of cyclopts in the user's language."""

    def __init__(self, language: str) -> None:
        """Speak `language`."""
        self._say = partial(say, language)

    def render_usage(self, console: Console, _options: Any, usage: Any) -> None:
        """One line: how the command is typed."""
        typed = str(usage).removeprefix("Usage:").strip()
        for english in ("COMMAND", "OPTIONS"):
            typed = typed.replace(english, self._say(f"help.{english.lower()}"))
        console.print(Text(f"{self._say('help.usage')}: {typed}\n", style="bold"))

    def render_description(self, console: Console, _options: Any, description: Any) -> None:
        """What the command does."""
        console.print(description)

    def __call__(self, console: Console, _options: Any, panel: HelpPanel) -> None:
        """Commands, arguments or options, one a row."""
        if not panel.entries:
            return
        rows = Table.grid(padding=(0, 2))
        rows.add_column(no_wrap=True)
        rows.add_column()
        for entry in panel.entries:
            rows.add_row(Text(" ".join(entry.display_labels_with_metavar), style="cyan"), entry.description)
        console.print()
        console.print(Text.assemble((str(panel.title), "bold")))
        console.print(Padding(rows, (0, 0, 0, 2)))
