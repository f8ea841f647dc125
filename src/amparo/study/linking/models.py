"""What each run of the linkage found, and what reviewers said of pairs of records."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.sealing import SealedRow


class LinkRun(SealedRow):
    """One run: which records it saw, what it found, and all that is needed to do it again."""

    at = models.DateTimeField()
    seed = models.BigIntegerField()
    records_digest = models.CharField(max_length=64)  # of the standing records it linked
    manifest = models.JSONField()
    quality = models.JSONField()  # aggregates only
    sealed_persons = models.BinaryField()  # Arrow: record_id, source, person
    sealed_pairs = models.BinaryField()  # Arrow: the scored pairs
    sealed_model = models.BinaryField()  # Arrow: the parameters (linkage.fitted)
    compartments = models.JSONField(default=list)  # names of those whose records it saw

    objects: ClassVar[models.Manager[LinkRun]] = models.Manager()


class CoarseRecords(SealedRow):
    """What counting needs of a run's records, so that who counts opens no record."""

    run = models.OneToOneField(LinkRun, on_delete=models.PROTECT, primary_key=True, related_name="coarse")
    sealed_records = models.BinaryField()  # Arrow: COARSE

    objects: ClassVar[models.Manager[CoarseRecords]] = models.Manager()


class Judgement(SealedRow):
    """One reviewer's word on two records at one time. Never edited: a later row of theirs takes its place."""

    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    sealed_judgement = models.BinaryField()  # records, verdict, how the pair was chosen, reason

    objects: ClassVar[models.Manager[Judgement]] = models.Manager()


class ReviewRule(models.Model):
    """How reviewers work from one time on. The newest stands; without one four eyes are wanted."""

    at = models.DateTimeField()
    four_eyes = models.BooleanField()  # whether two must agree on records of different compartments

    objects: ClassVar[models.Manager[ReviewRule]] = models.Manager()


class ReviewPackage(SealedRow):
    """Pairs that went out sealed to a reviewer's key, and the key that opens their answers."""

    at = models.DateTimeField()
    to = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    sealed_package = models.BinaryField()

    objects: ClassVar[models.Manager[ReviewPackage]] = models.Manager()


class LinkDraws(SealedRow):
    """Draws of who is who of a run, for counting."""

    run = models.OneToOneField(LinkRun, on_delete=models.PROTECT, primary_key=True, related_name="draws")
    sealed_draws = models.BinaryField()  # Arrow: DRAWS

    objects: ClassVar[models.Manager[LinkDraws]] = models.Manager()


class LinkAccount(SealedRow):
    """What a run changed in the persons of the one before, and why."""

    run = models.OneToOneField(LinkRun, on_delete=models.PROTECT, primary_key=True, related_name="account")
    sealed_account = models.BinaryField()

    objects: ClassVar[models.Manager[LinkAccount]] = models.Manager()
