"""A mapping as TOML that a person can read and edit, and back."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, get_args

from amparo.errors import AmparoError
from amparo.intake.mapping import DateOrder, Mapping, NameOrder, check
from amparo.records import CELLS

_UNKNOWN = "unknown"  # TOML has no null
_KEYS = ("date_order", "name_order", "ignored", "columns", "date_parts")


def to_toml(mapping: Mapping, headers: Sequence[str], describe: Callable[[str], str]) -> str:
    """The mapping as TOML: every field, the empty ones too, and every column of the file that no field uses.

    `describe` gives the comment for a key ("date_order", "name_order", "ignored", "columns",
    "date_parts", a field's name);
    an empty answer leaves the comment out.
    """
    used = set(chain(*mapping.columns.values(), *mapping.date_parts.values()))
    unused = [header for header in headers if header not in used]
    lines: list[str] = []

    def put(key: str, value: str) -> None:
        comment = describe(key)
        lines.extend(f"# {line}" for line in comment.splitlines())
        lines.append(f"{key} = {value}")

    put("date_order", _quote(mapping.date_order))
    put("name_order", _quote(mapping.name_order or _UNKNOWN))
    put("ignored", _array(unused))
    lines.append("")
    lines.extend(f"# {line}" for line in describe("columns").splitlines())
    lines.append("[columns]")
    for field in CELLS:
        put(field, _array(mapping.columns.get(field, ())))
    if mapping.date_parts:
        lines.append("")
        lines.extend(f"# {line}" for line in describe("date_parts").splitlines())
        lines.append("[date_parts]")
        lines.extend(f"{field} = {_array(parts)}" for field, parts in mapping.date_parts.items())
    return "\n".join(lines) + "\n"


def from_toml(text: str, file_name: str) -> Mapping:
    """Read a mapping. Raises intake.mapping_toml with the line, intake.mapping_value, and those of `check`.

    Columns the file does not have are found when the mapping is used on a sheet.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        row = int(found[1]) if found else text.count("\n") + 1
        raise AmparoError("intake.mapping_toml", file=file_name, row=row) from None
    for key in table:
        if key not in _KEYS:
            raise AmparoError("intake.unknown_field", file=file_name, field=key, fields=", ".join(_KEYS))
    orders: dict[str, tuple[str, ...]] = {
        "date_order": get_args(DateOrder),
        "name_order": (*get_args(NameOrder), _UNKNOWN),
    }
    for key, allowed in orders.items():
        if table.setdefault(key, allowed[0] if key == "date_order" else _UNKNOWN) not in allowed:
            raise AmparoError("intake.mapping_value", file=file_name, field=key, allowed=", ".join(allowed))
    for key in ("columns", "date_parts"):
        if not isinstance(table.setdefault(key, {}), dict):
            raise AmparoError("intake.mapping_value", file=file_name, field=key, allowed=f"[{key}]")
    name_order = table["name_order"]
    mapping = Mapping(
        {
            field: names
            for field, value in table["columns"].items()
            if (names := _names(value, field, file_name))
        },
        table["date_order"],
        None if name_order == _UNKNOWN else name_order,
        _names(table.get("ignored", []), "ignored", file_name),
        {field: _parts(value, field, file_name) for field, value in table["date_parts"].items()},
    )
    check(mapping, file_name)
    return mapping


def _names(value: Any, field: str, file_name: str) -> tuple[str, ...]:
    """Column names given as a list, or as one text."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AmparoError("intake.mapping_value", file=file_name, field=field, allowed='["…", "…"]')
    return tuple(names)


def _parts(value: Any, field: str, file_name: str) -> tuple[str, str, str]:
    """The columns of day, month and year."""
    names = _names(value, field, file_name)
    if len(names) != 3:
        raise AmparoError("intake.mapping_value", file=file_name, field=field, allowed='["…", "…", "…"]')
    return names[0], names[1], names[2]


def _quote(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _array(names: Sequence[str]) -> str:
    return "[" + ", ".join(map(_quote, names)) + "]"
