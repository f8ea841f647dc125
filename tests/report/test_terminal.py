"""One screen says what was found, in 80 columns, and no title steers the terminal."""

import io

import msgspec
import pytest
from findings_sample import CASES, full, not_converged
from rich.console import Console

from amparo.report.catalogue import languages
from amparo.report.numbers import printable, stratum
from amparo.report.terminal import STRATA, summary


def printed(findings, lang: str, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(summary(findings, lang))
    return out.getvalue()


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("name", CASES)
def test_it_fits_one_screen(name, lang):
    findings = printable(CASES[name]())
    lines = printed(findings, lang).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 32 + (STRATA + 3 if findings.strata else 0)
    for one in findings.strata[:STRATA]:
        assert any(stratum(one, lang)[:25] in line for line in lines)


def test_it_compares_with_the_known_truth():
    text = printed(full(), "en")
    for words in ("2,615", "4,880", "95% CI: 4,381 – 5,435", "5,000", "inside the interval; off by 2.4%"):
        assert words in text
    assert "outside the interval" in printed(msgspec.structs.replace(full(), truth=9000), "en")


def test_a_refusal_says_why():
    text = " ".join(printed(not_converged(), "es").split())
    assert "R-hat 1.34" in text
    assert "4,880" not in text


def test_titles_are_neither_markup_nor_escape_codes():
    base = full()
    lists = (msgspec.structs.replace(base.lists[0], title="[bold]x[/] \x1b[2J"), *base.lists[1:])
    text = printed(msgspec.structs.replace(base, lists=lists, study="[red]y \x1b[2J"), "es")
    assert "[bold]x[/]" in text and "[red]y" in text
    assert "\x1b" not in text
