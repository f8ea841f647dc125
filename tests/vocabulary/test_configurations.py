"""What is known of a country beforehand hangs together."""

from amparo.vocabulary.configurations import configurations
from amparo.vocabulary.lists import is_code


def test_actors_and_ranks_name_what_exists():
    for each in configurations().values():
        for name, actor in each.actors.items():
            assert is_code("actor_kind", actor.kind), name
            assert actor.parent is None or actor.parent in each.actors, name
            assert set(actor.rivals) <= set(each.actors), name
            assert all(name in each.actors[rival].rivals for rival in actor.rivals), name
        for name, rank in each.ranks.items():
            assert rank.force in each.actors, name


def test_el_salvador_is_one_of_them():
    assert "el_salvador" in configurations()
