"""Identities opened for a human eye leave a line with the purpose, and the words on it sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from amparo.study.accounts.rules import MEMBERS
from amparo.study.accounts.services import audit
from amparo.study.care.models import SAID, Opening, Said
from amparo.study.care.rules import Purpose, check_purpose
from amparo.study.context import now
from amparo.study.sealing import open_field, seal_fields

if TYPE_CHECKING:
    from django.db.models import Model

    from amparo.study.context import Key, Study

Row = TypeVar("Row", bound=Said)


def say(
    study: Study,
    key: Key,
    model: type[Row],
    words: str,
    sealing: Mapping[str, bytes] | None = None,
    /,
    **fields: Any,
) -> Row:
    """A new row of what the person at work says, its words, and what else is for `sealing`, under the key."""
    number = fields.pop("id", None) or model._default_manager.count() + 1
    sealed = seal_fields(key, model, number, {"sealed_words": words.encode(), **(sealing or {})})
    said = {"id": number, "at": now(), "by": study.user, **sealed, **fields}
    return model._default_manager.create(**said)


def words_of(study: Study, row: Said) -> str | None:
    """The words of a row; None where the person at work holds no key, or an erasure took them."""
    if row.sealed_under_id not in study.keys or not row.wrapped_key:
        return None
    return open_field(study, row, row.pk, "sealed_words").decode()


def check_words(study: Study) -> int:
    """Open all words that the person at work may read; their number. Raises `vault.tampered`."""
    rows = (row for model in SAID for row in model._default_manager.all())
    return sum(words_of(study, row) is not None for row in rows)


def opened(
    study: Study, act: str, purpose: Purpose, records: Sequence[str], wrote: Sequence[Model] = ()
) -> None:
    """Keep why records or cases were opened, in the transaction of the act, with what else it `wrote`.

    The words go where the first of them is. A volunteer, who holds no key to seal them with, has none: the
    line in the chain alone says why.

    Raises `accounts.not_allowed`, `accounts.no_key`, `care.unknown_purpose`, `care.purpose_words`.
    """
    check_purpose(purpose)
    said: list[Model] = []
    if study.keys.held or purpose.words:
        key = _key_for(study, records[:1])
        said = [say(study, key, Opening, purpose.words, purpose=purpose.code)]
    audit(
        study,
        act,
        wrote=[*said, *wrote],
        purpose=purpose.code,
        number=len(records),
        records=" ".join(records),
    )


def _key_for(study: Study, records: Sequence[str]) -> Key:
    from amparo.study.register.models import Record  # noqa: PLC0415  (the register's search comes by here)

    for record in Record.objects.filter(pk__in=records).select_related("sealed_under__compartment"):
        return study.keys.current(record.sealed_under.compartment.name)
    from amparo.study.cases.models import Case  # noqa: PLC0415

    for case in Case.objects.filter(pk__in=records).select_related("sealed_under__compartment"):
        return study.keys.current(case.sealed_under.compartment.name)
    mine = [name for name in study.keys.compartments if name not in MEMBERS]
    return study.keys.current(mine[0] if mine else "default")
