"""A written name cut into its pieces: other names set apart, titles and particles off, compounds joined."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from amparo.values.names.kinds import kind
from amparo.values.names.lexicon import EITHER, GIVEN, SURNAME, UNKNOWN, Lexicon, lexicon
from amparo.values.text import plain


class Unit(NamedTuple):
    """A word, or words that belong together, with the particles written before it."""

    text: str  # joined by "_": one token; joined by "-": several tokens of the same part of the name
    kind: str
    particles: tuple[str, ...] = ()


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
_ELIDED = re.compile(r"\b(d|o|l|sant|dell|dall)'\s+(?=\w)")  # D' Angelo
_SEGMENT = re.compile(r"[,;]")
_JOINED = re.compile(r"(?<=\w)[/|\\](?=\w)")  # Pérez/Rivas
_OTHERWISE = re.compile(r"[/|\\]([^,;()\[\]]*)")  # Juana Pérez / Juana Rivas
_SCANNED = re.compile(r"[0158][a-z]{4,}")  # 0rtiz: a letter that was read as a figure
_AGE = re.compile(  # "de 23 años"
    r"(?:\bde +)?(?<![\w])\d{1,3} *(?:anos?|mes|meses|dias?|years?|months?)\b(?: +(?:de edad|old|of age)\b)?"
)
_MARKS = re.compile(r"[\"“”„«»()\[\],;/|\\']")


def words_of(text: str) -> list[str]:
    """Words of a text in plain letters; hyphened words stay together."""
    return _WORD.findall(text.replace("'", ""))


def pieces(text: str, *, surname_leads: bool = False) -> Pieces:
    """Cut a name as written. Every word of the text ends in exactly one place of the result.

    `surname_leads` says that the text begins with a surname, so that "Coronel" or "Van" in front is one;
    before a comma that is taken for granted.
    """
    found = Pieces([], [], [], [], [])
    if not text:
        return found
    lex = lexicon()
    rest = " ".join(plain(text).split())
    everything = words_of(rest)
    nobody = not lex.placeholder_starts.isdisjoint(everything) and _names_nobody(everything)
    if nobody or (not lex.kin.isdisjoint(everything[:3]) and _is_a_relative(everything)):
        found.words.extend(part for word in everything for part in word.split("-"))
        return found
    marked = _MARKS.search(rest) is not None
    if marked:
        # Quotes first: an alias may follow a marker and be quoted as well.
        rest = _QUOTED.sub(lambda match: _alias(match[1] or match[2] or "", found), _ELIDED.sub(r"\1'", rest))
    pattern, markers = _markers()
    if markers.search(rest):
        rest = pattern.sub(lambda match: _marked(match, found), rest)
    rest = _without_remarks(rest, everything, found)
    if marked:
        rest = _BRACKETED.sub(lambda match: _bracket(match[1], found), rest)
        rest = _OTHERWISE.sub(lambda match: _alias(match[1], found), _JOINED.sub("-", rest))
    segments = [words_of(segment) for segment in _SEGMENT.split(rest)] if marked else [words_of(rest)]
    aside = lex.suffixes | lex.titles | lex.occupations
    named = [words for words in segments if not all(word in aside for word in words)]
    for at, words in enumerate(segments):
        leads = surname_leads or (len(named) > 1 and words is named[0])
        units = _Segment(words, found, leads, at > 0).units()
        if units:
            found.segments.append(units)
    return found


def other_names(text: str) -> Pieces:
    """A text that holds nothing but aliases."""
    found = Pieces([], [], [], [], [])
    _alias(plain(text), found)
    return found


def _names_nobody(words: list[str]) -> bool:
    return " ".join(word for word in words if not word.isdigit()) in lexicon().placeholders


def _is_a_relative(words: list[str]) -> bool:
    """Whether the name is another's: hija de Juana Pérez."""
    lex = lexicon()
    for at, word in enumerate(words[:3]):
        if word in lex.kin and words[at + 1 : at + 2] in (["de"], ["of"]) and len(words) > at + 2:
            after = words[at + 2]
            return lex.kinds.get(after) == GIVEN and after not in lex.given_with_de
    return False


def _without_remarks(text: str, words: list[str], found: Pieces) -> str:
    """The text without an age, "y dos más", or what says that the surname is not known; these are words."""

    def aside(match: re.Match[str]) -> str:
        found.words.extend(part for word in words_of(match[0]) for part in word.split("-"))
        return " , "

    if any(word[0].isdigit() for word in words):
        text = _AGE.sub(aside, text)
    several, nameless = _remarks()
    if len(words) > 2 and several.search(text):
        text = several.sub(aside, text)
    return nameless.sub(aside, text) if nameless.search(text) else text


@cache
def _remarks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of "y dos más" and of what stands for an unknown surname at the end of a name."""
    number = "|".join([r"\d+", *sorted(lexicon().few)])
    several = (
        rf"(?<=\w) +(?:y|e|and) +(?:(?:{number}) +(?:mas|otr[oa]s?|personas?|more|others?)\b|otr[oa]s?\b).*"
    )
    ends = "|".join(re.escape(text).replace(r"\ ", r"[. ]+") for text in lexicon().nameless_ends)
    return re.compile(several), re.compile(rf"(?<=\w)[ ,(]+(?:{ends})[.)]*$")


@cache
def _markers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The pattern of what announces another name, and a quick one that must be found first."""
    texts = sorted((plain(text) for text in lexicon().alias_markers), key=len, reverse=True)
    pattern = "|".join(re.escape(text) for text in texts)
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)[\s:.]*([^,;()\[\]]*)"), re.compile(pattern)


