"""The study that the desk is measured on: synthetic lists read, linked and claimed on, and its many people.

Every person stands on two or three of five lists. One list lies in the lawyers' compartment, which one seat
in five holds: seats do not all see the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.intake.passages import Oral
from amparo.study import store
from amparo.study.plan import Plan, read_plan
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase

RECORDS_EACH = 2.5  # records a person
SHARE = 0.465  # of the persons that each list holds: with RATES' duplicates two and a half records a person
HIDDEN = "corte"  # the list in the lawyers' compartment
LAWYER_EVERY = 5  # of so many seats one holds it
CLAIMS, ACTS = 600, 400
TOLD = Oral(words="dicho por un familiar", told_by="a synthetic relative", told_to="owner", told="2019")


class Built(NamedTuple):
    """How large the study is."""

    records: int
    persons: int  # by the truth, on at least one list


def handle(number: int) -> str:
    """What the person of a seat is called."""
    return f"seat{number:02d}"


def passphrase(number: int) -> str:
    """What opens the study for them."""
    return f"cuatro palabras para {handle(number)}"


def build(room: Path, persons: int, users: int, seed: int) -> None:
    """Make `room`/study with all that is measured; what a killed building left is made anew."""
    lists, study = room / "lists", room / "study"
    salvador = load("examples", "salvador")
    spread = dict.fromkeys(salvador.LISTS, SHARE)
    with patch.object(
        salvador, "captures", lambda rng, _: {key: int(rng.random() < share) for key, share in spread.items()}
    ):
        salvador.write(lists, seed, records=round(RECORDS_EACH * persons))
    plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
    store.create(study, PASSPHRASE, Plan(plan.title, plan.language, plan.synthetic, plan.target))
    with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
        from amparo.study.accounts.compartments import welcome  # noqa: PLC0415
        from amparo.study.accounts.rules import DEFAULT, LAWYERS, MATCHING  # noqa: PLC0415
        from amparo.study.linking.services import link_study  # noqa: PLC0415
        from amparo.study.register.services import read_list  # noqa: PLC0415

        for number in range(users):
            held = [DEFAULT, MATCHING] + [LAWYERS] * (number % LAWYER_EVERY == 0)
            welcome(opened, handle(number), ("documents", "matches", "lawyer"), passphrase(number), held)
        declared = plan.declared()
        for key, source in plan.sources.items():
            file = lists / str(source.file)
            read_list(
                opened,
                file.read_bytes(),
                file.name,
                source_key=key,
                declared=declared[key],
                compartment=LAWYERS if key == HIDDEN else None,
            )
        link_study(opened, seed=seed)
        _claim(opened, seed)


def _claim(study: store.Study, seed: int) -> None:
    """Oral claims on records drawn, and acts against them."""
    from amparo.study.claims.services import claim  # noqa: PLC0415
    from amparo.study.register.models import Record  # noqa: PLC0415

    names = list(Record.objects.order_by("pk").values_list("pk", flat=True))
    draw = np.random.default_rng(seed)
    chosen = [names[at] for at in draw.permutation(len(names))[: CLAIMS + ACTS]]
    for name in chosen[:CLAIMS]:
        claim(study, name, {"event_date": "2018-05"}, TOLD)
    for name in chosen[CLAIMS:]:
        claim(study, "act", {"victim": name, "type": "threat", "date": "2018-03"}, TOLD)
