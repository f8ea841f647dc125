"""A synthetic article and what a reader proposes of it: nobody in it exists."""

from __future__ import annotations

from amparo.intake.passages import Document, Span
from amparo.intake.proposals import Proposal
from amparo.study import store
from amparo.study.register.rules import Declared

TEXT = (
    "In August, Nadie Inventado Ficticio was killed while on leave, the institute said. "
    "At least nine officers were killed in January. "
    '"I carry it home anyway," said an officer who asked for no name. '
    "Rosa Portavoz, director of the institute, blamed MS-13. "
    "Nadie Inventado had asked for a transfer."
)


def span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(words=words, start=start, end=start + len(words))


def proposal(entity: str, field: str, value: str, words: str, **more: object) -> Proposal:
    kind = entity.rpartition("-")[0]
    said = {"entity": entity, "kind": kind, "field": field, "value": value, "passage": span(words)}
    return Proposal(**said, rule="test", **more)  # ty: ignore[invalid-argument-type]


FIRST = "In August, Nadie Inventado Ficticio was killed while on leave"
PROPOSALS = (
    proposal("person-1", "name", "Nadie Inventado Ficticio", "Nadie Inventado Ficticio"),
    proposal("person-1", "person_kind", "victim", FIRST),
    proposal("act-1", "type", "killing", FIRST),
    proposal("act-1", "victim", "person-1", FIRST),
    proposal("act-1", "date", "XXXX-08", "In August", notes=("year_not_told",)),
    proposal("act-1", "duty_status", "on_leave", "while on leave"),
    proposal("figure-1", "quantity", "9..", "At least nine officers"),
    proposal("figure-1", "measure", "killed", "At least nine officers were killed"),
    proposal("figure-1", "period", "XXXX-01", "in January"),
    proposal("person-2", "person_kind", "speaker", "an officer", notes=("reidentification_risk",)),
    proposal(
        "quotation-1",
        "words",
        "I carry it home anyway",
        "I carry it home anyway",
        restriction="lawyers",
        notes=("admission",),
    ),
    proposal("quotation-1", "speaker", "person-2", "said an officer", restriction="lawyers"),
    proposal("person-3", "name", "Rosa Portavoz", "Rosa Portavoz"),
    proposal("person-3", "person_kind", "public_speaker", "director of the institute"),
    proposal("actor-1", "name", "MS-13", "MS-13"),
    proposal("involvement-1", "act", "act-1", "blamed MS-13"),
    proposal("involvement-1", "actor", "actor-1", "blamed MS-13"),
    proposal("involvement-1", "degree", "suspected", "blamed MS-13", asserted_by="Rosa Portavoz"),
)
DOCUMENT = Document(kind="article", text=TEXT, title="Synthetic article", language="en")


def keep(study: store.Study, declared: Declared | None = None, compartment: str | None = None):
    from amparo.study.claims.keeping import keep_document

    return keep_document(
        study,
        TEXT.encode(),
        "article.txt",
        DOCUMENT,
        PROPOSALS,
        source_key="press",
        declared=declared,
        compartment=compartment,
    )


def waiting_by(study: store.Study) -> dict[tuple[str, str], list]:
    from amparo.study.claims.keeping import waiting
    from amparo.study.claims.models import Suggestion

    found: dict[tuple[str, str], list] = {}
    for each in waiting(study, Suggestion.objects.filter(decided=None).order_by("at")):
        found.setdefault((each.proposal.kind, each.proposal.field), []).append(each)
    return found


def accept_all(study: store.Study):
    from amparo.study.claims.services import accept

    return accept(study, [each.id for group in waiting_by(study).values() for each in group])
