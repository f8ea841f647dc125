"""What can be said of each kind of thing: the HURIDOCS Events model, with what it lacks, as one table."""

from __future__ import annotations

from functools import cache

import msgspec

from amparo.vocabulary.lists import DATA, is_code, lists

# How values are written that are no code and no other thing.
NOTATIONS = ("text", "name", "edtf", "place", "quantity", "age")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"written": "as"}):
    """How a value is written (a notation, a list's name, `@` and a kind), and the field's words.

    `ftm` is the property of FollowTheMoney that says the same, where one does.
    """

    written: str
    en: str
    es: str
    ftm: str | None = None

    @property
    def refers_to(self) -> str | None:
        """The kind of thing whose id the value is."""
        return self.written.removeprefix("@") if self.written.startswith("@") else None

    @property
    def list(self) -> str | None:
        """The list whose code the value is."""
        return self.written if self.written in lists() else None


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of thing: its words, where it comes from, its schema in FollowTheMoney, and its fields."""

    en: str
    es: str
    source: str
    ftm: str
    fields: dict[str, Field]


@cache
def model() -> dict[str, Thing]:
    """Every kind of thing by its name (`data/model.yml`)."""
    return msgspec.yaml.decode(DATA.joinpath("model.yml").read_bytes(), type=dict[str, Thing])


def field_of(kind: str, name: str) -> Field | None:
    """A field of a kind of thing; None where there is none."""
    thing = model().get(kind)
    return thing.fields.get(name) if thing else None


def fits(kind: str, name: str, value: str) -> bool:
    """Whether the field exists and the value is, where a list or another thing is asked for, one of those."""
    field = field_of(kind, name)
    if field is None or not value:
        return False
    if field.list:
        return is_code(field.list, value)
    return True
