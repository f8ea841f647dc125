"""Organisations, forces, gangs and other actors of an article: by name, word of kind or abbreviation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from amparo.intake.article.board import Board, Thing
from amparo.intake.article.capitals import CAP, abbreviations, is_place, place_leads, telling
from amparo.intake.article.lexicon import (
    either,
    listed,
    names_of,
    offices,
    organisation_words,
    word_set,
)
from amparo.intake.article.sentences import Article, Sentence
from amparo.values.names.lexicon import EITHER, GIVEN, lexicon
from amparo.values.places import find_places
from amparo.values.text import fold, level

HUNTERS = ("gang", "armed_group")


class ActorMention(NamedTuple):
    """An actor named in a sentence; offsets within the sentence."""

    sentence: int
    start: int
    end: int
    thing: Thing


_LINK = (
    r"(?:of the|of|for the|for|and|on|in|to|against|de la|de las|de los|del|de|para la|para el|"
    r"para|por la|por el|por los|por|y|e|contra|en|sin)"
)
_RUN = re.compile(
    rf"{CAP}(?:(?<=ción) a (?:las |los |la )?{CAP}|(?: {_LINK})?(?: {CAP})|"
    rf"(?: {_LINK}) (?:los |las |la |el )?{CAP})*"
)
_ACRONYM = re.compile(r" ?\(([A-Z][A-Za-z-]{1,14})\)")


def find_actors(article: Article, board: Board) -> list[ActorMention]:
    """Every named actor with its kind; each is one thing however often it is named."""
    known: dict[str, Thing] = {}
    mentions: list[ActorMention] = []
    for sentence in article.sentences:
        taken: list[tuple[int, int]] = []
        found = list(_named(sentence))
        ends = {end for _, end, _, _ in found}
        for start, end, name, kind in found:
            # What stands in brackets, or behind "or", right behind a name is its abbreviation.
            short = re.search(r"(?: \(|, (?:or|o|known as)(?: the| el| la)? )$", sentence.bare[:start])
            if (short and short.start() in ends) or any(start < high and low < end for low, high in taken):
                continue
            taken.append((start, end))
            thing = _thing(known, board, sentence, name, kind)
            if alias := _ACRONYM.match(sentence.bare, end):
                known.setdefault(fold(alias[1]), thing)
                thing.put("alias", alias[1], sentence, rule="actor.abbreviation")
                taken.append(alias.span())
            mentions.append(ActorMention(sentence.number, start, end, thing))
    mentions += list(_again(article, known, mentions))
    return sorted(mentions, key=lambda each: (each.sentence, each.start))


def _thing(known: dict[str, Thing], board: Board, sentence: Sentence, name: str, kind: str) -> Thing:
    key = _key(name)
    thing = known.get(key)
    if thing is None:
        thing = board.new("actor", sentence)
        thing.put("name", name, rule="actor.name")
        thing.put("actor_kind", kind, rule="actor.kind")
        known[key] = thing
    return thing


_SAME = {
    "ms 13": "mara salvatrucha", "ms13": "mara salvatrucha", "ms": "mara salvatrucha",
    "la ms": "mara salvatrucha",
    "pandilla 18": "barrio 18", "mara 18": "barrio 18", "18th street": "barrio 18", "calle 18": "barrio 18",
    "barrio dieciocho": "barrio 18", "onu": "united nations", "un": "united nations",
    "naciones unidas": "united nations",
}  # fmt: skip


def _key(name: str) -> str:
    words = re.sub(r"^(?:the|el|la|los|las) ", "", fold(name))
    return _SAME.get(words, words)


def _named(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, name, kind) of the sentence's actors, the surest first."""
    yield from _by_gazetteer(sentence)
    yield from _beside_kind(sentence)
    yield from _of_several(sentence)
    yield from _after_name(sentence)
    yield from _lower(sentence)
    yield from _by_words(sentence)
    yield from abbreviations(sentence)
    yield from telling(sentence)


