"""Packages go to members, sealed, with nothing restricted, nothing of compartments they do not hold."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from claims_article import TEXT, accept_all, keep
from synthetic_lists import people, table

from amparo.errors import AmparoError, Refusal
from amparo.study import store
from amparo.vault import age, folder

# followthemoney.statement.Statement
FTM = {
    "id", "entity_id", "canonical_id", "schema", "prop", "value", "original_value", "lang", "dataset",
    "origin", "first_seen", "last_seen", "external",
}  # fmt: skip


def _told(study: store.Study) -> str:
    """A list, an article accepted whole, a restricted claim; the act's id."""
    from amparo.intake.passages import Oral
    from amparo.study.claims.reading import claims_of
    from amparo.study.claims.services import claim
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    rows = people(3)
    rows[0] = ("=HYPERLINK(1)", *rows[0][1:])
    read_list(study, table(rows), "a.csv", source_key="a", declared=Declared("A", "capture"))
    keep(study)
    accept_all(study)
    act = next(each.of for each in claims_of(study).claims if each.said.kind == "act")
    oral = Oral(words="at the corner", told_by="a child", told_to="owner", told="2019")
    claim(study, act, {"circumstances": "a child saw it"}, oral, restriction="restricted")
    claim(study, act, {"place": "never to be told"}, oral, restriction="never_release")
    return act


def _member(study: store.Study, compartments: list[str]) -> str:
    """Somebody who holds these compartments and an age key; gives the secret of it."""
    from amparo.study.accounts.compartments import welcome
    from amparo.vault import slots

    welcome(study, "nadia", ["documents"], "otra frase muy larga de nadia", compartments)
    secret = age.new_identity()
    slot = slots.recipient_slot(study.opened.study_id, study.opened.secrets, age.public(secret), "nadia")
    folder.add_slot(study.opened, slot)
    return secret


def _opened(content: bytes, secret: str) -> bytes:
    out = io.BytesIO()
    age.unseal(io.BytesIO(content), out.write, secret)
    return out.getvalue()


def test_each_claim_is_one_statement_sealed_to_the_member_and_logged(study: store.Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.claims.packing import pack
    from amparo.study.claims.reading import claims_of

    act = _told(study)
    secret = _member(study, ["default"])
    packed = pack(study, "ftm", "nadia")
    assert b"Ficticio" not in packed.content
    lines = [json.loads(line) for line in _opened(packed.content, secret).splitlines()]
    assert len(lines) == packed.number
    assert all(set(line) >= FTM for line in lines)
    assert len({line["id"] for line in lines}) == len(lines)
    assert {line["restriction"] for line in lines} == {"none"}
    assert packed.kept_back == 2
    default = [each for each in claims_of(study).claims if each.compartment == "default"]
    of_lists = [line for line in lines if line["dataset"] == "a"]
    assert len(lines) - len(of_lists) == len(default) - packed.kept_back
    [name] = [line for line in lines if line["field"] == "name" and line["value"].startswith("Nadie")]
    assert (name["schema"], name["prop"], name["dataset"], name["lang"]) == ("Person", "name", "press", "en")
    assert TEXT[name["passage"]["start"] : name["passage"]["end"]] == name["original_value"]
    assert any(line["entity_id"] == act and line["prop"] == "involved" for line in lines)
    row = AuditLine.objects.latest("seq")
    assert (row.act, row.facts["recipient"], row.facts["statements"]) == (
        "claims.packed",
        "nadia",
        len(lines),
    )


def test_the_tables_are_neutral_and_described(study: store.Study) -> None:
    from amparo.study.claims.packing import pack

    act = _told(study)
    packed = pack(study, "huridocs", None)
    assert pack(study, "huridocs", None).content == packed.content
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        metadata = json.loads(archive.read("csv-metadata.json"))
        tables = {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
            if name.endswith(".csv")
        }
    assert metadata["@context"][0] == "http://www.w3.org/ns/csvw"
    assert {each["url"] for each in metadata["tables"]} == set(tables)
    for each in metadata["tables"]:
        names = [column["name"] for column in each["tableSchema"]["columns"]]
        assert all(list(row) == names for row in tables[each["url"]])
    [row] = tables["act.csv"]
    assert (row["id"], row["type"], row["duty_status"]) == (act, "killing", "on_leave")
    assert (row["verification"], row["date"]) == ("unverified", "XXXX-08")
    assert "circumstances" not in row
    assert {each["given"] for each in tables["person.csv"]} >= {"'=HYPERLINK(1)"}
    codes = {(each["column"], each["code"]) for each in tables["codebook.csv"]}
    assert ("duty_status", "on_leave") in codes
    assert not [
        cell
        for rows in tables.values()
        for row in rows
        for cell in row.values()
        if cell[:1] in "=+-@\t\r" and cell
    ]


def test_acts_as_a_table_with_metadata(study: store.Study) -> None:
    from amparo.study.claims.packing import pack

    _told(study)
    packed = pack(study, "csvw", None, ("year", "type"))
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        [columns] = [
            each["tableSchema"]["columns"]
            for each in json.loads(archive.read("csv-metadata.json"))["tables"]
            if each["url"] == "acts.csv"
        ]
        rows = list(csv.DictReader(io.StringIO(archive.read("acts.csv").decode())))
    assert [column["name"] for column in columns] == ["year", "type", "acts"]
    assert columns[2]["datatype"] == "integer"
    assert sum(int(row["acts"]) for row in rows) == packed.number == 3


def test_an_outsider_is_refused_and_nothing_is_plain(study: store.Study) -> None:
    from amparo.study.accounts.compartments import welcome
    from amparo.study.claims.packing import pack

    _told(study)
    for stranger in ("ana@example.org", age.public(age.new_identity())):
        with pytest.raises(Refusal, match=r"claims\.outsider"):
            pack(study, "ftm", stranger)
    welcome(study, "nadia", ["documents"], "otra frase muy larga de nadia", ["default"])
    with pytest.raises(AmparoError, match=r"claims\.no_recipient"):
        pack(study, "ftm", "nadia")
    with pytest.raises(AmparoError, match=r"claims\.unknown_format"):
        pack(study, "xls", None)
    study.facts.synthetic = False
    with pytest.raises(AmparoError, match=r"care\.seal_the_copy"):
        pack(study, "ftm", None)


def test_a_dossier_holds_what_both_may_open_and_is_sealed_and_logged(study: store.Study) -> None:
    from amparo.study.accounts.models import AuditLine
    from amparo.study.care.rules import Purpose
    from amparo.study.claims.packing import pack_dossier
    from amparo.study.claims.reading import claims_of

    act = _told(study)
    secret = _member(study, ["default"])
    victim = next(each.said.value for each in claims_of(study, [act]).claims if each.said.field == "victim")

    def render(found: object) -> bytes:
        return repr(found).encode()

    told = _opened(pack_dossier(study, victim, "nadia", Purpose("referral"), render), secret).decode()
    assert "Nadie Inventado Ficticio" in told and act in told
    assert "a child saw it" not in told and "never to be told" not in told
    *_, look, package = AuditLine.objects.order_by("seq")
    assert (look.act, look.facts["purpose"]) == ("claims.explained", "referral")
    assert (package.act, package.facts["kind"], package.facts["recipient"]) == (
        "claims.packed",
        "dossier",
        "nadia",
    )
    with pytest.raises(Refusal, match=r"claims\.outsider"):
        pack_dossier(study, victim, "somebody", Purpose("referral"), render)
    with pytest.raises(AmparoError, match=r"claims\.no_recipient"):
        pack_dossier(study, victim, "owner", Purpose("referral"), render)
