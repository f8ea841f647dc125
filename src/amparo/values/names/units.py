"""A written name cut into its pieces: other names set apart, titles and particles off, compounds joined."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from amparo.values.names.lexicon import GIVEN, SURNAME, lexicon
from amparo.values.text import plain


class Unit(NamedTuple):
    """A word, or words that belong together, with the particles written before it."""

    text: str  # joined by "_": one token; joined by "-": several tokens of the same part of the name
    kind: str
    particles: str = ""


class Pieces(NamedTuple):
    """A name's segments between commas, each a list of units, and what is not part of them."""

    segments: list[list[Unit]]
    aliases: list[str]
    married: list[str]  # after "viuda de"
    titles: list[str]
    words: list[str]


_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_QUOTED = re.compile(r"[\"“”„«»]+([^\"“”„«»]*)[\"“”„«»]+|(?<!\w)'(\w[^']*\w)'(?!\w)")
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_ELIDED = re.compile(r"\b([do])'\s+(?=\w)")  # D' Angelo
_SEGMENT = re.compile(r"[,;/|\\]")
_MARKS = re.compile(r"[\"“”„«»()\[\],;/|\\']")


@cache
def _markers() -> tuple[re.Pattern[str], frozenset[str]]:
    """The pattern of what announces another name, and the first words by which to look for it."""
    texts = sorted((plain(text) for text in lexicon().alias_markers), key=len, reverse=True)
    pattern = "|".join(re.escape(text) for text in texts)
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)[\s:.]*([^,;()\[\]]*)"), frozenset(texts)


def words_of(text: str) -> list[str]:
    """Words of a text in plain letters; hyphened words stay together."""
    return _WORD.findall(text.replace("'", ""))


def pieces(text: str) -> Pieces:
    """Cut a name as written. Every word of the text ends in exactly one list of the result."""
    found = Pieces([], [], [], [], [])
    rest = " ".join(plain(text).split())
    everything = words_of(rest)
    if " ".join(everything) in lexicon().placeholders:
        found.words.extend(everything)
        return found
    pattern, markers = _markers()
    marked = _MARKS.search(rest) is not None
    if marked:
        rest = _set_quoted_apart(_ELIDED.sub(r"\1'", rest), found)
    if any(marker in rest for marker in markers):
        rest = _set_marked_apart(pattern, rest, found)
    if marked:
        rest = _BRACKETED.sub(lambda match: _bracket(match.group(1), found), rest)
    for segment in _SEGMENT.split(rest) if marked else [rest]:
        words = words_of(segment)
        if words:
            found.segments.append(_units(words, found))
    found.segments[:] = [segment for segment in found.segments if segment]
    return found


def other_names(text: str) -> Pieces:
    """A text that holds nothing but aliases."""
    found = Pieces([], [], [], [], [])
    _add_alias(plain(text), found)
    return found


def _set_quoted_apart(text: str, found: Pieces) -> str:
    def take(match: re.Match[str]) -> str:
        _add_alias(match.group(1) or match.group(2) or "", found)
        return " "

    return _QUOTED.sub(take, text)


def _set_marked_apart(pattern: re.Pattern[str], text: str, found: Pieces) -> str:
    def take(match: re.Match[str]) -> str:
        marker = match.group(0)[: match.start(1) - match.start(0)]
        found.words.extend(words_of(marker))
        _add_alias(match.group(1), found)
        return " , "

    return pattern.sub(take, text)


def _bracket(content: str, found: Pieces) -> str:
    words = words_of(content)
    if words and all(word in lexicon().suffixes or word == "h" for word in words):
        found.titles.extend(words)
    else:
        _add_alias(content, found)
    return " "


def _add_alias(text: str, found: Pieces) -> None:
    particles = lexicon().particles
    for word in words_of(text):
        (found.words if word in particles else found.aliases).extend(word.split("-"))


def _units(words: list[str], found: Pieces) -> list[Unit]:
    """Units of one segment; its titles, suffixes, particles and widow's surname go to `found`."""
    lex = lexicon()
    start, end = 0, len(words)
    while start < end and _is_title(words, start, end):
        start += 1
    while end > start and words[end - 1] in lex.suffixes and (end - start > 1 or found.segments):
        end -= 1
    found.titles.extend(words[:start] + words[end:])
    units: list[Unit] = []
    pending: list[str] = []
    at = start
    while at < end:
        word = words[at]
        compound = _compound_at(words, at, end)
        if compound:
            text, at = "_".join(words[at : at + compound]), at + compound
            units.append(Unit(text, SURNAME, " ".join(pending)))
            found.words.extend(pending)
            pending = []
            continue
        if word in lex.widow and units and at + 1 < end:
            found.words.extend([*pending, word])
            for later in words[at + 1 : end]:
                (found.words if later in lex.particles else found.married).extend(later.split("-"))
            return units
        at += 1
        if word in lex.particles or (units and at < end and word in lex.inner_particles):
            pending.append(word)
            continue
        if not units and pending and lex.kind(word) != SURNAME and end - at >= 1 and len(pending) == 1:
            # A particle that opens a given name: de_andre, la_tonya.
            word, pending = f"{pending[0]}_{word}", []
        found.words.extend(pending)
        units.append(Unit(word, lex.kind(word), " ".join(pending)))
        pending = []
    if pending and len(units) < 2:  # a particle nothing follows is itself a name: La, De, Do
        units.append(Unit(pending.pop(), ""))
    found.words.extend(pending)
    return units


def _is_title(words: list[str], at: int, end: int) -> bool:
    lex = lexicon()
    if words[at] in lex.titles:
        return at + 1 < end or at > 0
    return words[at] in lex.titles_before_given and at + 2 < end and lex.kinds.get(words[at + 1]) == GIVEN


def _compound_at(words: list[str], at: int, end: int) -> int:
    """How many words from here are one compound surname; 0 for none."""
    lex = lexicon()
    for compound in lex.compounds.get(words[at], ()):
        if tuple(words[at : at + len(compound)]) == compound and at + len(compound) <= end:
            return len(compound)
    if at + 1 < end and (words[at] in lex.openers or (words[at] in lex.inner_openers and at > 0)):
        length = 1
        while at + length + 1 < end and (words[at + length] in lex.openers | lex.inner_openers):
            length += 1
        return length + 1
    return 0
