"""SYNTHETIC hard lists with known truth, 5,000 to 5 million records: what makes linkage fail, in one frame.

Families are attacked together: relatives share surnames, day and place, and several families may share an
event. Five lists of uneven coverage find persons of a visible and of a hidden class, write them in their own
manner, repeat some, and err: accents lost, a surname missing, swapped or misspelt, given names left out or
replaced by a short form, b/v s/c/z ll/y h and j/g confused, letters mistyped, days off by a few, only a month
or a year known, places known at different levels. Words and places are in `hard_lists.yml`.

The rates are chosen so that generic Splink (`splink_peer`) at 100,000 records has a cluster F1 of .48 to .58
and never sees 13 to 17 % of the true pairs, most of its false pairs being relatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from amparo.records import RECORDS, conform
from amparo.values.text import plain

DATA: dict[str, Any] = msgspec.yaml.decode(Path(__file__).with_suffix(".yml").read_bytes())
FIRST_DAY = np.datetime64("1979-10-15")
DAYS = 4470  # to January 1992
# How common the n-th word is: 1 / (n + shift) ** power.
GIVEN_SHAPE, SURNAME_SHAPE = (3.5, 1.25), (3.5, 1.0)
FAMILY_SIZES = (
    0.80,
    0.10,
    0.045,
    0.025,
    0.013,
    0.008,
    0.005,
    0.004,
)  # share of families of 1, 2, ... persons
EVENT_SIZES = (0.80, 0.09, 0.04, 0.02, 0.015, 0.01, 0.01, 0.005, 0.005, 0.005)  # of 1, 2, ... families
VISIBLE = 0.3
WOMEN = 0.28
ONE_SURNAME = 0.12
SIBLINGS = 0.5  # share of families without a parent
COUSINS = 0.1  # share of relatives with another second surname
HANDED_DOWN = 0.1  # share of children of one sex with the head of the family who have their first name


class Manner(msgspec.Struct, frozen=True):
    """How one list finds and writes; every number is the share of its rows or tokens that it happens to."""

    visible: float  # of the persons of the visible class, found
    hidden: float
    repeated: float
    no_accents: float
    one_given: float  # of several given names only one is written
    not_the_first: float  # and that is another than the first
    short_form: float
    second_surname: float  # the second surname is left out
    first_surname: float
    swapped: float
    spelling: float  # of tokens
    typing: float  # of tokens
    near_day: float
    day_lost: float  # only month and year
    month_lost: float
    no_date: float
    no_place: float
    only_first_level: float
    other_second_level: float
    third_level: float
    no_age: float
    no_sex: float


LISTS = msgspec.convert(DATA["lists"]["manners"], dict[str, Manner])


class HardLists(NamedTuple):
    """What the lists hold, who is in them, and their names apart.

    `records` follow the RECORDS contract; `truth` has record_id, source, person, family and event, `names`
    record_id, given and surnames as the list wrote them.
    """

    records: pl.DataFrame
    truth: pl.DataFrame
    names: pl.DataFrame


def hard_lists(records: int, seed: int) -> HardLists:
    """About so many records of all lists together (a person's records are not cut apart)."""
    rng = np.random.default_rng([seed, records])
    people = _people(rng, round(records / _records_a_person() * 1.05) + 50)
    mentions = _mentions(rng, people, records)
    parts = [_written(rng, people, mentions[key], key) for key in LISTS]
    return HardLists(*(pl.concat(frames) for frames in zip(*parts, strict=True)))


def spoiled(records: pl.DataFrame, how: str) -> pl.DataFrame:
    """The records without what tells persons apart: `nameless`, `one-name`, or `one-event`.

    `nameless` takes the names off the second largest list, `one-name` gives everybody the same, `one-event`
    puts everybody on one day in one place.
    """
    names = ("name", "given", "surname")
    if how == "nameless":
        of_list = pl.col("source") == "comision"
        return records.with_columns(pl.when(~of_list).then(pl.col(name)).alias(name) for name in names)
    if how == "one-name":
        return records.with_columns(name=pl.lit("Juana Pérez Rivas"), given=None, surname=None)
    places = {f"place_{level}": pl.lit(f"Lugar {level}") for level in (1, 2, 3)}
    return records.with_columns(event_date=pl.lit("1981-12-11"), **places)


# Persons ------------------------------------------------------------------------------------------------


class People(NamedTuple):
    """One entry a person; names are numbers of words in `Words`, -1 for none."""

    family: np.ndarray
    event: np.ndarray
    woman: np.ndarray
    given: np.ndarray  # person x 3
    surname: np.ndarray  # person x 2
    age: np.ndarray
    day: np.ndarray  # days since FIRST_DAY
    municipality: np.ndarray
    canton: np.ndarray
    visible: np.ndarray


class Words(NamedTuple):
    """The vocabulary as arrays of text."""

    given: np.ndarray  # men first
    men: int
    surname: np.ndarray
    municipality: np.ndarray
    department: np.ndarray  # of each municipality
    canton: np.ndarray


def _listed(text: str) -> list[str]:
    return text.split(", ")


def _words() -> Words:
    men, women = _listed(DATA["names"]["men"]), _listed(DATA["names"]["women"])
    departments = {name: _listed(text) for name, text in DATA["places"]["departments"].items()}
    return Words(
        np.array(men + women, object),
        len(men),
        np.array(_listed(DATA["names"]["surnames"]), object),
        np.array([place for places in departments.values() for place in places], object),
        np.array([name for name, places in departments.items() for _ in places], object),
        np.array(_listed(DATA["places"]["cantons"]), object),
    )


WORDS = _words()


def _ranked(rng: np.random.Generator, words: int, shape: tuple[float, float], size: int) -> np.ndarray:
    """Numbers of words, the first ones more often."""
    weight = 1.0 / (np.arange(words) + shape[0]) ** shape[1]
    return np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(size)).astype(np.int32)


