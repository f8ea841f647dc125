"""Attacks on the audit chain, and what it must tell of every identity that was opened."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from .scene import READER, Scene, told
from .sizes import Figures, Sizes
from .storage import refused

TABLE = "accounts_auditline"
COLUMNS = "seq, at, actor_id, act, facts, covers, digest, signature"


class _Chain(NamedTuple):
    rows: list[list[Any]]
    draw: random.Random

    def place(self) -> int:
        return self.draw.randrange(len(self.rows))


def _delete(chain: _Chain) -> list[list[Any]]:
    at = chain.draw.randrange(len(chain.rows) - 1)  # the last is cut off by `_truncate`
    return chain.rows[:at] + chain.rows[at + 1 :]


def _close(chain: _Chain) -> list[list[Any]]:
    """Deleted, and the numbers after it moved up."""
    at = chain.draw.randrange(len(chain.rows) - 1)
    return chain.rows[:at] + [[row[0] - 1, *row[1:]] for row in chain.rows[at + 1 :]]


def _edit(chain: _Chain) -> list[list[Any]]:
    rows = [list(row) for row in chain.rows]
    row, column = rows[chain.place()], chain.draw.choice((1, 2, 3, 4, 5, 6, 7))
    before = row[column]
    if column == 1:
        row[1] = before + timedelta(seconds=1)
    elif column == 2:
        row[2] = chain.draw.choice([other[2] for other in rows if other[2] != before] or [before + 1])
    elif column == 3:
        row[3] = chain.draw.choice([other[3] for other in rows if other[3] != before])
    elif column in (4, 5):
        row[column] = msgspec.json.encode(msgspec.json.decode(before) | {"x": "1"}).decode()
    elif column == 6:
        at = chain.draw.randrange(len(before))
        row[6] = before[:at] + ("0" if before[at] != "0" else "1") + before[at + 1 :]
    else:
        at = chain.draw.randrange(len(before))
        row[7] = before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :]
    return rows


def _insert(chain: _Chain) -> list[list[Any]]:
    """A line said twice, the numbers after it moved down."""
    at = chain.place()
    later = [[row[0] + 1, *row[1:]] for row in chain.rows[at:]]
    return [*chain.rows[: at + 1], *later]


def _reorder(chain: _Chain) -> list[list[Any]]:
    rows = [list(row) for row in chain.rows]
    one, other = chain.draw.sample(range(len(rows)), 2)
    rows[one][1:], rows[other][1:] = rows[other][1:], rows[one][1:]
    return rows


def _truncate(chain: _Chain) -> list[list[Any]]:
    return chain.rows[: chain.draw.randrange(1, len(chain.rows))]


def _rewrite(chain: _Chain) -> list[list[Any]]:
    """An edit with every digest after it made anew: what somebody with the root key can do."""
    from amparo.study.accounts.models import AuditLine, User  # noqa: PLC0415
    from amparo.vault.audit import Line, digest  # noqa: PLC0415

    rows = [list(row) for row in chain.rows]
    at, kept = chain.place(), {row.seq: row.at.isoformat() for row in AuditLine.objects.all()}
    handles = dict(User.objects.values_list("id", "handle"))
    rows[at][4] = msgspec.json.encode(msgspec.json.decode(rows[at][4]) | {"rows": 1}).decode()
    previous = rows[at - 1][6] if at else ""
    for row in rows[at:]:
        facts, covers = msgspec.json.decode(row[4]), msgspec.json.decode(row[5])
        line = Line(row[0], kept[row[0]], handles[row[2]], row[3], facts, covers)
        row[6] = previous = digest(previous, line)
    return rows


MUTATIONS = (_delete, _close, _edit, _edit, _edit, _insert, _reorder, _truncate, _rewrite)


def mutations(scene: Scene, sizes: Sizes) -> Figures:
    """Requirement 15: no line can be deleted, edited, inserted, moved, cut off or written anew unnoticed."""
    study = scene.copy()
    draw = random.Random(sizes.seed)  # noqa: S311  (places)
    tried: dict[str, int] = {}
    missed: dict[str, int] = {}
    with scene.at_work(study) as found:
        from django.db import connection, transaction  # noqa: PLC0415

        from amparo.study.accounts.services import head, verify_chain  # noqa: PLC0415

        kept = head()
        length = verify_chain(found, [kept]).head.seq
        with connection.cursor() as cursor:
            lines = cursor.execute(f"SELECT {COLUMNS} FROM {TABLE} ORDER BY seq").fetchall()  # noqa: S608
            rows = [list(row) for row in lines]
            for number in range(sizes.mutations):
                mutation = MUTATIONS[number % len(MUTATIONS)]
                name = mutation.__name__.strip("_")
                heads = [kept] if mutation is _truncate else []
                with transaction.atomic():
                    _keep(cursor, rows, mutation(_Chain(rows, draw)))
                    noticed = refused(lambda heads=heads: verify_chain(found, heads))
                    transaction.set_rollback(True)
                tried[name] = tried.get(name, 0) + 1
                missed[name] = missed.get(name, 0) + (not noticed)
    total, lost = sum(tried.values()), sum(missed.values())
    figures = {f"{name}_missed": number for name, number in missed.items()}
    counted = {"lines": length, "mutations": total, "noticed": total - lost}
    return {"ok": total > 0 and not lost} | counted | figures


def _keep(cursor: Any, before: list[list[Any]], after: list[list[Any]]) -> None:
    """Write the rows that differ; numbers first go out of each other's way."""
    was, is_ = {row[0]: row for row in before}, {row[0]: row for row in after}
    changed = [number for number in was.keys() | is_.keys() if was.get(number) != is_.get(number)]
    for number in changed:
        cursor.execute(f"DELETE FROM {TABLE} WHERE seq = %s", [number])  # noqa: S608
    marks = ", ".join(["%s"] * len(COLUMNS.split(",")))
    for number in changed:
        if number in is_:
            insert = f"INSERT INTO {TABLE} ({COLUMNS}) VALUES ({marks})"  # noqa: S608
            cursor.execute(insert, is_[number])


