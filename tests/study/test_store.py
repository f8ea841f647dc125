from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.study import store
from amparo.study.plan import Plan
from amparo.vault import folder
from amparo.vault.slots import Passphrase, Secrets


def _set_schema(opened: folder.Opened, version: int) -> None:
    from amparo.vault import sqlcipher

    connection = sqlcipher.connect(opened.database, opened.key("database"))
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_a_new_study_holds_its_plan_and_its_first_acts(study: store.Study) -> None:
    from amparo.study.accounts.models import AuditLine

    assert study.facts.title == "Synthetic study"
    assert study.facts.synthetic
    acts = AuditLine.objects.order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["study.created", "counting.target"]


def test_a_study_of_a_newer_version_is_refused_and_left_alone(copied: folder.Opened) -> None:
    _set_schema(copied, store.SCHEMA + 1)
    with pytest.raises(AmparoError) as error, store.study_in(copied):
        pass
    assert error.value.code == "study.newer"
    assert not list((copied.path / "backups").iterdir())


def test_an_older_study_is_upgraded_after_a_backup(copied: folder.Opened) -> None:
    _set_schema(copied, store.SCHEMA - 1)
    with store.study_in(copied) as study:
        assert study.facts.title == "Synthetic study"
    [copy] = (copied.path / "backups").iterdir()
    assert (copy / "study.db").is_file()
    with store.study_in(copied):
        pass
    assert len(list((copied.path / "backups").iterdir())) == 1


def test_models_and_migrations_agree(study: store.Study) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_plan_that_cannot_stand_leaves_no_study(tmp_path: Path) -> None:
    with pytest.raises(AmparoError) as error:
        store.create(tmp_path / "study", "lluvia mesa tambor once", Plan("t", "es"))
    assert error.value.code == "counting.bad_period"
    assert list(tmp_path.iterdir()) == []


def test_a_closed_study_opens_again(study: store.Study, reopened: Callable[[], Any]) -> None:
    from django.db import connection

    connection.close()
    with reopened() as again:
        assert again.opened.study_id == study.opened.study_id


def test_a_study_of_the_first_schema_is_upgraded_with_all_it_holds(tmp_path: Path) -> None:
    from amparo.study.register.standing import standing_cells
    from amparo.study.verification import verify_study

    with tarfile.open(Path(__file__).parent / "golden" / "schema-1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "study"
    way = Passphrase("lluvia mesa tambor once")
    with store.study_in(folder.open_folder(path, way)) as study:
        from amparo.study.accounts.compartments import holders
        from amparo.study.counting.services import count_study, kept_report, newest_findings
        from amparo.study.linking.services import newest

        assert {one.name: one.handles for one in holders()} == dict.fromkeys(
            ("default", "lawyers", "matching", "counting"), ("owner",)
        )
        assert standing_cells(study).height == 24
        linked = newest(study)
        assert linked is not None
        assert linked.records.height == 24
        run, before = newest_findings(study)
        assert kept_report(study, run) == {"es.html": b"synthetic page"}
        assert count_study(study, seed=1).persons == before.persons
        verify_study(study)
    # What the study's key alone opened before does not open any more.
    with pytest.raises(AmparoError, match="accounts.not_a_member"):
        stranger = folder.open_with_key(path, Secrets(study.opened.secrets.root_key, bytes(32)))
        with store.study_in(stranger):
            pass
    with store.study_in(folder.open_folder(path, Passphrase(way.text, "owner"))) as again:
        verify_study(again)
    assert len(list((path / "backups").iterdir())) == 1


def test_a_study_of_the_second_schema_is_upgraded_with_its_people_and_what_was_said(tmp_path: Path) -> None:
    from amparo.study.register.standing import standing_cells
    from amparo.study.verification import verify_study

    with tarfile.open(Path(__file__).parent / "golden" / "schema-2.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "study"
    with store.study_in(folder.open_folder(path, Passphrase("lluvia mesa tambor once", "owner"))) as study:
        from amparo.study.care.models import Consent, Erasure, Opening
        from amparo.study.care.services import holds
        from amparo.study.counting.services import kept_report, newest_findings
        from amparo.study.register.models import SourceFile

        assert standing_cells(study).height == 29
        assert set(SourceFile.objects.values_list("kind", flat=True)) == {"list"}
        run, before = newest_findings(study)
        assert kept_report(study, run) == {"es.html": b"synthetic page"}
        assert before.persons == 17
        assert [held.words for held in holds(study)] == ["synthetic hold"]
        assert [model.objects.count() for model in (Consent, Erasure, Opening)] == [1, 1, 1]
        verify_study(study)
    with store.study_in(folder.open_folder(path, Passphrase("otra frase de paso larga", "nadia"))) as other:
        assert standing_cells(other).height == 29
        verify_study(other)
    assert len(list((path / "backups").iterdir())) == 1


def test_a_study_of_the_third_schema_is_upgraded_and_takes_cases(tmp_path: Path) -> None:
    from amparo.study.verification import verify_study

    with tarfile.open(Path(__file__).parent / "golden" / "schema-3.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "study"
    with store.study_in(folder.open_folder(path, Passphrase("lluvia mesa tambor once", "owner"))) as study:
        from amparo.study.cases import reading, services
        from amparo.study.cases.said import Member
        from amparo.study.linking.services import newest

        assert newest(study) is not None
        opened = services.open_case(study, Member(services.new_id("member"), "synthetic"))
        assert reading.case_of(study, opened).worker == "owner"
        verify_study(study)
    assert len(list((path / "backups").iterdir())) == 1


def test_a_study_of_the_fourth_schema_is_upgraded_with_its_cases_and_lends_them(tmp_path: Path) -> None:
    from amparo.study.verification import verify_study

    with tarfile.open(Path(__file__).parent / "golden" / "schema-4.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "study"
    with store.study_in(folder.open_folder(path, Passphrase("lluvia mesa tambor once", "owner"))) as study:
        from amparo.study.accounts import people
        from amparo.study.cases.lending import lend, lendings
        from amparo.study.cases.partners import partners
        from amparo.study.cases.reading import cases
        from amparo.study.context import now

        [case] = cases(study)
        assert (case.opening.label, len(case.members), len(case.tracks)) == ("golden", 2, 1)
        assert [each.name for each in partners(study).values()] == ["Synthetic partner"]
        people.add(study, "ayuda", ["volunteer"], "otra frase de paso larga")
        lend(study, [case.id], "ayuda", now().date(), "synthetic reason")
        assert [each.case for each in lendings(study)] == [case.id]
        verify_study(study)
    assert len(list((path / "backups").iterdir())) == 1
