"""The words by which lists name their columns, in Spanish and English (`headers.toml`)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from amparo.values.text import fold

# Read when imported: the quarantined child opens no file afterwards.
TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("headers.toml").read_text(encoding="utf-8"))

# Folded phrase -> (field, tier); the field is "" for columns that are known and not used.
PHRASES: dict[str, tuple[str, int]] = {
    fold(phrase): (field, tier)
    for field, tiers in TABLE["fields"].items()
    for tier, group in enumerate(tiers)
    for phrase in group
} | {fold(phrase): ("", 0) for phrase in TABLE["unused"]["phrases"]}

# Folded phrase -> the part of the act's date (0 day, 1 month, 2 year) that such a column holds.
DATE_PARTS: dict[str, int] = {
    fold(phrase): number
    for number, part in enumerate(("day", "month", "year"))
    for phrase in TABLE["date_parts"][part]
}

# Words that turn a known phrase within a longer header to another person, place or moment.
ELSEWHERE: frozenset[str] = frozenset(map(fold, TABLE["unused"]["elsewhere"]))

# Words of English headers: a list that has them writes 3/4/2019 month first, for want of other evidence.
ENGLISH: frozenset[str] = frozenset(map(fold, TABLE["language"]["english"]))


def known(header: str) -> bool:
    """Whether a cell is, word for word, one of the known column names."""
    return len(header) <= 60 and (fold(header) in PHRASES or fold(header) in DATE_PARTS)
