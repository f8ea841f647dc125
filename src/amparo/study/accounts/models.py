"""People who work with the study, compartments with their keys, the audit chain, the study's own facts."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    """Somebody who works with the study. What opens it is a key slot, never the inherited password.

    The public key is that of the person's own key pair: keys are sealed to it, and audit lines checked with
    it. Whoever left stays in the table, with the day.
    """

    handle = models.CharField(max_length=64, unique=True)
    roles = models.JSONField(default=list)
    public_key = models.BinaryField(default=b"")
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)

    USERNAME_FIELD = "handle"
    objects: ClassVar[BaseUserManager[User]] = BaseUserManager()


class Compartment(models.Model):
    """People who may open certain identities. With `escrowed`, so may the recovery shares."""

    name = models.SlugField(unique=True)
    escrowed = models.BooleanField(default=True)

    objects: ClassVar[models.Manager[Compartment]] = models.Manager()


class CompartmentKey(models.Model):
    """One version of a compartment's key. The newest seals what comes after; the others only open."""

    compartment = models.ForeignKey(Compartment, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[CompartmentKey]] = models.Manager()

    class Meta:
        """A compartment's keys are numbered."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["compartment", "version"], name="key_version")
        ]


class KeyShare(models.Model):
    """A compartment key sealed to one person: the box nobody else opens."""

    key = models.ForeignKey(CompartmentKey, on_delete=models.PROTECT, related_name="shares")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shares")
    wrapped_key = models.BinaryField()

    objects: ClassVar[models.Manager[KeyShare]] = models.Manager()

    class Meta:
        """One box a key and person."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "user"], name="one_share")]


class AuditLine(models.Model):
    """One act in the hash chain, written in the transaction of the act itself."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT)
    act = models.CharField(max_length=64)
    facts = models.JSONField()  # counts, versions and digests only
    covers = models.JSONField(default=dict)  # row -> digest of what it holds, null where it ended
    digest = models.CharField(max_length=64)
    signature = models.BinaryField(default=b"")  # the actor's, over the digest

    objects: ClassVar[models.Manager[AuditLine]] = models.Manager()

    class Meta:
        """Who did what last, and who read a file, are asked with every page."""

        indexes: ClassVar = [
            models.Index(fields=["actor", "seq"], name="audit_actor"),
            models.Index(fields=["act", "seq"], name="audit_act"),
        ]


class StudyFacts(models.Model):
    """The one row that describes the study."""

    title = models.CharField(max_length=200)
    language = models.CharField(max_length=2)
    synthetic = models.BooleanField()
    created = models.DateTimeField()
    made_by = models.CharField(max_length=32)  # Amparo's version

    objects: ClassVar[models.Manager[StudyFacts]] = models.Manager()


class SecondFactor(models.Model):
    """Something a person shows beside the passphrase: an authenticator app, or a security key.

    What checks it is sealed to the person: it is there only once the passphrase has opened their key.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="factors")
    kind = models.CharField(max_length=8)  # totp, webauthn
    at = models.DateTimeField()
    boxed_secret = models.BinaryField()  # a box for the person

    objects: ClassVar[models.Manager[SecondFactor]] = models.Manager()


class Draft(models.Model):
    """What a person typed and did not save yet, sealed to them alone."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="drafts")
    place = models.CharField(max_length=120)  # the form it belongs to
    at = models.DateTimeField()
    boxed_words = models.BinaryField()  # a box for the person

    objects: ClassVar[models.Manager[Draft]] = models.Manager()

    class Meta:
        """One draft a form and person."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "place"], name="one_draft")]
