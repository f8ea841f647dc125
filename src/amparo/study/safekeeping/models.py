"""To whom backups are sealed, and how often they are wanted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.safekeeping.rules import LONGEST_LABEL


class Recipient(models.Model):
    """Somebody who can open backups, by an age public key; nobody learns from it who they are."""

    label = models.CharField(max_length=LONGEST_LABEL)
    key = models.CharField(max_length=80)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Recipient]] = models.Manager()


class Schedule(models.Model):
    """How often backups are wanted, and where. The newest stands; no days end it."""

    at = models.DateTimeField()
    days = models.PositiveIntegerField()
    folder = models.TextField()

    objects: ClassVar[models.Manager[Schedule]] = models.Manager()
