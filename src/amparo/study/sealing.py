"""Rows whose fields are sealed under a key of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import models

from amparo.vault import envelope

if TYPE_CHECKING:
    from amparo.study.context import Key, Keys, Study


class SealedRow(models.Model):
    """A row with its own key, wrapped by its compartment's. Fields named `sealed_…` are sealed under it.

    A row whose `wrapped_key` is empty is erased: nothing opens it again.
    """

    wrapped_key = models.BinaryField()
    sealed_under = models.ForeignKey("accounts.CompartmentKey", on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Only a shape for models."""

        abstract = True


def seal_fields(key: Key, model: type[SealedRow], row: str | int, fields: dict[str, bytes]) -> dict[str, Any]:
    """The model's sealed columns, its `wrapped_key` and `sealed_under_id`, ready for `create`."""
    [(wrapped_key, sealed)] = envelope.seal_rows(
        key.secret, [(row, fields)], table=model._meta.label, version=key.version
    )
    return {"wrapped_key": wrapped_key, "sealed_under_id": key.id, **sealed}


def open_field(study: Study, instance: SealedRow, row: str | int, field: str) -> bytes:
    """One sealed column of an instance. Raises `accounts.no_key`, `vault.tampered`."""
    key = study.keys[instance.sealed_under_id]
    [opened] = envelope.open_rows(
        key.secret,
        [(row, bytes(instance.wrapped_key), {field: bytes(getattr(instance, field))})],
        table=instance._meta.label,
        version=key.version,
    )
    return opened[field]


def open_many(
    keys: Keys,
    model: type[SealedRow],
    key_ids: Sequence[int],
    rows: Sequence[tuple[str | int, bytes, Mapping[str, bytes]]],
) -> Iterator[dict[str, bytes]]:
    """Open rows given as (row, wrapped key, field -> sealed), each under the key of that id, in their order.

    Raises `accounts.no_key`, `vault.tampered`.
    """
    start = 0
    for key_id, group in groupby(key_ids):
        key, end = keys[key_id], start + sum(1 for _ in group)
        yield from envelope.open_rows(
            key.secret, rows[start:end], table=model._meta.label, version=key.version
        )
        start = end


def row_key(keys: Keys, instance: SealedRow) -> bytes:
    """The key of a row, to be boxed for one person. Raises `accounts.no_key`, `vault.tampered`."""
    key = keys[instance.sealed_under_id]
    place = {"table": instance._meta.label, "row": instance.pk, "version": key.version}
    return envelope.open_sealed(key.secret, bytes(instance.wrapped_key), field=envelope.KEY_FIELD, **place)


def open_with(secret: bytes, instance: SealedRow, field: str, version: int) -> bytes:
    """One sealed column, opened with the row's own key. Raises `vault.tampered`."""
    place = {"table": instance._meta.label, "row": instance.pk, "version": version}
    return envelope.open_sealed(secret, bytes(getattr(instance, field)), field=field, **place)