def openings(scene: Scene, _: Sizes) -> Figures:
    """Requirement 16: every identity opened for a human eye leaves a line: who, why, which; no value."""
    study = scene.copy()
    with scene.at_work(study, READER) as found:
        from amparo.study.accounts.models import AuditLine  # noqa: PLC0415
        from amparo.study.accounts.rules import OPENINGS  # noqa: PLC0415
        from amparo.study.care.rules import Purpose  # noqa: PLC0415
        from amparo.study.register.search import find, open_record  # noqa: PLC0415
        from amparo.study.register.standing import standing_cells  # noqa: PLC0415

        cells = standing_cells(found)
        names = cells.filter(cells["given"].is_not_null()).head(5)
        reads = shown = 0
        before = AuditLine.objects.filter(act__in=OPENINGS).count()
        asked = []
        for row in names.iter_rows(named=True):
            hits = find(found, f"{row['given']} {row['surname']}", Purpose("other", "motivo reservado")).hits
            open_record(found, row["record_id"], Purpose("case"))
            asked += [{hit.record for hit in hits}, {row["record_id"]}]
            reads, shown = reads + 2, shown + len(hits) + 1
        rows = AuditLine.objects.filter(act__in=OPENINGS).order_by("seq").select_related("actor")
        lines = list(rows)[before:]
        named = [set(str(line.facts.get("records", "")).split()) for line in lines]
        whys = all(line.facts.get("purpose") for line in lines)
        text = [msgspec.json.encode([line.facts, line.covers]) for line in lines]
        values = told(scene.values, *text) + [one for one in text if b"motivo" in one]
        who = {line.actor.handle for line in lines}
        cannot = refused(lambda: find(found, "x", Purpose("because")))
    return {
        "ok": named == asked and shown >= reads and whys and not values and who == {READER} and cannot,
        "openings": reads,
        "lines": len(lines),
        "records_named": sum(map(len, named)),
        "values_in_lines": len(values),
    }
