"""Ways into a study as acts: who may change whose, what the log keeps of it, and what failing leaves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.context import Study
from amparo.vault import age, folder, slots
from amparo.vault.slots import Passphrase

PASS = {"marta": "otra frase larga uno"}
IDENTITY = age.new_identity()

As = Callable[[str], AbstractContextManager[Study]]


@pytest.fixture(autouse=True)
def parted(as_: As, team: Callable[[Study], None]) -> None:
    """Julia administers alone; nobody else does."""
    from amparo.study.accounts import people

    with as_("owner") as study:
        team(study)
        people.set_roles(study, "owner", ["documents", "matches", "counts"])


@pytest.fixture
def shares(as_: As) -> tuple[str, ...]:
    """The study's recovery shares."""
    from amparo.study.accounts.ways import keep_recovery

    with as_("owner") as study:
        made = slots.new_recovery(study.opened.study_id, study.opened.secrets.root_key)
        keep_recovery(study, made)
    return made.shares


def acts(study: Study) -> list[str]:
    from amparo.study.accounts.models import AuditLine

    return list(AuditLine.objects.order_by("seq").values_list("act", flat=True))


def test_each_way_in_is_told_with_whose_it_is(as_: As, shares: tuple[str, ...]) -> None:
    from amparo.study.accounts.ways import add_recipient, ways

    with as_("marta") as study:
        name = add_recipient(study, age.public(IDENTITY))
        found = ways(study)
        assert [(way.kind, way.handle, way.own) for way in found] == [
            ("passphrase", "owner", False),
            ("passphrase", "marta", True),
            ("passphrase", "julia", False),
            ("recovery", "recovery", False),
            ("recipient", "marta", True),
        ]
        assert found[-1].slot == name
        assert found[-1].detail == age.public(IDENTITY)
        assert all(set_of in shares[0] for set_of in [found[3].detail])
    opened = folder.open_folder(study.opened.path, slots.Identity(IDENTITY))
    with store.study_in(opened) as study:
        assert study.user.handle == "marta"


def test_only_an_administrator_removes_somebody_elses_way_in(as_: As) -> None:
    from amparo.study.accounts.ways import add_recipient, remove, ways

    with as_("owner") as study:
        name = add_recipient(study, age.public(IDENTITY))
    with as_("marta") as study:
        before = slots.read(study.opened.path)
        with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
            remove(study, name)
        assert slots.read(study.opened.path) == before
    with as_("julia") as study:
        remove(study, name)
        assert acts(study)[-1] == "keys.revoked"
        assert name not in {way.slot for way in ways(study)}
        with pytest.raises(AmparoError, match=r"vault\.no_slot"):
            remove(study, name)


def test_nobodys_passphrase_but_ones_own_is_changed(as_: As) -> None:
    from amparo.study.accounts.ways import rotate, set_passphrase

    with as_("marta") as study:
        others = {
            slot for slot in slots.read(study.opened.path).slots if slot.owner != _label(study, "marta")
        }
        set_passphrase(study, "una frase distinta tres")
        assert rotate(study, "una frase distinta tres") == 1
        assert others < set(slots.read(study.opened.path).slots)
        path = study.opened.path
    assert folder.open_folder(path, Passphrase("una frase distinta tres", "marta"))
    for handle in ("julia", "marta"):
        with pytest.raises(AmparoError, match=r"vault\.wrong_passphrase"):
            folder.open_folder(path, Passphrase(PASS["marta"], handle))


def _label(study: Study, handle: str) -> str:
    return slots.label(study.opened.study_id, handle)


def test_an_act_that_fails_leaves_neither_line_nor_slot(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    from amparo.study.accounts import ways

    def fail(*_: object, **__: object) -> int:
        raise AmparoError("vault.disk_full", path="synthetic")

    with as_("marta") as study:
        before, lines = slots.read(study.opened.path), acts(study)
        for name in ("add_slot", "swap_slots"):
            monkeypatch.setattr(folder, name, fail)
        for act in (
            lambda: ways.add_recipient(study, age.public(IDENTITY)),
            lambda: ways.set_passphrase(study, "una frase distinta tres"),
            lambda: ways.rotate(study, PASS["marta"]),
        ):
            with pytest.raises(AmparoError, match=r"vault\.disk_full"):
                act()
        monkeypatch.undo()
        monkeypatch.setattr(ways, "audit", fail)
        with pytest.raises(AmparoError, match=r"vault\.disk_full"):
            ways.add_recipient(study, age.public(IDENTITY))
        assert slots.read(study.opened.path) == before
        assert acts(study) == lines


def test_every_change_raises_the_generation_that_its_line_keeps(as_: As, shares: tuple[str, ...]) -> None:
    from amparo.study.accounts import ways
    from amparo.study.accounts.models import AuditLine

    with as_("marta") as study:
        name = ways.add_recipient(study, age.public(IDENTITY))
        ways.rotate(study, PASS["marta"])
        ways.travel(study)
        path = study.opened.path
    assert name not in {slot.slot for slot in slots.read(path).slots}
    with store.study_in(folder.open_folder(path, slots.Shares(shares[1:]))) as study:
        ways.come_back(study)
        kept = (
            AuditLine.objects.filter(act__startswith="keys.").order_by("seq").values_list("facts", flat=True)
        )
        generations = [facts["generation"] for facts in kept]
        assert generations == sorted(set(generations))
        assert generations[-1] == slots.read(path).generation


def test_who_opened_with_shares_brings_back_and_nothing_else(as_: As, shares: tuple[str, ...]) -> None:
    from amparo.study.accounts import ways

    with as_("owner") as study:
        path = study.opened.path
    with store.study_in(folder.open_folder(path, slots.Shares(shares[:2]))) as study:
        assert study.user.handle == slots.RECOVERY
        for act in (
            lambda: ways.set_passphrase(study, "una frase distinta tres"),
            lambda: ways.add_recipient(study, age.public(IDENTITY)),
            lambda: ways.travel(study),
            lambda: ways.remove(study, slots.read(path).slots[0].slot),
        ):
            with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
                act()
        with pytest.raises(AmparoError, match=r"vault\.not_travelling"):
            ways.come_back(study)


def test_new_shares_replace_the_old_and_say_what_they_lack(as_: As, shares: tuple[str, ...]) -> None:
    from amparo.study.accounts import compartments, ways

    with as_("owner") as study:
        compartments.make(study, "abogadas")
        compartments.make(study, "aparte", escrowed=False)
        assert ways.uncovered() == []
        path = study.opened.path
    with as_("marta") as study:
        made = slots.new_recovery(study.opened.study_id, study.opened.secrets.root_key)
        ways.keep_recovery(study, made)
        assert "abogadas" in ways.uncovered()
    with pytest.raises(AmparoError, match=r"vault\.shares_other"):
        folder.open_folder(path, slots.Shares(shares[:2]))
    with as_("owner") as study:
        lacking = ways.uncovered()
        assert {"abogadas", "matching"} <= set(lacking)
        assert "aparte" not in lacking
        for name in lacking:
            compartments.join(study, name, slots.RECOVERY)
        assert ways.uncovered() == []
    with store.study_in(folder.open_folder(path, slots.Shares(made.shares[:2]))) as study:
        assert "abogadas" in study.keys.compartments
        assert "aparte" not in study.keys.compartments
