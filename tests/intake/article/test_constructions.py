"""Constructions of acts in both languages: who is found to be the victim of what. All names are invented."""

from pathlib import Path

import msgspec
import pytest

from amparo.intake.article import read
from amparo.values.text import fold

CASES = [
    (
        "es",
        "El cuerpo sin vida del periodista Raúl Ordóñez fue localizado en un predio baldío de Choluteca.",
        "Raúl Ordóñez",
        "killing",
    ),
    (
        "es",
        "El crimen contra el sindicalista Saúl Méndez ocurrió el 3 de mayo en San Marcos.",
        "Saúl Méndez",
        "killing",
    ),
    ("es", "El ataque dejó muertos al sargento Luis Roca y al cabo Eder Daza.", "Eder Daza", "killing"),
    (
        "es",
        "Interceptaron el bus y obligaron a bajar al subteniente Marcos Leal, a quien asesinaron.",
        "Marcos Leal",
        "killing",
    ),
    (
        "es",
        "Tres periodistas fueron asesinados en Guerrero en 2020: Ana López, Juan Mora y Luis Peña.",
        "Juan Mora",
        "killing",
    ),
    (
        "es",
        "La víctima mortal fue identificada como el agente Óscar Perla, de 29 años.",
        "Óscar Perla",
        "killing",
    ),
    (
        "es",
        "Los agentes Mario Ruiz y Pablo Leiva patrullaban cuando fueron atacados por pandilleros.",
        "Mario Ruiz",
        "attempted_killing",
    ),
    (
        "es",
        "Rescataron con vida al comerciante Jaime Soto, plagiado el lunes en Culiacán.",
        "Jaime Soto",
        "kidnapping",
    ),
    (
        "es",
        "Cinco hombres ingresaron a la aldea y se llevaron a Tomás Caal, de 33 años.",
        "Tomás Caal",
        "kidnapping",
    ),
    ("en", "Killed in the attack were Officers Juan Díaz, 33, and Marta Gil, 29.", "Marta Gil", "killing"),
    (
        "en",
        "Assailants broke into the home of magistrate Carlos Rivas and shot him.",
        "Carlos Rivas",
        "attempted_killing",
    ),
    (
        "en",
        "Armed men entered the clinic where nurse Eva Lara worked and took her away.",
        "Eva Lara",
        "kidnapping",
    ),
    ("en", "The dead man was identified as Mario Paz, 44, a retired colonel.", "Mario Paz", "killing"),
    (
        "en",
        "Rosa Claros, a radio reporter, was shot dead outside her home in Tegucigalpa on Monday.",
        "Rosa Claros",
        "killing",
    ),
    (
        "en",
        "Unidentified gunmen killed community leader Hugo Rivas and his wife, Marta Rivas, in Olancho.",
        "Hugo Rivas",
        "killing",
    ),
    (
        "en",
        "Unidentified gunmen killed community leader Hugo Rivas and his wife, Marta Rivas, in Olancho.",
        "Marta Rivas",
        "killing",
    ),
    (
        "en",
        "The bodies of Juan Claros, 24, and Pedro Ayala, 31, were found in a ditch.",
        "Pedro Ayala",
        "killing",
    ),
    ("en", "Prosecutor Elena Orellana died after being shot by gang members.", "Elena Orellana", "killing"),
    (
        "en",
        "Luis Sorto, who had testified against the gang, was found dead in his car.",
        "Luis Sorto",
        "killing",
    ),
    (
        "en",
        "Luis Sorto, who had testified against the gang, was found dead in his car.",
        "Luis Sorto",
        "exposure",
    ),
    ("en", "Among the dead were Sgt. Mario Claros, 33, and Cpl. Ana Rivas.", "Ana Rivas", "killing"),
    (
        "en",
        "The victims were Mario Claros, 33; Ana Rivas, 29; and Pedro Ayala, 41. They were killed in Apopa.",
        "Pedro Ayala",
        "killing",
    ),
    (
        "en",
        "Armed men stormed the house of Judge Carmen Molina and abducted her.",
        "Carmen Molina",
        "kidnapping",
    ),
    ("en", "Activist Pedro Ayala has been missing since May 3.", "Pedro Ayala", "disappearance"),
    (
        "en",
        "Gang members threatened to kill Officer Mario Claros if he did not leave.",
        "Mario Claros",
        "threat",
    ),
    (
        "en",
        "Mario Claros said he received death threats from MS-13 before he fled to Guatemala.",
        "Mario Claros",
        "threat",
    ),
    (
        "en",
        "Mario Claros said he received death threats from MS-13 before he fled to Guatemala.",
        "Mario Claros",
        "displacement",
    ),
    (
        "en",
        "A motorcycle gunman fatally shot police Inspector Carlos Amaya as he left a restaurant.",
        "Carlos Amaya",
        "killing",
    ),
    ("en", "Inspector Carlos Amaya was among those killed.", "Carlos Amaya", "killing"),
    (
        "en",
        "Carlos Amaya, a retired soldier, was stabbed to death in front of his children.",
        "Carlos Amaya",
        "killing",
    ),
    ("en", "Off-duty policewoman Ana Rivas was wounded in the attack.", "Ana Rivas", "attempted_killing"),
    ("en", "The murder of journalist Ana Rivas in 2019 remains unsolved.", "Ana Rivas", "killing"),
    ("en", "Ana Rivas's killing shocked the town.", "Ana Rivas", "killing"),
    (
        "en",
        "Assailants opened fire on a car carrying lawyer Pedro Ayala, killing him instantly.",
        "Pedro Ayala",
        "killing",
    ),
    (
        "en",
        "Soldiers Mario Claros and Luis Sorto were kidnapped and later found dead.",
        "Luis Sorto",
        "killing",
    ),
    (
        "en",
        "Mario Claros, 34, left the police force and moved to Costa Rica with his family.",
        "Mario Claros",
        "displacement",
    ),
    ("es", "Un comando armado asesinó a la periodista Rosa Claros en Veracruz.", "Rosa Claros", "killing"),
    ("es", "La periodista Rosa Claros fue encontrada sin vida en su domicilio.", "Rosa Claros", "killing"),
    ("es", "El cuerpo del agente Mario Claros fue localizado en una quebrada.", "Mario Claros", "killing"),
    (
        "es",
        "Pandilleros dispararon contra el cabo Mario Claros, quien murió en el hospital.",
        "Mario Claros",
        "killing",
    ),
    ("es", "Sujetos armados privaron de libertad al abogado Pedro Ayala.", "Pedro Ayala", "kidnapping"),
    (
        "es",
        "Pedro Ayala, defensor de derechos humanos, desapareció el 3 de mayo de 2019.",
        "Pedro Ayala",
        "disappearance",
    ),
    ("es", "El fiscal Luis Sorto fue acribillado a tiros por sicarios en moto.", "Luis Sorto", "killing"),
    ("es", "Ana Rivas, jueza de paz, perdió la vida tras un ataque armado.", "Ana Rivas", "killing"),
    ("es", "Le quitaron la vida a la activista Ana Rivas.", "Ana Rivas", "killing"),
    ("es", "Ana Rivas recibió amenazas de muerte de la Mara Salvatrucha.", "Ana Rivas", "threat"),
    ("es", "Los pandilleros amenazaron al soldado Mario Claros y a su familia.", "Mario Claros", "threat"),
    ("es", "Mario Claros huyó del país en 2018 después de recibir amenazas.", "Mario Claros", "displacement"),
    (
        "es",
        "El sargento Mario Claros se vio obligado a abandonar su vivienda en Apopa.",
        "Mario Claros",
        "displacement",
    ),
    (
        "es",
        "El asesinato del periodista Pedro Ayala, ocurrido en marzo de 2017, sigue impune.",
        "Pedro Ayala",
        "killing",
    ),
    (
        "es",
        "El agente Mario Claros, que se encontraba de licencia, fue ultimado a balazos.",
        "Mario Claros",
        "killing",
    ),
    (
        "es",
        "Ayer mataron al soldado Luis Sorto, de 22 años, en el cantón Las Flores.",
        "Luis Sorto",
        "killing",
    ),
    (
        "es",
        "Hombres armados irrumpieron en la casa de Pedro Ayala y lo asesinaron frente a su hija de 8 años.",
        "Pedro Ayala",
        "killing",
    ),
    ("es", "El policía Mario Claros resultó herido durante el ataque.", "Mario Claros", "attempted_killing"),
    (
        "es",
        "Tras el atentado contra la fiscal Ana Rivas, el gobierno ofreció una recompensa.",
        "Ana Rivas",
        "attempted_killing",
    ),
    ("es", "A Pedro Ayala lo secuestraron de su finca el 2 de junio.", "Pedro Ayala", "kidnapping"),
    ("es", "Murió asesinado el dirigente campesino Pedro Ayala.", "Pedro Ayala", "killing"),
]


