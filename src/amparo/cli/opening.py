"""How a verb opens a study, and what happens when it is done with it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from amparo.cli.terminal import Terminal

if TYPE_CHECKING:
    from amparo.study.context import Study
    from amparo.vault.backup import Written
    from amparo.vault.slots import WayIn

# `-` is standard input.
Passphrase = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]


def way_in(
    terminal: Terminal, study: Path, passphrase_file: Passphrase, identity: Path | None = None
) -> WayIn:
    """What the study shall be opened with: a passphrase, or an age identity from a file.

    A wrong path is told before a passphrase is asked for; this process is shut to others before one is typed.
    """
    from amparo.vault import keyring, slots  # noqa: PLC0415

    slots.read(study)
    keyring.harden()
    if identity is not None:
        return slots.Identity(terminal.text(identity))
    return slots.Passphrase(terminal.passphrase(passphrase_file), terminal.user)


@contextmanager
def opened_by(study: Path, way: WayIn) -> Generator[Study]:
    """The study, opened with a way in, for this process alone."""
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import folder  # noqa: PLC0415

    with store.study_in(folder.open_folder(study, way)) as opened:
        yield opened


@contextmanager
def opened_study(terminal: Terminal, study: Path, passphrase_file: Passphrase) -> Generator[Study]:
    """The study, opened with the passphrase from the file or the terminal, for this process alone."""
    with opened_by(study, way_in(terminal, study, passphrase_file)) as opened:
        from amparo.study.accounts.services import head  # noqa: PLC0415

        since = head().seq
        yield opened
        _back_up_if_due(terminal, opened, since)


def _back_up_if_due(terminal: Terminal, opened: Study, since: int) -> None:
    """Make the backup that is due once acts followed the one numbered `since`, or say why there is none."""
    from amparo.study.safekeeping import services  # noqa: PLC0415

    with terminal.progress() as progress:
        due = services.due(opened, since, progress)
    if due is None:
        return
    if due.written is not None:
        tell_backup(terminal, due.written)
    else:
        terminal.issues(due.issues)


def tell_backup(terminal: Terminal, written: Written) -> None:
    """Say where a backup lies, how large it is, and the head to keep on paper."""
    from amparo.vault.audit import spoken  # noqa: PLC0415
    from amparo.vault.backup import HEAD_SUFFIX  # noqa: PLC0415

    terminal.say(
        "cli.backed_up",
        file=str(written.path),
        megabytes=written.size / 1_000_000,
        head=spoken(written.manifest.head),
        beside=written.path.with_suffix(HEAD_SUFFIX).name,
    )
