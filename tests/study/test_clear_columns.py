from __future__ import annotations

from amparo.study import store

store.configure()

from django.apps import apps  # noqa: E402
from django.db import models  # noqa: E402

from amparo.study.accounts.models import CompartmentKey, User  # noqa: E402
from amparo.study.clear_columns import CLEAR_COLUMNS  # noqa: E402


def _clear(model: type[models.Model]) -> set[str]:
    """Fields that hold something in clear: neither keys, nor references, nor sealed."""
    return {
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, models.Field)
        and not isinstance(field, models.ForeignKey | models.AutoField)
        and field.name != "wrapped_key"
        and not field.name.startswith(("sealed_", "boxed_"))
    }


def test_nothing_else_is_in_clear() -> None:
    found = {model._meta.label: _clear(model) for model in apps.get_models()}
    assert found == {label: set(columns) for label, columns in CLEAR_COLUMNS.items()}


def test_sealed_fields_are_bytes_in_rows_with_a_key() -> None:
    for model in apps.get_models():
        sealed = [
            field
            for field in model._meta.get_fields()
            if field.name.startswith("sealed_") and field.name != "sealed_under"
        ]
        assert all(isinstance(field, models.BinaryField) for field in sealed)
        if sealed:
            assert isinstance(model._meta.get_field("wrapped_key"), models.BinaryField)
            assert model._meta.get_field("sealed_under").related_model is CompartmentKey


def test_boxes_are_bytes_in_rows_of_the_person_they_are_for() -> None:
    for model in apps.get_models():
        boxes = [field for field in model._meta.get_fields() if field.name.startswith("boxed_")]
        assert all(isinstance(field, models.BinaryField) for field in boxes)
        if boxes:
            assert model._meta.get_field("user").related_model is User


def test_every_line_says_why() -> None:
    assert all(why for columns in CLEAR_COLUMNS.values() for why in columns.values())
