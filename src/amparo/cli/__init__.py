"""The command line: one verb, one function. Only this room and the report print or translate."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code. Ctrl-C ends in a sentence also while the verbs are being loaded."""
    try:
        from amparo.cli import app  # noqa: PLC0415

        return app.main(arguments)
    except KeyboardInterrupt:
        from amparo.report.catalogue import pick_language, say  # noqa: PLC0415

        print(say(pick_language(os.environ), "cli.interrupted"), file=sys.stderr)
        return 130