@cache
def _gazetteer() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){either([*names_of('known'), *names_of('kept')])}(?![\w-])")


def _by_gazetteer(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    for match in _gazetteer().finditer(sentence.flat):
        name, kind = (names_of("known") | names_of("kept"))[match[0]]
        written = sentence.bare[match.start() : match.end()]
        # An abbreviation, or a name that is a word too, must stand as it is written.
        as_written = written == name or (len(name) > 7 and written[:1].isupper())
        if as_written and (kind in HUNTERS or not _in_longer(sentence, match.start(), match.end())):
            yield match.start(), match.end(), written, kind


def _in_longer(sentence: Sentence, start: int, end: int) -> bool:
    """Whether a name is part of another's: "Oficina de la ONU para …", "Milenio Cartel"."""
    for run in _RUN.finditer(sentence.bare, max(0, start - 120)):
        if run.start() > start:
            return False
        if run.end() >= end and run[0] != sentence.bare[start:end]:
            rest = run[0].replace(sentence.bare[start:end], "").strip()
            led = _organised(run[0]) is not None and level(rest.split()[0]) not in word_set("never_lead")
            return led or re.match(r" (?:Cartel|Cártel)\b", sentence.bare[end:]) is not None
    return False


def _beside_kind(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """A name beside a word of kind: the Barrio Azteca gang, el grupo criminal X, el semanario Y."""
    for kind in HUNTERS:
        word = either(listed("actors", "groups", kind))
        for match in re.finditer(rf"(?<!\w){word} (?:de (?:los |las |la )?)?(?=\S)", sentence.flat):
            name = re.match(
                rf"(?:{CAP}|\d+)(?: (?:{CAP}|\d+|de|de la))*(?<! de)", sentence.bare[match.end() :]
            )
            if (
                name
                and not is_place(name[0])
                and level(name[0].split()[0]) not in word_set("never_lead") - {"los", "las", "la", "el"}
            ):
                yield match.end(), match.end() + name.end(), name[0], kind
        for match in re.finditer(rf"(?<=\w )(?:{word})(?!\w)", sentence.flat):
            before = re.search(rf"((?:{CAP}|\d+)(?: (?:{CAP}|\d+))*) $", sentence.bare[: match.start()])
            if (
                before
                and re.search(r"[A-Za-z]", before[1])
                and not _described(before[1])
                and not is_place(before[1])
            ):
                name = re.sub(r"^(?:The|El|La) ", "", before[1])
                start = before.end(1) - len(name)
                end = match.end() if re.search("cartel|cártel|federation", match[0]) else before.end(1)
                if level(name) not in word_set("never_lead"):
                    yield start, end, sentence.bare[start:end], kind
    for match in re.finditer(
        rf"\b{CAP}(?: {CAP})* Cartel\b|\bC[áa]rtel(?:es)? (?:(?:de |del )(?:la |los )?)?{CAP}(?: {CAP})*",
        sentence.bare,
    ):
        yield match.start(), match.end(), match[0], "gang"
    for kind in ("ngo", "media"):
        word = either(listed("actors", "beside", kind))
        for match in re.finditer(rf"(?<!\w){word},? (?=\S)", sentence.flat):
            name = re.match(
                rf"{CAP}(?: (?:(?:del|de la|de los|de|of|for) )?{CAP})*(?: \d+)?",
                sentence.bare[match.end() :],
            )
            if (
                name
                and level(name[0].split()[0]) not in word_set("never_lead") - {"el", "la", "los", "las"}
                and not is_place(name[0])
                and not (
                    "," in match[0] and lexicon().kinds.get(level(name[0].split()[0])) in (GIVEN, EITHER)
                )
            ):
                # "Radio Chortí", "la Asociación Campesina …": the word is of the name.
                own = sentence.bare[match.start()].isupper() and sentence.flat[match.end() - 1] == " "
                start = match.start() if own else match.end()
                end = match.end() + name.end()
                yield start, end, sentence.bare[start:end], kind


def _after_name(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """A name in front of a word of kind: the FOSDEH think tank."""
    behind = (
        r"(?:think tank|charity|nonprofit|non-profit|newspaper|website|radio station|news site|"
        r"human rights group|foundation)"
    )
    for match in re.finditer(rf"(?<=\w )(?:{behind})(?!\w)", sentence.flat):
        before = re.search(rf"({CAP}(?: {CAP})*) $", sentence.bare[: match.start()])
        if before and not _described(before[1]) and not is_place(before[1]):
            yield (
                before.start(1),
                before.end(1),
                before[1],
                "media" if re.match("news|web|radio", match[0]) else "ngo",
            )


def _of_several(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """Two names behind a word for several: the gangs X and Y, las pandillas X y Y."""
    many = (
        r"(?:gangs|cartels|militias|pandillas|bandas|maras|carteles|milicias)(?: rivales)?,? "
        r"(?:called |known as |llamadas |the |los |las )*"
    )
    for match in re.finditer(rf"(?<!\w){many}(?=\S)", sentence.flat):
        first = re.match(rf"{CAP}(?: {CAP})*", sentence.bare[match.end() :])
        link = r" (?:and|y) (?:the |los |las )?"
        second = first and re.match(rf"{link}({CAP}(?: {CAP})*)", sentence.bare[match.end() + first.end() :])
        if first and second and not is_place(first[0]):
            at = match.end() + first.end()
            yield match.end(), at, first[0], "gang"
            yield at + second.start(1), at + second.end(1), second[1], "gang"


def _lower(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """Organisations written without capitals, and forces of a nation."""
    for text, (_, kind) in names_of("lower").items():
        for match in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", sentence.flat):
            yield match.start(), match.end(), sentence.bare[match.start() : match.end()], kind
    force = r"(?:police|army|military|navy|marines|armed forces)"
    for match in re.finditer(
        rf"(?<!\w)(?:{either(_nationalities())} {force})(?! (?:officer|offices|chief|director|station|"
        r"m[ae]n|sergeant|corporal|captain|inspector|lieutenant|commander|colonel|spokes\w+))(?!\w)",
        sentence.flat,
    ):
        kind = "police" if match[0].endswith("police") else "armed_force"
        yield match.start(), match.end(), sentence.bare[match.start() : match.end()], kind
    for match in re.finditer(rf"(?<!\w)(?:policia|ejercito) {either(_nationalities())}(?!\w)", sentence.flat):
        kind = "police" if match[0].startswith("policia") else "armed_force"
        yield match.start(), match.end(), sentence.bare[match.start() : match.end()], kind


@cache
def _nationalities() -> frozenset[str]:
    return frozenset(listed("actors", "nationalities", "words"))


def _by_words(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """Capitalised phrases that hold a word of organisation."""
    for match in _RUN.finditer(sentence.bare):
        start, name = match.start(), match[0].rstrip(".,'’")
        office = re.match(rf"{either(_offices())}(?: for| of| de la| del| de)(?: the)? ", level(name))
        if office:
            start, name = start + office.end(), name[office.end() :]
        while (
            level(name.split()[0]) in word_set("never_lead")
            and len(name.split()) > 1
            and not place_leads(name)
        ):
            first = name.split()[0]
            start, name = start + len(first) + 1, name[len(first) + 1 :]
        for low, high in _parts(name):
            part = _unled(name[low:high])
            tail = re.search(r" (?:de la|del|de los|de las|of the) (?=[A-ZÁÉÍÓÚÑ])", part)
            if tail and _organised(part) is None:
                part = part[tail.end() :]  # "Investigadores de la División …"
            if kind := _organised(part):
                yield start + high - len(part), start + high, part, kind


def _unled(part: str) -> str:
    """A phrase without an article or a place in front: "la Policía …", "Colombia del Alto Comisionado …"."""
    place = next(find_places(part), None)
    link = re.match(r" (?:del|de la|de) ", part[place.end :]) if place and not place.start else None
    if place and link:
        return part[place.end + link.end() :]
    return re.sub(r"^(?:la|el|los|las|the|al|del|de) ", "", part)


@cache
def _offices() -> list[str]:
    return [text for text in offices() if " " not in text and text not in organisation_words()]


def _parts(name: str) -> Iterator[tuple[int, int]]:
    """A run as one, or cut at a place or preposition where two organisations may have met."""
    low = 0
    for match in re.finditer(r" (?:and|y|e|in|en|to|con|with) ", name):
        left, right = name[low : match.start()], name[match.end() :]
        inside = match[0].strip() in ("and", "y", "e") and not (
            _organised(left) and _organised(_unled(right))
        )
        if inside and match[0].strip() in ("and", "y", "e"):
            continue
        yield low, match.start()
        low = match.end()
    yield low, len(name)


def _organised(name: str) -> str | None:
    """The kind of organisation that the words of a capitalised phrase make it."""
    flat = level(name)
    words = re.findall(r"[\w'’.]+", flat)
    plain_words = [re.sub(r"['’]s$", "", word) for word in words]
    if len(words) < 2:
        return organisation_words().get(flat) if flat in word_set("alone") else None
    if all(word in word_set("generic") for word in plain_words):
        return None
    linked = {"of", "for", "de", "del", "para"} & set(plain_words)
    if not place_leads(name) and any(
        lexicon().kinds.get(word) == GIVEN for word in (plain_words[:1] if linked else plain_words)
    ):
        return None  # a title and a name: Police Commander …
    for text, kind in organisation_words().items():
        if " " in text and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", flat):
            return kind
    # The noun that says what it is stands first in Spanish, before "of" or last in English.
    stop = next((at for at, word in enumerate(plain_words) if word in ("of", "for", "on", "to")), len(words))
    english = stop < len(words) or not {"de", "del", "para", "sin"} & set(plain_words)
    order = [plain_words[stop - 1], plain_words[0]] if english else [plain_words[0], plain_words[1]]
    return next((organisation_words()[word] for word in order if word in organisation_words()), None)


def _described(words: str) -> bool:
    """Whether words before "gang" only describe it: nationalities, "Suspected"."""
    return all(
        word in _nationalities() | word_set("descriptive") | word_set("never_lead")
        for word in level(words).split()
    )


def _again(
    article: Article, known: dict[str, Thing], mentions: Sequence[ActorMention]
) -> Iterator[ActorMention]:
    """Where a name that some sentence made an actor's stands in the others."""
    names = {
        str(thing.get(field)): thing
        for thing in known.values()
        for field in ("name", "alias")
        if len(thing.get(field) or "") > 3 and str(thing.get(field))[0].isupper()
    }
    if not names:
        return
    pattern = re.compile(rf"(?<![\w-]){either(names)}(?![\w-])")
    by_sentence: dict[int, list[ActorMention]] = {}
    for each in mentions:
        by_sentence.setdefault(each.sentence, []).append(each)
    for sentence in article.sentences:
        taken = by_sentence.get(sentence.number, ())
        for match in pattern.finditer(sentence.bare):
            bracketed = sentence.bare[: match.start()].endswith("(")
            if not bracketed and not any(
                match.start() < each.end and each.start < match.end() for each in taken
            ):
                yield ActorMention(sentence.number, match.start(), match.end(), names[match[0]])


def hunters_at(sentence: Sentence, language: str) -> Iterator[re.Match[str]]:
    """Unnamed groups that are said to act."""
    return _hunters().finditer(sentence.flat)


@cache
def _hunters() -> re.Pattern[str]:
    """Words of groups that are said to act, and patterns of such words; the longest first."""
    shaped = "|".join(listed("actors", "hunters", "patterns"))
    return re.compile(rf"(?<!\w)(?:{shaped}|{either(listed('actors', 'hunters', 'words'))})(?!\w)")
