"""A file between being sent and being kept: in the memory of its seat, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, get_args

from amparo.errors import Issue
from amparo.intake import mapping as mappings
from amparo.intake import whatsapp
from amparo.intake.documents import read_chat
from amparo.intake.kinds import DateOrder
from amparo.intake.mapping import DATES, SHARING, Mapping, NameOrder
from amparo.intake.quarantine import read_quarantined
from amparo.intake.sheet import Sheet
from amparo.records import CELLS
from amparo.study import receiving
from amparo.study.register.services import mapping_for

if TYPE_CHECKING:
    from amparo.study.context import Study
    from amparo.study.register.rules import About, File

PREVIEW = 6  # rows
EXAMPLES = 3  # values of a column
BOTH = "+".join(sorted(SHARING, reverse=True))  # one column for the day of the act and of the death
PARTS_OF_DATES = ("day", "month", "year")


class Column(NamedTuple):
    """A column of a list, some of its values, and what it is read as."""

    number: int
    header: str
    examples: tuple[str, ...]
    use: str


class Few(NamedTuple):
    """What the first rows become: the fields that are filled, and by row number their cells."""

    fields: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def uses() -> list[str]:
    """What a column may be read as; empty for a column that is left out."""
    parts = [f"{field}/{part}" for field in DATES for part in PARTS_OF_DATES]
    return ["", *CELLS, BOTH, *parts]


@dataclass
class Work:
    """One file, what was said of it, and how far it was opened."""

    file: File = field(repr=False)
    about: About = field(repr=False)
    date_order: str | None = None
    sheet: Sheet | None = field(default=None, repr=False)
    mapping: Mapping | None = field(default=None, repr=False)
    chat: whatsapp.Chat | None = field(default=None, repr=False)

    def open_list(self, study: Study) -> None:
        """Read the table and propose what its columns are. Raises as `read_quarantined`."""
        self.sheet = read_quarantined(self.file.content, self.file.name, language="es")
        self.mapping = mapping_for(study, receiving.key_of(self.file, self.about), self.sheet)

    def open_chat(self) -> whatsapp.Chat:
        """The chat, read once. Raises as `read_chat`, `intake.chat_date_order` where its dates are open."""
        if self.chat is None:
            self.chat = read_chat(self.file.content, self.file.name, self.date_order)
        return self.chat

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was noticed so far."""
        opened = self.sheet or self.chat
        return tuple(opened.issues) if opened else ()

    def columns(self) -> list[Column]:
        """The list's columns with what they are read as."""
        if self.sheet is None or self.mapping is None:
            return []
        return [
            Column(number, header, _examples(self.sheet, number), _use(self.mapping, header))
            for number, header in enumerate(self.sheet.headers)
        ]

    def choose(self, typed: Mapped[str, str]) -> None:
        """Take the columns as they were chosen: `use-N` for the column N, and how dates and names stand.

        Columns that serve one field keep the order in which they served it before. Raises as `mapping.check`.
        """
        if self.sheet is None or self.mapping is None:
            return
        columns: dict[str, list[str]] = {}
        parts: dict[str, list[str]] = {}
        ignored: list[str] = []
        for number, header in enumerate(self.sheet.headers):
            use = typed.get(f"use-{number}", "")
            name, _, part = use.partition("/")
            if part in PARTS_OF_DATES and name in DATES:
                parts.setdefault(name, ["", "", ""])[PARTS_OF_DATES.index(part)] = header
            elif use:
                for each in use.split("+"):
                    columns.setdefault(each, []).append(header)
            else:
                ignored.append(header)
        order: DateOrder = self.mapping.date_order
        for each in get_args(DateOrder):
            order = each if typed.get("date_order") == each else order
        names: NameOrder | None = None
        for each in get_args(NameOrder):
            names = each if typed.get("name_order") == each else names
        chosen = Mapping(
            {each: self._in_order(each, served) for each, served in columns.items()},
            order,
            names,
            tuple(ignored),
            {each: (three[0], three[1], three[2]) for each, three in parts.items()},
        )
        mappings.check(chosen, self.file.name)
        self.mapping = chosen

    def _in_order(self, name: str, served: list[str]) -> tuple[str, ...]:
        before = self.mapping.columns.get(name, ()) if self.mapping else ()
        place = {header: number for number, header in enumerate(before)}
        return tuple(sorted(served, key=lambda header: place.get(header, len(before))))

    def few(self) -> Few:
        """The first rows as they would be read."""
        if self.sheet is None or self.mapping is None:
            return Few((), ())
        numbers = self.sheet.row_numbers[:PREVIEW]
        head = Sheet(self.sheet.file_name, self.sheet.headers, self.sheet.rows[:PREVIEW], numbers)
        ids = [str(number) for number in numbers]
        frame = mappings.apply(head, self.mapping, source="preview", record_ids=ids)
        fields = tuple(name for name in CELLS if self.mapping.filled_from(name))
        cells = frame.select(list(fields)).rows() if fields else [() for _ in numbers]
        rows = [
            (number, tuple(cell or "" for cell in row)) for number, row in zip(numbers, cells, strict=True)
        ]
        return Few(fields, tuple(rows))


def _examples(sheet: Sheet, number: int) -> tuple[str, ...]:
    texts = (row[number].strip() for row in sheet.rows)
    found: dict[str, None] = {}
    for text in texts:
        if text:
            found[text] = None
        if len(found) == EXAMPLES:
            break
    return tuple(found)


def _use(mapping: Mapping, header: str) -> str:
    for name, parts in mapping.date_parts.items():
        if header in parts:
            return f"{name}/{PARTS_OF_DATES[parts.index(header)]}"
    served = [name for name, columns in mapping.columns.items() if header in columns]
    return BOTH if set(served) == set(SHARING) else served[0] if served else ""
