"""The sentences Amparo says, in Spanish and English: codes and facts in, prose out.

One TOML file per language and use, each a flat table of code = sentence. In a sentence

- `{fact}` is the fact as its type is written: 1,234; a date in words; a list as "a, b y c";
- `{fact#}` is a number without thousands separator (a year, a row);
- `{fact%}` is a share between 0 and 1 as a percentage;
- `{fact|one|many}` is a word that agrees with the fact, without the number itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.errors import Word

_FILES = (
    "errors",
    "report",
    "cli",
    "log",
    "evidence",
    "clocks",
    "cases",
    "protection",
    "desk",
    "matching",
    "reading",
    "begin",
)
_SLOT = re.compile(r"\{(\w+)(?:([#%])|\|([^{}|]*)\|([^{}|]*))?\}")
_NOTHING = "—"
_SPACE = "\N{NO-BREAK SPACE}"


def languages() -> tuple[str, ...]:
    """The languages the catalogue speaks, ISO 639-1."""
    return ("es", "en")


def pick_language(environ: Mapping[str, str]) -> str:
    """The user's language from `AMPARO_LANG`, else from the POSIX locale variables; English if neither says.

    `LANGUAGE` is a list of preferences separated by colons, as GNU gettext reads it.
    """
    for variable in ("AMPARO_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for wish in environ.get(variable, "").split(":"):
            if (code := wish[:2].lower()) in languages():
                return code
    return "en"


@cache
def sentences(lang: str) -> dict[str, str]:
    """Every sentence of a language by its code. A code in two files is a defect."""
    known: dict[str, str] = {}
    for name in _FILES:
        table = tomllib.loads((files(__name__) / lang / f"{name}.toml").read_text(encoding="utf-8"))
        if twice := known.keys() & table.keys():
            raise ValueError(f"{lang}/{name}.toml repeats {sorted(twice)}")
        known |= table
    return known


def slots(sentence: str) -> set[str]:
    """The facts a sentence uses."""
    return {match[1] for match in _SLOT.finditer(sentence)}


def say(lang: str, code: str, /, **facts: Any) -> str:
    """The sentence of a code with its facts filled in.

    Raises `KeyError` for a code without a sentence or a sentence whose fact is missing: both are defects.
    """

    def fill(match: re.Match[str]) -> str:
        name, form, one, many = match.groups()
        fact = facts[name]
        if form == "#":
            return str(fact)
        if form == "%":
            return percent(lang, fact)
        if one is not None:
            return one if fact == 1 else many
        return write(lang, fact)

    return _SLOT.sub(fill, sentences(lang)[code])


def word(lang: str, family: str, name: str) -> str:
    """The word for a coded name (`part.capture`), or the name itself where the catalogue has none."""
    return sentences(lang).get(f"{family}.{name}", name)


def write(lang: str, fact: Any) -> str:
    """A fact as it is written in a sentence of that language."""
    match fact:
        case None | "":
            text = _NOTHING
        case Word():
            text = word(lang, fact.family, str(fact))
        case bool():
            text = say(lang, "word.yes" if fact else "word.no")
        case int():
            text = f"{fact:,}"
        case float():
            text = f"{fact:,.3f}".rstrip("0").rstrip(".")
        case date():
            text = day(lang, fact.isoformat())
        case list() | tuple():
            text = enumerate_(lang, [write(lang, item) for item in fact])
        case _:
            text = str(fact)
    return text


def percent(lang: str, share: float) -> str:
    """A share as a percentage with one decimal: "97.3 %" in Spanish, "97.3%" in English."""
    return f"{100 * share:.1f}{_SPACE if lang == 'es' else ''}%"


def day(lang: str, edtf: str) -> str:
    """A day, month or year written in EDTF, in words; anything less plain as it stands."""
    if not (match := re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", edtf)):
        return edtf or _NOTHING
    year, month, number = match.groups()
    if month is None:
        return year
    name = say(lang, f"month.{int(month)}")
    if number is None:
        return say(lang, "date.month", month=name, year=year)
    return say(lang, "date.day", day=int(number), month=name, year=year)


def enumerate_(lang: str, items: list[str]) -> str:
    """The items as one phrase: "a, b y c" or "a, b and c"; Spanish "y" becomes "e" before the sound i."""
    if not items:
        return _NOTHING
    *head, last = items
    if not head:
        return last
    joint = say(lang, "word.and")
    if lang == "es" and re.match(r"h?[ií](?![aeouáéóú])", last, re.IGNORECASE):
        joint = "e"
    return f"{', '.join(head)} {joint} {last}"
