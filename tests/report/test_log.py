from __future__ import annotations

from typing import Any

import msgspec
import pytest

from amparo.report.catalogue import languages, sentences
from amparo.report.log import act, health
from amparo.study.accounts import rules
from amparo.study.health import Backups, Files, Health, Log, Machine, People, Slots

PAGE = Health(
    at="2026-11-24",
    versions=dict.fromkeys(("amparo", "python", "openssl", "sqlcipher", "cipher_provider", "sqlite"), "1"),
    files=Files(1, 2, 3, 4, 5, 6, 7, 2_500_000_000),
    machine=Machine("Synthetic", "plain", "unknown", core_dumps=False, pins=True),
    slots=Slots({"passphrase": 2, "recovery": 1}, 7, travels=False),
    schema=2,
    people=People(3, 1, {"documents": 2, "administers": 1}, 4, founder_does_both=False),
    log=Log(12, "12 AAAAA", "2026-11-01"),
    backups=Backups(None, None, 2, None),
    whole="vault.row_changed",
    advice=("health.no_backup",),
)


@pytest.mark.parametrize("lang", languages())
def test_every_act_has_words_and_no_words_are_left(lang: str) -> None:
    said = {code.removeprefix("act.") for code in sentences(lang) if code.startswith("act.")}
    assert said == set(rules.ACTS)


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("name", sorted(rules.ACTS))
def test_an_old_line_without_facts_still_has_its_words(lang: str, name: str) -> None:
    assert act(lang, name, {}).endswith((".", ").", "»."))


@pytest.mark.parametrize(
    ("lang", "name", "facts", "said"),
    [
        (
            "es",
            "people.added",
            {"user": "ana", "roles": "documents,counts"},
            "Agregó a ana. Funciones: documenta y cuenta.",
        ),
        ("en", "people.roles", {"user": "ana", "roles": ""}, "Changed the roles of ana. Now: —."),
        (
            "es",
            "compartment.joined",
            {"user": "recovery", "compartment": "equipo"},
            "Dio a las partes de recuperación las llaves del compartimento «equipo».",
        ),
        (
            "en",
            "register.declared",
            {"source": "a", "part": "capture"},
            "Declared the list “a”: capture list.",
        ),
        (
            "es",
            "register.read",
            {"source": "a", "file": 1, "rows": 1, "added": 1, "altered": 0, "removed": 2},
            "Leyó la lista «a», archivo 1: 1 fila; 1 nueva, 0 corregidas, 2 retiradas.",
        ),
    ],
)
def test_codes_in_facts_are_words(lang: str, name: str, facts: dict[str, Any], said: str) -> None:
    assert act(lang, name, facts) == said


@pytest.mark.parametrize("lang", languages())
def test_the_health_page_has_a_word_for_everything(lang: str) -> None:
    rows = list(health(lang, msgspec.to_builtins(PAGE)))
    assert len({what for what, _ in rows}) == len(rows) == 37
    told = dict(rows)
    assert "2.5 GB" in told.values()
    assert any("vault.row_changed" in how for how in told.values())


@pytest.mark.parametrize(
    ("lang", "roles"), [("es", "2 documenta, 1 administra"), ("en", "2 documents, 1 administers")]
)
def test_numbers_of_each_kind_stand_in_one_line(lang: str, roles: str) -> None:
    assert roles in dict(health(lang, msgspec.to_builtins(PAGE))).values()


def test_what_is_unknown_of_a_closed_study_is_left_out() -> None:
    closed = msgspec.structs.replace(PAGE, schema=None, people=None, log=None, backups=None, whole=None)
    assert len(list(health("en", msgspec.to_builtins(closed)))) == 23
