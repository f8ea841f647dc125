"""Attacks by people: with an old passphrase, too few shares, no key, a key taken away, a name to guess."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import msgspec

from amparo.errors import AmparoError

from .scene import ADMINISTRATOR, LEAVER, READER, Scene, dump, told
from .sizes import Figures, Sizes
from .storage import refused

NEW = "otra frase de mentira entera"
AUC, ENOUGH = 0.55, 1_000  # most that a classifier of times may reach in so many tries


def old_passphrase(scene: Scene, _: Sizes) -> Figures:
    """Requirement 6: a changed passphrase opens no more; a slot with weaker costs is refused."""
    from amparo.vault import folder, slots  # noqa: PLC0415

    study = scene.copy()
    new = study.parents[1] / "here" / "new"
    new.write_text(NEW, encoding="utf-8")
    changed = scene.amparo("key", "passphrase", study, "--new-passphrase-file", new, user=READER)
    old = refused(lambda: scene.opened(study, READER), "vault.wrong_passphrase")
    held = folder.open_folder(study, slots.Passphrase(NEW, READER)).secrets
    weaker, tried = 0, 0
    whole = slots.read(study)
    for fact, value in (("memory_kib", 64 * 1024), ("memory_kib", 255 * 1024), ("passes", 1), ("passes", 2)):
        slot = whole.slots[0]
        weak = msgspec.structs.replace(slot, **{fact: value})
        # Even written by somebody who holds the root key.
        slots.write(study, msgspec.structs.replace(whole, slots=(weak, *whole.slots[1:])), held.root_key)
        tried += 1
        weaker += refused(lambda: scene.opened(study), "vault.slot_weak")
    return {
        "ok": changed.code == 0 and old and weaker == tried,
        "old_refused": old,
        "weaker_slots": tried,
        "weaker_refused": weaker,
    }


def shares(scene: Scene, _: Sizes) -> Figures:
    """Requirement 10: any two of three recovery shares open the study; one, or two of two sets, do not."""
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import folder, slots  # noqa: PLC0415

    study = scene.copy()
    records = 0
    opened = []
    for pair in combinations(scene.shares, 2):
        with store.study_in(folder.open_folder(study, slots.Shares(pair))) as found:
            from amparo.study.register.services import check_records  # noqa: PLC0415

            records = check_records(found)
            opened.append(records)
    strange = slots.new_recovery("0" * 32, bytes(32)).shares
    few = [(one,) for one in scene.shares] + [(one, one) for one in scene.shares]
    mixed = [(one, strange[0]) for one in scene.shares] + [strange[:2]]
    told_ = sum(
        not refused(lambda typed=typed: folder.open_folder(study, slots.Shares(typed)))
        for typed in (*few, *mixed)
    )
    return {
        "ok": len(opened) == 3 and min(opened) > 0 and not told_,
        "pairs": 3,
        "pairs_open": len(opened),
        "records": records,
        "too_few_or_strange": len(few) + len(mixed),
        "of_these_open": told_,
    }


def administrator(scene: Scene, _: Sizes) -> Figures:
    """Requirement 11: an administrator gets no identity by a verb, the root key, a dump or a sealed file."""
    from amparo.study.register.services import check_files  # noqa: PLC0415
    from amparo.study.register.standing import standing_cells  # noqa: PLC0415
    from amparo.vault import blobs, envelope  # noqa: PLC0415
    from amparo.vault.keys import Purpose  # noqa: PLC0415

    study = scene.copy()
    first = scene.lists.files["uno"]
    why = ("--purpose", "review")
    verbs: list[tuple[object, ...]] = [
        ("verify", study),
        ("link", study),
        ("count", study),
        ("report", study, "--out", study.parent / "report"),
        ("read", study, first, "--source", "uno"),
        ("read", study, scene.lists.files["corrected"], "--source", "uno"),
        ("find", study, scene.hidden[0], *why),
        ("open", study, "uno.1.2", *why),
        ("held", study, "uno.1.2", *why),
        ("erase", study, "uno.1.2", "--reason", "x"),
        ("doctor", study),
        ("audit", "show", study),
        ("audit", "verify", study),
        ("member", "add", study, "default", ADMINISTRATOR),
        ("member", "add", study, "lawyers", ADMINISTRATOR),
        ("user", "roles", study, ADMINISTRATOR, "--role", "documents"),
        ("user", "roles", study, ADMINISTRATOR, "--role", "administers", "--role", "documents"),
        *((verb, "list", study) for verb in ("user", "compartment", "key", "recipient")),
    ]
    said = [scene.amparo(*words, user=ADMINISTRATOR) for words in verbs]
    hits = told(scene.values, *(part for each in said for part in each[1:]))
    hits += [name for name in scene.hidden if any(name in each.out + each.err for each in said)]
    with scene.at_work(study, ADMINISTRATOR) as found:
        records = standing_cells(found).height + check_files(found) + len(found.keys.ids)
    opened = scene.opened(study, ADMINISTRATOR)
    hits += told(scene.lists.canaries, *dump(opened))
    files = list((study / "blobs").glob("*/*"))
    keys = [opened.secrets.root_key, opened.secrets.user_key]
    keys += [opened.key(purpose) for purpose in get_args(Purpose)]
    read = sum(
        not refused(lambda k=key, f=file: blobs.get(opened, k, f.name)) for key in keys for file in files
    )
    rows = list(_sealed_rows(scene, study))
    read += sum(
        not refused(lambda k=key, r=row: envelope.open_rows(k, [(r[0], r[1], {})], table="register.Record"))
        for key in keys
        for row in rows
    )
    return {
        "ok": not hits and not records and not read,
        "verbs": len(verbs),
        "values_told": len(hits),
        "keys_or_records": records,
        "keys_tried": len(keys) * (len(files) + len(rows)),
        "opened": read,
    }


def _sealed_rows(scene: Scene, study: Path) -> Iterator[tuple[str, bytes]]:
    with scene.at_work(study):
        from amparo.study.register.models import Record  # noqa: PLC0415

        yield from ((row.pk, bytes(row.wrapped_key)) for row in Record.objects.all())


def removed_member(scene: Scene, _: Sizes) -> Figures:
    """Requirement 13: who left opens nothing that was sealed after, even with every key they ever had."""
    study = scene.copy()
    with scene.at_work(study, LEAVER) as found:
        pair, before = found.opened.pair, dict(found.keys.held)
    left = scene.amparo("user", "remove", study, LEAVER, user=ADMINISTRATOR)
    read = scene.amparo("read", study, scene.lists.files["corrected"], "--source", "uno", user=READER)
    shut = refused(lambda: scene.opened(study, LEAVER), "vault.wrong_passphrase")
    with scene.at_work(study) as found:
        from amparo.study.accounts.models import KeyShare  # noqa: PLC0415
        from amparo.study.context import Key  # noqa: PLC0415
        from amparo.study.register.models import Record  # noqa: PLC0415
        from amparo.vault import envelope  # noqa: PLC0415

        # They kept their keys, and now get the whole database besides.
        keys = [key.secret for key in before.values()]
        for share in KeyShare.objects.select_related("key__compartment"):
            try:
                keys.append(pair.open_box(bytes(share.wrapped_key)))
            except AmparoError:
                continue
        newest = Record.objects.filter(file__ordinal=2, file__source__key="uno")
        oldest = Record.objects.filter(file__ordinal=1, file__source__key="uno")

        def opens(row: Any) -> bool:
            held: Key = found.keys[row.sealed_under_id]
            sealed = [(row.pk, bytes(row.wrapped_key), {"sealed_row": bytes(row.sealed_row)})]
            return any(
                not refused(
                    lambda k=key: envelope.open_rows(k, sealed, table="register.Record", version=held.version)
                )
                for key in keys
            )

        new, new_open = newest.count(), sum(map(opens, newest))
        old_open = sum(map(opens, oldest))
    return {
        "ok": (left.code, read.code) == (0, 0) and shut and new > 0 and not new_open and old_open > 0,
        "sealed_before_open": old_open,
        "sealed_after": new,
        "sealed_after_open": new_open,
        "slot_refused": shut,
    }


def oracle(scene: Scene, sizes: Sizes) -> Figures:
    """Requirement 24: the name of a hidden person is answered as the name of nobody, and in the same time."""
    from amparo.study.care.rules import Purpose  # noqa: PLC0415
    from amparo.study.register import search  # noqa: PLC0415
    from amparo.study.register.index import Index  # noqa: PLC0415

    study = scene.copy()
    draw = random.Random(sizes.seed)  # noqa: S311  (order of the tries)
    each = -(-sizes.tries // 2)
    tries = [(True, scene.hidden), (False, scene.nobody)]
    order = [(hidden, names[turn % len(names)]) for turn in range(each) for hidden, names in tries]
    draw.shuffle(order)
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: set[bytes] = set()
    with scene.at_work(study, READER) as found:
        purpose = Purpose("review")
        index = Index(found)
        for hidden, name in order:
            begun = time.perf_counter()
            answer = search.find(found, name, purpose, index)
            times[hidden].append(time.perf_counter() - begun)
            answers.add(msgspec.json.encode(answer))
        known = search.find(found, _known_name(found), purpose, index).number
    typed = [
        scene.amparo("find", study, names[0], "--purpose", "review", user=READER)
        for names in (scene.hidden, scene.nobody)
    ]
    words = {
        (said.code, said.out.replace(name, ""), said.err.replace(name, ""))
        for said, name in zip(typed, (scene.hidden[0], scene.nobody[0]), strict=True)
    }
    with scene.at_work(study, "lola") as found:
        real = sum(search.find(found, name, Purpose("review")).number > 0 for name in scene.hidden)
    auc = _auc(times[True], times[False])
    return {
        "ok": len(answers) == len(words) == 1
        and auc <= _limit(each)
        and known > 0
        and real == len(scene.hidden),
        "tries": len(order),
        "different_answers": len(answers),
        "different_words": len(words),
        "auc": round(auc, 3),
        "found_by_who_may": real,
    }


def _limit(each: int) -> float:
    """The most that chance is given with so many tries of either kind: four standard deviations of U."""
    if 2 * each >= ENOUGH:
        return AUC
    return 0.5 + 4 * math.sqrt((2 * each + 1) / 12) / each


def _known_name(study: Any) -> str:
    from amparo.study.register.standing import standing_cells  # noqa: PLC0415

    row = standing_cells(study).row(0, named=True)
    return f"{row['given']} {row['surname']}"


def _auc(ones: list[float], others: list[float]) -> float:
    """How well a threshold on time tells the two apart, in either direction: Mann-Whitney's U."""
    ranked = sorted([(one, 1) for one in ones] + [(other, 0) for other in others])
    ranks = sum(rank for rank, (_, hidden) in enumerate(ranked, 1) if hidden)
    area = (ranks - len(ones) * (len(ones) + 1) / 2) / (len(ones) * len(others))
    return max(area, 1 - area)
