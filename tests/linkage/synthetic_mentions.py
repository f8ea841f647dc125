"""SYNTHETIC lists with known persons: families attacked together, errors of spelling, vague dates."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl

from amparo.records import MEANINGS, conform

GIVEN = {
    "F": [
        "ana", "beatriz", "carmen", "daniela", "elena", "fatima", "gloria", "ines", "julia", "karla",
        "norma", "olga",
    ],
    "M": [
        "adan", "boris", "cesar", "david", "edgar", "fabio", "hugo", "ivan", "joel", "kevin", "mario",
        "nelson",
    ],
}  # fmt: skip
SURNAMES = [
    "abrego", "alas", "argueta", "barrera", "bonilla", "campos", "castro", "chavez", "cruz", "diaz",
    "escobar", "flores", "funes", "garay", "guzman", "henriquez", "iraheta", "jovel", "landaverde",
    "lemus", "lopez", "mancia", "mejia", "molina", "najarro", "orellana", "palacios", "portillo",
    "quinteros", "ramos", "rivas", "salguero", "serrano", "tobar", "umana", "urrutia", "valle", "vasquez",
    "villalta", "zavala", "zelaya", "zepeda",
]  # fmt: skip
PLACES = [(f"departamento {i % 7}", f"municipio {i}") for i in range(40)]


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows with some of the columns of MEANINGS as a whole frame of them."""
    schema = {name: kind for name, kind in MEANINGS.items() if rows and name in rows[0]}
    return conform(pl.DataFrame(rows, schema=schema or MEANINGS), MEANINGS, "tests")


def record(record_id: str, source: str, name: str, day: Any = None, **more: Any) -> dict[str, Any]:
    """One record; `name` as "given names / surnames"."""
    given, _, surnames = name.partition("/")
    date = dt.date.fromisoformat(day) if day else None
    row = dict.fromkeys(MEANINGS) | {
        "record_id": record_id, "source": source, "given": given.split(), "surnames": surnames.split(),
        "married": [], "aliases": [], "event_from": date, "event_to": date,
    }  # fmt: skip
    return row | more


def synthetic_lists(size: int, seed: int, lists: int = 3) -> tuple[pl.DataFrame, dict[str, int]]:
    """Records in MEANINGS and the person of each record id."""
    draw = random.Random(seed)  # noqa: S311  (repeatable on purpose)
    rows: list[dict[str, Any]] = []
    person = 0
    truth: dict[str, int] = {}
    while len(rows) < size:
        day = dt.date(1980, 1, 1) + dt.timedelta(days=draw.randrange(3000))
        place = draw.choice(PLACES)
        family = draw.sample(SURNAMES, 2)
        for _ in range(draw.choice([1, 1, 1, 2, 4])):
            person += 1
            sex = draw.choice("FMMM")
            given = draw.sample(GIVEN[sex], draw.choice([1, 2, 2]))
            surnames = family if draw.random() < 0.6 else draw.sample(SURNAMES, 2)
            person_is = {"given": given, "surnames": surnames, "sex": sex, "day": day, "place": place}
            person_is["age"] = draw.randrange(5, 80)
            for source in range(lists):
                for _copy in range((draw.random() < 0.5) + (draw.random() < 0.02)):
                    record_id = f"r{len(rows):05}"
                    truth[record_id] = person
                    rows.append(_mention(draw, record_id, source, **person_is))
    return frame(rows), truth


def _mention(
    draw: random.Random, record_id: str, source: int, *, given: list[str], surnames: list[str], sex: str,
    age: int, day: dt.date, place: tuple[str, str],
) -> dict[str, Any]:  # fmt: skip
    given = given[:1] if draw.random() < 0.1 else list(given)
    surnames = surnames[:1] if draw.random() < 0.1 else list(surnames)
    if draw.random() < 0.08:
        at = draw.randrange(1, len(given[0]))
        given[0] = given[0][:at] + draw.choice("aeiourst") + given[0][at + 1 :]
    first, last = day, day
    chance = draw.random()
    if chance < 0.1:
        first = last = day + dt.timedelta(days=draw.choice([-2, -1, 1, 2]))
    elif chance < 0.2:
        first, last = day.replace(month=1, day=1), day.replace(month=12, day=31)
    known = draw.random() < 0.7
    return record(
        record_id, f"list {source}", " ".join(given) + "/" + " ".join(surnames), sex=sex, event_from=first,
        event_to=last, age_low=age if known else None, age_high=age if known else None, place_1=place[0],
        place_2=place[1] if draw.random() < 0.9 else None,
    )  # fmt: skip
