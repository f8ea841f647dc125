"""The recovery ceremony as somebody sees it who sits at a terminal, in both languages."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp

from amparo.cli import ceremony
from amparo.errors import AmparoError
from amparo.report.catalogue import languages, say
from amparo.vault import folder, shares, slots

ROOT = Path(__file__).parents[2]
PATIENCE = 30


class Sitting:
    """Somebody at a terminal of 80 columns."""

    def __init__(self, *words: str, lang: str) -> None:
        # A screen that shows words and code at once, and one that does not.
        self.high = lang == "es"
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "src"),
            "TERM": "xterm-256color",
            "COLUMNS": "80",
            "LINES": "60" if self.high else "24",
        }
        command = [sys.executable, "-m", "amparo.cli", *words, "--lang", lang]
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.execve(sys.executable, command, environment)  # noqa: S606  (of its own arguments)
        self.heard, self.said, self.seen = b"", "", 0
        self.code: int | None = None

    def until(self, sentence: str) -> str:
        """What was said since the last answer, up to this sentence."""
        wanted = re.compile(r"\s+".join(map(re.escape, sentence.split())))
        ends = time.monotonic() + PATIENCE
        while not (found := wanted.search(self.said, self.seen)):
            assert time.monotonic() < ends, f"not said: {sentence}\n{self.said[self.seen :]}"
            if select.select([self.terminal], [], [], 1)[0]:
                try:
                    heard = os.read(self.terminal, 65536)
                except OSError:
                    heard = b""
                assert heard, f"ended without saying: {sentence}\n{self.said[self.seen :]}"
                self.heard += heard
                # Colours are not said; nor is half a letter, yet.
                self.said = re.sub(r"\x1b\[[0-9;]*m", "", self.heard.decode(errors="ignore"))
        told, self.seen = self.said[self.seen : found.end()], found.end()
        return told

    def type(self, line: str) -> None:
        os.write(self.terminal, f"{line}\n".encode())

    def interrupt(self) -> None:
        time.sleep(0.5)  # no hand is quicker than the step from question to answer
        os.write(self.terminal, b"\x03")

    def ended(self) -> int:
        """The exit code."""
        if self.code is None:
            while True:
                try:
                    if not os.read(self.terminal, 65536):
                        break
                except OSError:
                    break
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
            os.close(self.terminal)
        return self.code


@pytest.fixture
def sit() -> Iterator[Callable[..., Sitting]]:
    sittings: list[Sitting] = []

    def start(*words: object, lang: str) -> Sitting:
        sittings.append(Sitting(*map(str, words), lang=lang))
        return sittings[-1]

    yield start
    for sitting in sittings:
        if sitting.code is None:
            os.kill(sitting.process, signal.SIGKILL)
            sitting.ended()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, lists: Any, amparo: Any) -> Path:
    study = tmp_path_factory.mktemp("ceremony") / "study"
    assert amparo("new", study, "--from", lists.plan).code == 0
    return study


@pytest.fixture
def words(lists: Any) -> str:
    """The passphrase."""
    return lists.passphrase.read_text().strip()


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "study")


def handed_out(sitting: Sitting, lang: str) -> list[str]:
    """The three shares as they stood on the screen."""
    written = []
    for number in (1, 2, 3):
        sitting.until(say(lang, "cli.recovery.next", share=number, shares=3))
        sitting.type("")
        if sitting.high:
            screen = sitting.until(say(lang, "cli.recovery.copied", share=number))
        else:
            screen = sitting.until(say(lang, "cli.recovery.then_code"))
            sitting.type("")
            screen += sitting.until(say(lang, "cli.recovery.copied", share=number))
        assert "█" in screen
        words = dict(re.findall(r"\b(\d+)\. ([a-z]+)", screen))
        written.append(" ".join(words[str(place)] for place in range(1, 34)))
        sitting.type("")
        sitting.until(ceremony.CLEARED)
    return written


def typed_back(sitting: Sitting, lang: str, one: str, other: str) -> None:
    """Two shares typed: the first with a slip of the pen, the second cut to four letters and over lines."""
    ask = say(lang, "cli.ask.words", have=0, words=33)
    slip = one.split()
    slip[4] = "academic" if slip[4] != "academic" else "acid"
    sitting.until(ask)
    sitting.type(" ".join(slip))
    sitting.until(say(lang, "vault.share_mistyped", share=1, position=5))
    sitting.until(say(lang, "cli.ask.word", position=5))
    sitting.type(one.split()[4])
    sitting.until(ask)
    # The same one again does not pass for a second.
    sitting.type(one)
    sitting.until(say(lang, "vault.shares_same"))
    # What was told still stands when the question comes.
    assert ceremony.CLEARED not in sitting.until(ask)
    short = [word[:4].upper() for word in other.split()]
    sitting.type(" ".join(short[:20]))
    sitting.until(say(lang, "cli.ask.words", have=20, words=33))
    sitting.type(" ".join(short[20:]))


@pytest.mark.parametrize("lang", languages())
def test_the_ceremony_makes_shares_that_recover_the_study(
    sit: Callable[..., Sitting], study: Path, amparo: Any, words: str, lang: str
) -> None:
    sitting = sit("key", "recovery", study, lang=lang)
    sitting.until(say(lang, "cli.ask.passphrase"))
    sitting.type(words)
    written = handed_out(sitting, lang)
    sitting.until(say(lang, "cli.recovery.type_back", needed=2))
    assert not any(isinstance(slot, slots.RecoverySlot) for slot in slots.read(study).slots)
    typed_back(sitting, lang, written[2], written[0])
    sitting.until(say(lang, "cli.recovery.kept", study=str(study)))
    assert sitting.ended() == 0
    assert folder.open_folder(study, slots.Shares((written[1], written[0]))).study_id

    # Somebody who forgot theirs: two shares typed, then a passphrase of their own.
    (study.parent / "new").write_text("cuatro palabras muy nuevas")
    sitting = sit("recover", study, "owner", lang=lang)
    typed_back(sitting, lang, written[1], written[2])
    sitting.until(say(lang, "cli.new_passphrase"))
    for question in ("cli.ask.passphrase", "cli.ask.again"):
        sitting.until(say(lang, question))
        sitting.type("cuatro palabras muy nuevas")
    sitting.until(say(lang, "cli.recovered", user="owner"))
    assert sitting.ended() == 0
    assert "cuatro palabras" not in sitting.said
    assert amparo("verify", study).code == 5  # the passphrase of before
    new = ["--passphrase-file", study.parent / "new"]
    assert amparo("verify", study, *new, opens=False).code == 0


@pytest.mark.parametrize("lang", languages())
def test_the_ceremony_is_practised_and_left_without_a_trace(
    sit: Callable[..., Sitting], study: Path, words: str, lang: str
) -> None:
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    sitting = sit("key", "recovery", study, "--dry-run", lang=lang)
    sitting.until(say(lang, "cli.recovery.practice"))
    written = handed_out(sitting, lang)
    typed_back(sitting, lang, written[0], written[1])
    sitting.until(say(lang, "cli.recovery.practised", study=str(study), amparo="amparo"))
    assert sitting.ended() == 0
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before

    sitting = sit("key", "recovery", study, lang=lang)
    sitting.until(say(lang, "cli.ask.passphrase"))
    sitting.type(words)
    written = handed_out(sitting, lang)
    sitting.until(say(lang, "cli.ask.words", have=0, words=33))
    sitting.interrupt()
    said = sitting.until(say(lang, "cli.interrupted"))
    # What was typed or shown is not left on the screen.
    assert ceremony.CLEARED in said
    assert sitting.ended() == 130
    assert (study / "slots.json").read_bytes() == before[study / "slots.json"]
    with pytest.raises(AmparoError, match=r"vault\.no_recovery"):
        folder.open_folder(study, slots.Shares(tuple(written[:2])))


def test_shares_are_not_shown_where_nobody_sits(study: Path, amparo: Any) -> None:
    for words in ((), ("--dry-run",)):
        assert amparo("key", "recovery", study, *words) == (3, "", say("en", "cli.no_terminal") + "\n")


def test_the_code_on_the_screen_is_read_back() -> None:
    share = shares.split(bytes(range(32)))[2]
    lines = ceremony.qr(share)
    assert max(map(len, lines)) <= 80
    assert len(lines) + 11 + 6 <= 60  # with the words above
    cells = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    dark = np.array([[cells[sign][half] for sign in line] for line in lines for half in (0, 1)], np.uint8)
    (read,) = zxingcpp.read_barcodes(np.kron(1 - dark, np.full((6, 6), 255, np.uint8)))
    assert shares.check(read.text, 1) == share


def test_the_words_stand_in_columns_to_be_read_downwards() -> None:
    share = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcdefg")
    lines = ceremony.numbered(share)
    assert [line.split()[:2] for line in lines[:2]] == [["1.", "worda"], ["2.", "wordb"]]
    assert lines[-1].split() == ["11.", "wordk", "22.", "wordv", "33.", "wordg"]
