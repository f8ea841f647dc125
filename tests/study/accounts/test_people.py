"""Founder, Marta (documents) and Julia (administers): who opens what, and what a removal changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.context import Study
from amparo.study.register.rules import Declared
from amparo.vault import folder, wraps
from amparo.vault.keypair import KeyPair
from amparo.vault.slots import Passphrase

PASS = {"owner": "lluvia mesa tambor once", "marta": "otra frase larga uno", "julia": "tercera frase dos"}
LIST = "nombres,apellidos,fecha\nInventada,Sintética Uno,2016-01-02\nInventado,Sintético Dos,2017-03-04\n"

As = Callable[[str], AbstractContextManager[Study]]


@pytest.fixture
def as_(copied: folder.Opened, monkeypatch: pytest.MonkeyPatch) -> As:
    """Open the study as somebody, with their own passphrase; stretching is made cheap."""
    real = wraps.hash_secret_raw
    monkeypatch.setattr(
        wraps, "hash_secret_raw", lambda secret, salt, _t, _m, *rest: real(secret, salt, 1, 1024, *rest)
    )

    @contextmanager
    def opened(handle: str) -> Iterator[Study]:
        if handle == "owner":
            way = copied
        else:
            way = folder.open_folder(copied.path, Passphrase(PASS[handle], handle))
        with store.study_in(way) as study:
            yield study

    return opened


def _read(study: Study, key: str, **options: Any) -> None:
    from amparo.study.register.services import read_list

    declared = Declared(key, "capture")
    read_list(study, LIST.encode(), f"{key}.csv", source_key=key, declared=declared, **options)


def _cells(study: Study) -> int:
    from amparo.study.register.services import standing_cells

    return standing_cells(study).height


def _team(study: Study) -> None:
    from amparo.study.accounts import people

    people.add(study, "marta", ["documents"], PASS["marta"])
    people.add(study, "julia", ["administers"], PASS["julia"])
    people.join(study, "default", "marta")


def test_each_opens_what_their_compartments_hold(as_: As) -> None:
    with as_("owner") as study:
        _team(study)
        _read(study, "open")
        _read(study, "told", compartment="lawyers")
        assert _cells(study) == 4
    with as_("marta") as study:
        assert study.keys.compartments == ["default"]
        assert _cells(study) == 2
        with pytest.raises(AmparoError, match="accounts.no_key"):
            _read(study, "other", compartment="lawyers")
    with as_("julia") as study:
        assert study.keys.held == {}
        assert _cells(study) == 0


def test_an_administrator_gets_no_identity_from_anything_in_the_folder(as_: As) -> None:
    from amparo.study.accounts import people
    from amparo.study.accounts.models import KeyShare
    from amparo.study.register.models import Record, SourceFile
    from amparo.study.register.services import read_list
    from amparo.vault import blobs, envelope

    with as_("owner") as study:
        _team(study)
        _read(study, "open")
    with as_("julia") as study:
        for act in (
            lambda: people.join(study, "default", "julia"),
            lambda: people.make_compartment(study, "mine"),
            lambda: people.set_roles(study, "julia", ["administers", "documents"]),
            lambda: read_list(
                study, LIST.encode(), "x.csv", source_key="x", declared=Declared("x", "capture")
            ),
        ):
            with pytest.raises(AmparoError, match="accounts"):
                act()
        for share in KeyShare.objects.all():
            with pytest.raises(AmparoError, match="vault.tampered"):
                study.opened.pair.open_box(bytes(share.wrapped_key))
        # Every key the administrator's secrets give, tried on a record and on a file.
        record, file = Record.objects.earliest("id"), SourceFile.objects.get()
        secrets = study.opened.secrets
        keys = [*secrets, *(study.opened.key(purpose) for purpose in ("database", "blobs", "compartments"))]
        for key in keys:
            sealed = (record.pk, bytes(record.wrapped_key), {"sealed_row": bytes(record.sealed_row)})
            with pytest.raises(AmparoError, match="vault.tampered"):
                envelope.open_rows(key, [sealed], table=Record._meta.label)
            with pytest.raises(AmparoError, match="vault.blob_damaged"):
                blobs.get(study.opened, key, file.blob)


def test_a_removed_member_opens_nothing_and_nothing_after(as_: As) -> None:
    from amparo.study.accounts import people
    from amparo.study.accounts.models import KeyShare
    from amparo.study.register.models import Record

    with as_("owner") as study:
        _team(study)
        _read(study, "before")
    with as_("marta") as study:
        hers, pair = dict(study.keys.held), study.opened.pair
        assert len(hers) == 1
    with as_("julia") as study:
        seen = people.remove(study, "marta")
        assert (seen.records, seen.openings) == ({"default": 2}, 0)
    with pytest.raises(AmparoError, match="vault.wrong_passphrase"), as_("marta"):
        pass
    with as_("owner") as study:
        _read(study, "after")
        new = Record.objects.filter(file__source__key="after")
        assert {record.sealed_under_id for record in new}.isdisjoint(hers)
        assert study.keys.current("default").version == 2
        for share in KeyShare.objects.filter(key_id__in={record.sealed_under_id for record in new}):
            with pytest.raises(AmparoError, match="vault.tampered"):
                pair.open_box(bytes(share.wrapped_key))
        assert _cells(study) == 4
        assert [member.handle for member in people.people()] == ["owner", "julia"]
        assert [member.handle for member in people.people(gone=True)] == ["owner", "marta", "julia"]


def test_a_handle_is_not_used_twice_and_nobody_removes_themselves(as_: As) -> None:
    from amparo.study.accounts import people

    with as_("owner") as study:
        _team(study)
        with pytest.raises(AmparoError, match="accounts.handle_taken"):
            people.add(study, "marta", ["documents"], PASS["marta"])
        with pytest.raises(AmparoError, match="accounts.bad_name"):
            people.add(study, "Con Espacio", ["documents"], PASS["marta"])
        with pytest.raises(AmparoError, match="accounts.may_not_hold"):
            people.join(study, "counting", "marta")
        with pytest.raises(AmparoError, match="accounts.unknown_user"):
            people.join(study, "default", "nobody")
    with as_("julia") as study, pytest.raises(AmparoError, match="accounts.not_yourself"):
        people.remove(study, "julia")


def test_a_role_that_ends_takes_its_keys(as_: As) -> None:
    from amparo.study.accounts import people

    with as_("owner") as study:
        _team(study)
        people.set_roles(study, "marta", ["counts"])
    with as_("owner") as study:
        assert study.keys.current("default").version == 2
        people.join(study, "counting", "marta")
    with as_("marta") as study:
        assert study.keys.compartments == ["counting"]


def test_who_leaves_a_compartment_leaves_its_new_key_behind(as_: As) -> None:
    from amparo.study.accounts import people

    with as_("owner") as study:
        _team(study)
        _read(study, "open")
        with pytest.raises(AmparoError, match="accounts.last_member"):
            people.leave(study, "lawyers", "owner")
        assert people.leave(study, "default", "marta").records == {"default": 2}
    with as_("marta") as study:
        assert study.keys.held == {}


def test_the_recovery_shares_hold_every_escrowed_key_and_reinstate(as_: As, copied: folder.Opened) -> None:
    from amparo.study.accounts import people
    from amparo.vault.slots import Secrets

    recovery = Secrets(copied.secrets.root_key, bytes(range(32)))
    with as_("owner") as study:
        _team(study)
        people.escrow(study, KeyPair(recovery.user_key, study.opened.study_id))
        people.make_compartment(study, "kept-apart", escrowed=False)
        people.make_compartment(study, "team-b")
        _read(study, "open")
    with as_("owner"):
        pass  # the newer compartment's key reaches the shares when a member opens the study
    opened = folder.open_with_key(copied.path, recovery)
    with store.study_in(opened) as study:
        assert study.keys.compartments == ["counting", "default", "lawyers", "matching", "team-b"]
        with pytest.raises(AmparoError, match="accounts.not_allowed"):
            _read(study, "other")
        people.reinstate(study, "marta", "nueva frase de marta")
    with pytest.raises(AmparoError, match="vault.wrong_passphrase"), as_("marta"):
        pass
    way = Passphrase("nueva frase de marta", "marta")
    with store.study_in(folder.open_folder(copied.path, way)) as study:
        assert _cells(study) == 2


def test_linkage_across_compartments_and_counting_without_records(as_: As) -> None:
    from amparo.study.accounts import people
    from amparo.study.counting.services import count_study
    from amparo.study.linking.services import link_study
    from amparo.study.register.models import Record
    from amparo.study.register.services import open_records

    with as_("owner") as study:
        people.add(study, "marta", ["counts"], PASS["marta"])
        people.join(study, "counting", "marta")
        for key, place in (("a", "default"), ("b", "lawyers"), ("c", "default")):
            _read(study, key, compartment=place)
        persons = link_study(study, seed=1).records["person"].n_unique()
    with as_("marta") as study:
        assert list(open_records(study, Record.objects.all(), ("sealed_cells",))) == []
        assert count_study(study, seed=1).persons == persons
        with pytest.raises(AmparoError, match="accounts.not_allowed"):
            link_study(study, seed=1)
