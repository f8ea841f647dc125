"""What those who filled Amparo's own form consented to, row by row."""

from __future__ import annotations

from amparo.intake import odk
from amparo.intake.field_form import MARK, Consent, consents
from amparo.intake.quarantine import in_quarantine


def told_in(content: bytes, file_name: str) -> dict[int, tuple[Consent, ...]]:
    """Consents by the row that tells them; none where the file holds no answers to our form.

    Raises the codes of `odk.read_submissions`.
    """
    if MARK.encode() not in content and not content.startswith(b"PK"):
        return {}
    found = in_quarantine(_told, content, file_name, file_name=file_name)
    return {row: tuple(said) for row, said in found.items() if said}


def _told(content: bytes, file_name: str) -> dict[int, list[Consent]]:
    submissions = odk.read_submissions(content, file_name).groups.get("", [])
    rows = odk.row_numbers(submissions)
    return {
        row: list(consents(answers.values))
        for row, answers in zip(rows, submissions, strict=True)
        if MARK in answers.values
    }
