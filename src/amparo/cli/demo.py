"""`amparo demo`: a synthetic study from lists to report, compared with its known truth."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from amparo.cli.checkout import load
from amparo.cli.terminal import Terminal
from amparo.cli.verbs import made_pages, write_files
from amparo.errors import AmparoError
from amparo.runs import Progress
from amparo.study.plan import read_plan

if TYPE_CHECKING:
    from amparo.study.context import Study
    from amparo.study.counting.findings import Findings

PASSPHRASE = "nadie aqui existe de verdad"  # noqa: S105  (of a study without one real person)
CASES = 24  # families on their way to safety
MARKER = ".amparo-demo"


def demo(
    terminal: Terminal, folder: Path = Path("amparo-demo"), *, seed: int = 1, persons: int = 3200
) -> None:
    """Make the demo study in `folder`, print its summary beside the known truth, and say what is next."""
    from amparo.report.terminal import summary  # noqa: PLC0415

    terminal.say("cli.demo_start", seed=seed, folder=str(folder))
    clear(folder)
    with terminal.progress() as progress, made(folder, seed, persons, progress) as (study, findings):
        from amparo.study.counting.services import keep_report, newest_findings  # noqa: PLC0415

        pages = made_pages(findings, progress)
        keep_report(study, newest_findings(study)[0], pages)
        keep_article(study, terminal.language)
    write_files(folder / "report", {f"amparo-{page}": content for page, content in pages.items()})
    terminal.out.print(summary(findings, terminal.language))
    terminal.say(
        "cli.demo_end",
        report=str(folder / "report" / f"amparo-{terminal.language}.html"),
        passphrase=PASSPHRASE,
        study=str(folder / "study"),
    )


def keep_article(study: Study, language: str) -> None:
    """A synthetic article whose proposals wait for somebody's decision."""
    from amparo.intake import documents  # noqa: PLC0415
    from amparo.study import receiving  # noqa: PLC0415
    from amparo.study.register.rules import About, File  # noqa: PLC0415

    told = load("examples", "salvador").RATES["article"][language]
    file = File(told["file"], told["text"].encode())
    reading = documents.read_whole(file.content, file.name, "article", documents.Given())
    receiving.keep(study, file, reading, About(told["source"], told["title"], "none"))


def clear(folder: Path) -> None:
    """Make room for the demo: an earlier demo goes, anything else stays. Raises `cli.not_a_demo`."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise AmparoError("cli.not_a_demo", folder=str(folder))
        for place in ("lists", "study", "report"):
            shutil.rmtree(folder / place, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


@contextmanager
def made(folder: Path, seed: int, persons: int, progress: Progress) -> Generator[tuple[Study, Findings]]:
    """The demo study, linked and counted beside its known truth."""
    with linked(folder, seed, persons, progress) as (study, truth):
        from amparo.study.counting.services import count_study  # noqa: PLC0415

        yield study, count_study(study, by=("year",), seed=seed, truth=truth, progress=progress)


@contextmanager
def linked(folder: Path, seed: int, persons: int, progress: Progress) -> Generator[tuple[Study, int]]:
    """Write the synthetic lists, then new, read and link by the services the verbs call.

    Gives the study, and how many persons its target population has in truth.
    """
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault.folder import open_folder  # noqa: PLC0415
    from amparo.vault.slots import Passphrase  # noqa: PLC0415

    lists, study = folder / "lists", folder / "study"
    progress("lists", 0, 1)
    truth = load("examples", "salvador").write(lists, seed, persons)
    progress("lists", 1, 1)
    plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
    store.create(study, PASSPHRASE, plan)
    with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
        from amparo.study.linking.services import link_study  # noqa: PLC0415
        from amparo.study.register.services import read_list  # noqa: PLC0415

        for number, (key, source) in enumerate(plan.sources.items()):
            progress("read", number, len(plan.sources))
            file = lists / str(source.file)
            read_list(opened, file.read_bytes(), file.name, source_key=key)
        progress("read", len(plan.sources), len(plan.sources))
        link_study(opened, seed=seed, progress=progress)
        load("examples", "families").plant(opened, CASES, seed, date.today())
        yield opened, truth.persons
