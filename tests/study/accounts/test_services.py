from __future__ import annotations

import pytest

from amparo.errors import AmparoError
from amparo.study.accounts.services import audit, verify_chain
from amparo.study.store import Study


def test_the_chain_grows_and_verifies(study: Study) -> None:
    before = verify_chain()
    audit(study, "synthetic.act", number=3)
    assert verify_chain() == before + 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts_auditline SET act = 'other' WHERE seq = 2",
        "UPDATE accounts_auditline SET at = '2001-01-01 00:00:00+00:00' WHERE seq = 2",
        "DELETE FROM accounts_auditline WHERE seq = 1",
        "UPDATE accounts_auditline SET seq = seq + 1 WHERE seq = 3",
    ],
)
def test_a_changed_line_is_found(study: Study, change: str) -> None:
    from django.db import connection

    audit(study, "synthetic.act", number=3)
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(AmparoError, match="vault.audit_broken"):
        verify_chain()
