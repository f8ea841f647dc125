"""Cases and what is written in them. Rows are only added; what a case is, is the fold of its entries.

A case lies in the compartment whose key seals its row; an entry lies there too, or with the lawyers.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.sealing import SealedRow


class Case(SealedRow):
    """One family's way to safety, under a drawn file number.

    `about` is the record of the person it was opened for: its erasure ends the case.
    """

    id = models.CharField(max_length=16, primary_key=True)
    about = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    sealed_opening = models.BinaryField()  # `said.Opening`

    objects: ClassVar[models.Manager[Case]] = models.Manager()


class Entry(SealedRow):
    """One thing said in a case (`said.Said`), or of the organisation's partners, where `case` is null.

    `about` is the record whose erasure takes the entry along, empty where it tells of nobody's record.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="entries")
    about = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    sealed_said = models.BinaryField()

    objects: ClassVar[models.Manager[Entry]] = models.Manager()


class Lending(SealedRow):
    """A case lent to a volunteer until a day, by whom and why (`sealed_terms`: `lent.Terms`).

    The keys of its rows are boxed for the volunteer (`LentKey`), who holds no compartment's key.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lendings")
    to = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateField()
    ended = models.DateTimeField(null=True)
    sealed_terms = models.BinaryField()

    objects: ClassVar[models.Manager[Lending]] = models.Manager()


class LentKey(models.Model):
    """The key of one row of a lent case, in a box that the volunteer opens; no `entry`: the case's own."""

    lending = models.ForeignKey(Lending, on_delete=models.PROTECT, related_name="keys")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    boxed_key = models.BinaryField()

    objects: ClassVar[models.Manager[LentKey]] = models.Manager()
