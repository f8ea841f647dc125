"""Persons of an article: named, named again by surname, and those it gives no name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, partial

from amparo.intake.article.actors import ActorMention
from amparo.intake.article.board import Board, Thing
from amparo.intake.article.lexicon import (
    either,
    kin,
    occupations,
    offices,
    ranks,
    reporting,
    singulars,
    word_set,
)
from amparo.intake.article.mentions import (
    AGE_AFTER,
    Mention,
    age_again,
    age_of_pronoun,
    lists,
    shortened,
    told_again,
    trade_of_pronoun,
    trade_told,
)
from amparo.intake.article.names import NAME, cuts, given_here, trimmed, two
from amparo.intake.article.nouns import group_noun, kin_phrase, noun_phrase
from amparo.intake.article.sentences import Article, Sentence
from amparo.values.names.lexicon import EITHER, GIVEN, SURNAME, lexicon
from amparo.values.places import find_places
from amparo.values.text import fold

_PLACE_BEFORE = re.compile(
    r"(?<!\w)(?:colonia|barrio|canton|caserio|vereda|calle|avenida|avenue|street|escuela|hospital|"
    r"parque|carretera|"
    r"residencial|ruta|mercado|municipio|departamento|distrito|estadio|church of|river|rio|mount|lake|"
    r"lago|volcan) "
    r"(?:de |del )?(?:la |el |los )?$"
)
_IN_BEFORE = re.compile(r"(?<!\w)(?:in|near|outside|en|hacia) $")
_DOTTED = re.compile(r"\b(sgt|cpl|pvt|lt|capt|maj|col|gen|insp|cmdr|pfc|dr|sr|lic)\.")


ADULT = 18
_QUALITIES = (
    r"estatal|municipal|federal|nacional|preventivo|comunitari[oa]|independiente|social|indigena|"
    r"campesin[oa]|ambiental|"
    r"local|policial|penitenciari[oa]|sindical|retirad[oa]|jubilad[oa]|garifuna|lenca|trans|auxiliar"
)


class People:
    """The persons of one article, as they come up."""

    def __init__(self, article: Article, board: Board, actors: Sequence[ActorMention]) -> None:
        """Nobody yet."""
        self.article = article
        self.board = board
        self.actors = actors
        self.mentions: list[Mention] = []
        self.force = dominant_force(article)
        self.former: set[str] = set()  # entities of those who were no longer members
        self._trade: tuple[int, str] | None = None  # a plural occupation of a sentence, told of a list
        self._under_way: list[Mention] = []  # names found so far
        self._tokens: dict[str, tuple[str, ...]] = {}  # entity -> folded words of its name

    def find(self) -> list[Mention]:
        """Every mention in the order of the text, attributes read where they stand."""
        for sentence in self.article.sentences:
            found = list(self._named(sentence))
            taken = [(each.start, each.end) for each in found]
            taken += [(each.start, each.end) for each in self.actors if each.sentence == sentence.number]
            heads = {each.start for each in found}
            nouns = [
                each
                for each in map(partial(shortened, sentence, taken), self._nouns(sentence))
                if not _crosses(each, taken) and not (each.form == "noun" and each.end + 1 in heads)
            ]
            again = [
                each
                for each in told_again(sentence, self.board, self.article.language, self.mentions)
                if not _crosses(each, taken)
            ]
            nouns = [each for each in nouns if not _crosses(each, [other[1:3] for other in again])]
            self.mentions += sorted([*found, *again, *nouns], key=lambda each: each.start)
            age_of_pronoun(sentence, self.mentions)
            age_again(sentence, again)
            trade_of_pronoun(sentence, self.mentions, self.article.language)
        return self.mentions

    def settle(self) -> None:
        """Drop names of nobody the text says anything of; protect children and who has a given name only."""
        used = {value.value for thing in self.board.things for value in thing.fields.values()}
        for thing in self.board.of("person"):
            if set(thing.fields) == {"name"} and thing.entity not in used:
                self.board.drop(thing)
                continue
            name = fold(thing.get("name") or "").split()
            if len(name) == 1 and lexicon().kinds.get(name[0]) == GIVEN and not thing.get("position"):
                self._protect(thing, "pseudonymous", "speaker")
            if (thing.get("age") or "99").isdigit() and int(thing.get("age") or 99) < ADULT:
                self._protect(thing, "minor", "witness")
            kind = "relative" if thing.get("relationship") else "public_speaker"
            if kind == "relative" and thing.get("person_kind") in ("public_speaker", "expert"):
                thing.fields.pop("person_kind")
            thing.put("person_kind", kind, certainty="possible", rule="person.other")

    def _protect(self, thing: Thing, note: str, kind: str) -> None:
        """Restrict a named person at once; who is no victim is no public speaker either."""
        thing.restriction = "restricted"
        thing.note(note)
        if thing.get("person_kind") in (None, "public_speaker"):
            thing.fields.pop("person_kind", None)
            thing.put("person_kind", kind, rule="person.protected")

    def _named(self, sentence: Sentence) -> Iterator[Mention]:
        taken = [(each.start, each.end) for each in self.actors if each.sentence == sentence.number]
        taken += [
            each[:2]
            for each in find_places(sentence.bare)
            if any(not place.level for place in each.places)
            and not given_here(sentence, each.start, each.end)
        ]
        for match in NAME.finditer(sentence.bare):
            for start, end in cuts(match.start(), match.end(), taken):
                for low, high in two(sentence, start, end):
                    span = trimmed(sentence, low, high)
                    thing, form = self._person(sentence, *span) if span else (None, "")
                    if span and thing is not None:
                        mention = Mention(sentence.number, *span, thing, sentence.bare[slice(*span)], form)
                        yield mention
                        self._describe(sentence, *span, thing)
                        self._under_way.append(mention)

    def _person(self, sentence: Sentence, start: int, end: int) -> tuple[Thing | None, str]:
        """The person that a capitalised phrase names, a new one or one named before; None for no person."""
        words = sentence.bare[start:end]
        tokens = tuple(fold(words).split())
        before = sentence.flat[:start]
        if thing := self._again(tokens, before):
            if len(tokens) > len(self._tokens[thing.entity]):
                self._tokens[thing.entity] = tokens
                thing.fields.pop("name")
                thing.put("name", words, sentence, rule="person.name")
            return thing, "name" if len(tokens) > 1 else "surname"
        if not self._is_person(sentence, start, end, tokens):
            return None, ""
        thing = self.board.new("person", sentence)
        thing.put("name", words, rule="person.name")
        self._tokens[thing.entity] = tokens
        return thing, "name"

    def _again(self, tokens: tuple[str, ...], before: str) -> Thing | None:
        """Somebody already named whose name holds these words in this order, the last one first."""
        told = Counter(each.thing.entity for each in self.mentions if each.thing is not None)
        persons = list(reversed(self.board.of("person")))
        # A surname that several bear is that of whom the text speaks most.
        if len(tokens) == 1:
            persons.sort(key=lambda person: -told[person.entity])
        for thing in persons:
            known = self._tokens.get(thing.entity, ())
            small, large = sorted((tokens, known), key=len)
            if small and _within(small, large):
                # A given name alone, or a shared surname behind "hermano", is too little.
                if (
                    len(tokens) == 1
                    and len(known) > 1
                    and tokens[0] == known[0]
                    and lexicon().kinds.get(tokens[0]) == GIVEN
                ):
                    return thing if not re.search(r"(?:,|\band\b|\by\b) ?$", before) else None
                return thing
        return None

    def _is_person(self, sentence: Sentence, start: int, end: int, tokens: tuple[str, ...]) -> bool:
        """Whether a phrase is a person's name, by the lexicon of names and by what stands around it."""
        words, before = sentence.bare[start:end], sentence.flat[:start]
        place = next(find_places(words), None)
        language = self.article.language
        lead = (
            rf"{ranks(language)}|{_titles()}|{kin(language)}|identified as|identificad[oa] como|"
            rf"identifico como|alias|{singulars(language)}(?: (?:{_QUALITIES}))?"
        )
        office = rf"(?:{_titles()}) (?:for|of|at|de|del|de la) [^,;.]{{2,60}}, $"
        led = re.search(rf"(?<!\w)(?:(?:{lead}),? $|{office})", before) is not None
        if place is not None and (place.start, place.end) == (0, len(words)) and not led:
            return False
        behind = self._told_of(sentence.flat[end:])
        kinds = [lexicon().kinds.get(token) for token in tokens if len(token) > 1]
        if len(tokens) == 1:
            alone = (
                kinds[:1] in ([GIVEN], [EITHER]) and behind and not re.search(r"\b(?:in|en|de|of) $", before)
            )
            placed = tokens[0] in word_set("never_names") or _PLACE_BEFORE.search(before)
            return not placed and (led or alone)
        spanish = bool(kinds) and kinds[0] == GIVEN and kinds[-1] in (SURNAME, EITHER)
        if _PLACE_BEFORE.search(before) or (_IN_BEFORE.search(before) and not spanish):
            return False
        if (len(kinds) > 2 and all(kinds) and place is None) or kinds[:1] in ([GIVEN], [EITHER]):
            return place is None or led or behind or len(tokens) == 2 or any(kinds[1:])
        familiar = any(kind in (SURNAME, EITHER) for kind in kinds)
        spoken_of = re.match(
            r", [a-z]|\.? (?:was|is|has|had|were|have|fueron|fue|sigue|esta|murio|habia|era)\b",
            sentence.flat[end:],
        )
        surnamed = kinds[-1:] in ([SURNAME], [EITHER]) and place is None and re.search(r"[a-z] $", before)
        aged = re.match(r" (?:tenia|tiene) \d\d anos|, (?:de )?\d\d(?: anos)?,", sentence.flat[end:])
        if (surnamed and spoken_of) or (aged and place is None):
            return True
        return led or (behind and (familiar or (len(tokens) <= 5 and not place)))

    def _told_of(self, after: str) -> bool:
        """Whether what follows is said of persons: an age, an apposition, a verb of telling."""
        return re.match(
            r"(?:,? ?\(?(?:de )?\d\d(?: anos)?[,)]|, (?:an?|the|un|una|el|la|quien|who|de \d\d) "
            rf"|,? (?:who|was|fue) |,? {reporting(self.article.language)}(?!\w))",
            after,
        ) is not None  # fmt: skip

    def _describe(self, sentence: Sentence, start: int, end: int, thing: Thing) -> None:
        """Age, rank, occupation, office and kinship that stand right beside a name."""
        language = self.article.language
        before = _DOTTED.sub(r"\1 ", sentence.flat[max(0, start - 110) : start])
        after = sentence.flat[end : end + 170]
        # What stands before, from the last clause on; a comma right before the name is an apposition.
        near = re.split(
            r"[.;:]|, (?=\w+ \w+.*\w$)(?!$)|(?<!\w)(?:and|y|e|that|que|when|cuando|tras|after|mataron|"
            r"killed) ",
            before.rstrip(", "),
        )[-1]
        alongside = re.match(
            r"^,? ?(?:\(?(?:de )?(?:\d{1,3})(?: anos(?: de edad)?)?\)?,? ?)?(?:(?:an?|the|un|una|el|"
            r"la) )?([^,.;()]{3,120}?)(?=[,.;(]| who | que | quien |$)",
            after,
        )
        beside = alongside[1] if alongside and after[:1] in (",", "(") else ""
        if re.search(
            r"\b(?:former|retired|ex|exagente|expolicia|exmilitar|ex-?policeman|retirad[oa]|jubilad[oa])\b",
            f"{near} {beside}",
        ):
            self.former.add(thing.entity)
        if age := AGE_AFTER.match(after):
            thing.put("age", age[1], sentence, rule="person.age")
        led = re.search(
            r"(?:^|[.;] |\b)(?:the|an?|el|la|una?) ([a-z -]{3,40}?),? (?:who (?:was|has been) )?(?:later )?"
            r"(?:identified (?:[a-z ]{2,30} )?as|identificad[oa] (?:[a-z ]{2,30} )?como) (?:[a-z]+ )?$",
            before,
        )
        near = led[1] if led else near
        told = re.match(
            r",? (?:who |quien |que )?(?:tenia|tiene|was|is) (\d{1,3})"
            r"(?: anos\b| years old\b|[.,]| and\b| y\b)",
            after,
        )
        thing.put("age", told and told[1], sentence, rule="person.age")
        for text in (beside, near):
            if noun := re.search(
                r"(\d{1,3})[- ]year[- ]old|^de (\d{1,3}) anos|^[a-z]+(?: [a-z]+){0,3} de (?:apenas "
                r")?(\d{1,3}) anos"
                r"|^[a-z]+(?: [a-z]+)? of (\d{1,2})$",
                text,
            ):
                told_age = noun[1] or noun[2] or noun[3] or noun[4]
                thing.put("age", told_age, sentence, rule="person.age")
        thing.put("occupation", trade_told(after, language), sentence, rule="person.occupation")
        owner = re.search(rf"(?<!\w)({kin(language)}) (?:del|de la|de|of the|of) [^,]*$", near)
        if owner:
            thing.put("relationship", owner[1], sentence, rule="person.kin")
            near = ""  # "the soldier's mother" is no soldier
        rank = re.search(
            rf"(?<!\w)(?<!attorney )(?<!secretary )(?<!fiscal )(?<!director )({ranks(language)})(?: "
            rf"(?:de|del|de la|of|the|in) [^,;]{{2,60}})? ?$",
            near,
        )
        if rank and not re.search(
            r"hij[oa] mayor|herman[oa] mayor|general de la |portavoz|vocero|spokes", near
        ):
            thing.put(
                "rank",
                sentence.bare[start - len(before) + before.rindex(rank[1], 0, len(before)) :][
                    : len(rank[1])
                ].rstrip("."),
                sentence,
                rule="person.rank",
            )
        if not thing.get("rank") and beside:
            titled = re.match(rf"(?:{ranks(language)})(?!\w)", beside)
            if titled and len(titled[0]) > 4:
                thing.put("rank", titled[0], sentence, rule="person.rank")
        kindred = re.match(rf"(?:the |la |el |his |her |su )?({kin(language)})(?: (?:of|de|del)\b|$)", beside)
        if kindred:
            thing.put("relationship", kindred[1], sentence, rule="person.kin")
        untitled = re.sub(rf", {ranks(language)} ?$", "", near)
        held = self._office(untitled)
        # "The attorney general, X, urged … police": behind an office stands what its holder did.
        for text in (near, "" if kindred or held else beside):
            self._occupation(sentence, thing, text)
        office = held or self._office(beside) or self._office_after(after)
        if office:
            at = sentence.flat.find(office[1])
            written = sentence.bare[at : at + len(office[1])] if at >= 0 else office[1]
            thing.put("position", written, sentence, rule="person.office")
            thing.put("person_kind", office[0], sentence, rule="person.office")
        relation = re.search(
            rf"(?<!\w)(?:his|her|their|su|sus|mi|my|an?|una?|the|el|la) (?:\w+ )?({kin(language)}),? ?"
            r"(?:don|dona|el senor|la senora|sr|sra|mr|mrs|ms)?$",
            before.rstrip(" ."),
        )
        if relation:
            thing.put("relationship", relation[1], sentence, rule="person.kin")

    def _occupation(self, sentence: Sentence, thing: Thing, text: str) -> None:
        table = occupations(self.article.language)
        found = list(re.finditer(rf"(?<!\w){either(table)}(?!\w)", text))
        # The noun nearest to the name in front, the first one behind it.
        for match in found:
            code, plural = table[match[0]]
            if not plural:
                thing.called.add(match[0])
            if match[0] in ("guard", "guards", "guardia", "guardias") and self.force == "prison_guard":
                code = "prison_guard"
            # "Los agentes X y Y": a plural right in front is of each of them.
            if not plural or re.fullmatch(
                rf"[ ,:–—-]*(?:(?:{_QUALITIES})s?)?[ ,:–—-]*(?:{ranks(self.article.language)})? ?",
                text[match.end() :],
            ):
                self._trade = (sentence.number, code) if plural else self._trade
                thing.put("occupation", code, sentence, rule="person.occupation")
                return
        if self._trade and self._trade[0] == sentence.number and self._listed(sentence, thing):
            thing.put("occupation", self._trade[1], sentence, rule="person.occupation")
        ranked = thing.get("rank")
        if ranked:
            army = re.search(
                r"\b(?:army|brigade|infantry|ejercito|brigada|infanteria|fuerza armada|military|"
                r"militar|soldiers?|soldados?)\b",
                sentence.flat,
            )
            police = re.search(r"\b(?:polic\w+|pnc|911)\b", sentence.flat)
            soldierly = fold(ranked) in (
                "pvt",
                "private",
                "soldado",
                "pfc",
                "sargento primero",
                "sargento segundo",
                "coronel",
                "colonel",
                "col",
            )
            if army or soldierly or (self.force == "soldier" and not police):
                thing.put(
                    "occupation",
                    "soldier",
                    sentence,
                    certainty="likely",
                    notes=("inferred",),
                    rule="person.occupation",
                )
            elif (
                police
                or fold(ranked) in ("agente", "officer", "subinspector", "inspector")
                or self.force == "police"
            ):
                thing.put(
                    "occupation",
                    "police",
                    sentence,
                    certainty="likely",
                    notes=("inferred",),
                    rule="person.occupation",
                )

    def _listed(self, sentence: Sentence, thing: Thing) -> bool:
        """Whether the name before this one in the sentence begins a list that goes on with it."""
        at = sentence.bare.find(thing.get("name") or "")
        before = [m for m in self._under_way if m.sentence == sentence.number and m.end <= at]
        return bool(before) and lists(sentence.flat[before[-1].end : at])

    def _office(self, text: str) -> tuple[str, str] | None:
        found = re.search(
            rf"(?<!\w)(?:{_titles()})(?: (?!de\b|del\b|of\b)[a-z]+){{0,2}}?"
            r"(?: (?:of|de|del|de la|at|for|in|on|to)(?: the)? .{2,60})?$",
            text.strip(" ,"),
        )
        if found is None:
            found = re.match(
                rf"(?:\w+ ){{0,2}}?(?:{_titles()})(?: (?:of|de|del|de la|at|for|in|and|y|mayor|on)(?: "
                rf"the)? .{{2,60}})?$",
                text.strip(" ,"),
            )
        if found is None or re.search(rf"(?<!\w)(?:former|ex) ?{_titles()}", found[0]):
            return None
        title = re.search(rf"(?<!\w)(?:{_titles()})(?!\w)", found[0])
        return (offices()[title[0]], found[0]) if title else None

    def _office_after(self, after: str) -> tuple[str, str] | None:
        found = re.match(
            r", (who (?:heads|leads|directs|runs|chairs)|quien (?:dirige|preside|encabeza)) ", after
        )
        return ("public_speaker", found[1]) if found else None

    def _nouns(self, sentence: Sentence) -> Iterator[Mention]:
        """Persons without a name: kin, and singular nouns of persons; and groups."""
        flat, language = sentence.flat, self.article.language
        for match in kin_phrase(language).finditer(flat):
            words = sentence.bare[match.start() : match.end()]
            yield Mention(sentence.number, match.start(), match.end(), None, words, "kin")
        for match in noun_phrase(language).finditer(flat):
            words = sentence.bare[match.start() : match.end()]
            yield Mention(sentence.number, match.start(), match.end(), None, words, "noun")
        for match in group_noun(language).finditer(flat):
            words = sentence.bare[match.start() : match.end()]
            yield Mention(sentence.number, match.start(), match.end(), None, words, "group")


def dominant_force(article: Article) -> str:
    """The occupation that an article speaks of most, "" for none: what its ranks are of."""
    table = occupations(article.language)
    counts: dict[str, int] = {}
    for sentence in article.sentences:
        for match in re.finditer(rf"(?<!\w){either(table)}(?!\w)", sentence.flat):
            code = table[match[0]][0]
            counts[code] = counts.get(code, 0) + 1
    return max(counts, key=lambda code: counts[code]) if counts else ""


@cache
def _titles() -> str:
    return either(offices())


def _within(small: tuple[str, ...], large: tuple[str, ...]) -> bool:
    at = iter(large)
    return all(word in at for word in small)


def _crosses(mention: Mention, taken: Sequence[tuple[int, int]]) -> bool:
    return any(mention.start < end and start < mention.end for start, end in taken) and mention.form != "kin"
