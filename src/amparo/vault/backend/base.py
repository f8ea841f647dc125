"""Django's SQLite backend on SQLCipher: another driver, the key from the keyring, no file made unasked."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from django.db.backends.sqlite3 import base as sqlite
from django.db.backends.sqlite3._functions import (  # ty: ignore[import-not-found] private, so without stubs
    register as register_functions,
)
from django.utils.asyncio import async_unsafe
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from amparo.vault import keyring, sqlcipher
from amparo.vault.sqlcipher import driver

# The driver keeps its own adapters and converters, apart from those of the standard library's sqlite3.
driver.register_converter("bool", b"1".__eq__)
driver.register_converter("date", lambda value: parse_date(value.decode()))
driver.register_converter("time", lambda value: parse_time(value.decode()))
driver.register_converter("datetime", lambda value: parse_datetime(value.decode()))
driver.register_converter("timestamp", lambda value: parse_datetime(value.decode()))
driver.register_adapter(decimal.Decimal, str)
driver.register_adapter(datetime.date, datetime.date.isoformat)
driver.register_adapter(datetime.datetime, lambda value: value.isoformat(" "))


class DatabaseWrapper(sqlite.DatabaseWrapper):
    """A connection to one study. The schema may call no function that Django registers (untrusted schema)."""

    display_name = "SQLCipher"
    Database = driver
    connection: Any
    init_commands: list[str]

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> driver.Connection:
        """Open the study's database.

        Raises `vault.locked`, `vault.no_study`, `vault.damaged` or `vault.not_a_study`.
        """
        options = {name: value for name, value in conn_params.items() if name not in {"database", "uri"}}
        path = Path(conn_params["database"])
        connection = sqlcipher.connect(path, keyring.key_for(path), **options)
        register_functions(connection)
        for command in filter(None, map(str.strip, self.init_commands)):
            connection.execute(command)
        return connection

    def learn(self) -> None:
        """Let the planner learn how many rows there are: with none known it walks whole compartments."""
        with self.cursor() as cursor:
            cursor.execute("PRAGMA optimize = 0x10002")

    def create_cursor(self, name: str | None = None) -> Cursor:
        """Give a cursor that takes Django's parameter styles."""
        return self.connection.cursor(factory=Cursor)


class Cursor(driver.Cursor):
    """Takes Django's `%s` and `%(name)s` where the driver wants `?` and `:name`."""

    def execute(self, query: str, params: Any = None, /) -> Self:
        """Run one statement; without parameters the text is taken as it stands."""
        if params is None:
            return super().execute(query)
        return super().execute(_native(query, params), params)

    def executemany(self, query: str, param_list: Iterable[Any], /) -> Self:
        """Run one statement for each set of parameters."""
        rows = list(param_list)
        return super().executemany(_native(query, rows[0] if rows else ()), rows)


def _native(query: str, params: Sequence[Any] | Mapping[str, Any]) -> str:
    if isinstance(params, Mapping):
        return query % {name: f":{name}" for name in params}
    return sqlite.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")
