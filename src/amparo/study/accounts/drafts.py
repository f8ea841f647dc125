"""What somebody typed and did not save yet, kept for them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from amparo.study.accounts.models import Draft
from amparo.study.context import now
from amparo.vault.keypair import seal_box

if TYPE_CHECKING:
    from amparo.study.context import Study


def keep(study: Study, place: str, fields: dict[str, str]) -> None:
    """Keep what a form holds; the newest replaces what was kept for the form before."""
    sealed = seal_box(study.opened.pair.public_key, msgspec.json.encode(fields))
    Draft.objects.update_or_create(
        user=study.user, place=place, defaults={"at": now(), "boxed_words": sealed}
    )


def kept(study: Study, place: str) -> dict[str, str]:
    """What was kept for a form; empty when nothing was. Raises `vault.tampered`."""
    row = Draft.objects.filter(user=study.user, place=place).first()
    if row is None:
        return {}
    return msgspec.json.decode(study.opened.pair.open_box(bytes(row.boxed_words)), type=dict[str, str])


def drop(study: Study, place: str) -> None:
    """Forget what was kept for a form, once it is saved."""
    Draft.objects.filter(user=study.user, place=place).delete()
