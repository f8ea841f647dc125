"""PERSON: what is compared, at which levels, and which records are put side by side.

Everything here is declaration. A comparison is a list of levels, the first that holds counts; each level
is an SQL condition over the key columns of `keys`, so that the same table runs on DuckDB and on Spark.
`m` is the share of true pairs expected at the level before the data have spoken.

Date and place tell about the event (`event`): they agree already for two victims of one event. Names, age,
sex and identifier agree only because it is one person.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple


class Level(NamedTuple):
    """One degree of agreement: its name, SQL condition ("ELSE" for the last) and m before training.

    `held`: m stays as declared: relatives on this level would pass for matches and teach a higher one.
    """

    name: str
    sql: str
    m: float
    held: bool = False


class Comparison(NamedTuple):
    """One thing compared. Where `missing` holds, the comparison says nothing for or against."""

    name: str
    missing: str
    levels: tuple[Level, ...]
    event: bool = False  # tells about the event rather than about the person
    family: bool = False  # relatives agree otherwise than strangers do


class Model(NamedTuple):
    """Comparisons and blocking rules. A rule is a tuple of parts; records that share all of them meet."""

    comparisons: tuple[Comparison, ...]
    blocking: tuple[tuple[str, ...], ...]
    block_limit: int  # in a block above this many records each meets only its neighbours by name
    pair_budget: float  # pairs per record handed on, the most alike first


def described(model: Model) -> str:
    """The comparisons as a table in Markdown: comparison, level, m before training."""
    lines = ["| comparison | level | m declared |", "|---|---|---|"]
    for comparison in model.comparisons:
        about = ", of the event" if comparison.event else ""
        lines += [f"| {comparison.name}{about} | {level.name} | {level.m:g} |" for level in comparison.levels]
    return "\n".join(lines) + "\n"


def _alike(left: str, right: str) -> str:
    return f"jaro_winkler_similarity({left}, {right}) >= 0.88"


def _any_alike(left: tuple[str, ...], right: tuple[str, ...]) -> str:
    return "(" + " OR ".join(_alike(a, b) for a, b in product(left, right)) + ")"


def _contained(left: tuple[str, ...], right: tuple[str, ...]) -> str:
    """Every token on the left has one like it on the right."""
    return "(" + " AND ".join(f"({a} IS NULL OR {_any_alike((a,), right)})" for a in left) + ")"


_GIVEN_L, _GIVEN_R = (tuple(f"given_{i}_{side}" for i in (1, 2, 3)) for side in "lr")
_SURNAME_L, _SURNAME_R = (tuple(f"surname_{i}_{side}" for i in (1, 2)) for side in "lr")

_WITHIN = "list_has_all(given_l, given_r) OR list_has_all(given_r, given_l)"

GIVEN = Comparison(
    "given",
    "given_1_l IS NULL OR given_1_r IS NULL",
    (
        Level("all equal, several", "given_all_l = given_all_r AND given_2_l IS NOT NULL", 0.22),
        Level("equal, one", "given_all_l = given_all_r", 0.33),
        Level("first kept of several", f"given_1_l = given_1_r AND ({_WITHIN})", 0.15),
        Level("shorter contained in longer", _WITHIN, 0.05),
        Level(
            "all alike",
            f"{_contained(_GIVEN_L, _GIVEN_R)} OR {_contained(_GIVEN_R, _GIVEN_L)}",
            0.12,
        ),
        Level(
            "initial agrees",
            "(length(given_1_l) = 1 OR length(given_1_r) = 1) AND left(given_1_l, 1) = left(given_1_r, 1)",
            0.02,
        ),
        Level("first shared, one differs", "given_1_l = given_1_r", 0.005, held=True),
        Level("one shared, one differs", "list_has_any(given_l, given_r)", 0.005, held=True),
        Level(
            "among the surnames",
            "list_has_any(given_l, surname_r) AND list_has_any(given_r, surname_l)",
            0.02,
        ),
        Level("one alike", _any_alike(_GIVEN_L, _GIVEN_R), 0.02),
        Level("none", "ELSE", 0.02),
    ),
)

SURNAME = Comparison(
    "surname",
    "surname_1_l IS NULL OR surname_1_r IS NULL",
    (
        Level(
            "both equal",
            "surname_1_l = surname_1_r AND surname_2_l = surname_2_r",
            0.4,
        ),
        Level(
            "equal, one each",
            "surname_1_l = surname_1_r AND surname_2_l IS NULL AND surname_2_r IS NULL",
            0.15,
        ),
        Level(
            "first equal, second unknown",
            "surname_1_l = surname_1_r AND (surname_2_l IS NULL OR surname_2_r IS NULL)",
            0.17,
        ),
        Level(
            "both alike",
            "(surname_1_l = surname_1_r OR {}) AND (surname_2_l = surname_2_r OR {})".format(
                _alike("surname_1_l", "surname_1_r"), _alike("surname_2_l", "surname_2_r")
            ),
            0.1,
        ),
        Level("swapped", "surname_1_l = surname_2_r AND surname_2_l = surname_1_r", 0.02),
        Level(
            "married surname",
            "list_has_any(married_l, surname_r) OR list_has_any(married_r, surname_l)",
            0.01,
        ),
        Level("first equal, second differs", "surname_1_l = surname_1_r", 0.005, held=True),
        Level(
            "first alike, second unknown",
            f"{_alike('surname_1_l', 'surname_1_r')} AND (surname_2_l IS NULL OR surname_2_r IS NULL)",
            0.05,
        ),
        Level(
            "the only one is the other's second",
            "(surname_2_l IS NULL AND surname_1_l = surname_2_r)"
            " OR (surname_2_r IS NULL AND surname_1_r = surname_2_l)",
            0.03,
        ),
        Level("one shared", "list_has_any(surname_l, surname_r)", 0.02),
        Level(
            "one among the given names",
            "list_has_any(surname_l, given_r) OR list_has_any(surname_r, given_l)",
            0.01,
        ),
        Level("one alike", _any_alike(_SURNAME_L, _SURNAME_R), 0.02),
        Level("none", "ELSE", 0.01),
    ),
    family=True,
)

# A date or an age may be open on one side: `greatest` passes over what is unknown.
_MONTHS = "event_to_l - event_from_l <= 31 AND event_to_r - event_from_r <= 31"
_BOTH_DAYS = "event_from_l = event_to_l AND event_from_r = event_to_r"
_GAP = "greatest(event_from_l - event_to_r, event_from_r - event_to_l)"

DATE = Comparison(
    "date",
    f"{_GAP} IS NULL AND (month_l IS NULL OR month_r IS NULL)",
    (
        Level("same day", f"{_BOTH_DAYS} AND event_from_l = event_from_r", 0.5),
        Level("within 3 days", f"{_BOTH_DAYS} AND {_GAP} <= 3", 0.1),
        Level("vague, months overlap", f"{_GAP} <= 0 AND {_MONTHS}", 0.12),
        Level("vague, years overlap", f"{_GAP} <= 0", 0.15),
        Level("within 21 days", f"{_GAP} <= 21", 0.04),
        Level("day and month swapped", "year_l = year_r AND day_l = month_r AND day_r = month_l", 0.01),
        Level(
            "same day, next year", "abs(year_l - year_r) = 1 AND day_l = day_r AND month_l = month_r", 0.02
        ),
        Level("same day, another month", "year_l = year_r AND day_l = day_r", 0.01),
        Level(
            "month agrees, year unknown",
            f"{_GAP} IS NULL AND month_l = month_r",
            0.01,
        ),
        Level("within 120 days", f"{_GAP} <= 120", 0.02),
        Level("within a year", f"{_GAP} <= 366", 0.02),
        Level("apart", "ELSE", 0.01),
    ),
    event=True,
)

_POINTS = "age_low_l = age_high_l AND age_low_r = age_high_r"
_AGE_GAP = "greatest(age_low_l - age_high_r, age_low_r - age_high_l)"
_BIRTHS = "birth_from_l = birth_to_l AND birth_from_r = birth_to_r"
_BIRTH_GAP = "greatest(birth_from_l - birth_to_r, birth_from_r - birth_to_l)"

AGE = Comparison(
    "age",
    f"{_BIRTH_GAP} IS NULL AND {_AGE_GAP} IS NULL",
    (
        Level("same birthday", f"{_BIRTHS} AND birth_from_l = birth_from_r", 0.3),
        Level("same age", f"{_POINTS} AND age_low_l = age_low_r", 0.3),
        Level("birthday mistaken", f"{_BIRTHS} AND (birth_key_l = birth_key_r OR {_BIRTH_GAP} <= 31)", 0.05),
        Level("bands overlap", f"{_AGE_GAP} <= 0 OR {_BIRTH_GAP} <= 0", 0.15),
        Level("a year apart", f"{_AGE_GAP} <= 1 OR {_BIRTH_GAP} <= 370", 0.1),
        Level("3 years apart", f"{_AGE_GAP} <= 3 OR {_BIRTH_GAP} <= 1100", 0.05),
        Level("10 years apart", f"{_AGE_GAP} <= 10 OR {_BIRTH_GAP} <= 3660", 0.03),
        Level("another generation", "ELSE", 0.02, held=True),
    ),
    family=True,
)

SEX = Comparison(
    "sex",
    "sex_l IS NULL OR sex_r IS NULL",
    (Level("equal", "sex_l = sex_r", 0.98), Level("differs", "ELSE", 0.02)),
)

PLACE = Comparison(
    "place",
    "places_l IS NULL OR places_r IS NULL",
    (
        Level("same third level", "place_3_l = place_3_r AND coalesce(place_1_l = place_1_r, true)", 0.35),
        Level("same second level", "place_2_l = place_2_r AND coalesce(place_1_l = place_1_r, true)", 0.25),
        Level("first level differs", "place_1_l <> place_1_r", 0.05),
        Level(
            "same first level, then differs",
            "place_1_l = place_1_r AND (place_2_l <> place_2_r OR place_3_l <> place_3_r)",
            0.1,
        ),
        Level("same first level, no more known", "place_1_l = place_1_r", 0.1),
        Level(
            "one text within the other",
            "list_has_all(places_l, places_r) OR list_has_all(places_r, places_l)",
            0.07,
        ),
        Level("words shared", "list_has_any(places_l, places_r)", 0.05),
        Level("none", "ELSE", 0.03),
    ),
    event=True,
)

# Each list numbers its papers in its own way: that two numbers differ says little before training.
IDENTIFIER = Comparison(
    "identifier",
    "identifier_l IS NULL OR identifier_r IS NULL",
    (Level("equal", "identifier_l = identifier_r", 0.1), Level("differs", "ELSE", 0.9)),
)

PERSON = Model(
    comparisons=(GIVEN, SURNAME, DATE, AGE, SEX, PLACE, IDENTIFIER),
    blocking=(
        ("given_spelt", "surname_spelt"),
        ("given", "surnames"),
        ("givens", "surname"),
        ("surnames",),
        ("surname", "week"),
        ("given", "place_1", "week"),
        ("given", "day"),
        ("surname_spelt", "month", "place_1"),
        ("given", "month", "place_2"),
        ("given", "month", "place_1"),
        ("month", "place_2"),
        ("day", "place_1"),
        ("given_spelt", "surname_spelt", "month"),
        ("given_spelt", "surname_spelt", "year"),
        ("given_spelt", "surname_spelt", "place_1"),
        ("given", "surname_start", "place_1", "year"),
        ("given_start", "surname", "place_1", "year"),
        ("surname_spelt", "place_1", "year"),
        ("givens", "surname_start"),
        ("givens", "place_1", "year"),
        ("given_bones", "surname_bones", "year"),
        ("given_bones", "surname_bones", "place_1"),
        ("given", "birthday"),
        ("surname", "birthday"),
        ("identifier",),
    ),
    block_limit=100,
    pair_budget=6.0,
)
