"""Whom the text gives no name is a record all the same: pseudonymous, restricted; admissions for lawyers."""

import pytest

from amparo.intake.article import read

CASES = [
    (
        "en",
        '"They will kill me," said a 31-year-old corporal who asked to remain anonymous.',
        "corporal",
        "They will kill me,",
        False,
    ),
    (
        "en",
        'A police officer in Soyapango, speaking on condition of anonymity, said: "We hide our '
        'uniforms on the bus."',
        "police officer",
        "We hide our uniforms on the bus.",
        False,
    ),
    (
        "en",
        '"I shot him because they were going to kill my son," the former soldier said.',
        "former soldier",
        "I shot him because",
        True,
    ),
    (
        "en",
        "His widow, who asked that her name be withheld, has moved to another city.",
        "widow",
        None,
        False,
    ),
    ("en", "The couple's 4-year-old daughter saw the attack.", "daughter", None, False),
    ("en", "A 12-year-old boy was wounded when gunmen attacked the family.", "boy", None, False),
    (
        "en",
        "One detective, a mother of three who did not want her name used, said she sleeps in her car.",
        "detective",
        None,
        False,
    ),
    (
        "en",
        '"We are alone," said Maria Claros, president of the officers\' union.',
        None,
        "We are alone,",
        False,
    ),
    (
        "en",
        '"The figures are wrong," Interior Minister Carlos Amaya told reporters on Friday.',
        None,
        "The figures are wrong,",
        False,
    ),
    (
        "en",
        'A source inside the force said officers were "terrified of going home at night".',
        "source",
        None,
        False,
    ),
    (
        "es",
        '"Me van a matar", dijo un cabo de 31 años que pidió no ser identificado.',
        "cabo",
        "Me van a matar",
        False,
    ),
    (
        "es",
        'Una agente destacada en San Miguel, que pidió el anonimato, contó: "Escondo el uniforme en la '
        'mochila".',
        "agente",
        "Escondo el uniforme en la mochila",
        False,
    ),
    (
        "es",
        '"Yo maté a uno de ellos para defenderme", admitió un exsoldado bajo condición de anonimato.',
        "exsoldado",
        "Yo maté a uno",
        True,
    ),
    ("es", "Su hija de 6 años presenció el ataque.", "hija", None, False),
    ("es", "Un niño de 10 años resultó herido en el tiroteo.", "niño", None, False),
    ("es", "La viuda, que prefirió no dar su nombre, se mudó a otra ciudad.", "viuda", None, False),
    ("es", "«Estamos solos», lamentó María Claros, presidenta del sindicato.", None, "Estamos solos", False),
    (
        "es",
        'El ministro de Defensa, Carlos Amaya, afirmó que "las cifras son falsas y malintencionadas".',
        None,
        "las cifras son falsas y malintencionadas",
        False,
    ),
    (
        "es",
        "Un policía de la unidad antipandillas contó que duerme con el arma bajo la almohada.",
        "policía",
        None,
        False,
    ),
]


@pytest.mark.parametrize(("language", "text", "described", "quotation", "for_lawyers"), CASES)
def test_who_speaks_without_a_name(language, text, described, quotation, for_lawyers):
    proposals = read(text, language=language).proposals
    unnamed = [each for each in proposals if each.kind == "person" and each.field == "description"]
    if described is None:
        assert unnamed == []
    else:
        found = [each for each in unnamed if described in each.value.lower()]
        assert found and all(
            each.restriction == "restricted" and "pseudonymous" in each.notes for each in found
        )
    if quotation is not None:
        words = [each for each in proposals if each.field == "words" and each.value.startswith(quotation)]
        assert len(words) == 1
        assert (words[0].restriction == "lawyers") is for_lawyers
        assert any(p.entity == words[0].entity and p.field in ("speaker", "actor") for p in proposals)


def test_a_named_child_and_a_given_name_alone_are_restricted():
    text = 'Brando Claros, 17, was killed in Apopa. "I cannot go back," said Yovani, 23, who fled to Mexico.'
    named = {
        each.value: each for each in read(text).proposals if each.kind == "person" and each.field == "name"
    }
    assert named["Brando Claros"].restriction == named["Yovani"].restriction == "restricted"
    assert "minor" in named["Brando Claros"].notes and "pseudonymous" in named["Yovani"].notes


def test_the_words_of_a_note_are_a_threat_with_its_channel():
    text = 'Officer Darwin Matute found a dead dog on his doorstep and a note: "You have 24 hours."'
    threat = {each.field: each.value for each in read(text).proposals if each.kind == "threat"}
    assert (threat["words"], threat["channel"]) == ("You have 24 hours.", "note")
    assert threat["victim"] == "person-1"


def test_threatened_officers_are_no_threat():
    assert not [
        p
        for p in read("The embassy gave no answer about threatened officers.").proposals
        if p.kind == "threat"
    ]
