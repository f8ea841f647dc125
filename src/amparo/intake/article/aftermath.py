"""What only the whole article tells of its acts: leads named later, events told twice, duty status."""

from __future__ import annotations

import re

from amparo.intake.article.board import Board, Thing
from amparo.intake.article.circumstances import code_of
from amparo.intake.article.lexicon import either, kin, occupations
from amparo.intake.article.people import People
from amparo.values.text import level

ON_DUTY_TRADES = ("police", "soldier", "prison_guard")
_NEAR = 4  # sentences within which a lead gets its name


def settle(board: Board, people: People, unnamed: list[Thing]) -> None:
    """Put together what was told twice, and conclude what the text does not say in so many words."""
    _name_leads(board, people, unnamed)
    _name_kin(board, unnamed, people.article.language)
    _fold_attempts(board)
    _fold_absences(board)
    for act in board.of("act", "threat", "displacement"):
        person = victim_of(board, act)
        if (
            person is not None
            and person.get("person_kind") not in ("victim", "relative")
            and act.get("type") != "detention"
        ):
            person.fields.pop("person_kind", None)
            person.put("person_kind", "victim", act.sentence, rule="person.victim")
    for act in board.of("act"):
        _conclude_duty(board, people, act)


def victim_of(board: Board, act: Thing) -> Thing | None:
    """The person an act was done to."""
    return board.person(act.get("victim") or act.get("person"))


def _name_leads(board: Board, people: People, unnamed: list[Thing]) -> None:
    """A lead without a name ("a journalist has been found dead") and the name a few sentences on are one."""
    for person in unnamed:
        indefinite = re.match(r"(?:an?|una?) ", (person.get("description") or "").lower())
        acts = [act for act in board.of("act") if act.get("victim") == person.entity]
        if person.get("person_kind") != "victim" or not indefinite or not acts:
            continue
        for act in board.of("act"):
            named = victim_of(board, act)
            told = {act.get("type"), acts[0].get("type")}
            if (
                named is None
                or not named.get("name")
                or (len(told) > 1 and told != {"killing", "attempted_killing"})
            ):
                continue
            near = 0 < named.sentence.number - person.sentence.number <= _NEAR
            if near and act.sentence.number >= person.sentence.number:
                if "killing" in told:
                    act.fields["type"] = act.fields["type"]._replace(value="killing")
                for gone in acts:
                    _fold(board, gone, act)
                named.put(
                    "occupation",
                    _occupation(person, people.article.language),
                    person.sentence,
                    rule="person.occupation",
                )
                board.drop(person)
                break
        else:
            _name_by_age(board, people, person, acts)


def _name_kin(board: Board, unnamed: list[Thing], language: str) -> None:
    """Kin without a name ("his brother, 19,") and kin named a little later ("the brother, X") are one."""
    for person in unnamed:
        word = re.search(rf"(?<!\w){kin(language)}(?!\w)", level(person.get("description") or ""))
        for named in board.of("person"):
            near = 0 < named.sentence.number - person.sentence.number <= _NEAR
            if word is None or not near or not named.get("name") or named.get("relationship") != word[0]:
                continue
            for field in ("age", "sex", "occupation"):
                if field in person.fields:
                    named.fields.setdefault(field, person.fields[field])
            for thing in board.things:
                for field, value in thing.fields.items():
                    if value.value == person.entity:
                        thing.fields[field] = value._replace(value=named.entity)
            board.drop(person)
            break


def _name_by_age(board: Board, people: People, person: Thing, acts: list[Thing]) -> None:
    """The lead's victim by the first name behind it that is given with an age and told nothing else of."""
    taken = {act.get("victim") for act in board.of("act")}
    for named in board.of("person"):
        near = 0 < named.sentence.number - person.sentence.number <= 2
        if (
            near
            and named.get("name")
            and named.get("age")
            and not named.get("position")
            and named.entity not in taken
        ):
            for act in acts:
                act.fields["victim"] = act.fields["victim"]._replace(
                    value=named.entity, sentence=named.sentence
                )
                busy = re.search(r"\b(?:was|were) (\w+ing [^.;,]{3,80}?) when\b", named.sentence.bare)
                act.put("circumstances", busy and busy[1], named.sentence, rule="act.activity")
            named.put(
                "occupation",
                _occupation(person, people.article.language),
                person.sentence,
                rule="person.occupation",
            )
            board.drop(person)
            return


def _occupation(person: Thing, language: str) -> str | None:
    nouns = occupations(language)
    match = re.search(rf"(?<!\w){either(nouns)}(?!\w)", level(person.get("description") or ""))
    return nouns[match[0]][0] if match else None


def _fold_attempts(board: Board) -> None:
    """Who was killed was not only attacked."""
    killed = {act.get("victim"): act for act in board.of("act") if act.get("type") == "killing"}
    for act in board.of("act"):
        last = killed.get(act.get("victim")) if act.get("type") in ("killing", "attempted_killing") else None
        if last is not None and last is not act and _one_day(act, last):
            _fold(board, act, killed[act.get("victim")])


def _fold_absences(board: Board) -> None:
    """Who was taken and "has not been seen since" is one act where a sentence tells both."""
    taken = {act.get("victim"): act for act in board.of("act") if act.get("type") == "kidnapping"}
    for act in board.of("act"):
        first = taken.get(act.get("victim")) if act.get("type") == "disappearance" else None
        if first is not None and first.sentence is act.sentence:
            _fold(board, act, first)


def _one_day(act: Thing, other: Thing) -> bool:
    """Whether two dates may be the same, as far as they are told."""
    dates = [re.sub(r"[?~%]", "", each.get("date") or "") for each in (act, other)]
    return dates[0].startswith(dates[1][:7]) or dates[1].startswith(dates[0][:7])


def _fold(board: Board, gone: Thing, act: Thing) -> None:
    """Give an act what another of the same event tells beside it, and drop the other."""
    for field, value in gone.fields.items():
        if field not in ("victim", "type"):
            act.fields.setdefault(field, value)
    done = any(each.get("act") == act.entity for each in board.of("involvement"))
    for involved in [each for each in board.of("involvement") if each.get("act") == gone.entity]:
        if done:
            board.drop(involved)
        else:
            involved.fields["act"] = involved.fields["act"]._replace(value=act.entity)
            done = True
    board.drop(gone)


def _conclude_duty(board: Board, people: People, act: Thing) -> None:
    """Who had left the force was a former member; who was on a private errand was likely not on duty."""
    person = victim_of(board, act)
    if act.get("duty_status") or person is None or act.get("type") == "detention":
        return
    occupation = person.get("occupation") or people.force
    if person.entity in people.former and occupation in ON_DUTY_TRADES:
        act.put("duty_status", "former", rule="act.duty")
        return
    activity = code_of("activities", act.get("circumstances") or "")
    if occupation in ON_DUTY_TRADES and activity and activity[1]:
        told = act.fields["circumstances"].sentence
        act.put("duty_status", "off_duty", told, certainty="likely", notes=("inferred",), rule="act.errand")
