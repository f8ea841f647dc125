"""Proposals travel as JSON, and one that quotes what does not stand in its document is told."""

import msgspec

from amparo.intake.passages import Document, Span
from amparo.intake.proposals import Proposal, unfounded

_TEXT = "Nobody Nadie was killed in August."


def _proposal(words, start):
    span = Span(words=words, start=start, end=start + len(words))
    return Proposal(entity="person-1", kind="person", field="name", value=words, passage=span, rule="test")


def test_what_is_quoted_must_stand_in_the_document():
    document = Document(kind="article", text=_TEXT)
    good, bad = _proposal("Nobody Nadie", 0), _proposal("Nobody Nada", 0)
    assert unfounded(document, (good, bad)) == (bad,)


def test_a_proposal_comes_back_from_json():
    proposal = _proposal("Nobody Nadie", 0)
    assert msgspec.json.decode(msgspec.json.encode(proposal), type=Proposal) == proposal
