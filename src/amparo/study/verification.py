"""Check all that a study holds against its audit chain, so that damage and deceit are found in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from amparo.errors import AmparoError, Issue
from amparo.runs import Progress, silent
from amparo.study.accounts.history import History
from amparo.study.accounts.models import User
from amparo.study.accounts.services import place, row_digest, standing_rows, verify_chain
from amparo.study.care.openings import check_words
from amparo.study.care.replay import check_erasures
from amparo.study.cases.reading import check_cases
from amparo.study.claims.reading import check_claims
from amparo.study.context import Study
from amparo.study.counting.services import check_counts
from amparo.study.linking.judgements import check_judgements
from amparo.study.linking.services import check_runs
from amparo.study.register.digests import bulk_digests
from amparo.study.register.documents import check_documents
from amparo.study.register.services import check_files, check_records
from amparo.vault import slots, sqlcipher
from amparo.vault.audit import Head

BLOB = "blob"


class Logged(NamedTuple):
    """The audit chain: its last line, and how many rows and sealed files it covers and agrees with."""

    head: Head
    covered: int
    issues: tuple[Issue, ...]


class Verified(NamedTuple):
    """How much was opened and found whole."""

    records: int
    files: int
    runs: int
    judgements: int
    acts: int


def verify_study(study: Study, heads: Sequence[Head] = (), progress: Progress = silent) -> Verified:
    """Check every page of the database and every row against the audit chain; open every value and file.

    What is sealed under keys this user does not hold is checked by its digest alone. Raises the code of the
    first damage: `vault.damaged`, `vault.tampered`, and as `verify_log`.
    """
    progress("verify", 0, 5)
    sqlcipher.verify(connection.connection, study.opened.path)
    progress("verify", 1, 5)
    logged = verify_log(study, heads)
    check_erasures(study)
    progress("verify", 2, 5)
    records = check_records(study)
    progress("verify", 3, 5)
    files = check_files(study)
    progress("verify", 4, 5)
    runs = check_runs(study) + check_counts(study)
    judgements = check_judgements(study)
    check_words(study)
    check_documents(study)
    check_claims(study)
    check_cases(study)
    progress("verify", 5, 5)
    return Verified(records, files, runs, judgements, logged.head.seq)


def verify_log(study: Study, heads: Sequence[Head] = ()) -> Logged:
    """Follow the audit chain, compare it with heads kept outside, and every row with what the chain says.

    Nothing is opened, so who holds no key of a compartment checks it all the same. Raises as
    `accounts.services.verify_chain`, `vault.row_changed` (edited, or an older page put back),
    `vault.row_missing`, `vault.row_unknown` (no act wrote it), `vault.blob_missing`, `vault.blob_damaged`,
    `vault.slots_rolled_back`.
    """
    history = verify_chain(study, heads)
    _check_rows(study, history)
    _check_people(history)
    generation = slots.read(study.opened.path).generation
    if generation < history.slots:
        raise AmparoError("vault.slots_rolled_back", kept=history.slots, found=generation)
    issues = tuple(Issue("vault.slots_went_back", {"seq": seq}) for seq in history.slots_back)
    return Logged(history.head, len(history.rows), issues)


def _check_rows(study: Study, history: History) -> None:
    """Every row and sealed file is what the chain's newest word on it says, and nothing else is there."""
    stands = {place(row): row_digest(row) for row in standing_rows()} | bulk_digests(study)
    for name in sorted(stands.keys() | history.rows.keys()):
        said, is_ = history.rows.get(name), stands.get(name)
        if said != is_:
            raise _fault(name, said, is_)


def _check_people(history: History) -> None:
    """The people of the database are those of the chain, with the same keys and roles."""
    for user in User.objects.all():
        known = history.people.get(user.handle)
        row = place(user)
        if known is None or (known.row, known.public_key) != (row, bytes(user.public_key)):
            raise _fault(row, "", row)
        if known.roles != set(user.roles) or known.present != (user.until is None):
            raise _fault(row, "", row)


def _fault(name: str, said: str | None, is_: str | None) -> AmparoError:
    """What is wrong with a row (`Model:key`), a file's rows (`Model@file`) or a sealed file (`blob:name`)."""
    table, mark, row = name.partition("@" if "@" in name else ":")
    if table == BLOB:
        return AmparoError("vault.blob_damaged" if is_ else "vault.blob_missing", name=row)
    row = f"file {row}" if mark == "@" else row
    if said is None:
        return AmparoError("vault.row_unknown", table=table, row=row)
    return AmparoError("vault.row_changed" if is_ else "vault.row_missing", table=table, row=row)
