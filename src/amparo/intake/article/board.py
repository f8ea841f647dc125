"""What a reader has found so far: things with their fields, each field with the sentence it stands in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from amparo.intake.article.sentences import Sentence
from amparo.intake.passages import Span
from amparo.intake.proposals import Kind, Proposal, Restriction


class Value(NamedTuple):
    """One field's value, where it stands, and how sure it is."""

    value: str
    sentence: Sentence
    certainty: str = "stated"
    asserted_by: str | None = None
    notes: tuple[str, ...] = ()
    rule: str = ""


class Thing:
    """A person, act, figure … under way; its first sentence is the one that made it."""

    def __init__(self, entity: str, kind: Kind, sentence: Sentence) -> None:
        """A thing without fields."""
        self.entity = entity
        self.kind = kind
        self.sentence = sentence
        self.fields: dict[str, Value] = {}
        self.restriction: Restriction = "none"
        self.notes: list[str] = []
        self.called: set[str] = set()  # nouns that the text calls it by

    def put(
        self,
        field: str,
        value: str | None,
        sentence: Sentence | None = None,
        *,
        certainty: str = "stated",
        asserted_by: str | None = None,
        notes: Iterable[str] = (),
        rule: str = "",
    ) -> None:
        """Give a field its value, where it has none yet and there is one."""
        if value and field not in self.fields:
            place = sentence or self.sentence
            self.fields[field] = Value(value, place, certainty, asserted_by, tuple(notes), rule)

    def get(self, field: str) -> str | None:
        """A field's value."""
        return self.fields[field].value if field in self.fields else None

    def note(self, code: str) -> None:
        """Note something of the whole thing."""
        if code not in self.notes:
            self.notes.append(code)


class Board:
    """All things found in one article, in the order they were found."""

    def __init__(self) -> None:
        """Nothing found."""
        self._things: dict[str, Thing] = {}  # by entity
        self._kinds: dict[Kind, dict[str, Thing]] = {}
        self._numbers: dict[str, int] = {}

    @property
    def things(self) -> list[Thing]:
        """Every thing."""
        return list(self._things.values())

    def new(self, kind: Kind, sentence: Sentence) -> Thing:
        """A thing with the next id of its kind."""
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        thing = Thing(f"{kind}-{number}", kind, sentence)
        self._things[thing.entity] = self._kinds.setdefault(kind, {})[thing.entity] = thing
        return thing

    def of(self, *kinds: Kind) -> list[Thing]:
        """The things of these kinds."""
        if len(kinds) == 1:
            return list(self._kinds.get(kinds[0], {}).values())
        return [thing for thing in self._things.values() if thing.kind in kinds]

    def person(self, entity: str | None) -> Thing | None:
        """The person with this id, unless it was dropped."""
        return self._kinds.get("person", {}).get(entity) if entity is not None else None

    def drop(self, thing: Thing) -> None:
        """Take a thing back that turned out to be part of another."""
        self._things.pop(thing.entity, None)
        self._kinds[thing.kind].pop(thing.entity, None)

    def proposals(self) -> tuple[Proposal, ...]:
        """One proposal for each field, with its sentence as passage."""
        return tuple(
            Proposal(
                entity=thing.entity,
                kind=thing.kind,
                field=field,
                value=said.value,
                certainty=said.certainty,
                asserted_by=said.asserted_by,
                passage=Span(words=said.sentence.text, start=said.sentence.start, end=said.sentence.end),
                restriction=thing.restriction,
                notes=tuple(dict.fromkeys((*thing.notes, *said.notes))),
                rule=said.rule,
            )
            for thing in self.things
            for field, said in thing.fields.items()
        )
