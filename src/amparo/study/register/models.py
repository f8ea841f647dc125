"""Sources, what is declared of them, their files as received, and the records in those files."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.study.sealing import SealedRow


class Source(models.Model):
    """A list under its short key. What it is and how it counts stands in its declarations."""

    key = models.SlugField(max_length=40, unique=True)
    compartment = models.ForeignKey("accounts.Compartment", on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[Source]] = models.Manager()


class Declaration(models.Model):
    """A source's title and part in counting, as declared at one time. The newest stands."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="declarations")
    title = models.CharField(max_length=200)
    part = models.CharField(max_length=8)
    derived_from = models.JSONField(default=list)  # keys of sources
    once = models.BooleanField(default=False)  # it holds a person at most once
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Declaration]] = models.Manager()


class SourceFile(SealedRow):
    """One file of a source as received; a corrected file supersedes the one before."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="files")
    ordinal = models.PositiveIntegerField()  # 1 for the source's first file
    kind = models.CharField(max_length=8, default="list")  # "list", or "document" whose records are accepted
    blob = models.CharField(max_length=64)  # keyed hash of the bytes
    rows = models.PositiveIntegerField()
    at = models.DateTimeField()
    sealed_facts = models.BinaryField()  # file name, sheet, encoding, headers
    sealed_mapping = models.BinaryField()  # TOML

    objects: ClassVar[models.Manager[SourceFile]] = models.Manager()

    class Meta:
        """A source's files are numbered; the same bytes may come back after a correction."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "ordinal"], name="file_ordinal")]


class Extract(SealedRow):
    """What a reader made of a document: the text, messages or tables that passages point to."""

    file = models.OneToOneField(SourceFile, on_delete=models.PROTECT, related_name="extract")
    sealed_document = models.BinaryField()  # `intake.passages.Document` as JSON

    objects: ClassVar[models.Manager[Extract]] = models.Manager()


class Record(SealedRow):
    """One mention of one person in one source: the sealed row and its mapped cells. Never edited."""

    id = models.CharField(max_length=64, primary_key=True)  # source key, file ordinal, row
    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, related_name="records")
    row = models.PositiveIntegerField()  # as the user sees it in the file
    sealed_row = models.BinaryField()  # the row verbatim
    sealed_cells = models.BinaryField()  # the mapped cells

    objects: ClassVar[models.Manager[Record]] = models.Manager()


class Supersession(models.Model):
    """A corrected file ended a record: with a successor if the row changed, without if it is gone."""

    record = models.OneToOneField(Record, on_delete=models.PROTECT, primary_key=True, related_name="ended")
    successor = models.ForeignKey(Record, on_delete=models.PROTECT, null=True, related_name="corrects")
    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT)

    objects: ClassVar[models.Manager[Supersession]] = models.Manager()
