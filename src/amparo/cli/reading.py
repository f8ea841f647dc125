"""`amparo read`, `amparo form`: files of every kind into the study."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from cyclopts import Parameter

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.cli.verbs import write_files
from amparo.errors import AmparoError
from amparo.report.catalogue import say

if TYPE_CHECKING:
    from amparo.intake.documents import Given, Reading
    from amparo.intake.passages import Said
    from amparo.study.context import Study
    from amparo.study.register.rules import About, File

SHOWN = 200  # messages of a chat listed at once
PASTED = "-"

As = Literal["list", "article", "chat", "picture", "recording"]


class ListOptions(NamedTuple):
    """What the user says of a list beside its file."""

    mapping: Path | None
    sheet: str | None


def read(
    terminal: Terminal,
    study: Path,
    *files: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    source: str | None = None,
    title: str | None = None,
    part: str | None = None,
    derived_from: tuple[str, ...] = (),
    once: Literal["yes", "no"] | None = None,
    mapping: Path | None = None,
    show_mapping: bool = False,
    sheet: str | None = None,
    form: Path | None = None,
    with_: tuple[Path, ...] = (),
    as_: As | None = None,
    messages: str | None = None,
    search: str | None = None,
    date_order: str | None = None,
    subject: tuple[str, ...] = (),
    transcript: Path | None = None,
    ocr: bool = False,
    told_by: str | None = None,
    told_to: str | None = None,
    told: str | None = None,
    interpreter: str | None = None,
    compartment: str | None = None,
    accept_none: bool = False,
    published: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Read files of every kind: lists become records, everything else documents with suggestions."""
    from amparo.intake.documents import Given  # noqa: PLC0415
    from amparo.study.register.rules import About  # noqa: PLC0415

    typed = (terminal.content(transcript), transcript.name) if transcript else None
    given = Given(messages or "", date_order, subject, typed, ocr, published)
    if accept_none:
        for path in (study, *files):
            _propose(terminal, _file(terminal, path, form, with_), as_, given)
        return
    if not files:
        raise AmparoError("cli.missing_word", word="FILE")
    about = About(source, title, part, derived_from, compartment, None if once is None else once == "yes")
    options = ListOptions(mapping, sheet)
    if show_mapping:
        _show_mapping(terminal, _file(terminal, files[0], form, with_))
        return
    alone = len(files) == 1 and not files[0].is_dir()
    if not alone:
        with opened_study(terminal, study, passphrase_file) as opened:
            _read_many(terminal, opened, files, about, given)
        return
    file = _file(terminal, files[0], form, with_)
    if file.name == PASTED:
        about = about._replace(source=source or "pasted")
    if told_by is not None:
        with opened_study(terminal, study, passphrase_file) as opened:
            reading = _statement(terminal, file, (told_by, told_to, told, interpreter))
            _keep(terminal, opened, file, reading, about)
        return
    kind = as_ or _kind(file)
    if kind == "chat" and messages is None:
        _list_chat(terminal, file, given, search)
        return
    with opened_study(terminal, study, passphrase_file) as opened:
        if kind == "list":
            _read_list(terminal, opened, file, about, options)
        else:
            _keep(terminal, opened, file, _document(file, kind, given), about)


def _propose(terminal: Terminal, file: File, kind: str | None, given: Given) -> None:
    """What a reader proposes of a file, each value beside its sentence; nothing is kept anywhere.

    Raises `cli.not_an_article` for a list.
    """
    from amparo.cli.articles import show  # noqa: PLC0415

    kind = kind or _kind(file)
    if kind == "list":
        raise AmparoError("cli.not_an_article", file=file.name)
    show(terminal, _document(file, kind, given))


def form(terminal: Terminal, file: Path) -> None:
    """Write the form for intake in the field, to load into ODK or KoboToolbox."""
    from amparo.intake.field_form import workbook  # noqa: PLC0415

    if file.exists():
        raise AmparoError("cli.file_taken", file=str(file))
    write_files(file.parent, {file.name: workbook()})
    terminal.say("cli.form_written", file=str(file))


