from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from amparo.errors import AmparoError
from amparo.study.context import Study

As = Callable[[str], AbstractContextManager[Study]]
Read = Callable[..., None]
Cells = Callable[[Study], int]
Team = Callable[[Study], None]
MARTA = "otra frase larga uno"
LIST = "nombres,apellidos,fecha\nInventada,Sintética Uno,2016-01-02\n"


def test_a_removed_member_opens_nothing_and_nothing_after(
    as_: As, read: Read, cells: Cells, team: Team
) -> None:
    from amparo.study.accounts import people
    from amparo.study.accounts.models import KeyShare
    from amparo.study.register.models import Record

    with as_("owner") as study:
        team(study)
        read(study, "before")
    with as_("marta") as study:
        hers, pair = dict(study.keys.held), study.opened.pair
        assert len(hers) == 1
    with as_("julia") as study:
        seen = people.remove(study, "marta")
        assert (seen.records, seen.openings) == ({"default": 2}, 0)
    with pytest.raises(AmparoError, match="vault.wrong_passphrase"), as_("marta"):
        pass
    with as_("owner") as study:
        read(study, "after")
        new = Record.objects.filter(file__source__key="after")
        assert {record.sealed_under_id for record in new}.isdisjoint(hers)
        assert study.keys.current("default").version == 2
        for share in KeyShare.objects.filter(key_id__in={record.sealed_under_id for record in new}):
            with pytest.raises(AmparoError, match="vault.tampered"):
                pair.open_box(bytes(share.wrapped_key))
        assert cells(study) == 4
        assert [member.handle for member in people.people()] == ["owner", "julia"]
        assert [member.handle for member in people.people(gone=True)] == ["owner", "marta", "julia"]


def test_a_handle_is_not_used_twice_and_nobody_removes_themselves(as_: As, team: Team) -> None:
    from amparo.study.accounts import compartments, people

    with as_("owner") as study:
        team(study)
        with pytest.raises(AmparoError, match="accounts.handle_taken"):
            people.add(study, "marta", ["documents"], MARTA)
        with pytest.raises(AmparoError, match="accounts.bad_name"):
            people.add(study, "Con Espacio", ["documents"], MARTA)
        with pytest.raises(AmparoError, match="accounts.may_not_hold"):
            compartments.join(study, "counting", "marta")
        with pytest.raises(AmparoError, match="accounts.unknown_user"):
            compartments.join(study, "default", "nobody")
    with as_("julia") as study, pytest.raises(AmparoError, match="accounts.not_yourself"):
        people.remove(study, "julia")
