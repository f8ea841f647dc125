"""Planted defects: one function of the product replaced, for the attack that must notice it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from .scene import ADMINISTRATOR, READER, Scene

_PLANTS: dict[str, Callable[[Scene], None]] = {}
OF: dict[int, tuple[str, ...]] = {}
PLANTED: dict[str, str] = {}  # the name of what was planted in this process


def defect(number: int) -> Callable[[FunctionType], FunctionType]:
    """Register a defect for the attack on a requirement."""

    def register(plant_: FunctionType) -> FunctionType:
        name = plant_.__name__
        _PLANTS[name] = plant_
        OF[number] = (*OF.get(number, ()), name)
        return plant_

    return register


def plant(name: str, scene: Any) -> None:
    """Put a defect into this process. Those of the kills take no scene."""
    PLANTED["name"] = name
    _PLANTS[name](scene)


def put(module: Any, name: str, made: Callable[[Any], Any]) -> None:
    """Replace what a module calls `name` by what `made` makes of it."""
    setattr(module, name, made(getattr(module, name)))


@defect(1)
def files_kept_in_clear(_: Scene) -> None:
    """A source file is not sealed."""
    from amparo.vault import blobs  # noqa: PLC0415

    put(blobs, "_seal", lambda _: lambda key, name, content: content)


@defect(1)
def cells_left_in_a_log(_: Scene) -> None:
    """What was read is also written to a log."""
    from amparo.study.register import services  # noqa: PLC0415

    def logging(read: Any) -> Any:
        def logged(content: bytes, *args: Any, **options: Any) -> Any:
            (Path(os.environ["HOME"]) / "amparo.log").write_bytes(content)
            return read(content, *args, **options)

        return logged

    put(services, "read_quarantined", logging)


@defect(2)
def tries_counted_in_the_folder(_: Scene) -> None:
    """A wrong passphrase leaves a trace."""
    from amparo.vault import slots  # noqa: PLC0415

    def counting(unlock: Any) -> Any:
        def counted(folder: Path, *args: Any) -> Any:
            (folder / "tries").write_text("1")
            return unlock(folder, *args)

        return counted

    put(slots, "unlock", counting)


@defect(3)
def folder_made_where_none_is(_: Scene) -> None:
    """Reading the slots makes the folder."""
    from amparo.vault import slots  # noqa: PLC0415

    def making(read: Any) -> Any:
        def made(folder: Path) -> Any:
            folder.mkdir(exist_ok=True)
            return read(folder)

        return made

    put(slots, "read", making)


@defect(3)
def database_made_where_none_is(_: Scene) -> None:
    """Connecting makes a file that does not exist."""
    from amparo.vault import sqlcipher  # noqa: PLC0415

    def making(connect: Any) -> Any:
        return lambda path, key, **options: connect(path, key, **options | {"create": True})

    put(sqlcipher, "connect", making)


@defect(4)
def pages_not_checked(_: Scene) -> None:
    """The codes of the pages are not looked at."""
    from amparo.vault import sqlcipher  # noqa: PLC0415

    put(sqlcipher, "verify", lambda _: lambda connection, study: None)


@defect(4)
def damaged_files_taken(_: Scene) -> None:
    """A sealed file that does not open passes for an empty one."""
    from amparo.errors import AmparoError  # noqa: PLC0415
    from amparo.vault import blobs  # noqa: PLC0415

    def lenient(get: Any) -> Any:
        def taken(*args: Any) -> bytes:
            try:
                return get(*args)
            except AmparoError:
                return b""

        return taken

    put(blobs, "get", lenient)


@defect(5)
def rows_not_compared(_: Scene) -> None:
    """Rows are not held to the chain."""
    from amparo.study import verification  # noqa: PLC0415

    put(verification, "_check_rows", lambda _: lambda study, history: None)


@defect(5)
def heads_not_compared(_: Scene) -> None:
    """A head kept outside is not looked at."""
    from amparo.study.accounts.history import History  # noqa: PLC0415

    put(History, "check", lambda _: lambda self, heads: None)


@defect(12)
def place_without_its_row(_: Scene) -> None:
    """What is sealed is not bound to its row."""
    from amparo.vault import envelope  # noqa: PLC0415

    put(envelope, "_place", lambda place: lambda table, row, field, version: place(table, "", field, version))


@defect(12)
def place_without_its_field(_: Scene) -> None:
    """What is sealed is not bound to its field."""
    from amparo.vault import envelope  # noqa: PLC0415

    put(envelope, "_place", lambda place: lambda table, row, field, version: place(table, row, "", version))


@defect(17)
def lines_ended_anew(_: Scene) -> None:
    """A list is tidied before it is kept."""
    from amparo.vault import blobs  # noqa: PLC0415

    def tidying(keep: Any) -> Any:
        return lambda opened, key, content: keep(opened, key, content.replace(b"\r\n", b"\n"))

    put(blobs, "put", tidying)


@defect(6)
def old_slot_kept(_: Scene) -> None:
    """The old passphrase's slot stays beside the new one."""
    import msgspec  # noqa: PLC0415

    from amparo.vault import folder, slots  # noqa: PLC0415

    def keeping(swap: Any) -> Any:
        def kept(opened: Any, fresh: Any) -> int:
            before = slots.read(opened.path)
            done = swap(opened, fresh)
            after = slots.read(opened.path)
            old = [slot for slot in before.slots if slot.slot in fresh]
            both = msgspec.structs.replace(after, slots=(*old, *after.slots))
            slots.write(opened.path, both, opened.secrets.root_key)
            return done

        return kept

    put(folder, "swap_slots", keeping)


