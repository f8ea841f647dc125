"""Verbs for who is who: a judgement on two records, the review queue, and the evidence of a pair."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from amparo.cli.ceremony import CLEARED, check_terminal
from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError

if TYPE_CHECKING:
    from amparo.linkage.queue import Asked
    from amparo.study.linking.review import Agreed, Explained, Shown

KEYS = {"s": "same", "d": "different", "u": "unsure"}
UNDO, REASON, QUIT = "z", "r", "q"


def judge(
    terminal: Terminal,
    study: Path,
    record: str,
    other: str,
    verdict: str,
    *,
    reason: str = "",
    passphrase_file: Passphrase = None,
) -> None:
    """Say of two records whether they are the same person."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.linking import judgements  # noqa: PLC0415
        from amparo.study.linking.rules import pair  # noqa: PLC0415

        judgements.judge(opened, [judgements.Word((record, other), verdict, "asked", reason)])
        state = next(
            (one.state for one in judgements.standing(opened) if one.records == pair(record, other)),
            "withdrawn",
        )
    terminal.say(f"cli.judged.{state}", record=record, other=other)


def review(
    terminal: Terminal,
    study: Path,
    *,
    number: int = 60,
    blind: bool = False,
    seed: int = 1,
    agreement: bool = False,
    four_eyes: str | None = None,
    export: Path | None = None,
    to: str | None = None,
    import_: Path | None = None,
    identity: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Judge pairs of records on the screen, or send them out sealed and take the answers back."""
    if study.is_file():
        _answer(terminal, study, identity, export)
        return
    if export is not None and to is None:
        raise AmparoError("cli.export_to")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.linking import judgements, packages  # noqa: PLC0415
        from amparo.study.linking import review as reviews  # noqa: PLC0415

        if four_eyes is not None:
            if four_eyes not in ("yes", "no"):
                raise AmparoError("cli.yes_or_no", option="four-eyes")
            judgements.set_four_eyes(opened, four_eyes == "yes")
            terminal.say(f"cli.four_eyes.{four_eyes}")
        elif import_ is not None:
            back = packages.take_back(opened, terminal.content(import_))
            terminal.say("cli.answers_taken", **back._asdict())
            _agreed(terminal, reviews.agreement(opened))
        elif agreement:
            _agreed(terminal, reviews.agreement(opened))
        else:
            if export is None:
                check_terminal(terminal)
            with terminal.progress() as progress:
                queue = reviews.Queue(opened, number=number, seed=seed, blind=blind, progress=progress)
            if export is not None and to is not None:
                sent = packages.send(opened, to, queue)
                _write(export, sent)
                terminal.say("cli.pairs_sent", file=str(export), user=to, pairs=len(queue.pairs))
                return

            def keep(asked: Asked, verdict: str, reason: str) -> None:
                word = judgements.Word(asked.records, verdict, asked.chosen, reason)
                judgements.judge(opened, [word])

            done = go_through(terminal, queue, keep)
            terminal.say("cli.reviewed", **done._asdict())
            _agreed(terminal, reviews.agreement(opened))


def explain(
    terminal: Terminal,
    study: Path,
    record: str,
    other: str,
    *,
    json: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """Why two records are the same person or not: the evidence, step by step."""
    with opened_study(terminal, study, passphrase_file) as opened, terminal.progress() as progress:
        from amparo.study.linking import review as reviews  # noqa: PLC0415

        told = reviews.explain(opened, (record, other), progress)
    if json:
        terminal.out.out(msgspec.json.encode(_as_data(told)).decode(), highlight=False)
        return
    _print(terminal, told.shown)
    terminal.say("cli.explained.together" if told.together else "cli.explained.apart")
    if not told.compared:
        terminal.say("cli.explained.not_compared")
    if told.said is not None:
        reviewers = sorted(told.said.voices)
        terminal.say(f"cli.judged.{told.said.state}", record=record, other=other)
        terminal.say("cli.explained.judged_by", reviewers=reviewers)


def _as_data(told: Explained) -> dict[str, object]:
    """What was explained as plain values; no cell of a record."""
    evidence = told.shown.evidence
    return {
        "records": told.shown.asked.records,
        "together": told.together,
        "compared": told.compared,
        "judgement": told.said.state if told.said else None,
        "evidence": evidence and {**evidence._asdict(), "steps": [step._asdict() for step in evidence.steps]},
    }


class Pairs(Protocol):
    """What a reviewer goes through."""

    @property
    def pairs(self) -> Sequence[Asked]:
        """In the order to be shown."""
        ...

    def show(self, asked: Asked, /) -> Shown:
        """Open a pair for the reviewer's eye."""
        ...


class Done(NamedTuple):
    """How many pairs were judged, and how."""

    judged: int
    same: int
    different: int
    unsure: int
    left: int


def go_through(
    terminal: Terminal,
    queue: Pairs,
    keep: Callable[[Asked, str, str], None],
    key: Callable[[], str] | None = None,
) -> Done:
    """Show the pairs one by one and keep each verdict as soon as its key is pressed.

    `key` gives the next key. The key for undo takes the last verdict back and shows its pair again.
    """
    key = key or _key
    said: list[str] = []
    reason = ""
    try:
        while len(said) < len(queue.pairs):
            asked = queue.pairs[len(said)]
            _draw(terminal, queue.show(asked), len(said), len(queue.pairs), reason)
            pressed = key()
            while pressed not in KEYS and pressed not in (UNDO, REASON, QUIT):
                pressed = key()
            if pressed == QUIT:
                break
            if pressed == REASON:
                reason = terminal.ask("cli.ask.why") or ""
            elif pressed == UNDO and said:
                said.pop()
                keep(queue.pairs[len(said)], "withdrawn", "")
            elif pressed in KEYS:
                keep(asked, KEYS[pressed], reason)
                said.append(KEYS[pressed])
                reason = ""
    finally:
        _clear(terminal)
    numbers = [said.count(verdict) for verdict in KEYS.values()]
    return Done(len(said), *numbers, left=len(queue.pairs) - len(said))


def _draw(terminal: Terminal, shown: Shown, at: int, of: int, reason: str) -> None:
    _clear(terminal)
    terminal.say("cli.review.head", at=at + 1, of=of)
    _print(terminal, shown)
    if reason:
        terminal.say("cli.review.reason", reason=reason)
    terminal.say("cli.review.keys")


def _print(terminal: Terminal, shown: Shown) -> None:
    """Both records side by side, and the evidence where there is one."""
    from amparo.report.evidence import side_by_side, waterfall  # noqa: PLC0415

    one, other = shown.sides
    heads = (f"{one.title}\n{one.record}", f"{other.title}\n{other.record}")
    terminal.out.print()
    terminal.out.print(side_by_side(heads, (one.cells, other.cells), terminal.language))
    terminal.out.print()
    if shown.evidence is not None:
        terminal.out.print(waterfall(shown.evidence, terminal.language))
        terminal.out.print()


def _key() -> str:
    """One key, as soon as it is pressed. Raises `KeyboardInterrupt` for Ctrl-C and Ctrl-D."""
    stream = sys.stdin.fileno()
    before = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream)
        pressed = os.read(stream, 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
    if pressed in ("", "\x04"):
        raise KeyboardInterrupt
    return pressed.lower()


def _clear(terminal: Terminal) -> None:
    """Nothing of a pair stays on the screen, or above it."""
    if terminal.out.is_terminal:
        terminal.out.file.write(CLEARED)
        terminal.out.file.flush()


def _agreed(terminal: Terminal, found: Sequence[Agreed]) -> None:
    for one in found:
        facts = {"one": one.one, "other": one.other} | one.agreement._asdict()
        terminal.say("cli.agreed_alone" if one.agreement.kappa is None else "cli.agreed", **facts)
    if not found:
        terminal.say("cli.nobody_agreed")


def _answer(terminal: Terminal, package: Path, identity: Path | None, out: Path | None) -> None:
    """Go through pairs that came in a sealed file; the answers go into another."""
    from amparo.study.linking import packages  # noqa: PLC0415

    if identity is None:
        raise AmparoError("cli.needs_identity")
    check_terminal(terminal)
    opened = packages.open_package(terminal.content(package), terminal.text(identity))
    answers: dict[int, tuple[str, str]] = {}

    def keep(asked: Asked, verdict: str, reason: str) -> None:
        number = int(asked.records[0].split(":")[0])
        if verdict == "withdrawn":
            answers.pop(number, None)
        else:
            answers[number] = (verdict, reason)

    target = out or package.with_suffix(".answers.age")
    try:
        done = go_through(terminal, opened, keep)
    finally:
        with suppress(msgspec.MsgspecError):
            if answers:
                _write(target, opened.seal(answers))
    terminal.say("cli.answers_kept", file=str(target), **done._asdict())


def _write(path: Path, content: bytes) -> None:
    """Write a sealed file whole. Raises `cli.cannot_write`."""
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_bytes(content)
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise AmparoError("cli.cannot_write", folder=str(path.parent), reason=error.strerror or "") from None
