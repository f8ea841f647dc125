"""The campaign of hostile files: what it makes is the same every time, and all of it is read or refused."""

from __future__ import annotations

from amparo.cli.checkout import load

hostile = load("benchmarks", "hostile")


def test_the_same_seed_makes_the_same_files() -> None:
    assert [hostile.make(3, number) for number in range(20)] == [
        hostile.make(3, number) for number in range(20)
    ]


def test_sound_files_are_read() -> None:
    for name, content in hostile.sound().items():
        expected = "intake.form_blank" if name == "form.xlsx" else "read as "
        assert hostile.read(content, name).startswith(expected), name


def test_every_archive_that_unpacks_to_too_much_is_refused() -> None:
    outcomes = {name: hostile.read(content, name) for name, content in hostile._archives()}
    refused = {
        "chat.bomb.zip",
        "chat.text.zip",
        "odk.bomb.zip",
        "odk.many.zip",
        "xlsx.bomb.xlsx",
        "xlsx.lies.xlsx",
    }
    assert {name for name, outcome in outcomes.items() if outcome == "intake.bomb"} == refused
    assert outcomes["odk.link.zip"] == "intake.links"
    assert not any(outcome.startswith("crash") for outcome in outcomes.values())


def test_damaged_files_are_read_or_refused_in_one_sentence() -> None:
    *_, whole = hostile.run(250, 2)
    assert (whole["crashes"], whole["read"] + whole["refused"]) == (0, 250)
    assert not whole["child_died"]
    assert whole["read"] > 50 < whole["refused"]


def test_long_files_are_measured() -> None:
    chat, table, article = load("benchmarks", "files").run(200, 2)
    assert (chat["messages"], table["rows"]) == (200, 60)
    assert article["characters"] > 1000
