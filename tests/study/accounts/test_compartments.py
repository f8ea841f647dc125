from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.context import Study
from amparo.study.register.rules import Declared
from amparo.vault import folder
from amparo.vault.keypair import KeyPair, seal_box
from amparo.vault.slots import Passphrase, Secrets

As = Callable[[str], AbstractContextManager[Study]]
Read = Callable[..., None]
Cells = Callable[[Study], int]
Team = Callable[[Study], None]
MARTA = "otra frase larga uno"
LIST = "nombres,apellidos,fecha\nInventada,Sintética Uno,2016-01-02\n"


def test_each_opens_what_their_compartments_hold(as_: As, read: Read, cells: Cells, team: Team) -> None:
    with as_("owner") as study:
        team(study)
        read(study, "open")
        read(study, "told", compartment="lawyers")
        assert cells(study) == 4
    with as_("marta") as study:
        assert study.keys.compartments == ["default"]
        assert cells(study) == 2
        with pytest.raises(AmparoError, match="accounts.no_key"):
            read(study, "other", compartment="lawyers")
    with as_("julia") as study:
        assert study.keys.held == {}
        assert cells(study) == 0


def test_an_administrator_gets_no_identity_from_the_folder(as_: As, read: Read, team: Team) -> None:
    from amparo.study.accounts import compartments, people
    from amparo.study.accounts.models import KeyShare
    from amparo.study.register.models import Record, SourceFile
    from amparo.study.register.services import read_list
    from amparo.vault import blobs, envelope

    with as_("owner") as study:
        team(study)
        read(study, "open")
    with as_("julia") as study:
        for act in (
            lambda: compartments.join(study, "default", "julia"),
            lambda: compartments.make(study, "mine"),
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


def test_a_role_that_ends_takes_its_keys(as_: As, team: Team) -> None:
    from amparo.study.accounts import compartments, people

    with as_("owner") as study:
        team(study)
        people.set_roles(study, "marta", ["counts"])
    with as_("owner") as study:
        assert study.keys.current("default").version == 2
        compartments.join(study, "counting", "marta")
    with as_("marta") as study:
        assert study.keys.compartments == ["counting"]


def test_who_leaves_a_compartment_leaves_its_new_key_behind(as_: As, read: Read, team: Team) -> None:
    from amparo.study.accounts import compartments

    with as_("owner") as study:
        team(study)
        read(study, "open")
        with pytest.raises(AmparoError, match="accounts.last_member"):
            compartments.leave(study, "lawyers", "owner")
        assert compartments.leave(study, "default", "marta").records == {"default": 2}
    with as_("marta") as study:
        assert study.keys.held == {}


def test_the_recovery_shares_reinstate(
    as_: As, copied: folder.Opened, read: Read, cells: Cells, team: Team
) -> None:
    from amparo.study.accounts import compartments

    recovery = Secrets(copied.secrets.root_key, bytes(range(32)))
    with as_("owner") as study:
        team(study)
        compartments.escrow(study, KeyPair(recovery.user_key, study.opened.study_id))
        compartments.make(study, "kept-apart", escrowed=False)
        compartments.make(study, "team-b")
        read(study, "open")
    opened = folder.open_with_key(copied.path, recovery)
    with store.study_in(opened) as study:
        assert study.keys.compartments == ["counting", "default", "lawyers", "matching", "team-b"]
        with pytest.raises(AmparoError, match="accounts.not_allowed"):
            read(study, "other")
        compartments.reinstate(study, "marta", "nueva frase de marta")
    with pytest.raises(AmparoError, match="vault.wrong_passphrase"), as_("marta"):
        pass
    way = Passphrase("nueva frase de marta", "marta")
    with store.study_in(folder.open_folder(copied.path, way)) as study:
        assert cells(study) == 2


def test_linkage_across_compartments_and_counting_without_records(as_: As, read: Read) -> None:
    from amparo.study.accounts import compartments, people
    from amparo.study.counting.services import count_study
    from amparo.study.linking.services import link_study
    from amparo.study.register.models import Record
    from amparo.study.register.services import open_records

    with as_("owner") as study:
        people.add(study, "marta", ["counts"], MARTA)
        compartments.join(study, "counting", "marta")
        for key, place in (("a", "default"), ("b", "lawyers"), ("c", "default")):
            read(study, key, compartment=place)
        persons = link_study(study, seed=1).records["person"].n_unique()
    with as_("marta") as study:
        assert list(open_records(study, Record.objects.all(), ("sealed_cells",))) == []
        assert count_study(study, seed=1).persons == persons
        with pytest.raises(AmparoError, match="accounts.not_allowed"):
            link_study(study, seed=1)


def test_rows_written_past_the_chain_get_no_key(as_: As, read: Read, team: Team) -> None:
    """An administrator has the key of the database file, and may write anything into it with other tools."""
    from amparo.study.accounts import compartments, people
    from amparo.study.accounts.models import CompartmentKey, KeyShare, User

    with as_("owner") as study:
        team(study)
    with as_("julia") as study:
        stranger = KeyPair(bytes(range(32)), study.opened.study_id)
        with pytest.raises(AmparoError, match="accounts.not_allowed"):
            compartments.escrow(study, stranger)
        people.add(study, "puppet", ["documents"], MARTA)
        User.objects.filter(handle="marta").update(public_key=stranger.public_key)
        User.objects.filter(handle="julia").update(roles=["documents"])
        for key in CompartmentKey.objects.all():
            for handle in ("julia", "puppet"):
                KeyShare.objects.create(
                    key=key,
                    user=User.objects.get(handle=handle),
                    wrapped_key=seal_box(study.opened.pair.public_key, bytes(32)),
                )
    with as_("owner") as study:
        people.add(study, "leaves", ["documents"], MARTA)
        compartments.join(study, "default", "leaves")
        people.set_roles(study, "leaves", ["counts"])
    with as_("owner") as study:
        new = study.keys.current("default")
        assert new.version == 2
        shares = KeyShare.objects.filter(key_id=new.id)
        assert {share.user.handle for share in shares} == {"owner", "marta"}
        for share in shares:
            with pytest.raises(AmparoError, match="vault.tampered"):
                stranger.open_box(bytes(share.wrapped_key))


def test_somebody_comes_with_their_keys_or_not_at_all(as_: As) -> None:
    from amparo.study.accounts import compartments, people
    from amparo.study.verification import verify_study

    with as_("owner") as study:
        with pytest.raises(AmparoError, match="accounts.may_not_hold"):
            compartments.welcome(study, "marta", ["documents"], MARTA, ["default", "counting"])
        assert [member.handle for member in people.people()] == ["owner"]
    with as_("owner") as study:
        compartments.welcome(study, "marta", ["documents"], MARTA, ["default"])
        verify_study(study)
    with as_("marta") as study:
        assert study.keys.compartments == ["default"]
