"""The target population, the counts made of it, and the working reports on them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.sealing import SealedRow


class TargetPopulation(models.Model):
    """What the study counts. A new version supersedes; a count names the version it used."""

    version = models.PositiveIntegerField(primary_key=True)
    role = models.CharField(max_length=200)
    act = models.CharField(max_length=200)
    place = models.CharField(max_length=200)
    period_from = models.DateField()
    period_to = models.DateField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[TargetPopulation]] = models.Manager()


class CountRun(SealedRow):
    """One count with its findings, sealed, and its manifest."""

    at = models.DateTimeField()
    target = models.ForeignKey(TargetPopulation, on_delete=models.PROTECT)
    link_run = models.ForeignKey("linking.LinkRun", on_delete=models.PROTECT)
    seed = models.BigIntegerField()
    manifest = models.JSONField()
    sealed_findings = models.BinaryField()

    objects: ClassVar[models.Manager[CountRun]] = models.Manager()


class WorkingReport(SealedRow):
    """One page of a working report (`es.html`, `en.pdf` …) as it was made from a count."""

    count = models.ForeignKey(CountRun, on_delete=models.PROTECT, related_name="reports")
    page = models.CharField(max_length=16)
    at = models.DateTimeField()
    sealed_bytes = models.BinaryField()

    objects: ClassVar[models.Manager[WorkingReport]] = models.Manager()
