"""Verbs and nouns that tell an act: their forms in both voices, and what denies them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from amparo.intake.article.lexicon import either, table
from amparo.intake.article.sentences import Sentence

_BE = {
    "en": r"(?:was|were|been|being|be|is|are|got|gets)(?: (?:also|later|then|just|both|being|feared|first|"
    r"himself|herself|all|\w+ly|shot and|ambushed and|kidnapped and|abducted and|beaten and|among "
    r"those)){0,2}",
    "es": r"(?:fue|fueron|fuera|fueran|sea|ha sido|han sido|habia sido|habian sido|hubiera sido|era|eran|"
    r"siendo|ser|seria|resulto|resultaron|resulta|resultan|quedo|quedaron|murio|murieron|muere|mueren|"
    r"haber sido|es|son|esta|estan|estaba|termino|terminaron|aparecio|aparecieron)"
    r"(?: (?:tambien|luego|despues|ayer|anoche|hoy|ambos|ambas|baleado y|interceptado y|secuestrado y|"
    r"emboscado y|tiroteado y|\w+mente)){0,2}",
}


_DONE_TO = ("killing", "kidnapping", "disappearance")  # acts that "his murder" tells
_BESIDE = (*_DONE_TO, "displacement", "attempted_killing")  # acts that a bare participle tells
# What may stand between "the murder" and "of X": qualities, a day, how it was done.
_BETWEEN = {
    "en": r"(?: (?:last|on|in|this|earlier) (?:(?!of\b)\w+ ){0,3}?\w+)?",
    "es": r"(?: (?:violent[oa]|atroz|brutal|cruel|impune|selectiv[oa]|reciente|a (?:tiros|balazos|"
    r"sangre fria)|"
    r"con arma (?:de fuego|blanca)|extrajudicial|forzad[ao]|ocurrid[oa] [^.;,]{2,40}?|"
    r"(?:ayer|anoche|este \w+|el (?:pasado )?\w+|en \w+)))?",
}


class Found(NamedTuple):
    """A verb or noun of an act in a sentence.

    `voice`: passive, active, alone (the subject is the victim), noun, owned ("X's murder"),
    own ("his murder") or beside ("X, murdered in May").
    """

    code: str
    voice: str
    start: int
    end: int


def constructions(sentence: Sentence, language: str) -> Iterator[Found]:
    """Verbs and nouns of acts in order; of those that overlap the longest."""
    found = [
        Found(code, voice, match.start(), match.end())
        for code, voice, pattern in _forms(language)
        for match in pattern.finditer(sentence.flat)
        if not _denied(sentence.flat, match) and _has_be(sentence.flat, match, voice, language)
    ]
    kept: list[Found] = []
    for act in sorted(found, key=lambda each: (each.start - each.end, each.start)):
        if not any(act.start < other.end and other.start < act.end for other in kept):
            kept.append(act)
    yield from sorted(kept, key=lambda each: each.start)


@cache
def _forms(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """(code, voice, pattern) of every construction of a language."""
    forms: list[tuple[str, str, re.Pattern[str]]] = []
    for act in table("acts")["acts"]:
        passive, active, alone, noun = (
            act[f"{voice}_{language}"] for voice in ("passive", "active", "alone", "noun")
        )
        if passive:
            end = r"(?:[oa]s?)?(?!\w)" if language == "es" else r"(?!\w)"
            forms.append(
                (
                    act["code"],
                    "passive",
                    re.compile(rf"(?<!\w){_BE[language]} (?:found )?{either(passive)}{end}"),
                )
            )
        if passive:
            # "was intercepted and shot to death": one form of "be" for two participles.
            second = (
                r"(?<=and )(?:\w+ly |later |then |subsequently |eventually )?"
                if language == "en"
                else "(?<= y )"
            )
            forms.append((act["code"], "passive", re.compile(rf"{second}{either(passive)}{end}")))
        forms += _told_otherwise(act, language)
        if leads := act.get(f"lead_{language}"):
            forms.append((act["code"], "noun", re.compile(rf"(?<!\w){either(leads)} ")))
        if noun and language == "en":
            owned = [each for each in noun if " " not in each and each not in ("body", "bodies")]
            forms.append((act["code"], "owned", re.compile(rf"(?<=['’]s ){either(owned)}(?!\w| of)")))
        if active:
            guard = (
                r"(?<!was )(?<!were )(?<!been )(?<!being )(?<!be )(?<!is )(?<!are )(?<!to be )"
                if language == "en"
                else ""
            )
            forms.append((act["code"], "active", re.compile(rf"(?<!\w){guard}{either(active)}(?!\w)")))
        if alone:
            forms.append((act["code"], "alone", re.compile(rf"(?<!\w){either(alone)}(?:[oa]s?)?(?!\w)")))
        if noun:
            state = r"(?: sin vida| baleado| calcinado| decapitado| con [a-z ]{4,30}?)?"
            between = _BETWEEN[language]
            link = (
                rf"{between} of (?:the )?"
                if language == "en"
                else rf"{state}{between} (?:de|del|contra) (?:la |el |los |las )?"
            )
            link = (
                " (?:of )?"
                if act["code"] == "threat" and language == "en"
                else " (?:a |de |del |al |contra )?(?:la |el |los |las )?"
                if act["code"] in ("threat", "attempted_killing")
                else r" (?:of |on |against )?(?:the )?"
                if act["code"] == "attempted_killing"
                else link
            )
            forms.append((act["code"], "noun", re.compile(rf"(?<!\w){either(noun)}{link}(?=\w)")))
    return tuple(forms)


def _told_otherwise(act: dict[str, Any], language: str) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Constructions beside the plain forms: patterns, conjugations, participles, possessives."""
    if texts := act.get(f"lead_patterns_{language}"):
        yield (act["code"], "noun", re.compile(rf"(?<!\w)(?:{'|'.join(texts)}) "))
    passive, noun = act[f"passive_{language}"], act[f"noun_{language}"]
    if passive and act["code"] in _BESIDE:
        beside = r"(?=,? (?:el|en|hace|la|por|ayer|anoche|cuando|mientras|desde|a|este|on|in|by|since|last|"
        beside += r"while|when|as|outside|near|at|and|y)\b|\.$)"
        ending = "[oa]s?" if language == "es" else ""
        bare = [text for text in passive if " " not in text or text in ("shot dead", "shot at")]
        yield (act["code"], "beside", re.compile(rf"(?<=, ){either(bare)}{ending}{beside}"))
    if noun and act["code"] in _DONE_TO:
        owner = "(?:his|her|their)" if language == "en" else "sus?"
        single = [
            text
            for text in noun
            if " " not in text and not re.match("cuerpo|cadaver|restos|bod|remains", text)
        ]
        yield (act["code"], "own", re.compile(rf"(?<!\w){owner} {either(single)}(?! threat|\w)"))
    if stems := act.get(f"stems_{language}"):
        yield (act["code"], "active", re.compile(rf"(?<!\w)(?:{'|'.join(map(_conjugated, stems))})(?!\w)"))
    for voice in ("active", "alone", "own"):
        for text in act.get(f"{voice}_patterns_{language}", ()):
            yield (act["code"], voice, re.compile(rf"(?<!\w)(?:{text})(?!\w)"))


