"""Errors as codes with facts. The words, in Spanish and English, live in `report/catalogue`."""

from __future__ import annotations

from typing import Any, NamedTuple

# code -> the facts its sentence needs. Codes are grouped by the room that raises them.
CODES: dict[str, tuple[str, ...]] = {
    # records and runs
    "frame.columns": ("room", "columns"),
    # vault
    "vault.audit_broken": ("seq",),
    "vault.blob_damaged": ("name",),
    "vault.blob_missing": ("name",),
    "vault.cannot_write": ("path",),
    "vault.damaged": ("path",),
    "vault.disk_full": ("path",),
    "vault.in_use": ("path",),
    "vault.locked": (),
    "vault.newer": ("path",),
    "vault.no_parent": ("path",),
    "vault.no_study": ("path",),
    "vault.not_a_study": ("path",),
    "vault.passphrase_short": ("minimum",),
    "vault.path_taken": ("path",),
    "vault.slot_weak": ("path",),
    "vault.slots_tampered": ("path",),
    "vault.tampered": ("table", "row", "field"),
    "vault.wrong_passphrase": (),
}


class Issue(NamedTuple):
    """Something to tell the user that did not stop the work: a code with its facts."""

    code: str
    facts: dict[str, Any]


class AmparoError(Exception):
    """Work stopped for a reason the user can act on.

    `str()` gives the code alone: facts may hold file names or cells and must not reach a log.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        """Keep the code and its facts; an unknown code or a missing fact is a defect."""
        expected = CODES[code]
        if set(facts) != set(expected):
            raise TypeError(f"{code} takes {expected}, not {tuple(facts)}")
        super().__init__(code)
        self.code = code
        self.facts = facts


class Refusal(AmparoError):
    """The data cannot support the answer: a result, not a fault of the user or the program."""
