"""The verbs of a study, in the order one uses them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import SHOWN_ISSUES, Terminal
from amparo.errors import AmparoError
from amparo.report.catalogue import languages, say
from amparo.report.numbers import signed
from amparo.runs import Progress
from amparo.study.plan import Period, Plan, PlannedTarget, read_plan

if TYPE_CHECKING:
    from amparo.linkage.changes import Account
    from amparo.study.context import Study
    from amparo.study.counting.findings import Findings


def new(
    terminal: Terminal,
    study: Path,
    *,
    from_: Path | None = None,
    title: str | None = None,
    role: str | None = None,
    act: str | None = None,
    place: str | None = None,
    period_from: date | None = None,
    period_to: date | None = None,
    synthetic: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """Make a sealed study and declare its target population."""
    from amparo.study import store  # noqa: PLC0415  (Django loads only for verbs that need it)

    plan = read_plan(terminal.content(from_), from_.name) if from_ else Plan()
    target = plan.target
    plan = structs.replace(
        plan,
        title=title or plan.title or study.name,
        language=plan.language or terminal.language,
        synthetic=synthetic or plan.synthetic,
        target=PlannedTarget(
            role or target.role or _answer(terminal, "role"),
            act or target.act or _answer(terminal, "act"),
            place or target.place or _answer(terminal, "place"),
            Period(
                period_from or target.period.first or _day(_answer(terminal, "period-from"), "period-from"),
                period_to or target.period.last or _day(_answer(terminal, "period-to"), "period-to"),
            ),
        ),
    )
    store.create(study, terminal.passphrase(passphrase_file, new=True), plan)
    terminal.say("cli.made", study=str(study))


def _answer(terminal: Terminal, option: str) -> str:
    answer = terminal.ask(f"cli.ask.{option}")
    if answer is None:
        raise AmparoError("cli.missing", option=option)
    return answer


def _day(value: str, option: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise AmparoError("cli.bad_day", value=value, option=option) from None


def link(
    terminal: Terminal,
    study: Path,
    *,
    seed: int = 1,
    whole: bool = False,
    engine: str = "duckdb",
    passphrase_file: Passphrase = None,
) -> None:
    """Find which records are the same person."""
    with opened_study(terminal, study, passphrase_file) as opened, terminal.progress() as progress:
        from amparo.study.linking.services import link_study  # noqa: PLC0415

        linked = link_study(opened, seed=seed, whole=whole, engine=engine, progress=progress)
    terminal.issues(linked.issues())
    precision = linked.quality["expected_precision"]
    terminal.say(
        "cli.linked_alone" if precision is None else "cli.linked",
        records=linked.records.height,
        persons=linked.records["person"].n_unique(),
        precision=precision,
        recall=linked.quality["expected_recall"],
    )
    if linked.account is not None:
        _changed(terminal, linked.account)


def _changed(terminal: Terminal, account: Account) -> None:
    """What a linkage did to the persons of the one before, and why."""
    terminal.say(
        "cli.changed",
        new=account.new,
        gone=account.gone,
        merged=sum(change.kind == "merged" for change in account.changes),
        split=sum(change.kind == "split" for change in account.changes),
    )
    for change in account.changes[:SHOWN_ISSUES]:
        why = say(
            terminal.language,
            f"changed.{change.why}",
            one=change.pair[0] if change.pair else "",
            other=change.pair[1] if change.pair else "",
            weight=signed(change.weight or 0.0),
        )
        terminal.say(f"cli.{change.kind}", records=list(change.records), why=why)
    if len(account.changes) > SHOWN_ISSUES:
        terminal.say("cli.more_changes", number=len(account.changes) - SHOWN_ISSUES)


def count(
    terminal: Terminal,
    study: Path | None = None,
    *,
    histories: Path | None = None,
    by: tuple[str, ...] = (),
    as_of: date | None = None,
    count_derived: tuple[str, ...] = (),
    seed: int = 1,
    draws: int = 10,
    passphrase_file: Passphrase = None,
) -> None:
    """Count the target population, on lists and on none, or say why that cannot be done."""
    from amparo.report.terminal import summary  # noqa: PLC0415

    if (study is None) == (histories is None):
        raise AmparoError("cli.study_or_histories")
    if histories is not None:
        from amparo.study.counting.estimates import count_table  # noqa: PLC0415

        content = terminal.content(histories)
        with terminal.progress() as progress:
            findings = count_table(content, histories.name, by=by, seed=seed, progress=progress)
    elif study is not None:
        with opened_study(terminal, study, passphrase_file) as opened, terminal.progress() as progress:
            from amparo.study.counting.services import count_study  # noqa: PLC0415

            findings = count_study(
                opened,
                by=by,
                as_of=as_of,
                count_derived=count_derived,
                seed=seed,
                draws=draws,
                progress=progress,
            )
    terminal.out.print(summary(findings, terminal.language))
    terminal.refused = findings.total is not None and findings.total.refused is not None


def report(
    terminal: Terminal, study: Path, *, out: Path | None = None, passphrase_file: Passphrase = None
) -> None:
    """Make the working report of the newest count and keep it in the study."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.counting import services  # noqa: PLC0415

        if out is not None and not opened.facts.synthetic:
            raise AmparoError("cli.not_synthetic", study=str(study))
        run, findings = services.newest_findings(opened)
        with terminal.progress() as progress:
            pages = made_pages(findings, progress)
        services.keep_report(opened, run, pages)
    if out is None:
        terminal.say("cli.report_kept", study=str(study))
        return
    names = {f"amparo-{page}": content for page, content in pages.items()}
    write_files(out, names)
    terminal.say("cli.report_written", folder=str(out), files=list(names))