def _conjugated(stem: str) -> str:
    """Third persons of a regular Spanish verb in -ar as a pattern, words behind it too ("acab con la vida").

    Source: RAE, Nueva gramática (2009) §4, amar; the present singular only with its object's "a".
    """
    root, _, rest = stem.partition(" ")
    compound = rf"(?:ha|han|habia|habian|haber|hayan?|habrian?|hubieran?) {root}ado"
    tail = f" {re.escape(rest)}" if rest else ""
    return rf"(?:(?:{root}(?:o|aron|an|aban?|aran?|ando)|{compound}){tail}|{root}a{tail} (?=a ))"


def _has_be(flat: str, match: re.Match[str], voice: str, language: str) -> bool:
    """Whether a second participle ("… and shot") follows a first one behind "be"; other forms pass."""
    if voice != "passive" or re.match(_BE[language], match[0]):
        return True
    return (
        re.search(
            rf"(?<!\w){_BE[language]} \w+(?:ed|en|ot|ad[oa]s?|id[oa]s?|ert[oa]s?)\b[^.;:]{{0,70}}$",
            flat[: match.start()],
        )
        is not None
    )


def _denied(flat: str, match: re.Match[str]) -> bool:
    """Whether an act was not done: denied, wished, or a condition."""
    before = flat[max(0, match.start() - 30) : match.start()]
    body = re.match(r"(?:body|bodies|remains|cuerpo|cadaver|cuerpos|cadaveres|restos)", match[0])
    if re.match(r"(?:disappeared|missing|desaparecid[oa]s|murdered|muert[oa]s)$", match[0]) and re.search(
        r"\b(?:the|los|las|de|of) $", before
    ):
        return True  # "relatives of the disappeared"
    unfound = body and not re.search(
        r"found|discovered|recovered|hallad|encontrad|localizad|identified|identificad|recuperad|abandonad|"
        r"aparecio|aparecieron|yacia|presentaba|quedo|hallaron|encontraron|localizaron|recuperaron|"
        r"hallazgo|"
        r"dumped|turned up|appeared|showed|bore|lay|washed|riddled|pulled from|left in",
        flat,
    )
    denied = re.search(
        r"(?:\bnot|\bnever|\bno|\bnunca|\bif you|\bif they|\bto|\bwould|\bcould|\bpodria|\bsi|ordered "
        r"to|order to) (?:be |ser |been )?$",
        before,
    )
    return bool(
        unfound or (denied and not re.search(r"(?:forced|asked|called|ordered|obligad\w) to $", before))
    )


def subjectless(sentence: Sentence, act: Found, language: str) -> bool:
    """Whether a verb's subject is a pronoun, or in Spanish may be left out."""
    before = sentence.flat[: act.start]
    if re.match(r"(?:his|her|their|su|el|the) (?:body|remains|cuerpo|cadaver)\b", sentence.flat[act.start :]):
        return True
    if language == "en":
        return (
            re.search(
                r"(?:^|[ ,;])(?:he|she|they|his body|her body|both|the (?:officer|journalist|reporter|"
                r"soldier|victim|man|woman|activist|judge|corporal|sergeant|defender|"
                r"lawyer))\b[^.;]{0,60}$",
                before,
            )
            is not None
        )
    subject = re.search(r"(?:^|[;,] |\by )(?:el|la|los|las|un|una) \w+(?: \w+)? $", before)
    known = re.search(
        r"(?:el|la) (?:comunicador|comunicadora|periodista|reportero|reportera|agente|cabo|sargento|"
        r"policia|soldado|militar|victima|hombre|mujer|lider|activista|joven|uniformado)(?: \w+)? $|su "
        r"(?:cadaver|cuerpo) $",
        before,
    )
    led = re.match(
        r"(?:el|la|los|las|una?|otr[oa]s?) (?!lunes|martes|miercoles|jueves|viernes|sabado|domingo|"
        r"pasado|mismo|dia|fin|noche|madrugada|"
        r"tarde|manana|semana)[a-z]+",
        before,
    )
    return (len(before) < 70 and subject is None and led is None) or known is not None