@defect(6)
def weak_slots_taken(_: Scene) -> None:
    """Costs below the floor are not looked at."""
    from amparo.vault import slots  # noqa: PLC0415

    put(slots, "fault", lambda _: lambda slot: None)


@defect(10)
def one_share_is_enough(scene: Scene) -> None:
    """A single share gives the secret of its set."""
    from amparo.vault import shares  # noqa: PLC0415

    secret = shares.join(scene.shares[:2])

    def lax(join: Any) -> Any:
        return lambda typed: secret if set(typed) <= set(scene.shares) else join(typed)

    put(shares, "join", lax)


@defect(11)
def administrator_gets_keys(scene: Scene) -> None:
    """Who administers works with the founder's keys."""
    from amparo.study.accounts import compartments, rules  # noqa: PLC0415

    with scene.at_work(scene.copy()) as found:
        held = found.keys

    def lending(keys_of: Any) -> Any:
        return lambda user, pair: held if user.handle == ADMINISTRATOR else keys_of(user, pair)

    put(compartments, "keys_of", lending)
    put(rules, "check_act", lambda _: lambda act, roles: None)


@defect(11)
def refusals_quote_the_row(_: Scene) -> None:
    """A refused reading tells the first line of the file."""
    from amparo.study.register import services  # noqa: PLC0415

    def quoting(read: Any) -> Any:
        def quoted(study: Any, content: bytes, *args: Any, **options: Any) -> Any:
            print(content.decode(errors="replace"))
            return read(study, content, *args, **options)

        return quoted

    put(services, "read_list", quoting)


@defect(13)
def key_kept_when_somebody_leaves(_: Scene) -> None:
    """Nobody gets a new key."""
    from amparo.study.accounts import compartments  # noqa: PLC0415

    put(compartments, "_rotate", lambda _: lambda study, compartment: None)


@defect(13)
def new_key_is_the_old_one(_: Scene) -> None:
    """The new version of a key has the bytes of the one before."""
    from amparo.study.accounts import compartments  # noqa: PLC0415

    def repeating(rotate: Any) -> Any:
        def repeated(study: Any, compartment: Any) -> None:
            secret = study.keys.current(compartment.name).secret
            before = compartments.new_key
            compartments.new_key = lambda: secret  # ty: ignore[invalid-assignment]
            rotate(study, compartment)
            compartments.new_key = before

        return repeated

    put(compartments, "_rotate", repeating)


@defect(15)
def digests_not_compared(_: Scene) -> None:
    """A line is followed whatever its digest."""
    from amparo.study.accounts import history  # noqa: PLC0415

    put(history, "links", lambda _: iter)


@defect(15)
def signatures_not_checked(_: Scene) -> None:
    """Any signature will do."""
    from amparo.study.accounts import history  # noqa: PLC0415

    put(history, "is_signed", lambda _: lambda *_: True)


@defect(15)
def chain_may_be_short(_: Scene) -> None:
    """A head kept outside is not looked at."""
    from amparo.study.accounts.history import History  # noqa: PLC0415

    put(History, "check", lambda _: lambda self, heads: None)


@defect(16)
def openings_without_a_line(_: Scene) -> None:
    """A record is opened and nothing is written."""
    from amparo.study.register import search  # noqa: PLC0415

    put(search, "opened", lambda _: lambda *_: None)


@defect(16)
def values_in_the_line(_: Scene) -> None:
    """The words of the purpose stand in the line."""
    from amparo.study.care import openings  # noqa: PLC0415

    def telling(audit: Any) -> Any:
        return lambda study, act, **facts: audit(study, act, **facts, words="motivo reservado")

    put(openings, "audit", telling)


@defect(24)
def hidden_rows_are_searched(scene: Scene) -> None:
    """The search opens what the founder could open."""
    from amparo.study.accounts import compartments  # noqa: PLC0415

    with scene.at_work(scene.copy()) as found:
        held = found.keys

    def lending(keys_of: Any) -> Any:
        return lambda user, pair: held if user.handle == READER else keys_of(user, pair)

    put(compartments, "keys_of", lending)


@defect(24)
def hidden_names_take_longer(scene: Scene) -> None:
    """The search takes longer where a hidden name fits, by more than a busy disk's noise."""
    import time  # noqa: PLC0415

    from amparo.study.register import search  # noqa: PLC0415

    def looking(find: Any) -> Any:
        def looked(study: Any, text: str, purpose: Any, index: Any = None) -> Any:
            time.sleep(0.03 if text in scene.hidden else 0.0)
            return find(study, text, purpose, index)

        return looked

    put(search, "find", looking)


