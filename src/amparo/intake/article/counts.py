"""What a number in a text counts: the noun behind it, or what the figure before it counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from amparo.intake.article.board import Thing
from amparo.intake.article.lexicon import either, listed, plurals, singulars, table
from amparo.intake.article.sentences import Sentence
from amparo.values.moments import find_moments
from amparo.values.quantities import Found, Quantity, find_quantities
from amparo.values.text import level

FEW = 5  # below it a count must say what was done to those it counts
LONGEST = 16  # words of a population


class Told(NamedTuple):
    """A quantity of a sentence with the words it counts and its unit."""

    found: Found
    population: str
    unit: str


class Place(NamedTuple):
    """A quantity in its sentence; `flat` is the sentence levelled, quotations kept."""

    sentence: Sentence
    flat: str
    found: Found
    language: str

    @property
    def before(self) -> str:
        """Levelled text in front of the quantity."""
        return self.flat[: self.found.start]

    @property
    def after(self) -> str:
        """Levelled text behind the quantity."""
        return self.flat[self.found.end :]


def told(place: Place, last: Thing | None) -> Told | None:
    """What a quantity counts or measures; None where it is no figure.

    `last` is the figure before: a number without a noun ("en 2016 fueron 47") counts the same.
    """
    quantity = place.found.quantity
    if _no_figure(place):
        return None
    if quantity.unit == "ratio":
        words = re.match(r" ?[a-z]+(?: [a-z]+)?", place.after)
        end = place.found.end + (words.end() if words else 0)
        return Told(place.found, place.sentence.text[place.found.start : end], "ratio")
    if quantity.unit or quantity.per is not None:
        return _measured(place, last)
    noun = _counted(place.language).match(place.after)
    return _without_noun(place, last) if noun is None else _with_noun(place, noun)


def ranked(flat: str, language: str) -> Iterator[Told]:
    """ "The third journalist to be killed this year" is three of them."""
    ordinals = table("figures")["ordinals"][0]["values"]
    pattern = (
        rf"(?<!\w)({either(ordinals)}|\d{{1,3}}(?:st|nd|rd|th)) ((?:\w+ ){{0,3}}?{singulars(language)}"
        r"(?: (?:to be|que es|en ser|in \w+ to be)| de [a-z ]{3,30}?)?) ?(?:killed|murdered|slain|"
        r"assassinated|"
        r"asesinad[oa]|ultimad[oa]|muert[oa])"
    )
    for match in re.finditer(pattern, flat):
        number = Decimal(ordinals.get(match[1]) or re.sub(r"\D", "", match[1]))
        found = Found(match.start(), match.end(), Quantity(number, number))
        yield Told(found, flat[match.start(2) : match.end()], "persons")
    yield from _in_order(flat, language, ordinals)


def _in_order(flat: str, language: str, ordinals: dict[str, int]) -> Iterator[Told]:
    """ "Journalist number 12", "líder social número 187", "su muerte es la tercera de un periodista"."""
    numbered = rf"(?<!\w)({singulars(language)}(?: [a-z]+)?) (?:number|numero|no\.) (\d{{1,4}})(?!\w)"
    for match in re.finditer(numbered, flat):
        number = Decimal(match[2])
        yield Told(Found(match.start(2), match.end(2), Quantity(number, number)), match[1], "persons")
    death = (
        r"(?:murder|killing|death|slaying|case|victim|asesinato|muerte|homicidio|crimen|caso|victima|"
        r"fallecido|muerto)"
    )
    one = r"(?:una? (?:\w+ )?|an? (?:\w+ )?|el |la )"
    of_one = (
        rf"(?<!\w)(?:el|la|the|es|is) ({either(ordinals)}|\d{{1,3}}(?:st|nd|rd|th))(?: {death})?(?: "
        rf"violent[oa])? (?:de|of) {one}"
        r"([a-z][a-z ]{3,60}?)(?= (?:en|in|this|este|esta|durante|since|desde|so far|que|y|and)\b|[,.;])"
    )
    for match in re.finditer(of_one, flat):
        counted = re.search(rf"(?<!\w){singulars(language)}(?!\w)", match[2])
        told = re.search(r"asesin|muert|homicid|crimen|kill|murder|death|slay|die", flat)
        if counted and told:
            number = Decimal(ordinals.get(match[1]) or re.sub(r"\D", "", match[1]))
            yield Told(
                Found(match.start(1), match.end(1), Quantity(number, number)), match[2].strip(), "persons"
            )


def _no_figure(place: Place) -> bool:
    """An age, a time, a distance, a label."""
    measured, numbered = (either(listed("figures", group, "words")) for group in ("measured", "numbered"))
    if re.match(rf"[- ]?{measured}(?!\w)|:\d\d|-year|(?:st|nd|rd|th) ", place.after):
        return True
    return re.search(rf"(?<!\w){numbered} $", place.before) is not None


@cache
def _counted(language: str) -> re.Pattern[str]:
    nouns = either([*listed("figures", "events", language), *listed("figures", "families", language)])
    owner = r"(?:of (?:the |its )?(?:\d+ )?|de (?:los |las |sus )?(?:\d+ )?|los |las |the )?"
    owner += r"(?:[a-z]+(?: [a-z]+)?['’]s )?"
    link = "and|y|of|de|in|en|to|a|or|o|e|per|por|years?|anos|months?|meses|days?|dias|hours?|horas"
    return re.compile(
        rf" ?{owner}(?:(?:current and former|former and current|active and retired|activos y "
        rf"retirados) )?(?:(?!(?:{link})\b)[a-z-]+ ){{0,2}}?(?P<noun>{plurals(language)}|"
        rf"{nouns})(?![\w-]|['’]s)"
    )


def _unit(noun: str, language: str) -> str:
    if noun in listed("figures", "families", language):
        return "families"
    events = listed("figures", "events", language)
    return "events" if noun in events and noun not in ("cases", "casos") else "persons"


@cache
def _done() -> re.Pattern[str]:
    """What was done to those who are counted, behind the noun."""
    en, es = either(listed("figures", "done", "en")), either(listed("figures", "done", "es"))
    be = r"(?:were|was|been|have|has|are|to be|fueron|fue|han|ha|had)"
    return re.compile(
        rf"\b{be}\b(?: \w+){{0,3}} (?:{en}|{es}|asked)|\b(?:{en}|{es})|\b(?:pending|awaiting|in the "
        r"process|who have|have applications)\b"
    )


@cache
def _verb() -> str:
    """A verb whose object is counted: killed nine officers, han asesinado a 31 policías."""
    en, es = either(listed("figures", "done", "en")), either(listed("figures", "done", "es"))
    return rf"\b(?:{en}|(?:{es})(?:[oa]s?)?|asesinaron|mataron|matado|asesino)"


def _with_noun(place: Place, noun: re.Match[str]) -> Told | None:
    quantity, before = place.found.quantity, place.before
    definite = re.search(
        r"(?:^| )(?:the|los|las|both|ambos|su|sus|his|her|their|these|estos|esos|those|other)(?: other)? $",
        before,
    )
    done = _done().search(place.flat[place.found.end : place.found.end + 110])
    acted = re.search(
        rf"{_verb()}(?: a)?(?: [^.;]{{0,60}}(?:,| and| y)(?: a)?)? (?:another |otros )?$", before
    )
    small = quantity.low == quantity.high and quantity.low is not None and quantity.low < FEW
    events = _unit(noun["noun"], place.language) == "events"
    if re.search(r"\b(?:con|with) $", before) and not events:
        return None
    if re.search(r"(?:\bby|\bpor|father of|mother of|padre de|madre de) $", before):
        return None
    if (small and (definite or not (done or acted))) or (definite and not done):
        return None
    doers = re.match(
        r"(?:men|hombres|sujetos|gunmen|hijos|children|kids|individuals|individuos|ninos)$", noun["noun"]
    )
    if (
        doers
        and not acted
        and not re.match(r"[^.;]{0,15}(?:were|fueron|have been|han sido)", place.after[noun.end() :])
    ):
        return None
    several = quantity == Quantity(Decimal(2), None)
    if several and not re.search(
        r"officer|police|polic|killing|soldier|agent|journalist|asesinat|homicid|familia", noun["noun"]
    ):
        return None
    return Told(place.found, population(place), _unit(noun["noun"], place.language))


def _measured(place: Place, last: Thing | None) -> Told | None:
    """Money, rates and shares; what they measure stands in front, behind "of", or in the verb."""
    found, text, before, after = place.found, place.sentence.text, place.before, place.after
    quantity = found.quantity
    unit = quantity.unit.replace("/", "_") or f"per_{quantity.per}"
    if quantity.unit in ("percent", "share"):
        change = (
            r"(?: of)? (?:over|more than|from|sobre|mas que|respecto|comparado)|"
            r"[^.,;]{0,20}\b(?:over|than) the previous"
        )
        return (
            None
            if quantity.unit == "percent" and re.match(change, after)
            else Told(found, population(place), unit)
        )
    if quantity.unit:
        purpose = re.match(r"[^.;,]*?\b(?:to|on|for|en|para|in)\b ([^.;,]{4,70})", after)
        pay = re.search(
            r"(?:salar\w+|wages?|sueldos?|pay|salarios?|gana\w*|earns?|takes? home|makes?|recibe|"
            r"devenga|cobra)\b[^.;]*$",
            before,
        )
        if pay:
            return Told(found, _short(text[pay.start() : found.start]), unit)
        return Told(
            found,
            _short(text[found.end : found.end + purpose.end()] if purpose else text[: found.start]),
            unit,
        )
    rate = re.search(
        r"(?:homicide|murder|killing) rate|homicides?|murders?|killings|tasa de \w+|homicidios|asesinatos",
        before,
    )
    if rate:
        return Told(found, text[rate.start() : rate.end()], unit)
    inner = re.match(r"\S+ (.+?) (?:per|por)\b", text[found.start : found.end])
    if inner:
        return Told(found, inner[1], unit)
    same = last is not None and (last.get("unit") or "").startswith("per_")
    return Told(found, (last.get("population") or "") if same and last is not None else "", unit)


def _without_noun(place: Place, last: Thing | None) -> Told | None:
    """A number that stands alone."""
    found, before, after, low = place.found, place.before, place.after, place.found.quantity.low
    if re.match(
        r"(?:by the |por )?(?:dozens|hundreds|thousands|scores|decenas|cientos|miles)",
        place.flat[found.start : found.end],
    ):
        verb = re.search(rf"{_verb()} $", before)
        return Told(found, _short(place.sentence.text[: found.start]), "persons") if verb else None
    passive = re.match(
        r" (?:were|have been|had been|fueron|han sido) "
        rf"{either([*listed('figures', 'done', 'en'), *listed('figures', 'done', 'es')])}",
        after,
    )
    if passive and low is not None and low > 1 and not re.search(r"\b(?:the|los|las) $", before):
        noun = (last.get("population") or "").split(" ")[0] if last is not None else ""
        return Told(found, f"{noun} {population(place)}".strip(), "persons")
    if counted := _put_at(place, last) or _changed(place, last):
        return counted
    if low is not None and low > 1 and (done := _named_by_deed(place)):
        return done
    return _same_as(place, last) if last is not None else None


def _put_at(place: Place, last: Thing | None) -> Told | None:
    """A number whose noun stands before it: "puts the toll at 9", "el total de casos llegó a 40"."""
    found, before, after, low = place.found, place.before, place.after, place.found.quantity.low
    put = re.search(
        r"(?:number|toll|figure|tally|count|total|cifra|numero|cuenta)"
        r"(?: (?:of|de) ([^,.;]{3,60}))? (?:at|en) $",
        before,
    )
    if put:
        return Told(found, put[1] or (last.get("population") if last else None) or "", "persons")
    total = re.search(
        r"(?:numero|total|cifra|number) (?:de|of) (?:los |las )?([^.;]{3,90}?) (?:fue|es|llego|"
        r"asciende|was|reached|stands|rose)\b[^.;]{0,8}$",
        before,
    )
    if total:
        return Told(found, place.sentence.text[total.start(1) : total.end(1)], "persons")
    summed = re.search(
        r"(?:suman|van|ya son|son ya|suma|sumaron|total of|total de|ascienden a)(?: ya)?(?: los| las)? $",
        before,
    )
    if summed and low is not None and low > 1 and re.match(r" (?:los |las )?[a-z]", after):
        return Told(found, population(place), "persons")
    return None


def _named_by_deed(place: Place) -> Told | None:
    """Those counted by a noun on no list, told by what was done to them: "19 elementos ultimados"."""
    language = place.language
    deeds = either(listed("figures", "done", language))
    tail = r"[oa]s(?!\w)" if language == "es" else r"(?!\w)"
    noun = r"(?!(?:of|de|in|en|y|and|a|to|o|or|per|por|que|who)\b)[a-z]{4,}s"
    match = re.match(
        rf" (?:{noun}) (?:(?:were|was|have been|fueron|han sido|que fueron|who were) )?(?:{deeds}){tail}",
        place.after,
    )
    return Told(place.found, population(place), "persons") if match else None


def _changed(place: Place, last: Thing | None) -> Told | None:
    """A number that rose or fell: "el promedio de homicidios bajó de 9.1 en junio a 6.4"."""
    verb = (
        r"(?:bajo|subio|cayo|paso|aumento|descendio|crecio|disminuyo|se redujo|fell|rose|dropped|went|"
        r"climbed|grew|"
        r"declined|increased|jumped)"
    )
    noun = r"(?:promedio|tasa|numero|cifra|cantidad|indice|average|rate|number|total|tally|toll|count)"
    noun += "(?: [a-z]+)?"
    found = re.search(
        rf"{noun} (?:de|of) ((?:(?!{verb}\b)[\w]+ ){{1,6}}?){verb} (?:[^.;]{{0,60}} )?(?:de|a|from|"
        rf"to)(?: los)? $",
        place.before,
    )
    if found is None:
        return None
    words = place.sentence.text[found.start(1) : found.end(1)].strip()
    unit = (
        "events"
        if any(each in listed("figures", "events", place.language) for each in level(words).split())
        else "persons"
    )
    return Told(place.found, words, unit)


def _same_as(place: Place, last: Thing) -> Told | None:
    """ "Seven of them", "en 2016 fueron 47": the figure before says what is counted."""
    found, before, after = place.found, place.before, place.after
    unit = last.get("unit") or "persons"
    part = re.match(
        r" of (?:them|the|those|whom|which|these)\b(?=.{4})|"
        r" de (?:ellos|ellas|los cuales|las cuales|quienes|estos|estas|esos|esas|los que)\b(?=.{4})",
        after,
    )
    more = re.match(r" (?:more|others|mas|otros) ?(?:have|were|are|has|fueron|han|esperan)\b", after)
    if part or more:
        return Told(found, population(place), unit)
    low = found.quantity.low
    if (
        low is None
        or (low < FEW and unit != "per_100000")
        or place.sentence.number - last.sentence.number > 2
    ):
        return None
    verb = re.search(rf"\b{either(listed('figures', 'totals', 'words'))}(?: los| las)? $", before)
    year = re.match(r" (?:en todo |in all of |in )(?:19|20)\d\d|(?:,| a)? year earlier| un ano antes", after)
    alone = re.match(
        r"[,.;:)]|$| (?:in|en|a year|un ano|were|was|fueron|el |la |this|este|ese|those|of|de|y|and|"
        r"frente|from|to|more|mas)\b",
        after,
    )
    return Told(found, last.get("population") or "", unit) if (verb or year) and alone else None


def population(place: Place) -> str:
    """What is counted: the words behind the quantity to the end of their phrase, with the verb whose object
    they are; the words before it where none follow."""
    text, flat, found = place.sentence.text, place.flat, place.found
    stop = re.search(
        r"[.;:()]| according | segun | de acuerdo |, (?:said|dijo|informo|the|a rise|up from|down from|"
        r"most|and it|y el|frente)|$",
        place.after,
    )
    end = found.end + (stop.start() if stop else 0)
    comma = next((m.start() for m in re.finditer(r",(?!\d)", flat[:end]) if m.start() >= found.end), -1)
    if comma - found.end > 4 and not re.match(r"(?:, [a-z ]{2,25}?){1,3} (?:and|y|o|or) [a-z]", flat[comma:]):
        end = comma
    again = next((each.start for each in find_quantities(text[found.end : end]) if each.start > 8), None)
    if again is not None and re.search(r" (?:and|y|or|o) $", flat[found.end : found.end + again]):
        end = found.end + again
    words = text[found.end : end].strip()
    verb = re.search(rf"{_verb()}(?: a)? ?(?:los |las |the |at least |al menos )?$", place.before)
    if verb:
        return _short(f"{text[verb.start() : found.start].strip()} {words}")
    return _short(words or re.sub(r"^\S* ", "", text[: found.start][-80:]))


def _short(words: str) -> str:
    """At most LONGEST words, articles in front and dates and links behind put aside."""
    words = re.sub(r"^[\s,]*(?:of (?:the )?|de (?:los |las |la )?|los |las |the )?", "", words.strip(" ,.;"))
    language = "es" if re.search(r"\b(?:de|los|las|que|fueron)\b", words) else "en"
    for moment in reversed(list(find_moments(words, language))):
        if moment.end >= len(words) - 1 and moment.start > 0:
            words = words[: moment.start].strip(" ,")
    words = " ".join(words.split()[:LONGEST])
    return re.sub(r" (?:and|y|or|o|in|en|from|de|a|to|the|durante|entre|with)$", "", words)


def measure(unit: str, words: str) -> str | None:
    """The code of what a figure counts (list `measure`), by its unit and levelled population."""
    if unit.startswith("per_"):
        return "homicide_rate" if re.search(r"homicid|murder|rate|asesin", words) else None
    if unit == "ratio":
        return "ratio"
    if re.match(r"[A-Z]{3}(?:_|$)", unit):
        return "salary" if "_" in unit else "spending"
    if re.match(r"(?:arrest|detain|detenid|capturad|suspect|sospechos)", words):
        return None
    patterns = table("figures")["measures"][0]["values"]
    return next((code for code, pattern in patterns.items() if re.search(pattern, words)), None)
