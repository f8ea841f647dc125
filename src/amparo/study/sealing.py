"""Seal the fields of one model row under the row's own key, and open them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amparo.vault import envelope

if TYPE_CHECKING:
    from django.db.models import Model

    from amparo.study.store import Study


def seal_fields(
    study: Study, model: type[Model], row: str | int, fields: dict[str, bytes]
) -> dict[str, bytes]:
    """The model's sealed columns and its `wrapped_key`, ready for `create`; `row` is what names the row."""
    [(wrapped_key, sealed)] = envelope.seal_rows(
        study.compartment_key,
        [(row, fields)],
        table=model._meta.label,
        version=study.compartment.key_version,
    )
    return {"wrapped_key": wrapped_key, **sealed}


def open_field(study: Study, instance: Model, row: str | int, field: str) -> bytes:
    """One sealed column of an instance. Raises `vault.tampered`."""
    sealed = {field: bytes(getattr(instance, field))}
    [opened] = envelope.open_rows(
        study.compartment_key,
        [(row, bytes(instance.wrapped_key), sealed)],
        table=instance._meta.label,
        version=study.compartment.key_version,
    )
    return opened[field]
