"""`amparo backup`, `restore`, `drill`, `recipient`: the study kept safe outside itself."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from amparo.cli import ceremony
from amparo.cli.opening import Passphrase, opened_study, tell_backup, way_in
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError
from amparo.study.safekeeping.rules import check_days

if TYPE_CHECKING:
    from amparo.vault.folder import Opened


def backup(
    terminal: Terminal,
    study: Path,
    *,
    to: Path | None = None,
    every: int | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Put a sealed copy of the whole study into a folder, now or also every so many days."""
    check_days(every or 0)
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.safekeeping import services  # noqa: PLC0415

        kept = services.scheduled()
        folder = to or (Path(kept.folder) if kept else None)
        if every == 0:
            services.schedule(opened, 0, folder or study)
            terminal.say("cli.backup_unscheduled")
            return
        if folder is None:
            raise AmparoError("cli.missing", option="to")
        with terminal.progress() as progress:
            written = services.back_up(opened, folder, progress)
        if every is not None:
            services.schedule(opened, every, folder)
    tell_backup(terminal, written)
    if folder.stat().st_dev == study.stat().st_dev:
        terminal.say("cli.backup_same_disk")
    if every is not None:
        terminal.say("cli.backup_scheduled", days=every, folder=str(folder))


def recipients(terminal: Terminal, study: Path, *, passphrase_file: Passphrase = None) -> None:
    """Who can open backups."""
    with opened_study(terminal, study, passphrase_file):
        from amparo.study.safekeeping import services  # noqa: PLC0415

        found = [(each.label, each.since.date().isoformat(), each.key) for each in services.recipients()]
    terminal.table(("recipient", "since", "key"), found)


def add_recipient(
    terminal: Terminal,
    study: Path,
    label: str,
    *,
    key: str | None = None,
    make: Path | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Seal backups from now on also to an age public key, given or made."""
    if (key is None) == (make is None):
        raise AmparoError("cli.key_or_make")
    with opened_study(terminal, study, passphrase_file) as opened, public_key(key, make) as public:
        from amparo.study.safekeeping import services  # noqa: PLC0415

        services.add_recipient(opened, label, public)
    terminal.say("cli.recipient_added", label=label)
    if make is not None:
        terminal.say("cli.recipient_made", file=str(make))


@contextmanager
def public_key(key: str | None, make: Path | None) -> Generator[str]:
    """The age public key given, or of a secret key made in a new file, which is kept if all goes well inside.

    Raises `cli.file_taken`, `vault.disk_full`, `vault.cannot_write`.
    """
    from amparo.vault import age  # noqa: PLC0415
    from amparo.vault.files import write_whole  # noqa: PLC0415

    if make is None:
        yield key or ""
        return
    if make.exists():
        raise AmparoError("cli.file_taken", file=str(make))
    secret = age.new_identity()
    write_whole(make, f"# public key: {age.public(secret)}\n{secret}\n".encode())
    try:
        yield age.public(secret)
    except BaseException:
        make.unlink()
        raise


def remove_recipient(
    terminal: Terminal, study: Path, label: str, *, passphrase_file: Passphrase = None
) -> None:
    """Seal backups from now on no more to a recipient."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.safekeeping import services  # noqa: PLC0415

        services.remove_recipient(opened, label)
    terminal.say("cli.recipient_removed", label=label)


def restore(
    terminal: Terminal,
    file: Path,
    study: Path,
    *,
    identity: Path,
    head: str | None = None,
    erasures: Path | None = None,
    share_file: tuple[Path, ...] = (),
    passphrase_file: Passphrase = None,
) -> None:
    """Make a study again from a backup, with the age key of any one of its recipients."""
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import age, folder, keyring, slots  # noqa: PLC0415
    from amparo.vault.audit import spoken  # noqa: PLC0415

    keyring.harden()
    text = terminal.text(identity)
    secret = age.identity(text)
    heads = terminal.text(Path(head)) if head and Path(head).is_file() else head or ""
    store.configure()
    from amparo.study.care.erasure import SUFFIX  # noqa: PLC0415
    from amparo.study.safekeeping import restoring  # noqa: PLC0415

    beside = study.with_name(study.name + SUFFIX)
    stones = erasures or (beside if beside.exists() else None)
    content = terminal.content(stones) if stones else b""

    def enter(building: Path) -> Opened:
        if share_file:
            return folder.open_folder(building, slots.Shares(ceremony.given(terminal, share_file)))
        try:
            return folder.open_folder(building, slots.Identity(text))
        except AmparoError as error:
            if error.code != "vault.wrong_identity":
                raise
        return folder.open_folder(building, way_in(terminal, building, passphrase_file))

    with terminal.progress() as progress:
        restored = restoring.restore(
            file, study, secret, enter, heads=heads, erasures=content, progress=progress
        )
    manifest, erased = restored.manifest, restored.replayed
    terminal.say(
        "cli.restored",
        study=str(study),
        day=datetime.fromisoformat(manifest.at).date(),
        head=spoken(manifest.head),
    )
    terminal.say("cli.verified", **restored.verified._asdict())
    if stones is None:
        terminal.say("cli.restored_without_erasures", file=str(beside))
    else:
        terminal.say("cli.erased_again", records=erased.records, erasures=erased.applied)
    if erased.unsigned:
        terminal.say("cli.erasures_unsigned", number=erased.unsigned)
    if not heads:
        terminal.say("cli.restored_without_head")


def drill(terminal: Terminal, study: Path, *, times: int = 1, passphrase_file: Passphrase = None) -> None:
    """Rehearse backing up and restoring, and compare what came back."""
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import folder  # noqa: PLC0415

    opened = folder.open_folder(study, way_in(terminal, study, passphrase_file))
    store.configure()
    from amparo.study.safekeeping import restoring  # noqa: PLC0415

    with terminal.progress() as progress:
        drilled = restoring.drill(opened, times, progress)
    terminal.say(
        "cli.drilled",
        times=drilled.times,
        megabytes=drilled.size / 1_000_000,
        tables=drilled.tables,
        different=len(drilled.differences),
        **drilled.verified._asdict(),
    )
    if drilled.differences:
        terminal.say("cli.drill_differs", parts=list(drilled.differences))
    terminal.refused = bool(drilled.differences)