def _file(terminal: Terminal, path: Path, form: Path | None, others: Sequence[Path]) -> File:
    """A file the user named, or what is pasted; together with its form and the other files of its export."""
    from amparo.study.register.rules import File  # noqa: PLC0415

    if str(path) == PASTED:
        return File(PASTED, sys.stdin.buffer.read())
    content = terminal.content(path)
    beside = [each for each in (form, *others) if each is not None]
    if not beside:
        return File(path.name, content)
    from amparo.intake.archive import pack  # noqa: PLC0415

    return File(
        path.name, pack({each.name: terminal.content(each) for each in beside} | {path.name: content})
    )


def _kind(file: File) -> str:
    from amparo.intake.documents import recognise  # noqa: PLC0415

    return recognise(file.content, file.name)


def _document(file: File, kind: str, given: Given) -> Reading:
    from amparo.intake import documents  # noqa: PLC0415

    return documents.read_whole(file.content, file.name, kind, given)


def _statement(terminal: Terminal, file: File, told: tuple[str | None, ...]) -> Reading:
    """What somebody told by mouth; who told whom and when is asked for where it was not said."""
    from amparo.intake.delimited import decode  # noqa: PLC0415
    from amparo.intake.documents import read_statement  # noqa: PLC0415
    from amparo.intake.passages import Oral  # noqa: PLC0415

    by, to, when, interpreter = told
    to = to or terminal.ask("cli.ask.told-to")
    when = when or terminal.ask("cli.ask.told")
    for option, value in (("told-to", to), ("told", when)):
        if value is None:
            raise AmparoError("cli.missing", option=option)
    oral = Oral(words="", told_by=by or "", told_to=to or "", told=when or "", interpreter=interpreter)
    return read_statement(decode(file.content, file.name), oral)


def _keep(terminal: Terminal, opened: Study, file: File, reading: Reading, about: About) -> None:
    """Keep a document with what is proposed of it."""
    from amparo.study.receiving import keep  # noqa: PLC0415

    kept = keep(opened, file, reading, about)
    terminal.issues(reading.document.issues)
    kind = say(terminal.language, f"document.{reading.document.kind}")
    facts = {"source": kept.source, "suggested": kept.suggested, "known": kept.known}
    terminal.say("cli.kept_document", kind=kind, **facts)
    if kept.withheld:
        terminal.say("cli.kept_withheld", number=kept.withheld)


def _read_list(terminal: Terminal, opened: Study, file: File, about: About, options: ListOptions) -> None:
    """Read one list, and tell what that changed."""
    from amparo.study import receiving  # noqa: PLC0415
    from amparo.study.register.services import declarations  # noqa: PLC0415

    key = receiving.key_of(file, about)
    if about.part is None and key not in declarations():
        about = about._replace(part=terminal.ask("cli.ask.part", source=key))
    with terminal.progress() as progress:
        done = receiving.read_list(
            opened,
            file,
            about,
            mapping_text=_mapping_text(terminal, options.mapping) if options.mapping else None,
            sheet=options.sheet,
            language=terminal.language,
            progress=progress,
        )
    reading = done.reading
    terminal.issues(reading.issues)
    if reading.erased:
        terminal.say("cli.read_erased", number=reading.erased, source=key)
    if reading.correction is None:
        terminal.say("cli.read_unchanged", source=key, rows=reading.rows)
        return
    terminal.mapping(reading.columns)
    plan = reading.correction
    terminal.say(
        "cli.read" if reading.ordinal == 1 else "cli.corrected",
        source=key,
        rows=reading.rows,
        kept=plan.kept,
        added=len(plan.added),
        altered=len(plan.altered),
        removed=len(plan.removed),
    )
    for row, columns in reading.alterations:
        terminal.say("cli.altered_row", row=row, columns=list(columns))
    if done.consents:
        terminal.say("cli.read_consents", number=done.consents)


def _show_mapping(terminal: Terminal, file: File) -> None:
    from amparo.intake.mapping_text import to_toml  # noqa: PLC0415
    from amparo.intake.proposal import propose  # noqa: PLC0415
    from amparo.intake.quarantine import read_quarantined  # noqa: PLC0415

    sheet = read_quarantined(file.content, file.name)
    toml = to_toml(propose(sheet)[0], sheet.headers, terminal.field)
    terminal.out.print(toml, markup=False, soft_wrap=True)


