"""Attacks on files: what is readable in them, and whether a changed, moved or older byte is noticed."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from amparo.errors import AmparoError

from ..children import forked
from ..kills import search, system_temporary
from .scene import FOUNDER, Scene
from .sizes import Figures, Sizes

PAGE = 4096


def refused(act: Callable[[], object], *codes: str) -> bool:
    """Whether an act ends with an error of ours, one of these codes where any are given."""
    try:
        act()
    except AmparoError as error:
        return not codes or error.code in codes
    return False


def canaries(scene: Scene, _: Sizes) -> Figures:
    """Requirement 1: no planted text on the disk, also while a reading is killed."""
    study = scene.copy()
    place = study.parents[1]
    again = place / "studies" / "again"

    def verb(*words: object) -> Callable[[], int]:
        from amparo.cli.app import main  # noqa: PLC0415

        return lambda: main([*map(str, words), "--passphrase-file", str(scene.passphrase)])

    said = scene.room / "said-canaries"
    lists = scene.lists.files
    new = forked(verb("new", again, "--from", scene.lists.plan), place, said)
    read = forked(verb("read", again, lists["uno"], "--source", "uno"), place, said)
    kill = verb("read", again, lists["dos"], "--source", "dos")
    killed = forked(kill, place, said, after=0.7 * read.seconds, blow=signal.SIGKILL)
    fresh = [entry for entry in system_temporary() if str(entry) not in scene.known]
    own = scene.room.resolve()
    left = [path for entry in fresh if entry.resolve() != own for path in (entry, *entry.rglob("*"))]
    swaps = [Path(line.split()[0]) for line in _lines("/proc/swaps")[1:]]
    places = [path for top in (scene.study, place) for path in top.rglob("*")]
    found = search([*places, *left], scene.lists.canaries) + _in_large(swaps, scene)
    return {
        "ok": not found and (new.code, read.code) == (0, 0) and killed.code in (0, -signal.SIGKILL),
        "canaries": len(scene.lists.canaries),
        "files": len(places) + len(left),
        "swap_files": len(swaps),
        "hits": len(found),
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _in_large(paths: list[Path], scene: Scene) -> list[str]:
    """Canaries in files too large to hold in memory, where this user may read them."""
    forms = [(canary.text, form) for canary in scene.lists.canaries for form in canary.forms()]
    found = []
    for path in paths:
        try:
            with path.open("rb") as file:
                before = b""
                while block := file.read(1 << 24):
                    found += [text for text, form in forms if form in (before + block).lower()]
                    before = block[-256:]
        except OSError:
            continue
    return found


def _tree(study: Path) -> dict[str, tuple[str, int]]:
    """Digest and time of change of every file of a folder."""
    files = sorted(path for path in study.parent.rglob("*") if path.is_file())
    return {str(path): (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def wrong_passphrase(scene: Scene, _: Sizes) -> Figures:
    """Requirement 2: it changes no byte, and says the same whoever it is tried for. With Argon2id itself."""
    from argon2.low_level import hash_secret_raw  # noqa: PLC0415

    from amparo.vault import wraps  # noqa: PLC0415

    wraps.hash_secret_raw = hash_secret_raw
    study = scene.copy()
    before = _tree(study)
    wrong = study.parents[1] / "here" / "wrong"
    wrong.write_text("no es esta frase de paso", encoding="utf-8")
    said = {
        scene.amparo("verify", study, "--passphrase-file", wrong, user=user, opens=False)
        for user in (FOUNDER, "ana", "nobody")
    }
    after = _tree(study)
    return {
        "ok": before == after and len(said) == 1 and {each.code for each in said} == {5},
        "tries": 3,
        "answers": len(said),
        "files": len(before),
        "changed": sum(before.get(name) != after.get(name) for name in before.keys() | after.keys()),
    }


def missing_path(scene: Scene, _: Sizes) -> Figures:
    """Requirement 3: no verb makes a study where none is, nor a database where a study has lost its own."""
    place = scene.copy().parents[1]
    missing = place / "studies" / "missing"
    verbs: list[list[object]] = [[verb, missing] for verb in ("verify", "link", "count", "report", "drill")]
    verbs += [["lock", missing], ["user", "list", missing], ["key", "list", missing]]
    verbs.append(["read", missing, scene.lists.files["uno"]])
    before = sorted(place.rglob("*"))
    codes = [scene.amparo(*words, opens=words[0] != "lock").code for words in verbs]
    made = len(set(place.rglob("*")) - set(before))
    study = place / "studies" / "study"
    (study / "study.db").unlink()
    codes.append(scene.amparo("verify", study).code)
    from amparo.vault import sqlcipher  # noqa: PLC0415

    kept = refused(lambda: sqlcipher.connect(study / "study.db", bytes(32)).close(), "vault.no_study")
    made += (study / "study.db").exists()
    return {"ok": set(codes) == {5} and not made and kept, "tries": len(codes) + 1, "made": made}


def flips(scene: Scene, sizes: Sizes) -> Figures:
    """Requirement 4: one byte changed in the database, the slots, a sealed file or a backup is noticed."""
    from amparo.vault import age, archive, blobs, folder, slots, sqlcipher  # noqa: PLC0415

    study = scene.copy()
    backup = study.parent / scene.backup.name
    shutil.copy(scene.backup, backup)
    secret = age.identity(scene.identity("sede").read_text(encoding="utf-8"))
    opened = scene.opened(study)
    keys = _keys_of_files(scene, study)
    database = study / "study.db"

    def verified() -> None:
        with closing(sqlcipher.connect(database, opened.key("database"))) as connection:
            sqlcipher.verify(connection, study)

    def unlocked() -> None:
        folder.open_with_key(study, opened.secrets)
        slots.unlock(study, slots.read(study), slots.Passphrase(scene.passphrase.read_text(), FOUNDER))

    def unpacked() -> None:
        with backup.open("rb") as file:
            archive.unpack(file, secret, backup)

    def whole(name: str) -> Callable[[], object]:
        return lambda: blobs.get(opened, keys[name], name)

    files = [path for path in (study / "blobs").glob("*/*") if path.name in keys]
    targets: dict[str, list[tuple[Path, Callable[[], object]]]] = {
        "database": [(database, verified)],
        "slots": [(study / "slots.json", unlocked)],
        "blobs": [(path, whole(path.name)) for path in files],
        "backup": [(backup, unpacked)],
    }
    for path, check in (each for kind in targets.values() for each in kind):
        check()  # nothing is refused before it is changed
        if not path.is_file():
            raise FileNotFoundError(path)
    draw = random.Random(sizes.seed)  # noqa: S311  (places)
    tried, noticed = dict.fromkeys(targets, 0), dict.fromkeys(targets, 0)
    for number in range(sizes.flips):
        kind = list(targets)[number % len(targets)]
        path, check = draw.choice(targets[kind])
        at, by = draw.randrange(path.stat().st_size), draw.randrange(1, 256)
        _flip(path, at, by)
        tried[kind] += 1
        noticed[kind] += refused(check)
        _flip(path, at, by)
    return {"ok": tried == noticed, "flips": sum(tried.values()), "noticed": sum(noticed.values())} | {
        f"{kind}_missed": tried[kind] - noticed[kind] for kind in targets
    }


def _flip(path: Path, at: int, by: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        (found,) = file.read(1)
        file.seek(at)
        file.write(bytes([found ^ by]))


def _keys_of_files(scene: Scene, study: Path) -> dict[str, bytes]:
    """Sealed file -> the compartment key it is under."""
    with scene.at_work(study) as found:
        from amparo.study.register.models import SourceFile  # noqa: PLC0415

        return {row.blob: found.keys[row.sealed_under_id].secret for row in SourceFile.objects.all()}


def replays(scene: Scene, sizes: Sizes) -> Figures:
    """Requirement 5: an older page, slot file or whole study put back, against a head kept outside."""
    from amparo.vault import backup  # noqa: PLC0415

    study = scene.copy()
    database = study / "study.db"
    older = {path.name: path.read_bytes() for path in (database, study / "slots.json")}
    with scene.at_work(study) as found:
        from amparo.study.accounts import people, ways  # noqa: PLC0415
        from amparo.study.accounts.services import head  # noqa: PLC0415
        from amparo.study.register.rules import Declared  # noqa: PLC0415
        from amparo.study.register.services import declare  # noqa: PLC0415
        from amparo.study.safekeeping.services import remove_recipient  # noqa: PLC0415

        people.set_roles(found, "ana", ["documents"])
        ways.set_passphrase(found, scene.passphrase.read_text(encoding="utf-8"))
        declare(found, "uno", Declared("otro nombre", "frame", ()))
        remove_recipient(found, "aliada")
        kept = head()
    opened = scene.opened(study)

    def content() -> dict[str, str]:
        # The counters that number new rows are no content: a number used twice is refused by the table.
        return {table: said for table, said in backup.digests(opened).items() if table != "sqlite_sequence"}

    newer, wanted = database.read_bytes(), content()

    def verified(heads: tuple[Any, ...]) -> None:
        from amparo.study.verification import verify_study  # noqa: PLC0415

        with scene.at_work(study) as found:
            verify_study(found, heads)

    verified((kept,))
    before = older["study.db"]
    pages = range(0, min(len(newer), len(before)), PAGE)
    changed = [at for at in pages if before[at : at + PAGE] != newer[at : at + PAGE]][: sizes.replays]
    noticed = harmless = 0
    for at in changed:
        database.write_bytes(newer[:at] + before[at : at + PAGE] + newer[at + PAGE :])
        if refused(lambda: verified((kept,))):
            noticed += 1
        elif content() == wanted:
            harmless += 1
        database.write_bytes(newer)
        _drop_log(study)
    database.write_bytes(newer)
    current = (study / "slots.json").read_bytes()
    (study / "slots.json").write_bytes(older["slots.json"])
    slots_noticed = refused(lambda: verified((kept,)), "vault.slots_rolled_back")
    (study / "slots.json").write_bytes(current)
    for name, content_before in older.items():
        (study / name).write_bytes(content_before)
    rolled_back = refused(lambda: verified((kept,)), "vault.rolled_back")
    return {
        "ok": noticed + harmless == len(changed) > 0 and noticed > 0 and slots_noticed and rolled_back,
        "pages": len(changed),
        "noticed": noticed,
        "without_effect": harmless,
        "older_slots_noticed": slots_noticed,
        "rolled_back_noticed": rolled_back,
    }


def _drop_log(study: Path) -> None:
    for name in ("study.db-wal", "study.db-shm"):
        (study / name).unlink(missing_ok=True)


def moved(scene: Scene, _: Sizes) -> Figures:
    """Requirement 12: what is sealed to one row and field opens in no other."""
    study = scene.copy()
    corrected = scene.lists.files["corrected"]
    said = scene.amparo("read", study, corrected, "--source", "cuatro", "--part", "none")
    if said.code:
        raise RuntimeError(said.err)
    with scene.at_work(study) as found:
        from django.db import connection, transaction  # noqa: PLC0415

        from amparo.study.register.models import Record  # noqa: PLC0415
        from amparo.study.register.services import SEALED, open_records  # noqa: PLC0415

        rows = Record.objects.filter(file__source__key="cuatro").order_by("row")
        first, second = (list(rows)[at] for at in (0, 1))
        opened = len(list(open_records(found, rows, SEALED)))
        of = lambda row: {name: bytes(getattr(row, name)) for name in ("wrapped_key", *SEALED)}  # noqa: E731
        one, other = of(first), of(second)
        moves: list[dict[str, bytes]] = [
            other,  # the whole row
            one | {"wrapped_key": other["wrapped_key"]},
            one | {"sealed_row": other["sealed_row"]},
            one | {"sealed_cells": other["sealed_cells"]},
            one | {"sealed_row": one["sealed_cells"], "sealed_cells": one["sealed_row"]},
            one | {"sealed_cells": one["sealed_row"]},
            one | {"sealed_row": one["wrapped_key"]},
        ]
        noticed = 0
        for move in moves:
            with transaction.atomic():
                rows.filter(pk=first.pk).update(**move)
                noticed += refused(lambda: list(open_records(found, rows, SEALED)), "vault.tampered")
                transaction.set_rollback(True)
        connection.close()
    held = opened > 1 and noticed == len(moves)
    return {"ok": held, "moves": len(moves), "noticed": noticed, "opened": opened}


def originals(scene: Scene, _: Sizes) -> Figures:
    """Requirement 17: every list comes back as it was received, and the chain names who brought it."""
    study = scene.copy()
    said = scene.amparo("read", study, scene.lists.files["corrected"], "--source", "uno")
    wanted = {sha256(path.read_bytes()).hexdigest() for path in scene.lists.files.values()}
    with scene.at_work(study) as found:
        from amparo.study.accounts.models import AuditLine  # noqa: PLC0415
        from amparo.study.register.models import SourceFile  # noqa: PLC0415
        from amparo.vault import blobs  # noqa: PLC0415

        files = list(SourceFile.objects.all())
        secret = lambda file: found.keys[file.sealed_under_id].secret  # noqa: E731
        back = {sha256(blobs.get(found.opened, secret(file), file.blob)).hexdigest() for file in files}
        lines = AuditLine.objects.filter(act="register.read").select_related("actor")
        named = {line.facts["blob"]: line.actor.handle for line in lines}
    return {
        "ok": said.code == 0 and wanted <= back and all(file.blob in named for file in files),
        "files": len(files),
        "same": len(wanted & back),
        "in_the_chain": sum(file.blob in named for file in files),
    }
