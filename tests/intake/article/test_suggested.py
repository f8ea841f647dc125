"""A model's suggestions count only where their words stand in the text."""

from amparo.intake.article import read
from amparo.intake.article.suggested import Suggestion
from amparo.intake.proposals import unfounded

TEXT = "Walter Osmín Claros Rivas was killed in Izalco in August. Nine officers have died."


def fake(suggestions):
    return lambda text: suggestions


def test_only_what_stands_in_the_text_is_kept():
    suggestions = [
        Suggestion(
            "1", "person", "name", "Walter Osmín Claros Rivas", "Walter Osmín Claros Rivas was killed"
        ),
        Suggestion("2", "act", "place", "Izalco", "killed in Izalco"),
        Suggestion("3", "act", "place", "Sonsonate", "killed in Sonsonate"),  # not in the text
        Suggestion("4", "act", "date", "2018-08", "in August"),  # a year the words do not have
        Suggestion("5", "rumour", "words", "died", "have died"),  # no such kind
        Suggestion("6", "person", "name", "", " "),
    ]
    reading = read(TEXT, propose=fake(suggestions))
    kept = [p for p in reading.proposals if p.rule == "model"]
    assert [(p.entity, p.value, p.certainty) for p in kept] == [
        ("model-1", "Walter Osmín Claros Rivas", "possible"),
        ("model-2", "Izalco", "possible"),
    ]
    assert kept[0].restriction == "restricted"
    assert unfounded(reading.document, reading.proposals) == ()
    assert [(issue.code, issue.facts) for issue in reading.document.issues] == [
        ("article.unfounded", {"number": 4})
    ]


def test_without_a_model_nothing_is_asked():
    reading = read(TEXT)
    assert not any(p.rule == "model" for p in reading.proposals)
    assert reading.document.issues == ()
