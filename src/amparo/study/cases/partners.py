"""The organisations and offices that cases go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from amparo.errors import AmparoError
from amparo.study.cases.reading import of_the_organisation
from amparo.study.cases.said import Partner
from amparo.study.cases.services import whole_day, write
from amparo.study.context import now
from amparo.vault import age

if TYPE_CHECKING:
    from amparo.study.context import Study


def partners(study: Study) -> dict[str, Partner]:
    """The partners as said last, without those that ended."""
    known: dict[str, Partner] = {}
    for line in of_the_organisation(study):
        if isinstance(line.said, Partner):
            known[line.said.id] = line.said
    today = now().date().isoformat()
    return {name: each for name, each in known.items() if not each.until or each.until >= today}


def keep_partner(study: Study, partner: Partner) -> None:
    """Add a partner, or say anew what is known of it.

    Raises `accounts.not_allowed`, `cases.no_words`, `cases.bad_day`, `vault.bad_recipient` for what is no
    age public key.
    """
    if not partner.name.strip():
        raise AmparoError("cases.no_words")
    key = age.recipient(partner.key) if partner.key.strip() else ""
    checked = msgspec.structs.replace(partner, key=key, until=whole_day(partner.until))
    write(study, "cases.partner", None, [checked], about="")