def _mapping_text(terminal: Terminal, mapping: Path) -> str:
    """The mapping as written; its mistakes are told by its own name, before the study is opened."""
    from amparo.intake.mapping_text import from_toml  # noqa: PLC0415

    text = terminal.text(mapping)
    from_toml(text, mapping.name)
    return text


def _list_chat(terminal: Terminal, file: File, given: Given, search: str | None) -> None:
    """The messages of a chat to choose from, masked; nothing is kept."""
    from amparo.intake import participants  # noqa: PLC0415
    from amparo.intake.documents import read_chat  # noqa: PLC0415

    chat = read_chat(file.content, file.name, given.date_order)
    found: list[Said] = list(participants.listing(chat, given.subjects, search))
    for said in found[:SHOWN]:
        text = " / ".join(said.text.splitlines())
        terminal.print(f"{said.number:>6}  {said.at.replace('T', ' ')}  {said.author}: {text}", hang=8)
    terminal.issues(chat.issues)
    terminal.say("cli.chat_listed", shown=min(len(found), SHOWN), found=len(found), file=file.name)


def _read_many(terminal: Terminal, opened: Study, paths: Sequence[Path], about: About, given: Given) -> None:
    """Each file once, in a stable order; what one of them lacks does not stop the others."""
    seen: set[str] = set()
    counts = {"read": 0, "again": 0, "failed": 0}
    for path, file in _gathered(terminal, paths):
        if isinstance(file, AmparoError):
            _failed(terminal, path, file, counts)
            continue
        digest = hashlib.sha256(file.content).hexdigest()
        if digest in seen:
            counts["again"] += 1
            continue
        seen.add(digest)
        try:
            kind = _kind(file)
            if kind == "list":
                own = about._replace(source=None, title=None)
                _read_list(terminal, opened, file, own, ListOptions(None, None))
            else:
                _keep(terminal, opened, file, _document(file, kind, given), about)
        except AmparoError as error:
            if error.code.startswith(("vault.", "study.", "accounts.")):
                raise
            _failed(terminal, path, error, counts)
        else:
            counts["read"] += 1
    terminal.say("cli.read_many", **counts)
    terminal.refused = terminal.refused or counts["failed"] > 0


def _failed(terminal: Terminal, path: Path, error: AmparoError, counts: dict[str, int]) -> None:
    counts["failed"] += 1
    sentence = say(terminal.language, error.code, **error.facts)
    terminal.print(f"{path}: {sentence}", on=terminal.err, style="yellow", hang=2)


def _gathered(terminal: Terminal, paths: Sequence[Path]) -> Iterator[tuple[Path, File | AmparoError]]:
    """Every file below the paths; the CSVs of one export of a form are one file, its form with them."""
    found = sorted(
        {each for path in paths for each in _below(path)}, key=lambda each: (str(each).lower(), str(each))
    )
    of_forms = {each: main for each in found if (main := _main_of(each, found)) is not None}
    for path in found:
        if path in of_forms:
            continue
        others = [each for each, main in of_forms.items() if main == path]
        try:
            yield path, _file(terminal, path, None, others)
        except AmparoError as error:
            yield path, error


def _below(path: Path) -> Iterator[Path]:
    """The files of a folder, and of the folders in it; neither links nor hidden ones."""
    if not path.is_dir():
        yield path
        return
    for each in path.rglob("*"):
        hidden = any(part.startswith(".") for part in each.relative_to(path).parts)
        if each.is_file() and not each.is_symlink() and not hidden:
            yield each


def _main_of(path: Path, found: Sequence[Path]) -> Path | None:
    """The file of the submissions that a repeat's file belongs to: form-household.csv to form.csv."""
    if path.suffix.lower() != ".csv" or "-" not in path.stem:
        return None
    try:
        with path.open("rb") as file:
            head = file.readline(1 << 16)
    except OSError:
        return None
    if b"PARENT_KEY" not in head:
        return None
    stems = [each for each in found if each.parent == path.parent and each.suffix.lower() == ".csv"]
    return next((each for each in stems if path.stem.startswith(f"{each.stem}-")), None)
