"""Recovery shares on a terminal: shown one by one to those who will keep them, and typed back."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.vault import keyring, shares

_COLUMNS = 3
_AROUND = 6  # lines of the screen that are neither words nor code
CLEARED = "\x1b[H\x1b[2J\x1b[3J"  # the screen, and what stands above it


def hand_out(terminal: Terminal, made: Sequence[str]) -> None:
    """Show every share as words and as a QR code, each until its holder has it; then have two typed back.

    Raises `cli.no_terminal`; Ctrl-C ends it at any moment, and leaves no share on the screen.
    """
    check_terminal(terminal)
    for number, share in enumerate(made, 1):
        terminal.ask("cli.recovery.next", share=number, shares=len(made))
        _clear(terminal)
        with _unseen_afterwards(terminal):
            _show(terminal, share, number, len(made))
    terminal.say("cli.recovery.type_back", needed=shares.NEEDED)
    secret = shares.join(made)
    while True:
        try:
            if shares.join(typed(terminal)) == secret:
                return
            raise AmparoError("vault.shares_other")
        except AmparoError as error:
            if not error.code.startswith("vault.share"):
                raise
            terminal.tell(error)


def _show(terminal: Terminal, share: str, number: int, total: int) -> None:
    words, code = numbered(share), qr(share)
    terminal.say("cli.recovery.share", share=number, shares=total, set_of=shares.set_of(share))
    for line in words:
        terminal.out.print(line, markup=False)
    if terminal.out.height < len(words) + len(code) + _AROUND:
        terminal.ask("cli.recovery.then_code")
        _clear(terminal)
    for line in code:
        terminal.out.print(Text(line, style="black on bright_white", no_wrap=True))
    terminal.ask("cli.recovery.copied", share=number)


@contextmanager
def _unseen_afterwards(terminal: Terminal) -> Generator[None]:
    """Whatever stands on the screen, and above it, is gone in the end, and so if Ctrl-C ends it."""
    try:
        yield
    finally:
        _clear(terminal)


def check_terminal(terminal: Terminal) -> None:
    """Raise `cli.no_terminal` where nobody sits, or where what is shown would go to a file.

    This process is shut to others before it shows anything.
    """
    if not (sys.stdin.isatty() and terminal.out.is_terminal):
        raise AmparoError("cli.no_terminal")
    keyring.harden()


def given(terminal: Terminal, files: Sequence[Path]) -> tuple[str, ...]:
    """Two shares: from the files, else typed. Raises `cli.no_shares` and the codes of `shares.check`."""
    keyring.harden()
    if files:
        return tuple(shares.check(terminal.text(file), number) for number, file in enumerate(files, 1))
    if not sys.stdin.isatty():
        raise AmparoError("cli.no_shares")
    return typed(terminal)


def typed(terminal: Terminal) -> tuple[str, ...]:
    """Two shares that somebody types; a word that does not fit is asked for again by its number."""
    known: list[str] = []
    while len(known) < shares.NEEDED:
        with _unseen_afterwards(terminal):
            share = _typed(terminal, len(known) + 1)
        if share in known:
            terminal.tell(AmparoError("vault.shares_same"))
        else:
            known.append(share)
    return tuple(known)


def _typed(terminal: Terminal, number: int) -> str:
    terminal.say("cli.recovery.type", share=number, words=shares.WORDS)
    words: list[str] = []
    while True:
        while len(words) < shares.WORDS:
            words += shares.words_of(terminal.ask("cli.ask.words", have=len(words), words=shares.WORDS) or "")
        try:
            return shares.check(" ".join(words), number)
        except AmparoError as error:
            terminal.tell(error)
            if "position" in error.facts:
                at = error.facts["position"] - 1
                again = shares.words_of(terminal.ask("cli.ask.word", position=at + 1) or "")
                words[at : at + 1] = again or words[at : at + 1]
            else:
                words = []


def numbered(share: str) -> list[str]:
    """The words of a share with their numbers, in columns to be read downwards."""
    words = [f"{number:2}. {word:<10}" for number, word in enumerate(share.split(), 1)]
    rows = -(-len(words) // _COLUMNS)
    return ["  " + "".join(words[row::rows]).rstrip() for row in range(rows)]


def qr(share: str) -> list[str]:
    """The share as a QR code of half-line blocks: ink is dark, so the paper must be light."""
    import segno  # noqa: PLC0415  (needed by this one verb)

    # Capitals make the code smaller; what is read back is taken in either case.
    rows = [list(row) for row in segno.make_qr(share.upper(), error="m").matrix_iter(border=4)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    blocks = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(blocks[pair] for pair in zip(above, below, strict=True)) for above, below in pairs]


def _clear(terminal: Terminal) -> None:
    if not terminal.out.is_terminal:
        return
    terminal.out.file.write(CLEARED)
    terminal.out.file.flush()
