"""Whom a noun, a pronoun or a word of kinship means again. All names are invented."""

import pytest

from amparo.intake.article import read


def persons(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for each in read(text, published="2020-09-08").proposals:
        if each.kind == "person":
            found.setdefault(each.entity, {})[each.field] = each.value
    return {fields.get("name", fields.get("description", "")): fields for fields in found.values()}


def victims(text: str) -> dict[str, set[str]]:
    proposals = read(text, published="2020-09-08").proposals
    names = {p.entity: p.value for p in proposals if p.field in ("name", "description")}
    acts = {p.entity: names[p.value] for p in proposals if p.kind == "act" and p.field == "victim"}
    kinds = {p.entity: p.value for p in proposals if p.kind == "act" and p.field == "type"}
    return {kind: {acts[a] for a in acts if kinds[a] == kind} for kind in set(kinds.values())}


def test_a_noun_of_trade_means_the_one_person_of_that_trade():
    text = "Cpl. Mario Ruiz opened the door at dawn. Three men were arrested in the corporal's death."
    assert victims(text)["killing"] == {"Mario Ruiz"}


@pytest.mark.parametrize(
    "text",
    ["Ernesto Quijano was shot dead in Coban. He was 67.", "Ernesto Quijano murió baleado. Tenía 67 años."],
)
def test_an_age_behind_a_pronoun(text):
    assert persons(text)["Ernesto Quijano"]["age"] == "67"


def test_kin_named_a_little_later_are_one_record():
    text = (
        "El agente Luis Tot y su hermano, de 19 años, murieron en Zacapa. "
        "El hermano, Kevin Tot, intentó auxiliarlo."
    )
    assert {name for name in persons(text) if "ermano" in name} == set()
    assert persons(text)["Kevin Tot"]["age"] == "19"


def test_who_is_sentenced_for_a_murder_is_no_victim():
    text = "El tribunal condenó a Selvin Morales por el asesinato de la fiscal Silvia Paredes."
    assert persons(text)["Selvin Morales"]["person_kind"] == "perpetrator"
    assert persons(text)["Silvia Paredes"]["person_kind"] == "victim"


def test_the_mother_of_a_soldier_is_no_soldier():
    text = "La madre del soldado, Rosa Díaz, contó que recibió llamadas."
    assert "occupation" not in persons(text)["Rosa Díaz"]