def _people(rng: np.random.Generator, persons: int) -> People:
    """At least so many persons, event by event."""
    sizes = np.arange(1, len(FAMILY_SIZES) + 1)
    families = int(persons / np.dot(sizes, FAMILY_SIZES) * 1.05) + 20
    size = rng.choice(sizes, families, p=FAMILY_SIZES)
    grouped = rng.choice(np.arange(1, len(EVENT_SIZES) + 1), families, p=EVENT_SIZES)
    event_of_family = np.repeat(np.arange(families), grouped)[:families]
    family = np.repeat(np.arange(families), size)[:persons]
    event = event_of_family[family]
    events = int(event.max()) + 1
    woman = rng.random(persons) < WOMEN
    municipality = _ranked(rng, len(WORDS.municipality), (20.0, 1.0), events)
    # Some years saw more violence than others.
    day = (rng.beta(1.3, 1.8, events) * DAYS).astype(np.int64)
    head = np.searchsorted(family, family)
    siblings = (rng.random(int(family.max()) + 1) < SIBLINGS)[family]
    child = ~siblings & (head < np.arange(persons))
    return People(
        family,
        event,
        woman,
        _given_names(rng, woman, head, child),
        _surnames(rng, family, head, siblings),
        _ages(rng, head, siblings),
        day[event],
        rng.permutation(len(WORDS.municipality))[municipality][event],
        rng.integers(0, len(WORDS.canton), events)[event],
        _mostly_together(rng, event, VISIBLE),
    )


def _ages(rng: np.random.Generator, head: np.ndarray, siblings: np.ndarray) -> np.ndarray:
    """Years: the first of a family is grown, siblings are about as old, children a generation younger."""
    persons = len(head)
    first = rng.gamma(6.0, 6.0, persons).clip(14, 90)[head]
    apart = np.where(siblings, rng.normal(0, 7, persons), -rng.uniform(16, 40, persons))
    return np.where(head == np.arange(persons), first, first + apart).clip(0, 95).astype(np.int64)


