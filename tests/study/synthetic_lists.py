"""Small synthetic lists: nobody in them exists."""

from __future__ import annotations

import csv
import io
import random

GIVEN = "Ana Bruno Carla Dario Elena Fabio Gloria Hugo Irma Julio Karla Lucio Mirna Nelson".split()  # noqa: SIM905
SURNAMES = (  # noqa: SIM905
    "Acosta Barrera Campos Duarte Escobar Flores Guardado Henriquez Iraheta Jovel Lemus Menjivar "
    "Navarrete Orellana Portillo Quijano Rivas Sorto Tobar Umanzor Valle Zelaya"
).split()
TOWNS = ["Norte", "Sur", "Oriente", "Poniente", "Centro"]
HEADER = ("Expediente", "Nombres", "Apellidos", "Sexo", "Edad", "Fecha del hecho", "Municipio")


def people(number: int, seed: int = 1) -> list[tuple[str, ...]]:
    """Rows without the file number: given names, surnames, sex, age, date, town."""
    rng = random.Random(seed)  # noqa: S311
    rows = []
    for _ in range(number):
        given = " ".join(rng.sample(GIVEN, 2))
        surnames = " ".join(rng.sample(SURNAMES, 2))
        day = f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(2015, 2018)}"
        rows.append((given, surnames, rng.choice("FM"), str(rng.randint(20, 55)), day, rng.choice(TOWNS)))
    return rows


def table(rows: list[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> bytes:
    """The rows as a CSV, numbered from 1."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows((str(number), *row) for number, row in enumerate(rows, 1))
    return text.getvalue().encode()


def lists(number: int = 300, share: float = 0.4, names: str = "abcd", seed: int = 1) -> dict[str, bytes]:
    """Lists that each hold a random share of the same people, unaltered."""
    rng = random.Random(seed)  # noqa: S311
    everyone = people(number, seed)
    return {name: table([row for row in everyone if rng.random() < share]) for name in names}
