"""`amparo key`, `recover`, `travel`, `lock`: the ways into a study."""

from __future__ import annotations

from pathlib import Path

from amparo.cli import ceremony
from amparo.cli.opening import Passphrase, opened_by, way_in
from amparo.cli.safekeeping import public_key
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.report.catalogue import say


def listing(
    terminal: Terminal, study: Path, *, identity: Path | None = None, passphrase_file: Passphrase = None
) -> None:
    """The ways into the study and whose they are."""
    with opened_by(study, way_in(terminal, study, passphrase_file, identity)) as opened:
        from amparo.study.accounts.ways import ways  # noqa: PLC0415

        found = ways(opened)
    terminal.table(
        ("slot", "kind", "user", "detail"),
        [(way.slot, say(terminal.language, f"slot.{way.kind}"), way.handle, way.detail) for way in found],
    )


def passphrase(
    terminal: Terminal,
    study: Path,
    *,
    new_passphrase_file: Passphrase = None,
    identity: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Change your own passphrase."""
    from amparo.vault import slots  # noqa: PLC0415

    way = way_in(terminal, study, passphrase_file, identity)
    with opened_by(study, way) as opened:
        from amparo.study.accounts.ways import set_passphrase  # noqa: PLC0415

        new = _new_passphrase(terminal, new_passphrase_file)
        if isinstance(way, slots.Passphrase) and new == way.text:
            raise AmparoError("cli.same_passphrase")
        set_passphrase(opened, new)
    terminal.say("cli.passphrase_changed")


def recovery(
    terminal: Terminal,
    study: Path,
    *,
    dry_run: bool = False,
    identity: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Make three recovery shares, any two of which open the study; earlier ones open it no more."""
    from amparo.vault import shares, slots  # noqa: PLC0415
    from amparo.vault.envelope import new_key  # noqa: PLC0415

    slots.read(study)
    ceremony.check_terminal(terminal)
    terminal.say("cli.recovery.about", shares=shares.SHARES, needed=shares.NEEDED, words=shares.WORDS)
    if dry_run:
        terminal.say("cli.recovery.practice")
        ceremony.hand_out(terminal, shares.split(new_key()))
        terminal.say("cli.recovery.practised", study=str(study))
        return
    way = way_in(terminal, study, passphrase_file, identity)
    with opened_by(study, way) as opened:
        from amparo.study.accounts.services import require  # noqa: PLC0415

        require(opened, "people.recovery")
        made = slots.new_recovery(opened.opened.study_id, opened.opened.secrets.root_key)
    # The study stands free for others meanwhile: paper takes its time.
    ceremony.hand_out(terminal, made.shares)
    with opened_by(study, way) as opened:
        from amparo.study.accounts.ways import keep_recovery, uncovered  # noqa: PLC0415

        keep_recovery(opened, made)
        lacking = uncovered()
    terminal.say("cli.recovery.kept", study=str(study))
    if lacking:
        terminal.say("cli.recovery.lacking", compartments=lacking, study=str(study))


def add(
    terminal: Terminal,
    study: Path,
    *,
    recipient: str | None = None,
    make: Path | None = None,
    identity: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Let an age key of yours, given or made, open the study too."""
    if (recipient is None) == (make is None):
        raise AmparoError("cli.recipient_or_make")
    way = way_in(terminal, study, passphrase_file, identity)
    with opened_by(study, way) as opened, public_key(recipient, make) as public:
        from amparo.study.accounts.ways import add_recipient  # noqa: PLC0415

        slot = add_recipient(opened, public)
    terminal.say("cli.key_added", slot=slot)
    if make is not None:
        terminal.say("cli.key_made", file=str(make))


def remove(
    terminal: Terminal,
    study: Path,
    slot: str,
    *,
    identity: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Remove a way into the study by the name `amparo key list` shows."""
    with opened_by(study, way_in(terminal, study, passphrase_file, identity)) as opened:
        from amparo.study.accounts import ways  # noqa: PLC0415

        ways.remove(opened, slot)
    terminal.say("cli.key_removed", slot=slot)


def rotate(
    terminal: Terminal, study: Path, *, identity: Path | None = None, passphrase_file: Passphrase = None
) -> None:
    """Wrap your own key anew, with new salts and the costs of today."""
    from amparo.vault import slots  # noqa: PLC0415

    way = way_in(terminal, study, passphrase_file, identity)
    with opened_by(study, way) as opened:
        from amparo.study.accounts import ways  # noqa: PLC0415

        number = ways.rotate(opened, way.text if isinstance(way, slots.Passphrase) else None)
    terminal.say("cli.keys_rotated", number=number)


def recover(
    terminal: Terminal,
    study: Path,
    handle: str,
    *,
    share_file: tuple[Path, ...] = (),
    new_passphrase_file: Passphrase = None,
) -> None:
    """Give somebody who cannot open the study any more a new passphrase, by two recovery shares."""
    from amparo.vault import slots  # noqa: PLC0415

    slots.read(study)
    with opened_by(study, slots.Shares(ceremony.given(terminal, share_file))) as opened:
        from amparo.study.accounts.compartments import reinstate  # noqa: PLC0415

        reinstate(opened, handle, _new_passphrase(terminal, new_passphrase_file))
    terminal.say("cli.recovered", user=handle)


def travel(
    terminal: Terminal,
    study: Path,
    *,
    return_: bool = False,
    share_file: tuple[Path, ...] = (),
    identity: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Leave nothing on this machine that opens the study but two recovery shares kept elsewhere."""
    from amparo.vault import holders, slots  # noqa: PLC0415

    slots.read(study)
    way = (
        slots.Shares(ceremony.given(terminal, share_file))
        if return_
        else way_in(terminal, study, passphrase_file, identity)
    )
    with opened_by(study, way) as opened:
        from amparo.study.accounts import ways  # noqa: PLC0415

        if return_:
            ways.come_back(opened)
        else:
            ways.travel(opened)
    if return_:
        terminal.say("cli.returned", study=str(study))
    else:
        holders.end_others(study)
        terminal.say("cli.travelling", study=str(study))


def lock(terminal: Terminal, study: Path) -> None:
    """End every process on this machine that holds the study's keys."""
    from amparo.vault import holders, slots  # noqa: PLC0415

    slots.read(study)
    terminal.say("cli.locked", number=holders.end_others(study), study=str(study))


def _new_passphrase(terminal: Terminal, file: Passphrase) -> str:
    """A passphrase long enough, from a file or typed twice."""
    from amparo.vault.slots import check_passphrase  # noqa: PLC0415

    if file is None:
        terminal.say("cli.new_passphrase")
    new = terminal.passphrase(file, new=True)
    check_passphrase(new)
    return new