def _given_names(
    rng: np.random.Generator, woman: np.ndarray, head: np.ndarray, child: np.ndarray
) -> np.ndarray:
    """One to three given names each; some children bear the first one of the head of their family."""
    persons = len(woman)
    names = np.empty((persons, 3), np.int32)
    for i in range(3):
        men = _ranked(rng, WORDS.men, GIVEN_SHAPE, persons)
        women = _ranked(rng, len(WORDS.given) - WORDS.men, GIVEN_SHAPE, persons) + WORDS.men
        names[:, i] = np.where(woman, women, men)
    handed_down = child & (rng.random(persons) < HANDED_DOWN) & (woman == woman[head])
    same = ~child & (head < np.arange(persons)) & (names[:, 0] == names[head, 0])
    names[:, 0] = np.where(handed_down, names[head, 0], np.where(same, names[:, 1], names[:, 0]))
    count = rng.choice([1, 2, 3], persons, p=[0.28, 0.64, 0.08])
    names[(count[:, None] <= np.arange(3)) | ((names == names[:, :1]) & (np.arange(3) > 0))] = -1
    names[:, 2] = np.where((names[:, 1] < 0) | (names[:, 2] == names[:, 1]), -1, names[:, 2])
    return names


def _surnames(
    rng: np.random.Generator, family: np.ndarray, head: np.ndarray, siblings: np.ndarray
) -> np.ndarray:
    """Father's and mother's surname: the first of a family is a parent, the others children or siblings."""
    persons, families = len(family), int(family.max()) + 1
    father, mother = (_ranked(rng, len(WORDS.surname), SURNAME_SHAPE, families)[family] for _ in range(2))
    other = _ranked(rng, len(WORDS.surname), SURNAME_SHAPE, persons)
    # A parent shares only the first surname with the children; a cousin now and then as well.
    distant = np.where(siblings, False, head == np.arange(persons)) | (rng.random(persons) < COUSINS)
    second = np.where(distant, other, mother)
    return np.stack([father, np.where(_mostly_together(rng, family, ONE_SURNAME), -1, second)], axis=1)


def _mostly_together(rng: np.random.Generator, group: np.ndarray, share: float) -> np.ndarray:
    """True for a share of the persons, for four of five as for their whole group."""
    own = rng.random(len(group)) < share
    return np.where(rng.random(len(group)) < 0.8, (rng.random(group.max() + 1) < share)[group], own)


# Which list holds whom ----------------------------------------------------------------------------------


def _records_a_person() -> float:
    return sum(
        (VISIBLE * manner.visible + (1 - VISIBLE) * manner.hidden) * (1 + manner.repeated)
        for manner in LISTS.values()
    )


def _mentions(rng: np.random.Generator, people: People, records: int) -> dict[str, np.ndarray]:
    """Persons by list, twice where the list repeats them; cut after the person that fills `records`."""
    copies = np.zeros((len(people.family), len(LISTS)), np.int8)
    for i, manner in enumerate(LISTS.values()):
        rate = np.where(people.visible, manner.visible, manner.hidden)
        found = rng.random(len(rate)) < rate
        copies[:, i] = found * (1 + (rng.random(len(rate)) < manner.repeated))
    until = int(np.searchsorted(np.cumsum(copies.sum(axis=1)), records)) + 1
    persons = np.arange(len(copies))[:until]
    return {key: rng.permutation(np.repeat(persons, copies[:until, i])) for i, key in enumerate(LISTS)}


# What a list writes -------------------------------------------------------------------------------------


