"""Which documents a stage asks for: checklists of each way to safety. No Django.

After the UNHCR Resettlement Handbook (RRF and its attachments), the instructions of Form I-589, 8 CFR
208.5, 1003.33 (translations), and practice guides on country-conditions evidence.
"""

from __future__ import annotations

from typing import NamedTuple

from amparo.study.cases.casefile import CaseFile
from amparo.study.cases.rules import machine
from amparo.study.cases.said import Paper, Track

_ASYLUM = ("identity", "declaration", "translation", "work_proof", "threat_proof", "witnesses", "conditions")
# Track -> stage from which on the documents are asked for -> documents.
CHECKLISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "resettlement": {
        "identified": ("consent", "identity", "household_list"),
        "needs_assessed": ("threat_proof", "work_proof"),
        "interviewed": ("rrf", "rrf_signatures", "photographs"),
        "pending_departure": ("medical_exam", "travel_documents"),
    },
    "transfer": {
        "identified": ("consent", "identity", "household_list", "threat_proof"),
        "accepted": ("travel_documents", "medical_exam"),
    },
    "us_affirmative": {
        "preparing": ("i589", *_ASYLUM),
        "filed": ("receipt", "biometrics_notice"),
        "interview_set": ("interview_notice", "interpreter"),
    },
    "us_defensive": {
        "served": ("nta", "representation_form", "i589", *_ASYLUM),
        "filed": ("receipt", "biometrics_notice"),
        "individual_set": ("hearing_notice", "witness_list", "exhibit_index"),
        "denied": ("decision",),
        "in_absentia": ("decision",),
    },
    "relocation": {"planned": ("safety_plan", "receiving_place"), "moved": ("address_kept",)},
    "elsewhere": {
        "considered": ("identity", "household_list"),
        "applied": ("application",),
        "granted": ("travel_documents",),
    },
}


class Checked(NamedTuple):
    """One document: since which stage it is asked for, where it stands (missing unless said), since when."""

    document: str
    stage: str
    state: str
    on: str


def papers(kind: str) -> tuple[str, ...]:
    """All documents of a way, in the order in which they are asked for."""
    asked = CHECKLISTS.get(kind, {})
    return tuple(dict.fromkeys(document for documents in asked.values() for document in documents))


def checklist(case: CaseFile, track: Track) -> list[Checked]:
    """What the stages reached so far ask for."""
    reached = {track.starts, *(step.to for step in case.steps(track.id))}
    # A way found half along owes the papers of the stages before as well.
    moves = list(machine(track.kind).moves)
    furthest = max(moves.index(stage) for stage in reached)
    said = {each.document: each for each in case.every(Paper) if each.track == track.id}
    found: dict[str, Checked] = {}
    for stage, documents in CHECKLISTS.get(track.kind, {}).items():
        if moves.index(stage) > furthest:
            continue
        for document in documents:
            known = said.get(document)
            found.setdefault(
                document,
                Checked(document, stage, known.state if known else "missing", known.on if known else ""),
            )
    return list(found.values())
