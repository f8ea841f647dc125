"""What the audit chain keeps of records: a digest of all that came with a file, and of the sealed file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from amparo.study.register.models import Record, SourceFile, Supersession
from amparo.vault import blobs

if TYPE_CHECKING:
    from django.db import models

    from amparo.study.context import Study

# An erasure changes the keys, so it covers the records of its file anew.
_COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Record: ("id", "row", "sealed_under_id", "wrapped_key", "sealed_row", "sealed_cells"),
    Supersession: ("record_id", "successor_id"),
}
_CHUNK = 5_000


def bulk_digests(study: Study, file: SourceFile | None = None) -> dict[str, str]:
    """SHA-256, hexadecimal, over the records and corrections that came with a file, and over the sealed file.

    Without `file` of all files; also of rows whose file is not there. A lost sealed file has no digest.
    """
    found = {}
    for model, columns in _COLUMNS.items():
        rows = model._default_manager.order_by("file_id", "pk").values_list("file_id", *columns)
        for number, digest in _digests(rows.filter(file=file) if file else rows):
            found[f"{model._meta.label}@{number}"] = digest
    files = [file] if file else SourceFile.objects.all()
    for name in {each.blob for each in files}:
        if digest := blobs.digest(study.opened, name):
            found[f"blob:{name}"] = digest
    return found


def _digests(rows: models.QuerySet[Any, Any]) -> Iterator[tuple[int, str]]:
    for number, group in groupby(rows.iterator(chunk_size=_CHUNK), key=lambda row: row[0]):
        digest = hashlib.sha256()
        for row in group:
            digest.update(msgspec.json.encode(row[1:]))
        yield number, digest.hexdigest()