def _written(rng: np.random.Generator, people: People, person: np.ndarray, key: str) -> HardLists:
    manner = LISTS[key]
    rows = len(person)

    def happens(share: float) -> np.ndarray:
        return rng.random(rows) < share

    words = _written_given(rng, people, person, manner) + _written_surnames(rng, people, person, manner)
    bare = happens(manner.no_accents)
    names = {}
    for name, tokens in zip(("given_1", "given_2", "given_3", "surname_1", "surname_2"), words, strict=True):
        spelt = _changed(tokens, happens(manner.spelling), lambda token: _misspelt(rng, token))
        typed = _changed(spelt, happens(manner.typing), lambda token: _mistyped(rng, token))
        names[name] = _changed(typed, bare, _without_accents)
    town, department = people.municipality[person], WORDS.department[people.municipality[person]]
    elsewhere = happens(manner.other_second_level)
    # The next in the list of municipalities, of the same department but for the last of each.
    town = np.where(elsewhere, np.minimum(town + 1, len(WORDS.municipality) - 1), town)
    no_place, first_level = happens(manner.no_place), happens(manner.only_first_level)
    third = happens(manner.third_level) & ~no_place & ~first_level & ~elsewhere
    age = people.age[person] + rng.choice([-5, -3, -2, -1, -1, 0, 0, 0, 0, 1, 1, 2, 3, 5, 10], rows)
    ids = pl.Series([f"{key}/{number:07d}" for number in range(rows)], dtype=pl.String)
    frame = pl.DataFrame(names).with_columns(pl.all().replace("", None).str.to_titlecase())
    records = frame.select(*_names_as(key)).with_columns(
        record_id=ids,
        source=pl.lit(key),
        sex=_text(np.where(people.woman[person] ^ happens(0.01), "F", "M"), ~happens(manner.no_sex)),
        age=_text(np.maximum(age, 0), ~happens(manner.no_age)),
        event_date=_dates(rng, people.day[person], manner, key),
        place_1=_text(department, ~no_place),
        place_2=_text(WORDS.municipality[town], ~no_place & ~first_level),
        place_3=_text(WORDS.canton[people.canton[person]], third),
    )
    truth = pl.DataFrame(
        {"record_id": ids, "person": person, "family": people.family[person], "event": people.event[person]}
    ).with_columns(source=pl.lit(key))
    written = frame.select(ids.alias("record_id"), _GIVEN.alias("given"), _SURNAMES.alias("surnames"))
    return HardLists(conform(records, RECORDS, "benchmarks"), truth, written)


_GIVEN = pl.concat_str("given_1", "given_2", "given_3", separator=" ", ignore_nulls=True)
_SURNAMES = pl.concat_str("surname_1", "surname_2", separator=" ", ignore_nulls=True)


def _names_as(key: str) -> list[pl.Expr]:
    """The list's own columns of a name."""
    if key == "comision":
        return [pl.concat_str(_SURNAMES, _GIVEN, separator=", ").str.to_uppercase().alias("name")]
    if key == "tutela":
        return [_GIVEN.alias("given"), _SURNAMES.alias("surname")]
    return [pl.concat_str(_GIVEN, _SURNAMES, separator=" ").alias("name")]


def _written_given(
    rng: np.random.Generator, people: People, person: np.ndarray, manner: Manner
) -> list[np.ndarray]:
    codes = people.given[person].copy()
    one = (rng.random(len(codes)) < manner.one_given) & (codes[:, 1] >= 0)
    other = one & (rng.random(len(codes)) < manner.not_the_first)
    codes[other, 0] = codes[other, 1]
    codes[one, 1:] = -1
    columns = [_decoded(WORDS.given, column) for column in codes.T]
    short = rng.random(len(codes)) < manner.short_form
    columns[0] = _changed(columns[0], short, lambda token: _short_form(rng, token))
    return columns


def _written_surnames(
    rng: np.random.Generator, people: People, person: np.ndarray, manner: Manner
) -> list[np.ndarray]:
    first, second = people.surname[person].T
    both = second >= 0
    swapped = both & (rng.random(len(first)) < manner.swapped)
    first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    lost = both & (rng.random(len(first)) < manner.first_surname)
    first, second = np.where(lost, second, first), np.where(lost, -1, second)
    second = np.where(rng.random(len(first)) < manner.second_surname, -1, second)
    return [_decoded(WORDS.surname, first), _decoded(WORDS.surname, second)]


