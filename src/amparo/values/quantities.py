"""Quantities as the press writes them, with bounds: "at least nine", "decenas", "US$300 to US$400", "1 in 10".

What is vague gets wide bounds, never a point. A lower bound of "dozens" is two of them (24), of "decenas" 20.
"About" allows one unit of the number's last figure that is not 0 on either side (71,500: 71,400 to 71,600),
"nearly" the same below. "More than" and "fewer than" exclude the number itself where things are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from amparo.errors import AmparoError
from amparo.values.text import plain

UNITS = ("", "percent", "share", "ratio", "USD", "USD/day", "USD/month", "USD/year")


class Quantity(NamedTuple):
    """The least and the most that the words allow; None where they set no bound.

    `per` is the denominator: 100000 for a rate, 10 for "four in ten" (unit "share"), 100 for "one police
    to 100 gang members" (unit "ratio").
    """

    low: Decimal | None
    high: Decimal | None
    unit: str = ""
    per: Decimal | None = None
    about: bool = False

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the most."""
        return self.low, self.high

    def __str__(self) -> str:
        """The canonical text: "855", "9..", "~940..960", "300..400 USD/month", "60.8/100000", "1/10 share"."""
        ends = ["" if end is None else format(end, "f") for end in self.bounds]
        text = ends[0] if self.low == self.high and ends[0] else "..".join(ends)
        per = "" if self.per is None else f"/{self.per:f}"
        return f"{'~' * self.about}{text}{per}{' ' * bool(self.unit)}{self.unit}"


class Found(NamedTuple):
    """A quantity in running text: where it stands, and where its bare number does."""

    start: int
    end: int
    quantity: Quantity
    number: tuple[int, int]


def parse_quantity(text: str) -> Quantity:
    """Read one quantity."""
    raise AmparoError("quantity.unreadable", value=text)
