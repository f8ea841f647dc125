"""What is opened once for all who hold the same keys, and for nobody else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.cli.checkout import load
from amparo.desk.gate import Gate
from amparo.vault.slots import Passphrase

canaries = load("benchmarks", "canaries")


@pytest.fixture
def gate(studied: Path, tmp_path: Path) -> Iterator[Gate]:
    there = Gate(shutil.copytree(studied, tmp_path / "study"))
    yield there
    there.close()


def test_who_holds_the_same_keys_shares_what_was_opened_and_others_do_not(gate: Gate) -> None:
    from amparo.study.accounts import compartments
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    mine = gate.seat(gate.sign_in(Passphrase(canaries.PASSPHRASE)))
    assert mine is not None
    for key, place in (("open", "default"), ("told", "lawyers")):
        content = f"Nombre completo\nZoraida {key.title()} Qanariquez\n".encode()
        read_list(
            mine.study, content, "l.csv", source_key=key, declared=Declared(key, "capture"), compartment=place
        )
    seats = {}
    for handle, held in (("ana", ["default"]), ("eva", ["default"]), ("leo", ["default", "lawyers"])):
        words = f"cinco palabras para {handle}"
        compartments.welcome(mine.study, handle, ("documents", "lawyer"), words, held)
        seats[handle] = gate.seat(gate.sign_in(Passphrase(words, handle)))
    index = {handle: gate.shared.index(seat.study) for handle, seat in seats.items() if seat is not None}
    scanned = {handle: [names for names, _ in each._names] for handle, each in index.items()}
    assert all(one is other for one, other in zip(scanned["ana"], scanned["eva"], strict=True))
    assert scanned["ana"][0] is scanned["leo"][0] and len(scanned["leo"]) == 2 * len(scanned["ana"])
    found = {
        handle: [each.at(place).record for place in each.find("zoraida")] for handle, each in index.items()
    }
    assert found == {"ana": ["open.1.2"], "eva": ["open.1.2"], "leo": ["open.1.2", "told.1.2"]}


def test_nothing_that_was_opened_stays_once_nobody_sits_there(gate: Gate) -> None:
    one, other = (gate.sign_in(Passphrase(canaries.PASSPHRASE)) for _ in range(2))
    seat = gate.seat(one)
    assert seat is not None
    gate.shared.index(seat.study)
    gate.leave(one)
    assert gate.shared._kept
    gate.leave(other)
    assert not gate.shared._kept
