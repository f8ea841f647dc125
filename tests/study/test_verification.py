from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from claims_article import accept_all, keep
from synthetic_lists import people as rows_of
from synthetic_lists import table

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.accounts import compartments, drafts, factors, people, ways
from amparo.study.accounts.services import audit, head
from amparo.study.cases import services as cases
from amparo.study.cases.said import Member
from amparo.study.counting.services import count_study, keep_report, newest_findings
from amparo.study.linking import judgements, packages
from amparo.study.linking.judgements import Word
from amparo.study.linking.review import Queue
from amparo.study.linking.services import link_study
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_log, verify_study
from amparo.vault import age, backup, folder, keyring
from amparo.vault.keypair import KeyPair

PAGE = 4096
Reopened = Callable[[], AbstractContextManager[Study]]


def read(study: Study, rows: list[tuple[str, ...]], key: str = "a") -> None:
    read_list(study, table(rows), f"{key}.csv", source_key=key, declared=Declared(key, "capture"))


def execute(sql: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(sql)


def test_a_whole_study_is_counted(study: Study) -> None:
    read(study, rows_of(5))
    verified = verify_study(study)
    assert (verified.records, verified.files) == (5, 1)
    assert verified.acts == 4


def test_a_lost_file_is_found(study: Study) -> None:
    read(study, rows_of(5))
    [blob] = (study.opened.path / "blobs").glob("*/*")
    kept = blob.read_bytes()
    blob.write_bytes(kept[:-1])
    with pytest.raises(AmparoError, match="vault.blob_damaged"):
        verify_log(study)
    blob.unlink()
    with pytest.raises(AmparoError, match="vault.blob_missing"):
        verify_log(study)


def journey(study: Study) -> Iterator[str]:
    """Every kind of act, one after another."""
    read(study, rows_of(30))
    yield "read"
    read(study, rows_of(40)[5:], "b")
    link_study(study, seed=1)
    yield "linked"
    judgements.judge(study, [Word(("a.1.7", "b.1.2"), "same"), Word(("a.1.8", "b.1.2"), "different")])
    judgements.set_four_eyes(study, False)
    yield "judged"
    ways.add_recipient(study, age.public(age.new_identity()))
    packages.send(study, "owner", Queue(study, number=3, seed=1, blind=True))
    yield "sent"
    read(study, [*rows_of(29), *rows_of(3, seed=2)])
    yield "corrected"
    keep(study)
    yield "document"
    accept_all(study)
    yield "accepted"
    link_study(study, seed=1)
    count_study(study, seed=1)
    run, _ = newest_findings(study)
    keep_report(study, run, {"es.html": b"synthetic", "en.html": b"synthetic"})
    yield "counted"
    factors.enrol(study, factors.TotpSecret(factors.new_secret()))
    drafts.keep(study, "statement", {"text": "synthetic words"})
    yield "second factor"
    cases.open_case(study, Member("member-1", "synthetic person", record="a.1.9"))
    yield "case"
    people.add(study, "ana", ["documents"], "synthetic words of ana")
    compartments.join(study, "default", "ana")
    yield "joined"
    compartments.escrow(study, KeyPair(bytes(32), study.opened.study_id))
    yield "escrowed"
    compartments.escrow(study, KeyPair(bytes(range(32)), study.opened.study_id))
    people.set_roles(study, "ana", ["documents", "cases"])
    compartments.make(study, "equipo")
    study = compartments.settle(study)  # with the key just made
    compartments.join(study, "equipo", "ana")
    yield "compartment"
    compartments.leave(study, "equipo", "ana")
    yield "left"
    people.set_roles(study, "ana", ["counts"])
    yield "roles"
    people.remove(study, "ana")
    yield "removed"
    people.add(study, "berta", ["administers"], "synthetic words of berta")
    yield "administrator"


def test_every_act_covers_what_it_writes(study: Study, reopened: Reopened) -> None:
    acts = 0
    for step in journey(study):
        try:
            logged = verify_log(study)
        except AmparoError as error:
            pytest.fail(f"{step}: {error.code} {error.facts}")
        assert logged.head.seq > acts
        acts = logged.head.seq
    with reopened() as again:  # and what the next opening settles
        assert verify_log(again).head.seq >= acts
        assert verify_study(again, [head()]).acts == head().seq


def test_the_journey_goes_through_every_model(study: Study) -> None:
    from django.apps import apps

    list(journey(study))
    rooms = (
        "accounts",
        "register",
        "linking",
        "counting",
        "claims.Claim",
        "claims.Suggestion",
        "claims.Decision",
    )  # other rooms cover theirs in their own tests
    rows = {model._meta.label: model._default_manager.exists() for model in apps.get_models()}
    assert {label for label, there in rows.items() if not there and label.startswith(rooms)} == set()


CHANGES = {
    "UPDATE register_record SET sealed_cells = zeroblob(40) WHERE row = 3": "row_changed",
    "UPDATE register_record SET wrapped_key = x'' WHERE row = 3": "row_changed",
    "UPDATE register_record SET row = 99 WHERE row = 3": "row_changed",
    "DELETE FROM register_record WHERE row = 3": "row_changed",
    "DELETE FROM register_record": "row_missing",
    "INSERT INTO register_record SELECT id || 'x', row, wrapped_key, sealed_row, sealed_cells, file_id,"
    " sealed_under_id FROM register_record WHERE row = 3": "row_changed",
    "UPDATE register_record SET file_id = 77 WHERE row = 3": "row_",
    "UPDATE accounts_user SET roles = '[\"counts\"]'": "row_changed",
    "UPDATE accounts_user SET public_key = zeroblob(32)": "row_changed",
    "UPDATE accounts_keyshare SET wrapped_key = zeroblob(80) WHERE id = 1": "row_changed",
    "DELETE FROM accounts_keyshare WHERE id = 1": "row_missing",
    "UPDATE accounts_compartment SET escrowed = 0": "row_changed",
    "UPDATE accounts_studyfacts SET synthetic = 0": "row_changed",
    "UPDATE register_declaration SET part = 'frame'": "row_changed",
    "INSERT INTO register_source SELECT 9, 'z', compartment_id FROM register_source": "row_unknown",
    "UPDATE counting_targetpopulation SET period_to = '2030-01-01'": "row_changed",
    "UPDATE register_sourcefile SET rows = 1": "row_changed",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_no_act_wrote_so_is_found(study: Study, change: str) -> None:
    read(study, rows_of(5))
    verify_log(study)
    execute(change)
    with pytest.raises(AmparoError, match=f"vault.{CHANGES[change]}"):
        verify_log(study)


def test_a_person_is_who_the_chain_says_though_an_act_covers_the_row(study: Study) -> None:
    people.add(study, "ana", ["counts"], "synthetic words of ana")
    ana = type(study.user).objects.get(handle="ana")
    ana.roles = ["counts", "administers"]
    ana.save()
    audit(study, "people.roles", wrote=[ana], user="ana", roles="counts")
    with pytest.raises(AmparoError, match="vault.row_changed"):
        verify_log(study)


def test_an_older_slot_file_put_back_is_found(study: Study) -> None:
    slots = study.opened.path / "slots.json"
    older = slots.read_bytes()
    people.add(study, "ana", ["counts"], "synthetic words of ana")
    audit(study, "counting.report", count=0)
    newer = slots.read_bytes()
    slots.write_bytes(older)
    with pytest.raises(AmparoError, match="vault.slots_rolled_back"):
        verify_log(study)
    audit(study, "counting.report", count=0)
    [issue] = verify_log(study).issues
    assert issue.facts == {"seq": head().seq}
    slots.write_bytes(newer)
    assert verify_log(study).issues


def snapshots(opened: folder.Opened, room: Path) -> tuple[Path, Path]:
    """The folder before and after a correction, an act on people, and an ended row."""
    with store.study_in(opened) as study:
        read(study, rows_of(60))
        people.add(study, "ana", ["documents"], "synthetic words of ana")
    before = shutil.copytree(opened.path, room / "before")
    with store.study_in(opened) as study:
        read(study, rows_of(60, seed=1)[3:])
        compartments.make(study, "equipo")
        people.set_roles(study, "ana", ["documents", "cases"])
        settled = compartments.settle(study)  # with the key just made
        compartments.join(settled, "equipo", "ana")
        compartments.leave(settled, "equipo", "ana")
    return before, opened.path


def contents(opened: folder.Opened) -> dict[str, str]:
    """Digests of all rows; of no account are SQLite's own: the next number, and statistics of its planner."""
    own = ("sqlite_sequence", "sqlite_stat1", "sqlite_stat4")
    return {name: said for name, said in backup.digests(opened).items() if name not in own}


def fault(opened: folder.Opened) -> str | None:
    try:
        with store.study_in(opened) as study:
            verify_study(study)
    except AmparoError as error:
        return error.code
    return None


def test_an_old_page_put_back_is_found(copied: folder.Opened, tmp_path: Path) -> None:
    before, now = snapshots(copied, tmp_path)
    old, new = (path / folder.DATABASE for path in (before, now))
    new_bytes, old_bytes = new.read_bytes(), old.read_bytes()
    kept = contents(copied)
    assert fault(copied) is None
    pages = [at for at in range(0, len(old_bytes), PAGE) if old_bytes[at:][:PAGE] != new_bytes[at:][:PAGE]]
    assert len(pages) > 5
    found = []
    for at in pages:
        new.write_bytes(new_bytes[:at] + old_bytes[at : at + PAGE] + new_bytes[at + PAGE :])
        for name in ("-wal", "-shm"):
            Path(f"{new}{name}").unlink(missing_ok=True)
        code = fault(copied)
        # A page that holds no row says nothing whichever it is.
        assert code is not None or contents(copied) == kept, at // PAGE
        found.append(code)
    assert "vault.row_changed" in found or "vault.row_missing" in found
    assert sum(code is not None for code in found) > 5


def test_a_study_set_back_as_a_whole_is_found_by_a_head_kept_outside(
    copied: folder.Opened, tmp_path: Path
) -> None:
    before, now = snapshots(copied, tmp_path)
    with store.study_in(copied):
        kept = head()
    shutil.rmtree(now)
    shutil.copytree(before, now)
    with store.study_in(copied) as study:
        verify_study(study)
        with pytest.raises(AmparoError, match="vault.rolled_back"):
            verify_study(study, [kept])


def test_an_old_database_beside_the_newer_slots_is_no_whole_study(
    copied: folder.Opened, tmp_path: Path
) -> None:
    before, now = snapshots(copied, tmp_path)
    with store.study_in(copied):
        kept = head()
    shutil.copy(before / folder.DATABASE, now / folder.DATABASE)
    keyring.drop(now / folder.DATABASE)
    opened = folder.open_with_key(now, copied.secrets)
    with store.study_in(opened) as study, pytest.raises(AmparoError, match="vault.rolled_back"):
        verify_log(study, [kept])


def test_an_old_database_under_a_newer_log_of_writes_is_found(copied: folder.Opened, tmp_path: Path) -> None:
    before, now = snapshots(copied, tmp_path)
    with store.study_in(copied) as study:
        read(study, rows_of(20, seed=3), "c")
        shutil.copy(now / f"{folder.DATABASE}-wal", tmp_path / "newer-wal")
    shutil.copy(before / folder.DATABASE, now / folder.DATABASE)
    (now / f"{folder.DATABASE}-shm").unlink(missing_ok=True)
    shutil.copy(tmp_path / "newer-wal", now / f"{folder.DATABASE}-wal")
    assert (now / f"{folder.DATABASE}-wal").stat().st_size > PAGE
    assert fault(copied) is not None