def _decoded(words: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return np.append(words, "")[codes]


def _changed(tokens: np.ndarray, where: np.ndarray, change: Callable[[str], str]) -> np.ndarray:
    """The tokens, those at `where` changed one by one."""
    result = tokens.copy()
    for i in np.flatnonzero(where & (tokens != "")):
        result[i] = change(tokens[i])
    return result


def _text(values: np.ndarray, known: np.ndarray) -> pl.Series:
    series = pl.Series(values.tolist() if values.dtype == object else values).cast(pl.String)
    return pl.select(pl.when(pl.Series(known)).then(series)).to_series()


_CONFUSED = [
    (re.compile(old), new)
    for old, new in (
        ("b", "v"), ("v", "b"), ("z", "s"), ("s(?!h)", "z"), ("c(?=[eiéí])", "s"), ("s(?=[eiéí])", "c"),
        ("ll", "y"), ("y(?=[aeiou])", "ll"), ("g(?=[eiéí])", "j"), ("j(?=[eiéí])", "g"), ("^h", ""),
        ("^(?=[aeiou])", "h"), ("qu(?=[ei])", "k"), ("x", "j"), ("ñ", "n"), ("n(?=[vbp])", "m"), ("rr", "r"),
        ("i(?=[aeo])", "y"),
    )
]  # fmt: skip


def _misspelt(rng: np.random.Generator, token: str) -> str:
    """One sound of the token in another spelling, where it has one."""
    fits = [rule for rule in _CONFUSED if rule[0].search(token)]
    if not fits:
        return token
    pattern, new = fits[rng.integers(len(fits))]
    return pattern.sub(new, token, count=1)


def _mistyped(rng: np.random.Generator, token: str) -> str:
    """One letter left out, doubled, turned with its neighbour, or another."""
    if len(token) < 4:
        return token
    at = int(rng.integers(1, len(token) - 1))
    kind = rng.integers(4)
    if kind == 0:
        return token[:at] + token[at + 1 :]
    if kind == 1:
        return token[:at] + token[at + 1] + token[at] + token[at + 2 :]
    letter = "aeiourslnmtdc"[rng.integers(13)]
    return token[:at] + letter + token[at + (kind == 2) :]


def _short_form(rng: np.random.Generator, token: str) -> str:
    """A hypocoristic; a diminutive for want of one."""
    forms = DATA["hypocoristics"]["forms"].get(token)
    if forms:
        return forms[rng.integers(len(forms))]
    stem, ending = re.sub("i?[ao]$", "", token), token[-1]
    return f"{stem}it{ending}" if ending in "ao" else token


def _without_accents(token: str) -> str:
    return token if token.isascii() else plain(token)


_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


def _dates(rng: np.random.Generator, day: np.ndarray, manner: Manner, key: str) -> pl.Series:
    """Days as the list writes them, some only as month or year."""
    rows = len(day)
    near = rng.random(rows) < manner.near_day
    shift = rng.choice([-7, -3, -2, -1, -1, 1, 1, 2, 3, 10, 30, 365, -365], rows)
    dates = pl.Series("day", FIRST_DAY + np.where(near, day + shift, day))
    forms = {"registro": "%d/%m/%Y", "comision": "%Y-%m-%d", "prensa": "%d-%m-%Y"}
    month = dates.dt.month().replace_strict(dict(enumerate(_MONTHS, 1)), return_dtype=pl.String)
    in_words = dates.dt.day().cast(pl.String) + " de " + month + dates.dt.strftime(" de %Y")
    exact = dates.dt.strftime(forms[key]) if key in forms else in_words
    vague = rng.random(rows)
    lost = np.cumsum([manner.no_date, manner.month_lost, manner.day_lost])
    return pl.select(
        pl.when(pl.Series(vague < lost[0]))
        .then(None)
        .when(pl.Series(vague < lost[1]))
        .then(dates.dt.strftime("%Y"))
        .when(pl.Series(vague < lost[2]))
        .then(month + dates.dt.strftime(" de %Y"))
        .otherwise(exact)
    ).to_series()
