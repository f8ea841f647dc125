"""Names as lists write them. Every name here is synthetic."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.values.names import (
    Convention,
    Name,
    formal,
    infer_convention,
    infer_order,
    parse_name,
    phonetic,
)
from amparo.values.names.units import words_of
from amparo.values.text import plain


def parts(text, **how):
    name = parse_name(text, **how)
    return " ".join(name.given), " ".join(name.surnames), " ".join(name.married)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Juana Pérez", ("juana", "perez", "")),
        ("Juana Elena Pérez Rivas", ("juana elena", "perez rivas", "")),
        ("Juana Pérez Rivas", ("juana", "perez rivas", "")),
        ("Juana Elena Pérez", ("juana elena", "perez", "")),
        ("JUANA ELENA PÉREZ RIVAS", ("juana elena", "perez rivas", "")),
        ("Pérez Rivas, Juana Elena", ("juana elena", "perez rivas", "")),
        ("PEREZ, JUANA", ("juana", "perez", "")),
        ("Pérez Rivas", ("", "perez rivas", "")),
        ("Pérez", ("", "perez", "")),
        ("Juana", ("juana", "", "")),
        ("María del Carmen Pérez Rivas", ("maria carmen", "perez rivas", "")),
        ("Juan de Dios Pérez", ("juan dios", "perez", "")),
        ("José de la Cruz Rivas", ("jose", "cruz rivas", "")),
        ("José de la O Rivas", ("jose", "de_la_o rivas", "")),
        ("José San Martín Rivas", ("jose", "san_martin rivas", "")),
        ("Juana Montes de Oca", ("juana", "montes_de_oca", "")),
        ("Juana Ponce de León Rivas", ("juana", "ponce_de_leon rivas", "")),
        ("Juan Pérez y Rivas", ("juan", "perez rivas", "")),
        ("Juana Pérez de Rivas", ("juana", "perez", "rivas")),
        ("Juana Pérez Rivas de Molina", ("juana", "perez rivas", "molina")),
        ("Pérez de Rivas, Juana", ("juana", "perez", "rivas")),
        ("Juana Elena de Molina", ("juana elena", "", "molina")),
        ("Juana Pérez viuda de Rivas", ("juana", "perez", "rivas")),
        ("Juana Pérez vda. de Rivas", ("juana", "perez", "rivas")),
        ("Juan Pérez de Rivas", ("juan", "perez rivas", "")),
        ("Juana Pérez de León", ("juana", "perez leon", "")),
        ("J. M. Pérez", ("j m", "perez", "")),
        ("Juan C. Pérez Rivas", ("juan c", "perez rivas", "")),
        ("Juana Pérez-Rivas", ("juana", "perez rivas", "")),
        ("Juana Pérez/Rivas", ("juana", "perez rivas", "")),
        ("Juana de Luis Pérez", ("juana", "luis perez", "")),
        ("Sant' Ángelo, Juana", ("juana", "santangelo", "")),
        ("Van Molina, Juana", ("juana", "van_molina", "")),
        ("Juana Pérez #3", ("juana", "perez", "")),
        ("Vda. de Rivas, Juana", ("juana", "", "rivas")),
        ("San Martín, José de", ("jose", "san_martin", "")),
        ("Maria das Dores Pereira e Souza", ("maria dores", "pereira souza", "")),
        ("João dos Santos da Silva", ("joao", "santos silva", "")),
        ("Juana Menchú Tum", ("juana", "menchu tum", "")),
        ("Diego Quispe Mamani", ("diego", "quispe mamani", "")),
        ("Juana E. Pérez", ("juana e", "perez", "")),
        ("Juan Hdez. Glez.", ("juan", "hdez glez", "")),
    ],
)
def test_spanish_names(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Warren Glen Stokely", ("warren glen", "stokely", "")),
        ("Warren G. Stokely Jr.", ("warren g", "stokely", "")),
        ("Stokely, Warren, III", ("warren", "stokely", "")),
        ("D'Warren O'Stokely", ("dwarren", "ostokely", "")),
        ("De Warren Stokely", ("de_warren", "stokely", "")),
        ("Warren Van Stokely", ("warren", "van_stokely", "")),
        ("Van Stokely", ("van", "stokely", "")),
        ("Ann Stokely-Marsh", ("ann", "stokely marsh", "")),
        ("Juan Pérez Rivas", ("juan", "perez rivas", "")),
        ("Al Stokely", ("al", "stokely", "")),
        ("Al Smith", ("al", "smith", "")),
        ("Minh La", ("minh", "la", "")),
    ],
)
def test_names_of_a_list_with_one_surname(text, expected):
    assert parts(text, order="given_first", surnames=1) == expected


@pytest.mark.parametrize(
    ("text", "surnames", "expected"),
    [
        ("PEREZ JUANA ELENA", 1, ("juana elena", "perez", "")),
        ("PEREZ RIVAS JUANA ELENA", 2, ("juana elena", "perez rivas", "")),
        ("PEREZ RIVAS JUANA", 2, ("juana", "perez rivas", "")),
        ("PEREZ JUANA", 2, ("juana", "perez", "")),
        ("DE LA CRUZ JUAN", 1, ("juan", "cruz", "")),
        ("SAN MARTIN JUANA ELENA", 1, ("juana elena", "san_martin", "")),
        ("PEREZ", 1, ("", "perez", "")),
    ],
)
def test_surnames_in_front_without_a_comma(text, surnames, expected):
    assert parts(text, order="surname_first", surnames=surnames) == expected


def test_titles_suffixes_and_other_names_are_set_apart():
    assert parse_name("Sgto. Juan Pérez alias “El Chele”") == Name(
        given=("juan",), surnames=("perez",), aliases=("chele",), titles=("sgto",), words=("el", "alias")
    )
    assert parse_name("Juan Pérez (a) Toño").aliases == ("tono",)
    assert parse_name("Juan Pérez, conocido como Juan Rivas").aliases == ("juan", "rivas")
    assert parse_name("Warren 'Bo' Stokely aka Bobo").aliases == ("bo", "bobo")
    assert parse_name("Juana Pérez / Elena Rivas") == Name(("juana",), ("perez",), (), ("elena", "rivas"))
    assert parse_name("Juana Pérez (apellido materno)").aliases == ()
    assert parse_name("Coronel, Juana").surnames == ("coronel",)
    assert parse_name("Coronel Juan Pérez").titles == ("coronel",)
    assert parse_name("Juan Pérez (h)").titles == ("h",)
    assert parse_name("Don Juan Pérez").titles == ("don",)
    assert parse_name("Don Stokely", surnames=1).given == ("don",)
    assert parse_name("Sr. Pérez") == Name(surnames=("perez",), titles=("sr",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ma. José Rivas", ("ma jose", "rivas", "")),
        ("Sargento 1º Juan Pérez", ("juan", "perez", "")),
        ("Agente PNC Juan Pérez", ("juan", "perez", "")),
        ("Juan Pérez, Agente PNC", ("juan", "perez", "")),
        ("Niña Juana Pérez", ("juana", "perez", "")),
        ("Familia Pérez Rivas", ("", "perez rivas", "")),
        ("Chepe Rivas", ("chepe", "rivas", "")),
        ("alias El Chele", ("", "", "")),
        ("Chico Rivas", ("chico", "rivas", "")),
        ("Juana Luiza Rivas", ("juana luiza", "rivas", "")),
        ("Juana Xelena", ("juana", "xelena", "")),
        ("José de la Rosa Rivas", ("jose", "rosa rivas", "")),
        ("Juana 0rtiz Rivas", ("juana", "0rtiz rivas", "")),
        ("Juana PÃ©rez NuÃ±ez", ("juana", "perez nunez", "")),
        ("Juan Pérez, de 23 años", ("juan", "perez", "")),
        ("Juan Pérez Rivas (23 años)", ("juan", "perez rivas", "")),
        ("Juan Pérez, estudiante", ("juan", "perez", "")),
        ("Juan Pérez y 3 más", ("juan", "perez", "")),
        ("Juana Pérez y otros", ("juana", "perez", "")),
        ("Juan Mas y Rivas", ("juan", "mas rivas", "")),
        ("Juan N. N.", ("juan", "", "")),
        ("Juana (apellido desconocido)", ("juana", "", "")),
        ("Cnel. (r) Juan Pérez", ("juan", "perez", "")),
    ],
)
def test_words_around_a_name_are_no_name(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "N.N.",
        "Hombre desconocido",
        "No identificado 2",
        "Desconocido",
        "SIN IDENTIFICAR",
        "Name withheld by police",
        "n/a",
        "Niña no identificada",
        "Mujer NN",
        "hija de Juana Pérez",
        "Recién nacido de Juana Rivas",
        "wife of Juan Pérez",
    ],
)
def test_what_stands_for_a_missing_name_is_no_name(text):
    name = parse_name(text)
    assert name.words
    assert name == Name(words=name.words)


def test_a_relative_is_named_only_before_a_given_name():
    assert parts("Padre de la Torre") == ("padre", "torre", "")
    assert parts("Hermana Juana Pérez") == ("juana", "perez", "")


def test_columns_add_to_the_text():
    name = parse_name(
        "PEREZ JUANA", second_surname="Rivas", married_surname="de Molina", alias="La Nena; Juanita",
        order="surname_first",
    )  # fmt: skip
    assert name == Name(("juana",), ("perez", "rivas"), ("molina",), ("nena", "juanita"), words=("la", "de"))
    apart = parse_name(None, given="Juana Elena", surname="Pérez Rivas de Molina")
    assert apart == Name(("juana", "elena"), ("perez", "rivas"), ("molina",), words=("de",))
    apart = parse_name(None, given="Juana", surname="Pérez", second_surname="Rivas de Molina")
    assert apart == Name(("juana",), ("perez", "rivas"), ("molina",), words=("de",))
    assert parse_name(None, given="Juana", surname="Pérez", second_surname="de Molina").married == ("molina",)
    assert parse_name("Juana Pérez Rivas", second_surname="RIVAS").surnames == ("perez", "rivas")
    assert parse_name("Pérez, Juana", second_surname="Pérez").surnames == ("perez", "perez")


def test_a_column_keeps_one_convention():
    spanish = ["Juana Pérez Rivas", "Carlos Rivas Molina", "María Elena Molina Pérez", "Pérez, Juana"]
    english = ["Warren Glen Smith", "Ann Marie Johnson", "Scott Jones"]
    register = ["PEREZ JUANA ELENA", "RIVAS CARLOS", "MOLINA JOSE LUIS"]
    assert infer_convention(spanish) == Convention("given_first", 2)
    assert infer_convention(english) == Convention("given_first", 1)
    assert infer_convention(register) == Convention("surname_first", 1)
    assert infer_convention(["PEREZ RIVAS JUANA", "MOLINA PEREZ JOSE LUIS"]) == Convention("surname_first", 2)
    assert infer_order(register) == "surname_first"
    assert infer_convention([]) == Convention(None, 2)


KNOWN = [
    "Juan", "María", "Elena", "Pérez", "Núñez", "San", "Martín", "de", "la", "O", "del", "los", "y",
    "Cruz", "Ana",
    "Dr.", "Sra.", "Jr", "III", "viuda", "alias", "(a)", "Ponce", "León", "J.", "D'Arc", "Pérez-Rivas",
    "NN", "Van", "hija", "de Juana", "y otros", "23 años", "e",
    ",", "“El", "Chele”", "(Toño)", "Xyz", "Don", "conocido como", "Montes", "Oca", "al", "/", "h",
    "'Nena'", "or",
]  # fmt: skip
known_names = st.lists(st.sampled_from(KNOWN), max_size=9).map(" ".join)
names = known_names | st.text(max_size=40)
hows = st.fixed_dictionaries(
    {"order": st.sampled_from([None, "given_first", "surname_first"]), "surnames": st.sampled_from([1, 2])}
)


def words(text):
    """The words of a name by the same rule for apostrophes, quotes and hyphens."""
    return sorted(word for joined in words_of(plain(text)) for word in joined.split("-"))


@settings(max_examples=400)
@given(names, hows)
def test_no_word_is_lost_or_told_twice(text, how):
    name = parse_name(text, **how)
    told = [word for part in name for token in part for word in token.split("_")]
    letters = "".join(sorted("".join(told)))
    assert letters == "".join(sorted("".join(words(text))))


@settings(max_examples=300)
@given(known_names, hows)
def test_case_accents_and_spaces_do_not_matter(text, how):
    expected = parse_name(text, **how)
    decomposed = unicodedata.normalize("NFKD", text)
    assert (
        parse_name("".join(char for char in decomposed if not unicodedata.combining(char)), **how) == expected
    )
    assert parse_name(decomposed, **how) == expected
    assert parse_name(text.upper(), **how) == expected
    assert parse_name(f"  {text.replace(' ', '   ')}\n", **how) == expected


@given(names, names, names)
def test_columns_lose_no_word(given_names, surname, married):
    name = parse_name(None, given=given_names, surname=surname, married_surname=married)
    told = sorted("".join(word for part in name for token in part for word in token.split("_")))
    written = sorted("".join(word for text in (given_names, surname, married) for word in words(text)))
    assert told == written


known_given = st.lists(
    st.sampled_from(["Juana", "María", "Ángel", "Ramón", "Hugo", "Inés"]), min_size=1, max_size=2
)
known_surnames = st.lists(
    st.sampled_from(["Pérez", "Núñez", "Rivas", "Vásquez", "Hernández", "Zelaya"]), min_size=2, max_size=2
)


@given(known_given, known_surnames, st.booleans())
def test_order_and_accents_do_not_change_keys(given_names, surnames, lost):
    """Given names first, surnames first, a comma or columns of their own: the same keys."""

    def keys(*texts, **columns):
        name = parse_name(*texts, **columns)
        return [phonetic(formal(token)[0]) for token in name.given], [phonetic(s) for s in name.surnames]

    first, last = " ".join(given_names), " ".join(surnames)
    expected = [phonetic(formal(plain(t))[0]) for t in given_names], [phonetic(plain(t)) for t in surnames]
    if lost:
        first, last = plain(first).upper(), plain(last).upper()
    assert keys(f"{first} {last}") == expected
    assert keys(f"{last} {first}") == expected
    assert keys(f"{last}, {first}") == expected
    assert keys(None, given=first, surname=last) == expected
    assert keys(None, given=first, surname=last.split()[0], second_surname=last.split()[1]) == expected
