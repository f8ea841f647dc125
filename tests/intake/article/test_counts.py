"""What numbers count, in which period, according to whom, in both languages."""

import pytest

from amparo.intake.article import read

CASES = [
    (
        "en",
        "At least 32 officers were killed in 2018, according to the Interior Ministry.",
        "32..",
        "2018",
        "Interior Ministry",
    ),
    (
        "en",
        "Amnesty International has documented more than 120 killings since 2015.",
        "121..",
        "2015/..",
        "Amnesty International",
    ),
    (
        "en",
        "Human Rights Watch said 45 activists were murdered between 2016 and 2019.",
        "45",
        "2016/2019",
        "Human Rights Watch",
    ),
    (
        "en",
        "The government says the murder rate fell to 36 per 100,000 people in 2019.",
        "36/100000",
        "2019",
        None,
    ),
    ("en", "Dozens of police officers have fled the country this year.", "24..", "this year", None),
    ("en", "Nearly two-thirds of the victims were off duty, the union said.", "~1..2/3 share", None, "union"),
    ("en", "The police force, which has 23,000 members, lost 47 officers in 2016.", "47", "2016", None),
    ("en", "The program received $25 million from the United States in 2020.", "25000000 USD", "2020", None),
    ("en", "Officers earn about $420 a month.", "~410..430 USD/month", None, None),
    ("en", "In the first six months of 2019, 28 soldiers were killed.", "28", "2019", None),
    (
        "en",
        "Some 1,200 families were displaced by violence last year, the United Nations refugee agency "
        "reported.",
        "~1100..1300",
        "last year",
        "United Nations",
    ),
    ("en", "Eight of the ten victims were shot in their homes.", "8/10 share", None, None),
    ("en", "The toll stands at 61 officers so far this year, up from 33 in 2014.", "61", "this year", None),
    ("en", "More than half of the attacks happened at night.", "1..2/2 share", None, None),
    ("en", "He is the 12th journalist murdered in Mexico this year.", "12", "this year", None),
    ("en", "Police arrested 14 suspects.", "14", None, None),
    (
        "en",
        "The Ombudsman's Office received 310 complaints from officers in 2017.",
        "310",
        "2017",
        "Ombudsman's Office",
    ),
    (
        "es",
        "Al menos 32 policías fueron asesinados en 2018, según el Ministerio de Seguridad.",
        "32..",
        "2018",
        "Ministerio de Seguridad",
    ),
    (
        "es",
        "La organización Cristosal ha documentado más de 120 desplazamientos desde 2015.",
        "121..",
        "2015/..",
        "Cristosal",
    ),
    (
        "es",
        "En lo que va del año han muerto 23 militares y 41 policías, informó la Fiscalía General de la "
        "República.",
        "23",
        "lo que va del año",
        "Fiscalía General de la República",
    ),
    (
        "es",
        "En lo que va del año han muerto 23 militares y 41 policías, informó la Fiscalía General de la "
        "República.",
        "41",
        "lo que va del año",
        "Fiscalía General de la República",
    ),
    ("es", "La tasa de homicidios bajó a 36 por cada 100,000 habitantes en 2019.", "36/100000", "2019", None),
    ("es", "Unos 300 agentes han renunciado desde enero, dijo el sindicato.", "~200..400", None, "sindicato"),
    ("es", "El 70 % de las víctimas estaba de licencia.", "70 percent", None, None),
    ("es", "Según la ONU, 1.200 familias fueron desplazadas en 2017.", "1200", "2017", "ONU"),
    (
        "es",
        "De enero a junio de 2019 se registraron 28 asesinatos de policías.",
        "28",
        "2019-01/2019-06",
        None,
    ),
    (
        "es",
        "Ocho de cada diez crímenes quedan impunes, de acuerdo con la Comisión de Derechos Humanos.",
        "8/10 share",
        None,
        "Comisión de Derechos Humanos",
    ),
    ("es", "Los policías ganan entre 400 y 500 dólares mensuales.", "400..500 USD/month", None, None),
    ("es", "La cifra de periodistas asesinados asciende a 14 en 2022.", "14", "2022", None),
    ("es", "Suman 19 los líderes sociales asesinados en el Cauca este año.", "19", "este año", None),
    ("es", "Decenas de familias abandonaron la comunidad.", "20..", None, None),
    ("es", "Más de la mitad de los agentes asesinados estaban en su casa.", "1..2/2 share", None, None),
    ("es", "Estados Unidos deportó a 40,429 personas entre 2001 y 2010.", "40429", "2001/2010", None),
    ("es", "Es el tercer policía asesinado esta semana.", "3", None, None),
    ("es", "Un total de 62 agentes fueron asesinados en 2015 y 45 en 2016.", "62", "2015", None),
    ("es", "Un total de 62 agentes fueron asesinados en 2015 y 45 en 2016.", "45", "2016", None),
]


@pytest.mark.parametrize(("language", "text", "quantity", "period", "institution"), CASES)
def test_a_figure(language, text, quantity, period, institution):
    said: dict[str, dict[str, str]] = {}
    for each in read(text, language=language).proposals:
        if each.kind == "figure":
            said.setdefault(each.entity, {})[each.field] = each.value
    found = [fields for fields in said.values() if fields["quantity"] == quantity]
    assert len(found) == 1, said
    told = found[0].get("period") or found[0].get("definition") or ""
    assert period is None or period in told
    assert institution is None or institution in found[0].get("institution", "")


@pytest.mark.parametrize(
    "text",
    [
        "He had 14 years of service.",
        "It happened at 6 a.m. on Route 5.",
        "The 34-year-old officer, 12 kilometers away, was shot three times.",
        "Viajaba en la ruta 44 a las 7 de la mañana.",
        "The father of five lives on 18th Street.",
    ],
)
def test_what_is_no_figure(text):
    assert [
        each.value for each in read(text).proposals if each.kind == "figure" and each.field == "quantity"
    ] == []
