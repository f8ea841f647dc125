"""Names known by what stands around them: letters behind "la", who tells or asks, gangs by their article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from amparo.intake.article.lexicon import either, listed, organisation_words, word_set
from amparo.intake.article.sentences import Sentence
from amparo.values.names.lexicon import EITHER, GIVEN, lexicon
from amparo.values.places import find_places
from amparo.values.text import level

CAP = r"[A-ZÁÉÍÓÚÑÜ][\wáéíóúñü.'’&-]*"
_ARTICLES = r"(?:the |el |la |los |las |al |del )?"
# Words in front of an organisation's letters.
_LETTERED = (
    "the", "la", "el", "agency", "agencia", "institute", "instituto", "group", "grupo", "network", "red",
    "ngo", "ong", "entidad", "institucion",
)  # fmt: skip
_GANG = (
    r"(?:band|pandill|mara\b|grupo|cartel|clica|estructura|disidencia|reducto|faccion|gang|crew|clique|"
    r"organizacion crim)"
)
_ASKED = (
    "urges", "urged", "calls on", "called on", "asks", "asked", "demanded", "demands", "verified", "pidio",
    "insto", "exigio", "verifico", "condemned", "condeno", "condena", "exige", "insta", "pide",
)  # fmt: skip


def is_place(text: str) -> bool:
    """Whether a phrase is the name of a place."""
    found = next(find_places(text), None)
    return found is not None and found.start == 0 and found.end == len(text)


def place_leads(name: str) -> bool:
    """Whether a phrase begins with the name of a place."""
    found = next(find_places(name), None)
    return found is not None and found.start == 0


def abbreviations(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """Capitals that tell or are told of ("según la CIDH"), and a single name right behind "according to"."""
    told = r"(?:according to|segun|de acuerdo con|of|by|from|por|del?|datos de)"
    for match in re.finditer(r"\b[A-Z]{3,7}\b", sentence.bare):
        before = level(sentence.bare[: match.start()])
        if re.search(rf"{told} {_ARTICLES}$", before) and not is_place(match[0]):
            yield match.start(), match.end(), match[0], "other"
    # "La agencia INEGI", "la UNP": letters behind an article or a word of organisation.
    kind_word = either(_LETTERED)
    for match in re.finditer(r"\b[A-Z]{4,8}\b", sentence.bare):
        before = level(sentence.bare[: match.start()])
        loud = re.search(
            r"[A-Z]{4,} *$|^ *[A-Z]{4,}", sentence.bare[: match.start()] + sentence.bare[match.end() :]
        )
        if re.search(rf"(?<!\w){kind_word} $", before) and not loud and not is_place(match[0]):
            yield match.start(), match.end(), match[0], "other"
    for match in re.finditer(r"(?<=[a-z], )[A-Z]{3,7}(?=,)", sentence.bare):
        if not is_place(match[0]):
            yield match.start(), match.end(), match[0], "other"
    # People take no article in English.
    for match in re.finditer(r"(?<!\w)according to the (?=\S)", sentence.flat):
        name = re.match(rf"{CAP}(?: {CAP}){{1,6}}", sentence.bare[match.end() :])
        if name and not is_place(name[0]):
            yield match.end(), match.end() + name.end(), name[0].rstrip(".,'’"), "other"
    for match in re.finditer(r"(?<!\w)(?:of|for|by|with|at) (?=(?:El|La|Los|Las) [A-Z])", sentence.bare):
        name = re.match(rf"(?:El|La|Los|Las) {CAP}(?: {CAP})*", sentence.bare[match.end() :])
        english = re.search(r"\b(?:the|said|was|of)\b", sentence.flat) is not None
        if name and english and not is_place(name[0]):
            yield match.end(), match.end() + name.end(), name[0].rstrip(".,'’"), "media"
    lead = r"(?<!\w)(?:according to|segun|de acuerdo con) (?:the |el |la )?"
    for match in re.finditer(lead, sentence.flat):
        name = re.match(r"[A-Z][a-záéíóú]{3,}(?=[,.]| [a-z])", sentence.bare[match.end() :])
        if (
            name
            and not is_place(name[0])
            and level(name[0]) not in lexicon().kinds
            and level(name[0]) not in organisation_words()
        ):
            yield match.end(), match.end() + name.end(), name[0], "other"


def telling(sentence: Sentence) -> Iterator[tuple[int, int, str, str]]:
    """Names of no person that tell, count or ask: "Voces del Istmo verified", and gangs by their article."""
    link = r"(?:de los|de las|de la|del|de|of the|of|for|para|por|y|and|sin|contra|en)"
    name = rf"(?:(?:El|La|Los|Las|The) )?{CAP}(?: {CAP})*(?: {link} {CAP}(?: {CAP})*)+"
    for match in re.finditer(rf"(?:^|, |; |\bto |\bby |\bpor )(?={name} )", sentence.bare):
        found = re.match(name, sentence.bare[match.end() :])
        first = level(found[0].split()[0]) if found else ""
        if found is None or lexicon().kinds.get(first) in (GIVEN, EITHER) or first in word_set("never_lead"):
            continue
        end = match.end() + found.end()
        if re.match(
            rf" (?:also |has |have |ha |han )?{_told_or_asked()}(?!\w)", sentence.flat[end:]
        ) and not (is_place(found[0]) or first in word_set("titles") or place_leads(found[0])):
            yield match.end(), end, found[0], "ngo"
    gang = _GANG
    for match in re.finditer(rf"\b(?:Los|Las|La) {CAP}(?: {CAP})?", sentence.bare):
        before, after = sentence.flat[: match.start()], sentence.flat[match.end() :]
        apposed = re.match(rf",? \(?(?:(?:una?|la|el|los|a|an|the) )?(?:\w+ )?{gang}", after)
        named = re.search(
            rf"{gang}\w*(?: \w+)? (?:llamad[oa] |conocid[oa] como |known as |called )?$", before
        )
        blamed = match[0].startswith("Los ") and re.search(
            r"(?:integrantes|miembros|cabecillas|jefes|lider(?:es)?|sicarios|members|leaders?|gunmen|"
            r"hitmen) (?:de|of) $",
            before,
        )
        blamed = blamed or (
            match[0].startswith("Los ")
            and re.search(r"(?:responsabiliza|atribu|senala|culpa|acus)\w* (?:\w+ ){0,3}a $", before)
        )
        if (apposed or named or blamed) and not is_place(match[0]):
            yield match.start(), match.end(), match[0], "gang"


@cache
def _told_or_asked() -> str:
    return either([*listed("actors", "reporting", "en"), *listed("actors", "reporting", "es"), *_ASKED])
