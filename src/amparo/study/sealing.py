"""Rows whose fields are sealed under a key of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from amparo.vault import envelope

if TYPE_CHECKING:
    from amparo.study.context import Study


class SealedRow(models.Model):
    """A row with its own key, wrapped by its compartment's. Fields named `sealed_…` are sealed under it."""

    wrapped_key = models.BinaryField()

    class Meta:
        """Only a shape for models."""

        abstract = True


def seal_fields(
    study: Study, model: type[SealedRow], row: str | int, fields: dict[str, bytes]
) -> dict[str, bytes]:
    """The model's sealed columns and its `wrapped_key`, ready for `create`; `row` is what names the row."""
    [(wrapped_key, sealed)] = envelope.seal_rows(
        study.compartment_key,
        [(row, fields)],
        table=model._meta.label,
        version=study.compartment.key_version,
    )
    return {"wrapped_key": wrapped_key, **sealed}


def open_field(study: Study, instance: SealedRow, row: str | int, field: str) -> bytes:
    """One sealed column of an instance. Raises `vault.tampered`."""
    sealed = {field: bytes(getattr(instance, field))}
    [opened] = envelope.open_rows(
        study.compartment_key,
        [(row, bytes(instance.wrapped_key), sealed)],
        table=instance._meta.label,
        version=study.compartment.key_version,
    )
    return opened[field]