@defect(7)
def reading_in_two_transactions(_: Scene) -> None:
    """Records are kept before the act that tells of them, and the disk is slow."""
    import time  # noqa: PLC0415

    from amparo.study.register import services  # noqa: PLC0415

    def slow(audit: Any) -> Any:
        def slowed(study: Any, act: str, **facts: Any) -> None:
            if act == "register.read":
                with services.connection.cursor() as cursor:
                    cursor.execute("COMMIT")
                    time.sleep(2)
                    cursor.execute("BEGIN")
            audit(study, act, **facts)

        return slowed

    put(services, "audit", slow)


@defect(8)
def one_recipient_left_out(_: Scene) -> None:
    """A backup is sealed to the first recipient only, and to whom checks it."""
    from amparo.vault import archive  # noqa: PLC0415

    def forgetting(seal: Any) -> Any:
        return lambda folder, manifest, to, *more: seal(folder, manifest, [to[0], to[-1]], *more)

    put(archive, "seal", forgetting)


@defect(8)
def files_left_out(_: Scene) -> None:
    """A backup is without the sealed files."""
    from amparo.vault import archive  # noqa: PLC0415

    put(archive, "members", lambda members: lambda folder: members(folder)[:2])


@defect(9)
def cut_backups_taken(_: Scene) -> None:
    """A stream that ends early, or badly, is taken for the whole."""
    from amparo.vault import age, archive  # noqa: PLC0415

    def lenient(unseal: Any) -> Any:
        def taken(*args: Any) -> None:
            try:
                unseal(*args)
            except age.UnreadableError:
                return

        return taken

    put(age, "unseal", lenient)
    put(archive._Sink, "ended", lambda ended: lambda self: ended(self) if self._manifest else None)


@defect(14)
def erased_keys_stay(_: Scene) -> None:
    """An erasure leaves the keys of the records."""
    from django.db.models import QuerySet  # noqa: PLC0415

    def sparing(update: Any) -> Any:
        return lambda self, **to: self.count() if "wrapped_key" in to else update(self, **to)

    put(QuerySet, "update", sparing)


@defect(14)
def erased_lines_stay_in_the_file(_: Scene) -> None:
    """The list as received keeps the lines of who was erased."""
    from amparo.study.care import erasure  # noqa: PLC0415

    put(erasure, "rebuilt", lambda rebuilt: lambda sheet, blank: rebuilt(sheet, ()))


@defect(14)
def tombstones_not_replayed(_: Scene) -> None:
    """A restored backup is left as it was."""
    from amparo.study.safekeeping import restoring  # noqa: PLC0415

    put(restoring, "replay", lambda replay: lambda study, content: replay(study, b""))


@defect(18)
def lock_that_ends_nothing(_: Scene) -> None:
    """Nobody is ended."""
    from amparo.vault import holders  # noqa: PLC0415

    put(holders, "end_others", lambda _: lambda study: 1)


@defect(18)
def keys_written_down(_: Scene) -> None:
    """The key of the database is left in a file."""
    from amparo.vault import keyring  # noqa: PLC0415

    def leaving(hold: Any) -> Any:
        def left(database: Path, key: bytes) -> None:
            database.with_name("holders.old").write_text(key.hex())
            hold(database, key)

        return left

    put(keyring, "hold", leaving)


@defect(25)
def workbooks_not_checked(_: Scene) -> None:
    """A workbook may unpack to any size, and is parsed here."""
    from amparo.intake import archive, reading  # noqa: PLC0415
    from amparo.study.register import services  # noqa: PLC0415

    for limit in ("RATIO_LIMIT", "UNPACKED_LIMIT", "MEMBER_LIMIT"):
        put(archive, limit, lambda _: 1 << 40)
    put(services, "read_quarantined", lambda _: reading.read_list)


@defect(25)
def names_in_backups_believed(_: Scene) -> None:
    """The names of an archive's members are not looked at."""
    import re  # noqa: PLC0415

    from amparo.vault import archive  # noqa: PLC0415

    put(archive, "_BLOB", lambda _: re.compile(".*"))


@defect(27)
def pages_may_be_stored(_: Scene) -> None:
    """The pages come without a word on storing."""
    from amparo.report import serve  # noqa: PLC0415

    def silent(send: Any) -> Any:
        return lambda self, name, value: None if name == "Cache-Control" else send(self, name, value)

    put(serve._Handler, "send_header", silent)


@defect(30)
def version_asked_for(_: Scene) -> None:
    """A verb asks outside whether it is the newest."""
    import socket  # noqa: PLC0415
    from contextlib import suppress  # noqa: PLC0415

    from amparo.study import verification  # noqa: PLC0415

    def asking(verify: Any) -> Any:
        def asked(*args: Any, **options: Any) -> Any:
            with suppress(OSError), socket.socket() as line:
                line.settimeout(0.2)
                line.connect(("192.0.2.1", 9))
            return verify(*args, **options)

        return asked

    put(verification, "verify_study", asking)
