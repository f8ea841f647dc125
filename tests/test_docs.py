"""The documentation names what there is: every verb, no option that does not exist, no link to nowhere."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from amparo.cli.app import GROUPS, VERBS

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = [ROOT / "docs/en/guide.md", ROOT / "docs/es/guia.md"]
# The guide to a first study, and a page for each task beside it: together they name every verb.
MANUALS = {
    "en": (
        GUIDES[0],
        *(
            ROOT / f"docs/en/{page}.md"
            for page in (
                "keys",
                "claims",
                "cases",
                "clocks",
                "desk",
                "files",
                "first-steps",
                "matching",
                "reading",
            )
        ),
    ),
    "es": (
        GUIDES[1],
        *(
            ROOT / f"docs/es/{page}.md"
            for page in (
                "llaves",
                "afirmaciones",
                "casos",
                "plazos",
                "escritorio",
                "archivos",
                "primeros-pasos",
                "cotejo",
                "lectura",
            )
        ),
    ),
}
# Options that belong to no single verb: of every verb, or of the launcher.
COMMON = {"--lang", "--user", "--help", "--version", "--with-tests"}


def options() -> set[str]:
    """Every option of every verb."""
    verbs = [*VERBS.values(), *(verb for table in GROUPS.values() for verb in table.values())]
    names = {name for verb in verbs for name in inspect.signature(verb).parameters}
    return COMMON | {f"--{name.strip('_').replace('_', '-')}" for name in names}


@pytest.mark.parametrize("language", MANUALS)
def test_the_manual_names_every_verb(language: str) -> None:
    text = "\n".join(page.read_text("utf-8") for page in MANUALS[language])
    grouped = [f"{group} {name}" for group, table in GROUPS.items() for name in table]
    for verb in (*VERBS, *grouped):
        assert f"amparo {verb}" in text, verb


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_guide_explains_every_part_of_counting_and_every_exit_code(guide: Path) -> None:
    text = guide.read_text("utf-8")
    assert all(f"| `{part}` |" in text for part in ("capture", "derived", "frame", "none"))
    assert all(f"| {code} |" in text for code in (0, 1, 2, 3, 4, 5, 130))


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "SECURITY.md", *(page for pages in MANUALS.values() for page in pages)],
    ids=lambda path: path.name,
)
def test_options_in_the_documentation_exist(page: Path) -> None:
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text("utf-8")))
    assert mentioned <= options()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("guide", "guia"),
        ("method", "metodo"),
        ("reading", "lectura"),
        ("keys", "llaves"),
        ("threats", "amenazas"),
        ("clocks", "plazos"),
        ("cases", "casos"),
        ("matching", "cotejo"),
        ("files", "archivos"),
        ("desk", "escritorio"),
        ("protection", "proteccion"),
        ("first-steps", "primeros-pasos"),
    ],
)
def test_both_languages_have_the_same_outline(english: str, spanish: str) -> None:
    def outline(path: Path) -> list[tuple[str, int, int]]:
        chapters = re.split(r"^(#+) .*$", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
        return [
            (level, body.count("```"), len(re.findall(r"^(?:\||- |\d\. )", body, re.MULTILINE)))
            for level, body in zip(chapters[::2], chapters[1::2], strict=True)
        ]

    assert outline(ROOT / f"docs/en/{english}.md") == outline(ROOT / f"docs/es/{spanish}.md")
