from datetime import date
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError
from django.db.transaction import TransactionManagementError

from amparo.vault import frames

# The connection stands apart from any Django project, so no project has finished loading.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the database during app initialization")


class Block:
    """`transaction.atomic` for a connection that Django's own handler does not know."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def __enter__(self) -> None:
        self.connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        self.connection.in_atomic_block = True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.connection.in_atomic_block = False
        self.connection.rollback() if kind else self.connection.commit()
        self.connection.set_autocommit(True)


def test_rows_go_in_and_come_back_as_columns(connection: Any) -> None:
    told = []
    rows = [(number, f"said {number}") for number in range(1_000, 26_000)]
    with Block(connection):
        frames.insert(connection, "note", ("id", "said"), rows, lambda *step: told.append(step))
    assert told == [("vault.insert", done, 25_000) for done in (10_000, 20_000, 25_000)]
    columns = frames.fetch(
        connection, "SELECT id, said FROM note WHERE id >= %s AND said LIKE 'said%%' ORDER BY id", [1_000]
    )
    assert columns == {"id": [row[0] for row in rows], "said": [row[1] for row in rows]}
    assert pl.DataFrame(columns).shape == (25_000, 2)
    named = frames.fetch(connection, "SELECT said FROM note WHERE id = %(id)s", {"id": 1_000})
    assert named == {"said": ["said 1000"]}
    assert frames.fetch(connection, "SELECT id, said FROM note WHERE id < 0") == {"id": [], "said": []}


def test_rows_need_the_callers_transaction_and_go_with_it(connection: Any) -> None:
    with pytest.raises(TransactionManagementError):
        frames.insert(connection, "note", ("said",), [("alone",)])
    with pytest.raises(IntegrityError), Block(connection):
        frames.insert(connection, "note", ("said",), [("twice",), ("twice",)])
    assert frames.fetch(connection, "SELECT id FROM note WHERE said = 'twice'") == {"id": []}


def test_a_packed_frame_keeps_its_schema() -> None:
    frame = pl.DataFrame(
        {
            "name": ["synthetic", None],
            "tokens": [["a", "b"], []],
            "day": [date(2018, 8, 1), None],
            "w": [1.5, -2],
        }
    )
    opened = frames.unpack(frames.pack(frame))
    assert opened.equals(frame)
    assert opened.schema == frame.schema
    assert frames.unpack(frames.pack(frame.clear())).schema == frame.schema