def _alias(text: str, found: Pieces) -> str:
    lex = lexicon()
    for word in words_of(text):
        place = (
            found.words if word in lex.particles else found.titles if word in lex.suffixes else found.aliases
        )
        place.extend(word.split("-"))
    return " "


def _marked(match: re.Match[str], found: Pieces) -> str:
    found.words.extend(words_of(match[0][: match.start(1) - match.start()]))
    _alias(match[1], found)
    return " , "


def _bracket(content: str, found: Pieces) -> str:
    """A bracket holds a suffix, a remark or another name."""
    lex = lexicon()
    words = words_of(content)
    if words and all(word in lex.suffixes or word in lex.bracketed for word in words):
        found.titles.extend(words)
    elif any(word in lex.remarks for word in words):
        found.words.extend(part for word in words for part in word.split("-"))
    else:
        _alias(content, found)
    return " "


class _Segment:
    """The words of one segment on their way to units; titles and the widow's surname go to `found`."""

    def __init__(self, words: list[str], found: Pieces, surname_leads: bool, follows: bool) -> None:
        self._lex: Lexicon = lexicon()
        self._found = found
        self._leads, self._follows = surname_leads, follows
        figures = [word for word in words if word[0].isdigit() and not self._is_name(word)]
        if figures:
            found.words.extend(part for word in figures for part in word.split("-"))
            words = [word for word in words if word not in figures]
        start, end = 0, len(words)
        if follows and all(word in self._lex.titles or word in self._lex.occupations for word in words):
            start = end
        while start < end and self._is_title(words, start, end):
            start += 1
        while end > start and words[end - 1] in self._lex.suffixes and (end - start > 1 or follows):
            end -= 1
        found.titles.extend(words[:start] + words[end:])
        self._words = words[start:end]

    def units(self) -> list[Unit]:
        """Join compounds, hang particles on the word they precede."""
        lex, words = self._lex, self._words
        units: list[Unit] = []
        pending: list[str] = []
        at = 0
        while at < len(words):
            word, rest = words[at], len(words) - at - 1
            length = self._compound(at)
            if length:
                units.append(Unit("_".join(words[at : at + length]), SURNAME, tuple(pending)))
                pending = []
            elif word in lex.widow and rest and (units or words[at + 1] == "de"):
                self._found.words.extend([*pending, word])
                for later in words[at + 1 :]:
                    place = self._found.words if later in lex.particles else self._found.married
                    place.extend(later.split("-"))
                return units
            elif self._is_particle(word, units, words[at + 1 :]):
                pending.append(word)
            else:
                units.append(Unit(word, self._kind(word, pending), tuple(pending)))
                pending = []
            at += length or 1
        # A particle nothing follows is itself a name (La, De, Do), but not the one of a surname in front.
        if pending and len(units) < 2 and not (self._follows and units and pending[0] == "de"):
            units.append(Unit(pending.pop(), UNKNOWN))
        self._found.words.extend(pending)
        return units

    def _is_particle(self, word: str, units: list[Unit], after: list[str]) -> bool:
        lex = self._lex
        if word in lex.surname_particles and len(units) > 1 and after:
            return units[-1].kind in (SURNAME, EITHER) and kind(after[0]) != GIVEN
        return word in lex.particles or (word in lex.inner_particles and bool(units) and bool(after))

    def _is_name(self, word: str) -> bool:
        return word in self._lex.suffixes or _SCANNED.fullmatch(word) is not None

    def _kind(self, word: str, particles: list[str]) -> str:
        """A man's name after a particle is a surname: de Luis, Di Pietro; but Juan de Dios.

        So are some women's names after "de la": de la Rosa.
        """
        if particles and word in self._lex.male and word not in self._lex.given_with_de:
            return SURNAME
        if particles == ["de", "la"] and word in self._lex.surnames_with_de_la:
            return SURNAME
        return kind(word)

    def _is_title(self, words: list[str], at: int, end: int) -> bool:
        lex, word = self._lex, words[at]
        if self._leads and (lex.kinds.get(word) in (SURNAME, EITHER) or word in lex.titles_before_given):
            return False
        if word in lex.titles:
            return at + 1 < end or at > 0
        return word in lex.titles_before_given and at + 2 < end and lex.kinds.get(words[at + 1]) == GIVEN

    def _compound(self, at: int) -> int:
        """How many words from here are one compound surname; 0 for none."""
        lex, words = self._lex, self._words
        for compound in lex.compounds.get(words[at], ()):
            if tuple(words[at : at + len(compound)]) == compound:
                return len(compound)
        length = 0
        while at + length + 1 < len(words) and (
            words[at + length] in lex.openers
            or (words[at + length] in lex.inner_openers and (at + length > 0 or self._leads))
        ):
            length += 1
        return length + 1 if length else 0
