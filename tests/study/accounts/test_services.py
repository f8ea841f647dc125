from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.study.accounts import people
from amparo.study.accounts.services import acts, audit, entries, head, row_digest, verify_chain
from amparo.study.context import now
from amparo.study.store import Study
from amparo.vault.audit import Head
from amparo.vault.envelope import new_key
from amparo.vault.slots import Secrets


def test_the_chain_grows_and_verifies(study: Study) -> None:
    before = head()
    audit(study, "counting.report", number=3)
    followed = verify_chain(study, [before])
    assert followed.head == head()
    assert followed.head.seq == before.seq + 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts_auditline SET act = 'other' WHERE seq = 2",
        "UPDATE accounts_auditline SET at = '2001-01-01 00:00:00+00:00' WHERE seq = 2",
        "UPDATE accounts_auditline SET covers = '{}' WHERE seq = 1",
        "DELETE FROM accounts_auditline WHERE seq = 1",
        "UPDATE accounts_auditline SET seq = seq + 1 WHERE seq = 3",
        "UPDATE accounts_user SET handle = 'somebody' WHERE handle = 'owner'",
    ],
)
def test_a_changed_line_is_found(study: Study, change: str) -> None:
    from django.db import connection

    audit(study, "counting.report", number=3)
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(AmparoError, match="vault.audit_broken"):
        verify_chain(study)


def test_a_line_in_anothers_name_is_found_though_their_row_holds_the_writers_key(study: Study) -> None:
    other = replace(study.opened, secrets=Secrets(study.opened.secrets.root_key, new_key()))
    study.user.public_key = other.pair.public_key
    study.user.save()
    audit(replace(study, opened=other), "counting.report", number=3)
    with pytest.raises(AmparoError, match="vault.audit_unsigned"):
        verify_chain(study)


def test_a_chain_written_anew_by_another_is_found_by_whose_name_it_bears(study: Study) -> None:
    from amparo.study.accounts.models import AuditLine

    other = replace(study.opened, secrets=Secrets(study.opened.secrets.root_key, new_key()))
    kept = list(entries())
    AuditLine.objects.all().delete()
    for line, _, _ in kept:
        facts: Any = dict(line.facts)
        if "public_key" in facts:
            facts["public_key"] = other.pair.public_key.hex()
        covers = {place: said for place, said in line.covers.items() if said}
        audit(replace(study, opened=other), line.act, covers=covers, **facts)
    with pytest.raises(AmparoError, match="vault.history_differs"):
        verify_chain(study)
    assert verify_chain(replace(study, opened=other)).head.seq == len(kept)


def test_a_head_kept_outside_finds_what_was_cut_off(study: Study) -> None:
    from amparo.study.accounts.models import AuditLine

    audit(study, "counting.report", number=3)
    kept = head()
    AuditLine.objects.filter(seq=kept.seq).delete()
    verify_chain(study)
    with pytest.raises(AmparoError, match="vault.rolled_back") as raised:
        verify_chain(study, [kept])
    assert raised.value.facts == {"kept": kept.seq, "found": kept.seq - 1}
    audit(study, "counting.report", number=4)
    with pytest.raises(AmparoError, match="vault.history_differs"):
        verify_chain(study, [kept])
    with pytest.raises(AmparoError, match="vault.history_differs"):
        verify_chain(study, [Head(0, kept.digest)])


def test_a_row_says_the_same_before_and_after_the_database(study: Study) -> None:
    study.user.since = now()
    study.user.roles = ["documents", "matches"]
    study.user.save()
    again = type(study.user).objects.get(pk=study.user.pk)
    assert row_digest(again) == row_digest(study.user)


def test_acts_are_selected_and_others_acts_shown_to_who_answers_for_the_study(
    study: Study, reopened: Callable[[], AbstractContextManager[Study]]
) -> None:
    people.add(study, "ana", ["administers"], "synthetic words of ana")
    everything = acts(study)
    assert [line.seq for line in everything] == list(range(1, len(everything) + 1))
    assert [line.act for line in acts(study, act="people.added")] == ["people.added"]
    today = now() - timedelta(1)
    assert acts(study, since=today) == everything
    assert acts(study, since=now()) == []
    assert acts(study, user="ana") == []
    study.user.roles = ["documents"]
    assert acts(study) == everything
    mallory = type(study.user).objects.get(handle="ana")
    mallory.roles = ["counts"]
    assert acts(replace(study, user=mallory)) == []
