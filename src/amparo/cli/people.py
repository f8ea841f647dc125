"""`amparo user`, `compartment`, `member`: who works with a study, and who may open what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.report.catalogue import say

if TYPE_CHECKING:
    from amparo.study.accounts.people import Seen


def users(terminal: Terminal, study: Path, *, gone: bool = False, passphrase_file: Passphrase = None) -> None:
    """Who works with the study, their roles and compartments."""
    with opened_study(terminal, study, passphrase_file):
        from amparo.study.accounts.people import people  # noqa: PLC0415

        members = people(gone=gone)
    terminal.table(
        ("user", "roles", "compartments", "since", "until"),
        [
            (
                member.handle,
                ", ".join(say(terminal.language, f"role.{role}") for role in member.roles),
                ", ".join(member.compartments),
                member.since,
                member.until or "",
            )
            for member in members
        ],
    )


def add_user(
    terminal: Terminal,
    study: Path,
    handle: str,
    *,
    role: tuple[str, ...],
    compartment: tuple[str, ...] = (),
    new_passphrase_file: Passphrase = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Add somebody, who types a passphrase of their own; with the compartments whose keys you hold."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts import compartments, people  # noqa: PLC0415

        people.check_new(opened, handle, role)
        if new_passphrase_file is None:
            terminal.say("cli.user_types", user=handle)
        passphrase = terminal.passphrase(new_passphrase_file, new=True)
        compartments.welcome(opened, handle, role, passphrase, compartment)
    terminal.say("cli.user_added", user=handle, study=str(study))
    if not compartment and set(role) - {"administers", "volunteer"}:
        terminal.say("cli.user_needs_keys", user=handle, study=str(study))


def roles(
    terminal: Terminal,
    study: Path,
    handle: str,
    *,
    role: tuple[str, ...],
    passphrase_file: Passphrase = None,
) -> None:
    """Give somebody exactly these roles."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts import people  # noqa: PLC0415

        people.set_roles(opened, handle, role)
    terminal.say("cli.user_roles", user=handle, roles=[say(terminal.language, f"role.{one}") for one in role])


def remove_user(terminal: Terminal, study: Path, handle: str, *, passphrase_file: Passphrase = None) -> None:
    """End somebody's work with the study, and say what they could have seen."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts import people  # noqa: PLC0415

        seen = people.remove(opened, handle)
    terminal.say("cli.user_removed", user=handle)
    _tell_seen(terminal, handle, seen)


def compartments(terminal: Terminal, study: Path, *, passphrase_file: Passphrase = None) -> None:
    """The compartments and who holds their keys."""
    with opened_study(terminal, study, passphrase_file):
        from amparo.study.accounts.compartments import holders  # noqa: PLC0415

        found = holders()
    terminal.table(
        ("compartment", "users", "version", "recovery"),
        [
            (
                one.name,
                ", ".join(one.handles),
                str(one.version),
                say(terminal.language, "word.yes" if one.recoverable else "word.no"),
            )
            for one in found
        ],
    )


def add_compartment(
    terminal: Terminal,
    study: Path,
    name: str,
    *,
    no_recovery: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """Make a compartment with yourself as its only member."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts.compartments import make  # noqa: PLC0415

        make(opened, name, escrowed=not no_recovery)
    terminal.say("cli.compartment_made", compartment=name)


def add_member(
    terminal: Terminal, study: Path, compartment: str, handle: str, *, passphrase_file: Passphrase = None
) -> None:
    """Give somebody the keys of a compartment that you hold."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts.compartments import join  # noqa: PLC0415

        join(opened, compartment, handle)
    terminal.say("cli.member_added", user=handle, compartment=compartment)


def remove_member(
    terminal: Terminal, study: Path, compartment: str, handle: str, *, passphrase_file: Passphrase = None
) -> None:
    """Take a compartment's keys from somebody and change the key for what comes after."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.accounts.compartments import leave  # noqa: PLC0415

        seen = leave(opened, compartment, handle)
    terminal.say("cli.member_removed", user=handle, compartment=compartment)
    _tell_seen(terminal, handle, seen)


def _tell_seen(terminal: Terminal, handle: str, seen: Seen) -> None:
    if not seen.records:
        terminal.say("cli.seen_nothing", user=handle)
    for compartment, records in seen.records.items():
        terminal.say("cli.seen", user=handle, compartment=compartment, records=records)
    terminal.say("cli.seen_openings", user=handle, openings=seen.openings)