def made_pages(findings: Findings, progress: Progress) -> dict[str, bytes]:
    """The working report in every language, as a page and as a document."""
    from amparo.report.document import pdf  # noqa: PLC0415
    from amparo.report.page import html  # noqa: PLC0415

    pages: dict[str, bytes] = {}
    for number, language in enumerate(languages()):
        progress("report", number, len(languages()))
        pages[f"{language}.html"] = html(findings, language).encode()
        pages[f"{language}.pdf"] = pdf(findings, language)
    progress("report", len(languages()), len(languages()))
    return pages


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write each file whole or not at all. Raises `cli.cannot_write`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            half = folder / f".{name}.part"
            half.write_bytes(content)
            half.replace(folder / name)
    except OSError as error:
        for name in files:
            (folder / f".{name}.part").unlink(missing_ok=True)
        raise AmparoError("cli.cannot_write", folder=str(folder), reason=error.strerror or "") from None


def show(
    terminal: Terminal,
    study: Path,
    *,
    page: str = "report",
    no_browser: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """Show the kept working report, or the quality of the linkage, on this machine only, until Ctrl-C."""
    from amparo.report.serve import serve  # noqa: PLC0415

    if page not in ("report", "linkage"):
        raise AmparoError("cli.unknown_page", page=page)
    with opened_study(terminal, study, passphrase_file) as opened:
        pages = _linkage_pages(opened) if page == "linkage" else _report_pages(terminal, opened)
    serve(
        pages,
        terminal.language,
        browser=not no_browser,
        ready=lambda address: terminal.say("cli.shown", address=address),
    )


def _report_pages(terminal: Terminal, opened: Study) -> dict[str, bytes]:
    from amparo.study.counting import services  # noqa: PLC0415

    run, findings = services.newest_findings(opened)
    pages = services.kept_report(opened, run)
    if not pages:
        with terminal.progress() as progress:
            pages = made_pages(findings, progress)
        services.keep_report(opened, run, pages)
    return pages


def _linkage_pages(opened: Study) -> dict[str, bytes]:
    """Made to be looked at and kept nowhere: it holds identities, which an erasure must reach."""
    from amparo.report.matching import page  # noqa: PLC0415
    from amparo.report.page import document  # noqa: PLC0415
    from amparo.study.linking.quality import linkage_page  # noqa: PLC0415

    told = linkage_page(opened)
    return {f"{language}.html": document(page(told, language)).encode() for language in languages()}


def verify(terminal: Terminal, study: Path, *, passphrase_file: Passphrase = None) -> None:
    """Open everything the study holds and recompute its audit chain."""
    with opened_study(terminal, study, passphrase_file) as opened, terminal.progress() as progress:
        from amparo.study.verification import verify_study  # noqa: PLC0415

        checked = verify_study(opened, progress=progress)
    terminal.say("cli.verified", **checked._asdict())
