"""The one bulk door between the store and frames: rows in and out without an object for each.

`connection` is a Django connection, so the same calls serve a study on another database server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from django.db.transaction import TransactionManagementError

from amparo.runs import Progress, silent

_CHUNK_ROWS = 10_000


def insert(
    connection: Any,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    progress: Progress = silent,
) -> None:
    """Add rows (values in the order of `columns`) inside the caller's transaction.

    `progress` hears `vault.insert` after each chunk. Raises what the database says, as Django's errors.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("bulk rows belong to a transaction of their caller")
    name = connection.ops.quote_name
    marks = ", ".join(["%s"] * len(columns))
    # Names come from models and are quoted; values go as parameters.
    statement = f"INSERT INTO {name(table)} ({', '.join(map(name, columns))}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _CHUNK_ROWS):
            chunk = rows[start : start + _CHUNK_ROWS]
            cursor.executemany(statement, chunk)
            progress("vault.insert", start + len(chunk), len(rows))
    if len(rows) >= _CHUNK_ROWS and hasattr(connection, "learn"):
        connection.learn()


def fetch(connection: Any, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> dict[str, list[Any]]:
    """Run a query and give its columns by name, each a list; `%s` or `%(name)s` stand for parameters."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        columns: dict[str, list[Any]] = {described[0]: [] for described in cursor.description}
        while rows := cursor.fetchmany(_CHUNK_ROWS):
            for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
                column.extend(values)
    return columns


def pack(frame: pl.DataFrame) -> bytes:
    """A frame as bytes to seal: Arrow IPC with zstd, made in memory."""
    return frame.write_ipc(None, compression="zstd").getvalue()


def unpack(content: bytes) -> pl.DataFrame:
    """The frame that was packed."""
    return pl.read_ipc(content)
