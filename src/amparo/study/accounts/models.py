"""Users, compartments, the audit chain and the study's own facts."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    """Somebody who works with the study. What opens it is a key slot, never the inherited password."""

    handle = models.CharField(max_length=64, unique=True)

    USERNAME_FIELD = "handle"
    objects: ClassVar[BaseUserManager[User]] = BaseUserManager()


class Compartment(models.Model):
    """People who may open certain identities: the key their records' keys are wrapped with."""

    name = models.SlugField(unique=True)
    wrapped_key = models.BinaryField()
    key_version = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[Compartment]] = models.Manager()


class AuditLine(models.Model):
    """One act in the hash chain, written in the transaction of the act itself."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT)
    act = models.CharField(max_length=64)
    facts = models.JSONField()  # counts, versions and digests only
    digest = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[AuditLine]] = models.Manager()


class StudyFacts(models.Model):
    """The one row that describes the study."""

    title = models.CharField(max_length=200)
    language = models.CharField(max_length=2)
    synthetic = models.BooleanField()
    created = models.DateTimeField()
    made_by = models.CharField(max_length=32)  # Amparo's version

    objects: ClassVar[models.Manager[StudyFacts]] = models.Manager()
