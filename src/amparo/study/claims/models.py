"""Claims, what was ruled on them, what readers suggest, and what became of it. Rows are only added.

Ids are drawn: counted up, they would tell of rows in compartments one cannot see.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.sealing import SealedRow


class OfThing(SealedRow):
    """A row on one thing: a record, or an act, actor, figure … under an id of its own.

    `about` is the record whose erasure takes the row along, empty where it tells of nobody.
    """

    id = models.CharField(max_length=24, primary_key=True)
    of = models.CharField(max_length=64)
    about = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Only a shape for models."""

        abstract = True


class Claim(OfThing):
    """One value said of a thing (`rules.Value`), where it adds to what a mapped row says, or corrects it."""

    file = models.ForeignKey("register.SourceFile", on_delete=models.PROTECT, null=True, related_name="+")
    sealed_value = models.BinaryField()

    objects: ClassVar[models.Manager[Claim]] = models.Manager()

    class Meta:
        """Found by who may open it first: what is hidden is not even passed over."""

        indexes: ClassVar = [
            models.Index(fields=["sealed_under", "of"], name="claim_of"),
            models.Index(fields=["sealed_under", "at"], name="claim_at"),
        ]


class Ruling(OfThing):
    """A choice among claims, a withdrawal, or a verification (`rules.Ruled`)."""

    sealed_ruling = models.BinaryField()

    objects: ClassVar[models.Manager[Ruling]] = models.Manager()

    class Meta:
        """Found by who may open it first."""

        indexes: ClassVar = [
            models.Index(fields=["sealed_under", "of"], name="ruling_of"),
            models.Index(fields=["sealed_under", "at"], name="ruling_at"),
        ]


class Suggestion(OfThing):
    """What a reader proposes of a file (`intake.proposals.Proposal`), its ids those of the study."""

    file = models.ForeignKey("register.SourceFile", on_delete=models.PROTECT, related_name="+")
    sealed_proposal = models.BinaryField()

    objects: ClassVar[models.Manager[Suggestion]] = models.Manager()

    class Meta:
        """Found by who may open it first."""

        indexes: ClassVar = [models.Index(fields=["sealed_under", "file"], name="suggestion_file")]


class Decision(models.Model):
    """What somebody made of a suggestion: a claim, with another value or without, or nothing."""

    suggestion = models.OneToOneField(
        Suggestion, on_delete=models.PROTECT, primary_key=True, related_name="decided"
    )
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=8)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[Decision]] = models.Manager()
