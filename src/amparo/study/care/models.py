"""What was said about the keeping of records: why they were opened, consents, dates, holds, erasures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.sealing import SealedRow


class Said(SealedRow):
    """Something said at one time by somebody at work, in words that may name a person. Never edited."""

    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    sealed_words = models.BinaryField()

    class Meta:
        """Only a shape for models."""

        abstract = True


class Opening(Said):
    """Why identities were opened for a human eye; which, stands in the audit line."""

    purpose = models.CharField(max_length=16)

    objects: ClassVar[models.Manager[Opening]] = models.Manager()


class Consent(Said):
    """What the person of a record said on one use of it. The newest over all their records stands.

    What is said of one recipient is sealed and stands for that recipient alone.
    """

    record = models.ForeignKey("register.Record", on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=16)
    decision = models.CharField(max_length=16)
    until = models.DateField(null=True)  # last day of a consent given for a time
    scoped = models.BooleanField(default=False)  # said of one recipient alone
    sealed_scope = models.BinaryField(default=b"")  # `services.Scope`, of what is scoped

    objects: ClassVar[models.Manager[Consent]] = models.Manager()


class OnSourceOrRecord(Said):
    """Something said of one record, or of all records of a source."""

    source = models.ForeignKey("register.Source", on_delete=models.PROTECT, null=True, related_name="+")
    record = models.ForeignKey("register.Record", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """Only a shape for models."""

        abstract = True


class Retention(OnSourceOrRecord):
    """Until when something is kept. The newest stands; null takes the date back."""

    until = models.DateField(null=True)

    objects: ClassVar[models.Manager[Retention]] = models.Manager()


class Hold(OnSourceOrRecord):
    """A legal duty to keep: nothing under it is erased until it is lifted."""

    objects: ClassVar[models.Manager[Hold]] = models.Manager()


class Lifting(Said):
    """The end of a hold."""

    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="lifted")

    objects: ClassVar[models.Manager[Lifting]] = models.Manager()


class Erasure(Said):
    """One erasure: the signed tombstone, which names no person, and the sealed reason."""

    notice = models.TextField()  # `tombstones.Notice` as JSON, the very text that was signed
    signature = models.BinaryField()
    left = models.JSONField(default=list)  # rows that whoever holds their key has still to rewrite

    objects: ClassVar[models.Manager[Erasure]] = models.Manager()


SAID: tuple[type[Said], ...] = (Opening, Consent, Retention, Hold, Lifting, Erasure)
