"""The verbs of claims, through the command line as somebody types them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amparo.intake.passages import Document, Span
from amparo.intake.proposals import Proposal
from amparo.study import store
from amparo.vault import folder

Copy = Callable[[str], Path]
TEXT = (
    "In August, Nadie Ficticio Inventado was killed on leave. At least nine officers were killed in January."
)
REVIEW = ("--purpose", "review")


def proposal(entity: str, field: str, value: str, words: str) -> Proposal:
    kind, start = entity.rpartition("-")[0], TEXT.index(words)
    passage = Span(words=words, start=start, end=start + len(words))
    said = {"entity": entity, "kind": kind, "field": field, "value": value, "passage": passage}
    return Proposal(**said)  # ty: ignore[invalid-argument-type]


@pytest.fixture
def told(copy: Copy, lists: Any) -> Path:
    """The study after `link`, with a synthetic article that waits."""
    study = copy("link")
    words = lists.passphrase.read_text().rstrip("\n")
    from amparo.vault.slots import Passphrase

    with store.study_in(folder.open_folder(study, Passphrase(words))) as opened:
        from amparo.study.claims.keeping import keep_document

        keep_document(
            opened,
            TEXT.encode(),
            "article.txt",
            Document(kind="article", text=TEXT),
            (
                proposal("person-1", "name", "Nadie Ficticio Inventado", "Nadie Ficticio Inventado"),
                proposal("act-1", "type", "killing", "killed"),
                proposal("act-1", "victim", "person-1", "Nadie Ficticio Inventado"),
                proposal("act-1", "date", "XXXX-08", "In August"),
                proposal("act-1", "duty_status", "on_leave", "on leave"),
                proposal("figure-1", "quantity", "9..", "At least nine officers"),
            ),
            source_key="press",
        )
    return study


def waiting(out: str) -> list[str]:
    return re.findall(r"suggestion-[0-9a-f]{12}", out)


def test_suggestions_are_read_decided_and_explained_in_both_languages(amparo: Any, told: Path) -> None:
    for lang, words in (("en", "on leave (on_leave)"), ("es", "con licencia (on_leave)")):
        listed = amparo("claims", told, *REVIEW, lang=lang)
        assert listed.code == 0, listed.err
        assert words in listed.out
        assert "At least nine officers were killed in January." in listed.out
    names = waiting(listed.out)
    assert len(names) == 6
    figure = names[-1]
    assert amparo("claims", told, "--reject", figure, *REVIEW).code == 0
    duty = next(name for name in names if "on_leave)" in listed.out.split(name)[0].rsplit("act act-", 1)[-1])
    done = amparo("claims", told, "--accept-safe", "--edit", f"{duty}=off_duty", *REVIEW)
    assert done.code == 0, done.err
    assert "press.1.12" in done.out
    assert "No suggestion waits" in amparo("claims", told, *REVIEW).out
    for lang, words in (("en", "characters 12 to"), ("es", "caracteres 12 a")):
        explained = amparo("why", told, "press.1.12", "name", *REVIEW, lang=lang)
        assert explained.code == 0, explained.err
        assert words in explained.out and "article.txt" in explained.out


def test_a_cell_is_corrected_chosen_and_taken_back(amparo: Any, told: Path) -> None:
    born = amparo("why", told, "uno.1.2", *REVIEW)
    assert born.code == 0 and "row 2, column" in born.out, born.err
    oral = ("--quote", "it was in May", "--told-by", "the sister", "--on", "2019-04")
    made = amparo("claim", "add", told, "uno.1.2", "event_date=2018-05", *oral)
    assert made.code == 0, made.err
    [claim] = re.findall(r"claim-[0-9a-f]{12}", made.out)
    assert amparo("claim", "prefer", told, "uno.1.2", claim, "--reason", "the sister was there").code == 0
    chosen = amparo("why", told, "uno.1.2", "event_date", *REVIEW)
    assert "2018-05" in chosen.out.splitlines()[0] and "the sister was there" in chosen.out
    assert amparo("claim", "withdraw", told, "uno.1.2", claim, "--reason", "a namesake").code == 0
    again = amparo("why", told, "uno.1.2", "event_date", *REVIEW)
    assert "2018-05" not in again.out.splitlines()[0] and "withdrawn: a namesake" in again.out
    alone = amparo("claim", "verify", told, "uno.1.2", "verified", "--reason", "read again")
    assert (alone.code, "second person" in alone.err) == (3, True)
    assert "=" in amparo("claim", "add", told, "uno.1.2", "event_date", *oral).err


def test_acts_are_tabled_with_their_codebook(amparo: Any, told: Path) -> None:
    amparo("claims", told, "--accept-safe", *REVIEW)
    for lang, words in (("en", "not known"), ("es", "no se sabe")):
        tabled = amparo("table", told, "--by", "year", "--by", "duty_status", "--codebook", lang=lang)
        assert tabled.code == 0, tabled.err
        assert words in tabled.out and "[local: HURIDOCS has no duty status]" in tabled.out
    assert amparo("table", told, "--by", "colour").code == 3


def test_what_can_be_claimed_is_listed(amparo: Any) -> None:
    assert "duty_status" in amparo("codes", opens=False).out
    assert "con licencia" in amparo("codes", "duty_status", opens=False, lang="es").out
    assert amparo("codes", "colours", opens=False).code == 3


def test_a_package_leaves_a_synthetic_study_and_goes_to_no_outsider(
    amparo: Any, told: Path, tmp_path: Path
) -> None:
    amparo("claims", told, "--accept-safe", *REVIEW)
    for kind in ("ftm", "huridocs", "csvw"):
        out = tmp_path / f"package.{kind}"
        packed = amparo("export", told, "--format", kind, "--out", out, lang="es")
        assert packed.code == 0 and "sin sellar" in packed.out, packed.err
        assert out.stat().st_size > 200
    refused = amparo("export", told, "--format", "ftm", "--to", "ana@example.org", "--out", tmp_path / "x")
    assert (refused.code, "second person" in refused.err) == (4, True)
    assert not (tmp_path / "x").exists()


def test_figures_stand_beside_the_register_in_both_languages(amparo: Any, told: Path) -> None:
    amparo("claims", told, "--accept-safe", *REVIEW)
    oral = ("--told-by", "a bulletin", "--on", "2019", "--quote")
    for value in ("67", "64"):
        said = (f"quantity={value}", "measure=killed", "period=2015")
        assert amparo("claim", "add", told, "figure", *said, *oral, f"{value} in 2015").code == 0
    for lang, words in (("en", "fewer than the figure's least"), ("es", "menos que el mínimo de la cifra")):
        shown = amparo("figures", told, "--counted", "killed", lang=lang)
        assert shown.code == 0, shown.err
        assert "9.." in shown.out and words in shown.out
        assert re.search(
            r"figure-\w+ \(67\) [yae]\w* figure-\w+ \(64\)|\(64\) \w+ figure-\w+ \(67\)", shown.out
        )
    assert amparo("figures", told, "--per", "figure-000000000000").code == 3
    assert amparo("figures", told, "--counted", "liked").code == 3