@pytest.mark.parametrize(("language", "text", "victim", "act"), CASES)
def test_the_victim_of_an_act(language, text, victim, act):
    said: dict[str, dict[str, str]] = {}
    for each in read(text, language=language).proposals:
        said.setdefault(each.entity, {"kind": each.kind})[each.field] = each.value
    persons = {entity for entity, fields in said.items() if fields.get("name") == victim}
    found = [
        fields.get("type") if fields["kind"] == "act" else fields["kind"]
        for fields in said.values()
        if (fields.get("victim") or fields.get("person")) in persons and fields["kind"] != "involvement"
    ]
    assert act in found


@pytest.mark.parametrize(
    "text",
    [
        "Mario Claros was not killed.",
        "If they kill Mario Claros, we will leave.",
        "Mario Claros nunca fue amenazado.",
        "They were given an order to kill Mario Claros.",
    ],
)
def test_what_was_not_done_is_no_act(text):
    kinds = {each.kind for each in read(text).proposals}
    assert not kinds & {"act", "threat", "displacement"}


SENTENCES = msgspec.yaml.decode(Path(__file__).with_name("press.yml").read_bytes())
SECTIONS = {"threat": "threat", "displacement": "displacement", "testimony": "exposure"}


def found(text: str, language: str) -> set[tuple[str, str]]:
    """(act, victim's name) of everything that is read."""
    said: dict[str, dict[str, str]] = {}
    for each in read(text, language=language, published="2020-06-10").proposals:
        said.setdefault(each.entity, {"kind": each.kind})[each.field] = each.value
    return {
        (fields.get("type", "") if fields["kind"] == "act" else fields["kind"], fold(person.get("name", "")))
        for fields in said.values()
        if (person := said.get(fields.get("victim") or fields.get("person") or "")) is not None
    }


@pytest.mark.parametrize("language", ["es", "en"])
def test_most_acts_of_press_sentences_are_found_with_their_victim(language):
    told = right = 0
    for text, *acts in SENTENCES[language]:
        read_there = found(text, language)
        for act, victim, *_ in acts:
            told += 1
            right += (SECTIONS.get(act, act), fold(victim)) in read_there
    assert right / told >= 0.88, (right, told)
