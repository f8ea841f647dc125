"""Open everything a study holds, so that damage is found before it is needed."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from amparo.runs import Progress, silent
from amparo.study.accounts.services import verify_chain
from amparo.study.context import Study
from amparo.study.counting.services import check_counts
from amparo.study.linking.services import check_runs
from amparo.study.register.services import check_files, check_records
from amparo.vault import sqlcipher


class Verified(NamedTuple):
    """How much was opened and found whole."""

    records: int
    files: int
    runs: int
    acts: int


def verify_study(study: Study, progress: Progress = silent) -> Verified:
    """Check every page of the database, open every sealed value and file, recompute the audit chain.

    Raises the code of the first damage: `vault.damaged`, `vault.tampered`, `vault.blob_missing`,
    `vault.blob_damaged`, `vault.audit_broken`.
    """
    progress("verify", 0, 5)
    sqlcipher.verify(connection.connection, study.opened.path)
    progress("verify", 1, 5)
    records = check_records(study)
    progress("verify", 2, 5)
    files = check_files(study)
    progress("verify", 3, 5)
    runs = check_runs(study) + check_counts(study)
    progress("verify", 4, 5)
    acts = verify_chain()
    progress("verify", 5, 5)
    return Verified(records, files, runs, acts)
