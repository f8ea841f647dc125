"""The table of things agrees with the readers' kinds, the lists and the cells of records."""

from amparo.intake.proposals import KINDS, RESTRICTIONS
from amparo.records import CELLS
from amparo.vocabulary.lists import lists
from amparo.vocabulary.model import NOTATIONS, fits, model


def test_every_kind_of_proposal_has_its_fields():
    assert set(model()) == set(KINDS)


def test_every_field_is_written_in_a_known_way():
    for kind, thing in model().items():
        for name, field in thing.fields.items():
            known = field.written in NOTATIONS or field.list or field.refers_to in KINDS
            assert known, (kind, name)
            assert field.en and field.es


def test_what_a_list_says_of_a_person_can_be_claimed_of_a_person():
    assert set(CELLS) <= set(model()["person"].fields)


def test_restrictions_are_those_of_proposals():
    assert set(lists()["restriction"].codes) == set(RESTRICTIONS)


def test_a_code_must_stand_in_its_list():
    assert fits("act", "duty_status", "on_leave")
    assert not fits("act", "duty_status", "asleep")
    assert not fits("act", "colour", "red")
    assert not fits("act", "circumstances", "")
    assert fits("act", "victim", "person-1")
