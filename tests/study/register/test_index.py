"""Names that are searched: parts shared by who holds the same keys, anew only where something changed."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic_lists import table

from amparo.intake.passages import Oral
from amparo.study.context import Keys
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study

CAPTURE = Declared("Synthetic list", "capture")
NAMES = ["Zoraida Qanariquez", "Hilaria Xumbez", "Fulgencia Wuvalde", "Primitiva Kezada"]
TOLD = Oral(words="se llama", told_by="a synthetic relative", told_to="owner", told="2019")


def read(study: Study, key: str, compartment: str | None = None, names: Any = NAMES) -> None:
    content = table([(name,) for name in names], ("Nombre completo",))
    read_list(study, content, "list.csv", source_key=key, declared=CAPTURE, compartment=compartment)


def found(index: Any, text: str) -> list[str]:
    return [index.at(place).record for place in index.find(text)]


def test_a_part_that_was_made_before_gives_what_one_made_anew_gives(study: Study) -> None:
    from amparo.study.claims.services import claim, withdraw
    from amparo.study.register.index import Index, Part, compartments, stamp

    def parts(before: dict[str, Part]) -> dict[str, Part]:
        return {
            each.keys.compartments[0]: Part(each, before.get(each.keys.compartments[0]))
            for each in compartments(study)
        }

    read(study, "a")
    kept = parts({})
    made: list[str] = []
    changes = (
        lambda: made.extend(claim(study, "a.1.4", {"given": "Nicanora"}, TOLD).claims),
        lambda: read(study, "b", names=["Zoraida Otra"]),
        lambda: read(study, "a", names=["Zoraida Qanariques", *NAMES[1:3]]),  # one corrected, one left out
        lambda: withdraw(study, "a.1.4", made[0], "a mistake"),
        lambda: read(study, "c", "lawyers", ["Zoraida Abogada"]),
        lambda: claim(study, "c.1.2", {"alias": "La Nicanora"}, TOLD),
    )
    for change in changes:
        change()
        before, kept = kept, parts(kept)
        fresh = Index(study)
        shared = Index(study, list(kept.values()))
        assert shared.refreshed(study) is shared
        for text in ("zoraida", "nicanora", "qanariquez", "hilaria", "xumbez", "kezada", "primitiva"):
            assert sorted(found(shared, text)) == sorted(found(fresh, text)), text
        touched = [name for name, part in kept.items() if before[name].stamp != part.stamp]
        assert len(touched) == 1
        same = kept[touched[0]].scanned is before[touched[0]].scanned
        assert same or not before[touched[0]].scanned.records
    assert stamp(study.within("default")) == kept["default"].stamp


def test_an_index_made_before_is_refreshed_upon_what_it_scanned(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amparo.study.claims.services import claim
    from amparo.study.register import index

    read(study, "a")
    before = index.Index(study)
    claim(study, "a.1.4", {"given": "Nicanora"}, TOLD)
    opened: list[Any] = []
    whole = index._named
    monkeypatch.setattr(index, "_named", lambda study, only=None: opened.append(only) or whole(study, only))
    assert "a.1.4" in found(before.refreshed(study), "nicanora") and "a.1.4" not in found(before, "nicanora")
    assert opened == [["a.1.4"], []]  # the second is the lawyers' compartment, where nothing changed


def test_a_part_holds_no_name_of_another_compartment(study: Study) -> None:
    from amparo.study.register.index import Index, Part, compartments

    read(study, "a")
    read(study, "b", "lawyers", ["Zoraida Abogada"])
    held = {number: key for number, key in study.keys.held.items() if key.compartment != "lawyers"}
    outsider = Study(study.opened, study.user, study.facts, Keys(held))
    assert [each.keys.compartments for each in compartments(outsider)] == [["default"]]
    shared = [Part(each) for each in compartments(outsider)]
    assert found(Index(outsider, shared), "zoraida") == ["a.1.2"]
    assert sorted(found(Index(study), "zoraida")) == ["a.1.2", "b.1.2"]
    nobody = Study(study.opened, study.user, study.facts, Keys({}))
    assert compartments(nobody) == [] and found(Index(nobody), "zoraida") == []


@pytest.mark.parametrize("most", [0, 2])
def test_many_changes_are_scanned_whole(study: Study, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    from amparo.study.register import index

    read(study, "a")
    place = study.within("default")
    before = index.Part(place)
    monkeypatch.setattr(index, "BESIDE", most)
    read(study, "b")
    after = index.Part(place, before)
    assert after.scanned is not before.scanned and not after.beside.records
    assert len(after.scanned.records) == 2 * len(NAMES)


def test_a_record_is_found_by_place_and_actor_of_an_act_against_it(study: Study) -> None:
    from amparo.study.claims.services import claim
    from amparo.study.register.index import Index, Part

    read(study, "a")
    before = Part(study.within("default"))
    act = claim(study, "act", {"victim": "a.1.3", "place": "Sonsonate"}, TOLD).of
    actor = claim(study, "actor", {"name": "Los Imaginarios"}, TOLD).of
    claim(study, "involvement", {"act": act, "actor": actor, "degree": "suspected"}, TOLD)
    parts = [
        Part(study.within(name), before if name == "default" else None) for name in ("default", "lawyers")
    ]
    for index in (Index(study), Index(study, parts)):
        assert found(index, "imaginarios hilaria sonsonate") == ["a.1.3"]
