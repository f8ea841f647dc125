"""Seats: how long they last, whom failed tries slow down, and whose keys they hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from amparo.desk import gate as gates
from amparo.desk.gate import Gate
from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.plan import Period, Plan, PlannedTarget
from amparo.vault.slots import FOUNDER, Passphrase

PASSPHRASE = "lluvia mesa tambor once"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from datetime import date

    path = tmp_path_factory.mktemp("gate") / "study"
    target = PlannedTarget("synthetic role", "act", "place", Period(date(2015, 1, 1), date(2018, 12, 31)))
    store.create(path, PASSPHRASE, Plan("Synthetic study", "es", synthetic=True, target=target))
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(made: Path, tmp_path: Path, clock: Clock) -> Iterator[Gate]:
    shutil.copytree(made, tmp_path / "study")
    found = Gate(tmp_path / "study", clock)
    yield found
    found.close()


def test_a_seat_is_gone_after_a_quarter_of_an_hour_without_a_request(gate: Gate, clock: Clock) -> None:
    token = gate.sign_in(Passphrase(PASSPHRASE))
    clock.at += gates.IDLE
    assert gate.seat(token) is not None
    clock.at += gates.IDLE + 1
    assert gate.seat(token) is None
    clock.at -= gates.IDLE
    assert gate.seat(token) is None


def test_a_seat_is_gone_after_eight_hours_whatever_happens(gate: Gate, clock: Clock) -> None:
    token = gate.sign_in(Passphrase(PASSPHRASE))
    for _ in range(int(gates.LONGEST // 600)):
        clock.at += 600
        assert gate.seat(token) is not None
    clock.at += 600
    assert gate.seat(token) is None


def test_wrong_passphrases_slow_down_and_tell_nothing(gate: Gate, clock: Clock) -> None:
    for _ in range(gates.TRIES):
        with pytest.raises(AmparoError, match=r"vault\.wrong_passphrase"):
            gate.sign_in(Passphrase("otra frase muy larga"))
    with pytest.raises(AmparoError, match=r"desk\.too_many_tries"):
        gate.sign_in(Passphrase(PASSPHRASE))
    clock.at += gates.PAUSE
    assert gate.seat(gate.sign_in(Passphrase(PASSPHRASE))) is not None


def test_two_browsers_have_two_seats_and_signing_out_ends_one(gate: Gate) -> None:
    one, other = (gate.sign_in(Passphrase(PASSPHRASE)) for _ in range(2))
    assert one != other
    gate.leave(one)
    assert gate.seat(one) is None
    seat = gate.seat(other)
    assert seat is not None
    assert seat.handle == FOUNDER


def test_a_changed_passphrase_leaves_one_seat(gate: Gate) -> None:
    one, other = (gate.sign_in(Passphrase(PASSPHRASE)) for _ in range(2))
    seat = gate.seat(one)
    assert seat is not None
    gate.keep_only(seat)
    assert gate.seat(one) is seat
    assert gate.seat(other) is None


def test_somebody_who_left_is_out_at_once(gate: Gate) -> None:
    from amparo.study.accounts import compartments, people

    mine = gate.seat(gate.sign_in(Passphrase(PASSPHRASE)))
    assert mine is not None
    compartments.welcome(mine.study, "ana", ("documents",), "cinco palabras para ana", ("default",))
    token = gate.sign_in(Passphrase("cinco palabras para ana", "ana"))
    seat = gate.seat(token)
    assert seat is not None
    assert seat.study.keys.compartments == ["default"]
    people.remove(mine.study, "ana")
    assert gate.seat(token) is None


def test_keys_given_meanwhile_are_there_at_the_next_request(gate: Gate) -> None:
    from amparo.study.accounts import compartments

    mine = gate.seat(gate.sign_in(Passphrase(PASSPHRASE)))
    assert mine is not None
    compartments.welcome(mine.study, "eva", ("matches",), "cinco palabras para eva")
    token = gate.sign_in(Passphrase("cinco palabras para eva", "eva"))
    before = gate.seat(token)
    assert before is not None
    assert before.study.keys.compartments == []
    compartments.join(mine.study, "matching", "eva")
    after = gate.seat(token)
    assert after is not None
    assert after.study.keys.compartments == ["matching"]


def test_a_challenge_is_good_once(gate: Gate) -> None:
    gate.expect(b"one")
    assert gate.expected() == [b"one"]
    assert gate.expected() == []
