"""`amparo demo`: a synthetic study from lists to report, compared with its known truth."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from amparo.cli.checkout import load
from amparo.cli.terminal import Terminal
from amparo.cli.verbs import declared_sources, made_pages, write_files
from amparo.errors import AmparoError
from amparo.runs import Progress

if TYPE_CHECKING:
    from amparo.study.counting.findings import Findings

PASSPHRASE = "nadie aqui existe de verdad"  # noqa: S105  (of a study without one real person)
MARKER = ".amparo-demo"


def demo(
    terminal: Terminal, folder: Path = Path("amparo-demo"), *, seed: int = 1, persons: int = 3200
) -> None:
    """Make the demo study in `folder`, print its summary beside the known truth, and say what is next."""
    from amparo.report.terminal import summary  # noqa: PLC0415

    study, report = folder / "study", folder / "report"
    clear(folder)
    terminal.say("cli.demo_start", seed=seed, folder=str(folder))
    with terminal.progress() as progress:
        findings = make(folder / "lists", study, seed, persons, terminal.language, progress)
        pages = made_pages(findings, progress)
        keep(study, pages)
    write_files(report, {f"amparo-{page}": content for page, content in pages.items()})
    terminal.out.print(summary(findings, terminal.language))
    terminal.say(
        "cli.demo_end",
        report=str((report / f"amparo-{terminal.language}.html").resolve()),
        passphrase=PASSPHRASE,
        study=str(study),
    )


def clear(folder: Path) -> None:
    """Make room for the demo: an earlier demo goes, anything else stays. Raises `cli.not_a_demo`."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise AmparoError("cli.not_a_demo", folder=str(folder))
        for place in sorted(folder.iterdir(), key=lambda place: place.name == MARKER):
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


def make(lists: Path, study: Path, seed: int, persons: int, language: str, progress: Progress) -> Findings:
    """Write the synthetic lists, then new, read, link and count, as the verbs do."""
    import tomllib  # noqa: PLC0415

    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import folder  # noqa: PLC0415

    progress("lists", 0, 1)
    truth = load("examples", "salvador").write(lists, seed, persons)
    progress("lists", 1, 1)
    plan = tomllib.loads((lists / "target.toml").read_text("utf-8"))
    target, period = plan["target"], plan["target"]["period"]
    store.create(
        study,
        PASSPHRASE,
        title=plan["title"],
        language=language,
        synthetic=plan["synthetic"],
        target={
            **{name: target[name] for name in ("role", "act", "place")},
            "period": (date.fromisoformat(period["from"]), date.fromisoformat(period["to"])),
        },
        sources=declared_sources(plan),
    )
    with store.study_in(folder.open_folder(study, PASSPHRASE)) as opened:
        from amparo.study.counting.services import count_study  # noqa: PLC0415
        from amparo.study.linking.services import link_study  # noqa: PLC0415
        from amparo.study.register.services import read_list  # noqa: PLC0415

        for number, (key, source) in enumerate(plan["sources"].items()):
            progress("read", number, len(plan["sources"]))
            read_list(opened, (lists / source["file"]).read_bytes(), source["file"], source_key=key)
        progress("read", len(plan["sources"]), len(plan["sources"]))
        link_study(opened, seed=seed, progress=progress)
        return count_study(opened, by=("year",), seed=seed, truth=truth.persons, progress=progress)


def keep(study: Path, pages: dict[str, bytes]) -> None:
    """Keep the report in the demo study too, where `amparo show` finds it."""
    from amparo.study import store  # noqa: PLC0415
    from amparo.vault import folder  # noqa: PLC0415

    with store.study_in(folder.open_folder(study, PASSPHRASE)) as opened:
        from amparo.study.counting.services import keep_report, newest_findings  # noqa: PLC0415

        run, _ = newest_findings(opened)
        keep_report(opened, run, pages)
