"""Attacks on backups: any one key must do, no changed file may, and what was erased must stay so."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from typing import Any

from .scene import RECIPIENTS, Scene, dump, told
from .sizes import Figures, Sizes
from .storage import refused

CHUNK = 64 * 1024 + 16  # of an age stream


def any_recipient(scene: Scene, sizes: Sizes) -> Figures:
    """Requirement 8: each recipient alone restores the study elsewhere; and rehearsals differ in nothing."""
    from amparo.vault import backup  # noqa: PLC0415

    study = scene.copy()
    safe = study.parent / "safe"
    safe.mkdir()
    made = scene.amparo("backup", study, "--to", safe)
    (file,) = safe.glob("*.age")
    # The line that tells of the backup itself comes after it.
    changing = {"accounts_auditline", "sqlite_sequence"}
    wanted = backup.digests(scene.opened(study))
    restored = same = 0
    for label in RECIPIENTS:
        place = study.parent / f"restored-{label}"
        words = [
            "restore",
            file,
            place,
            "--identity",
            scene.identity(label),
            "--head",
            file.with_suffix(".head"),
        ]
        restored += scene.amparo(*words).code == 0 and scene.amparo("verify", place).code == 0
        if place.exists():
            back = backup.digests(scene.opened(place))
            same += all(back[table] == wanted[table] for table in wanted.keys() - changing)
    drilled = scene.amparo("drill", study, "--times", sizes.drills)
    return {
        "ok": made.code == drilled.code == 0 and restored == same == len(RECIPIENTS),
        "recipients": len(RECIPIENTS),
        "restored_by_one_alone": restored,
        "same": same,
        "drills": sizes.drills,
        "drills_without_difference": sizes.drills if drilled.code == 0 else 0,
    }


def truncated(scene: Scene, sizes: Sizes) -> Figures:
    """Requirement 9: a backup cut, lengthened or put in another order is refused, and nothing is made."""
    from amparo.vault import age, backup  # noqa: PLC0415

    study = scene.copy()
    draw = random.Random(sizes.seed)  # noqa: S311  (places)
    whole = scene.backup.read_bytes()
    payload = whole.index(b"\n--- ") + whole[whole.index(b"\n--- ") + 1 :].index(b"\n") + 2 + 16
    chunks = [whole[at : at + CHUNK] for at in range(payload, len(whole), CHUNK)]
    swapped = [list(chunks) for _ in range(min(20, len(chunks) - 2))]
    for number, order in enumerate(swapped):
        order[number], order[number + 1] = order[number + 1], order[number]
    cuts = [draw.randrange(len(whole)) for _ in range(60)]
    altered = [whole[:at] for at in (0, payload, *cuts, payload + CHUNK, len(whole) - 1)]
    altered += [b"".join([whole[:payload], *order]) for order in swapped]
    altered += [b"".join([whole[:payload], *chunks[:1], *chunks]), whole + whole[-CHUNK:], whole + b"\0"]
    altered.append(b"".join([whole[:payload], *chunks[1:]]))
    file, place = study.parent / "altered.age", study.parent / "restored"
    secret = age.identity(scene.identity("sede").read_text(encoding="utf-8"))

    def restore() -> None:
        with backup.restoring(file, place, secret):
            pass

    file.write_bytes(whole)
    restore()
    stood = place.exists()
    place.rename(study.parent / "whole")
    noticed = made = 0
    for content in altered:
        file.write_bytes(content)
        noticed += refused(restore, "vault.backup_damaged")
        made += place.exists()
        if place.exists():
            place.rename(study.parent / f"made-{made}")
    return {
        "ok": stood and noticed == len(altered) and not made,
        "cut_or_lengthened": len(altered) - len(swapped),
        "reordered": len(swapped),
        "noticed": noticed,
        "made": made,
    }


def erased(scene: Scene, _: Sizes) -> Figures:
    """Requirement 14: whom the study erased, nobody opens again: not here, not from an older backup."""
    study = scene.copy()
    with scene.at_work(study) as found:
        from amparo.study.care import erasure  # noqa: PLC0415
        from amparo.study.register.models import Record  # noqa: PLC0415
        from amparo.study.register.standing import standing_cells  # noqa: PLC0415

        planted = [canary for canary in scene.values if "-" in canary.text]  # numbers, each one person's
        cells = standing_cells(found)
        mine = cells.filter(cells["identifier"].is_in([canary.text for canary in planted]))
        number = mine["identifier"][0]
        records = mine.filter(mine["identifier"] == number)["record_id"].to_list()
        before = told(planted, *_everything(scene, found, study))
        keys = [bytes(row.wrapped_key) for row in Record.objects.filter(pk__in=records)]
        done = erasure.erase(found, records, "petición de la persona")
    with scene.at_work(study) as found:
        from amparo.study.care.tombstones import erased_ids  # noqa: PLC0415
        from amparo.study.verification import verify_study  # noqa: PLC0415

        after = told(planted, *_everything(scene, found, study))
        named = set(records) <= erased_ids()
        sound = not refused(lambda: verify_study(found))
    kept = sum(key in value for value in dump(scene.opened(study)) for key in keys)
    # A backup made before, restored with the file of erasures that stands beside the study.
    back = study.parent / "restored"
    words = [
        "restore",
        scene.backup,
        back,
        "--identity",
        scene.identity("sede"),
        "--erasures",
        done.tombstones,
    ]
    restored = scene.amparo(*words)
    again = []
    if back.exists():
        with scene.at_work(back) as found:
            again = told(planted, *_everything(scene, found, back))
    return {
        "ok": number in before
        and named
        and sound
        and not kept
        and not {number} & {*after, *again}
        and restored.code == 0,
        "records": len(records),
        "readable_before": before.count(number),
        "readable_after": after.count(number),
        "keys_left": kept,
        "verifies": sound,
        "readable_after_restoring_older": again.count(number),
        "others_still_readable": len(after),
    }


def _everything(scene: Scene, study: Any, path: Path) -> list[bytes]:
    """All that somebody who holds every key can open: records, files as received, the database itself."""
    from amparo.study.register.models import Record, SourceFile  # noqa: PLC0415
    from amparo.study.register.services import SEALED, open_records  # noqa: PLC0415
    from amparo.vault import blobs, sqlcipher  # noqa: PLC0415

    opened = [
        value for _, _, *values in open_records(study, Record.objects.all(), SEALED) for value in values
    ]
    for file in SourceFile.objects.all():
        opened.append(blobs.get(study.opened, study.keys[file.sealed_under_id].secret, file.blob))
    with closing(sqlcipher.connect(path / "study.db", study.opened.key("database"))) as database:
        database.execute("PRAGMA quick_check")
    return [*opened, *dump(study.opened)]
