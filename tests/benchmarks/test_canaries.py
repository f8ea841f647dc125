"""Words planted in synthetic lists are found wherever they stand, in any writing."""

from __future__ import annotations

from pathlib import Path

from amparo.cli.checkout import load

made = load("benchmarks", "canaries")


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    written = tmp_path / "written"
    written.mkdir()
    planted = made.plant(tmp_path / "lists", 5).canaries
    assert len(planted) == len({canary.text for canary in planted}) == 50
    for number, encoding in enumerate(("utf-8", "utf-16", "utf-16-be", "utf-32", "cp1252")):
        text = planted[number].text
        (written / f"{number}").write_bytes(f"ñ {text.upper()}É".encode(encoding))
    (written / planted[-1].text.title()).touch()
    found = made.search(written.iterdir(), planted)
    assert sorted(found) == sorted([*(canary.text for canary in planted[:5]), planted[-1].text])
