"""What a referred sheet tells is claimed where it is clear, and left in its words where it is not."""

from __future__ import annotations

from amparo.intake.proposals import unfounded
from amparo.intake.referred import Line, read


def test_each_line_is_claimed_where_a_claim_can_hold_it() -> None:
    found = read(
        "r-1",
        [
            Line("person.name", (("", "Nadie Ficticio"),)),
            Line("person.birth_date", (("edtf", "1988"),)),
            Line("exposure.told", (("exposure_type", "testified"), ("edtf", "2025"), ("", "un juzgado"))),
        ],
    )
    told = {(each.kind, each.field): each.value for each in found.proposals}
    assert told["person", "name"] == "Nadie Ficticio" and told["person", "birth_date"] == "1988"
    assert told["exposure", "type"] == "testified" and told["exposure", "description"] == "un juzgado"
    assert not found.left and not unfounded(found.document, found.proposals)


def test_a_threat_whose_parts_are_not_told_apart_claims_no_words() -> None:
    whole = Line("threat.told", (("edtf", "2026-01"), ("", "te vas"), ("", "ellos"), ("", "24 horas")))
    part = Line("threat.told", (("channel", "message"), ("", "te vas")))
    found = read("r-1", [whole, part])
    told = [(each.field, each.value) for each in found.proposals if each.kind == "threat"]
    assert (
        ("words", "te vas") in told and ("author_claimed", "ellos") in told and ("channel", "message") in told
    )
    assert [field for field, _ in told].count("words") == 1
    assert found.left == ((whole.of, whole.words), (part.of, part.words))
    assert not unfounded(found.document, found.proposals)


def test_nothing_told_is_still_somebody() -> None:
    [only] = read("r-1", []).proposals
    assert (only.kind, only.field) == ("person", "person_kind")
