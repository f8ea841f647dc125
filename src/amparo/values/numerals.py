"""Numbers in figures and in Spanish and English words, and the words of quantity in `data/quantities.yml`."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from amparo.values.text import level

_FIGURES = r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f])\d{3})(?:\1\d{3})*")


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    table = files("amparo.values").joinpath("data", "quantities.yml").read_text(encoding="utf-8")
    return msgspec.yaml.decode(table)


@cache
def words(group: str) -> dict[str, Any]:
    """The words of a group with their values."""
    return {text: value for each in _table()[group] for text, value in each["values"].items()}


def listed(group: str) -> dict[str, list[str]]:
    """The lists of words of a group by their names."""
    found: dict[str, list[str]] = {}
    for entry in _table()[group]:
        for name, texts in entry.items():
            if name != "source":
                found.setdefault(name, []).extend(texts)
    return found


@cache
def _values() -> tuple[dict[str, int], dict[str, int]]:
    """Numerals, and those that multiply what stands before them."""
    times = {text: value for each in _table()["numerals"] for text, value in each["times"].items()}
    return words("numerals"), times


@cache
def NUMBER() -> str:  # noqa: N802  (a constant that is made when it is first used)
    """The pattern of a number in a `level` text: figures, words, and both ("48 million")."""
    values, times = _values()
    one = "|".join(sorted(values, key=len, reverse=True))
    many = "|".join(sorted(times, key=len, reverse=True))
    word = rf"(?:{one}|{many})"
    return (
        rf"(?:(?:{_FIGURES})(?:[ -](?:{many})(?: de)?\b)*|\b(?:a (?=hundred|thousand|million))?{word}"
        rf"(?:(?:[ -]|(?<=ta) y |(?<=hundred) and ){word})*\b)"
    )


def number(text: str, language: str = "en") -> Decimal | None:
    """The value of a number in figures, words or both; None where the words make no number."""
    flat = re.sub(r"\bde$", "", level(text).strip()).strip()
    figures = re.match(_FIGURES, flat)
    if figures is None:
        return _from_words(re.split(r"[ -]+", flat))
    value = _from_figures(figures[0], language)
    for word in re.split(r"[ -]+", flat[figures.end() :].strip(" -")):
        value *= _values()[1].get(word, 1)
    return value


def _from_figures(text: str, language: str) -> Decimal:
    """Figures with separators: three figures behind one make it thousands, but for one point in English."""
    if thousands := _THOUSANDS.fullmatch(text):
        point = thousands[1] == "." and language == "en" and text.count(".") == 1
        if not point and not text.startswith("0"):
            return Decimal(re.sub(r"\D", "", text))
    whole, _, part = re.sub(r"[.,](?=\d+$)", " ", text).partition(" ")
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{part or 0}") if part else Decimal(text)


def _from_words(parts: list[str]) -> Decimal | None:
    """Add up what stands side by side, multiply by what follows: two hundred and ten, ciento veinte mil."""
    values, times = _values()
    total = group = 0
    room = 1000  # the next numeral must be smaller: it fills the noughts of the one before
    for word in parts:
        if word in ("y", "and", "a", ""):
            continue
        factor = times.get(word)
        if factor == 100 and group < 10:
            group, room = max(group, 1) * 100, 100
        elif factor and factor > 100:
            total, group, room = total + max(group, 1) * factor, 0, 1000
        elif word in values and values[word] < room:
            group += values[word]
            room = 100 if values[word] >= 100 else 10 if values[word] >= 20 and values[word] % 10 == 0 else 1
        else:
            return None
    return Decimal(total + group)
